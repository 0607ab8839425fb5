"""What a file is by its content, whatever its ending: text, a workbook, or nothing that an import can take."""

import re
import zipfile
from pathlib import Path

from xlsmkt.crm.paths import name_of
from xlsmkt.errors import UserError

# What other kinds of files begin with.
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x7fELF",
           b"SQLite format 3", b"{\\rtf", b"\xfd7zXZ")  # fmt: skip
_CONTAINERS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")  # a zip archive, an old Office file
_PARTS = {"xl/workbook.xml", "xl/workbook.bin"}
_STREAMS = ("Workbook", "EncryptedPackage", "Book")  # of an old Office file; the second one has a password
_MARKUP = re.compile(rb"\s*(?:<!doctype|<html|<\?xml|<head|<table|<[a-z:]+ xmlns|[{\[]\s*[\"{\[])", re.I)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffe\uffff]")


def no_table(name: str) -> UserError:
    """The refusal of a file that is neither CSV nor Excel."""
    return UserError(f"{name} is no CSV or Excel file; export it as CSV or .xlsx")


def refuse_other_kinds(path: Path, head: bytes) -> None:
    """Refuses a file whose first bytes are those of something else than text.

    Raises
    ------
    UserError
        It is a workbook, a picture, a document, an archive, a page of the web.
    """
    if head.startswith(_CONTAINERS):
        if is_workbook(path):
            raise UserError(f"{name_of(path)} is an Excel file; give it the ending .xlsx (or .xls, .xlsb, .ods) it had")
        raise no_table(name_of(path))
    if _starts_otherwise(head):
        raise no_table(name_of(path))


def refuse_binary(name: str, text: str) -> None:
    """Refuses what was read as text and is none: a text hardly ever holds control characters.

    Raises
    ------
    UserError
        Many characters are none of a text.
    """
    odd = len(_CONTROL.findall(text))
    if odd >= 8 and 25 * odd > len(text):
        raise no_table(name)


def refusal_of_workbook(path: Path, why: object) -> UserError:
    """The refusal of a file that ends like a workbook and cannot be read as one."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(_CONTAINERS) and (b"xl/" in head or b"[Content_Types]" in head or head[:1] == b"\xd0"):
        return UserError(f"{name_of(path)} is damaged or no workbook ({why}); export it again as CSV or .xlsx")
    if head and not head.startswith(_CONTAINERS) and not _starts_otherwise(head):
        try:
            refuse_binary(name_of(path), head.decode("latin-1"))
            return UserError(
                f"{name_of(path)} is not a workbook but a text; give it the ending .csv or export it as .xlsx"
            )
        except UserError as error:
            return error
    return no_table(name_of(path))


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook, by the parts in it."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                names = set(package.namelist())
                kind = package.read("mimetype") if "mimetype" in names else b""
                return bool(names & _PARTS) or b"spreadsheet" in kind
        data = path.read_bytes()
    except (zipfile.BadZipFile, OSError, RuntimeError):
        return False
    return data.startswith(_CONTAINERS[2]) and any(name.encode("utf-16-le") in data for name in _STREAMS)


def is_protected(path: Path) -> bool:
    """Whether a file is a workbook that opens with a password only."""
    return _STREAMS[1].encode("utf-16-le") in path.read_bytes()


def _starts_otherwise(head: bytes) -> bool:
    return head.startswith(_OTHERS) or _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")) is not None
