"""Opening a workbook file: it must be one, whole, and of a size that a workbook can have."""

import stat
import zipfile
import zlib
from pathlib import Path

from lxml import etree

from xlsmkt.errors import UserError

# 1,000,000 rows x 20 columns unpack to 1.2 GB at about 10:1; only a file made to harm is packed 200:1.
MAX_PARTS = 20_000
MAX_PART_SIZE = 6 << 30
MAX_TOTAL_SIZE = 12 << 30
MAX_WHOLE_SIZE = 1 << 30  # a part that is read as one piece
MAX_RATIO = 200
RATIO_MATTERS_FROM = 64 << 20

# What damaged files make zipfile and zlib raise.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def open_zip(path: Path) -> zipfile.ZipFile:
    """The opened container; UserError if it cannot be a workbook."""
    name = path.name
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):  # reading from a pipe would wait for ever
            raise UserError(f"{path} is a pipe or a device: give a workbook file.")
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}: check the name and the folder.") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: name the workbook in it.") from None
    except PermissionError:
        raise UserError(f"{name} may not be read: close it elsewhere or ask for the right to read it.") from None
    except OSError as error:
        raise UserError(f"{name} cannot be read ({error.strerror}): copy it to this computer and try again.") from None
    if not start:
        raise UserError(f"{name} is empty: take an earlier copy of the workbook.")
    if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UserError(
            f"{name} is protected by a password or an old .xls file: save it in Excel as .xlsx without a password."
        )
    try:
        archive = zipfile.ZipFile(path)
    except (*BROKEN, ValueError, OSError):
        if start[:2] == b"PK":
            raise UserError(f"{name} is damaged or incomplete: take an earlier copy of the workbook.") from None
        raise UserError(f"{name} is not a workbook: give an .xlsx or .xlsm file.") from None
    try:
        _check(archive, name)
    except UserError:
        archive.close()
        raise
    return archive


def _check(archive: zipfile.ZipFile, name: str) -> None:
    entries = archive.infolist()
    total = 0
    seen: set[str] = set()
    for entry in entries:
        total += entry.file_size
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.flag_bits & 0x1:
            raise UserError(f"{name} is protected by a password: save it without one.")
        if entry.file_size > MAX_PART_SIZE or (entry.file_size > RATIO_MATTERS_FROM and ratio > MAX_RATIO):
            raise _too_large(name)
        if entry.filename.lower() in seen:
            raise UserError(f"{name} holds a part twice ({entry.filename}): open it in Excel and save it anew.")
        seen.add(entry.filename.lower())
    if len(entries) > MAX_PARTS or total > MAX_TOTAL_SIZE:
        raise _too_large(name)
    if "[content_types].xml" not in {part.lstrip("/") for part in seen}:
        kind = "an OpenDocument file" if "mimetype" in seen else "not a workbook"
        raise UserError(f"{name} is {kind}: save it as .xlsx first.")
    if any(part.endswith("xl/workbook.bin") for part in seen):
        raise UserError(f"{name} is a binary workbook (.xlsb): save it in Excel as .xlsx or .xlsm first.")


def _too_large(name: str) -> UserError:
    return UserError(f"{name} unpacks to far more than a workbook holds: do not open it, ask where it came from.")


def refuse_entities(data: bytes, part: str, name: str) -> None:
    """Workbooks never declare entities; who does wants to make the reader explode or fetch something."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise UserError(f"{name} declares entities in {part}, which no workbook does: do not open it.")


def parse_xml(data: bytes, part: str, name: str) -> etree._Element:
    """The root element; UserError if the part is damaged or harmful."""
    refuse_entities(data, part, name)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise damaged(part, name) from None


def damaged(part: str, name: str) -> UserError:
    """The refusal of a file one of whose parts cannot be read."""
    return UserError(f"{name} is damaged in {part}: open it in Excel, let it repair the file and save it.")
