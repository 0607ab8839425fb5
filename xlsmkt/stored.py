"""What a workbook's Inputs say to import: its files or its connection, and its mapping.

Also runs inside a workbook, in xlwings Lite: standard library only.
"""

import codecs
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from xlsmkt.crm.model import IMPORT_LOG
from xlsmkt.errors import UserError

LEFT_OVER = ["Refreshed", "Table", "Row", "Column", "Value"]
"""The headings of the list of what users had typed beside rows that are gone."""
_FIRST_LINES = {",".join(headings).encode() for headings in (LEFT_OVER, IMPORT_LOG.columns)}


class Inputs(Protocol):
    """A workbook whose Inputs say what to import."""

    @property
    def path(self) -> Path: ...

    def named_value(self, name: str) -> object: ...


def stored_files(
    book: Inputs, missing: Callable[[str, str], UserError] | None = None
) -> tuple[list[Path], Path | None]:
    """The files and the mapping that the workbook's Inputs name, found from the workbook's folder on; none if blank.

    ``missing`` words the refusal of a name for which there is no file, and of its label on Inputs, where a folder tells
    the user nothing.

    Raises
    ------
    UserError
        A file that Inputs names is not there.
    """
    mapping = [path for name in _names(book, "CRM_Mapping") for path in _files(book, name, "Mapping", missing)]
    files = [path for name in _names(book, "CRM_Source") for path in _files(book, name, "Import from", missing)]
    return files, mapping[0] if mapping else None


def stored_source(book: Inputs) -> tuple[list[str], Path | None]:
    """The same, but what is no file and can be the name of a connection, or an address, stays as it stands."""
    given: list[str] = []
    for name in _names(book, "CRM_Source"):
        if may_be_connection(name) and not os.path.exists(book.path.parent / name):
            given.append(name)
        else:
            given += map(str, _files(book, name, "Import from", None))
    mapping = [path for name in _names(book, "CRM_Mapping") for path in _files(book, name, "Mapping", None)]
    return given, mapping[0] if mapping else None


def may_be_connection(name: str) -> bool:
    """Whether a name can be that of a connection, or an address: no path is meant then, unless there is such a file.

    >>> [may_be_connection(name) for name in ("hubspot", "postgres://crm/sales", "leads.csv", "exports/leads", "*")]
    [True, True, False, False, False]
    """
    return "://" in name or not set(name) & set("./*")


def _names(book: Inputs, cell: str) -> list[str]:
    # Windows puts a copied path between quotes; its backslashes mean the same everywhere.
    parts = str(book.named_value(cell) or "").replace("\\", "/").split(";")
    return [name for part in parts if (name := part.strip().strip('"').strip())]


def _files(book: Inputs, name: str, label: str, missing: Callable[[str, str], UserError] | None) -> list[Path]:
    """The files that a path or a pattern stands for."""
    path = book.path.parent / name
    try:
        if "*" in path.name:
            pattern = re.sub(r"\*+", "*", path.name)
            found = sorted(file for file in path.parent.glob(pattern) if _is_export(file, book.path))
        else:
            found = [path] if path.is_file() else []
        if not found and path.is_dir():
            raise UserError(f"{path} is a folder; name the files in it ({name}/*.csv) in {label} on the sheet Inputs.")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); mend {label} on the sheet Inputs.") from None
    if not found and missing:
        raise missing(name, label)
    if not found:
        several = " (put ; between several files)" if "," in name else ""
        raise UserError(f"{path} is not there{several}; put the file there, or mend {label} on the sheet Inputs.")
    return found


def _is_export(file: Path, book: Path) -> bool:
    """Whether a pattern means a file: not the workbook itself, not the lists that a refresh writes."""
    return file.is_file() and not file.name.startswith("~$") and file != book and not is_own_list(file)


def is_own_list(path: Path) -> bool:
    """Whether a file is a list that a refresh has written."""
    with path.open("rb") as file:
        return file.readline(200).removeprefix(codecs.BOM_UTF8).strip() in _FIRST_LINES
