"""Cells of an .xlsx sheet that a reader of values takes for blank: errors, and formulas that were never computed."""

import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_ERROR = re.compile(rb'\bt="e"')
_VALUELESS = re.compile(rb"</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>")
_CELL = re.compile(rb'<(?:\w+:)?c\s([^>]*?\br="([A-Z]+)(\d+)"[^>/]*)>(.*?)</(?:\w+:)?c>', re.S)
_VALUE = re.compile(rb"<(?:\w+:)?v>(.*?)</(?:\w+:)?v>", re.S)
_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?>(.*?)</(?:\w+:)?f>", re.S)
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class SheetError:
    """A cell that shows an error, such as ``#DIV/0!``, or whose formula has no value: then the formula."""

    sign: str

    def __str__(self) -> str:
        return self.sign

    @property
    def what(self) -> str:
        """The reason for a list of refusals."""
        if self.sign.startswith("="):
            return "a formula without a value: open the file in Excel, save it, and import it again"
        return "an error in the sheet"


def sheet_errors(path: Path, sheet: str) -> dict[tuple[int, int], SheetError]:
    """The errors on a sheet by row and column, counted from 0. ``#N/A`` is none: it says that there is no value."""
    return {place: error for place, error in error_cells(path, sheet).items() if error.sign != "#N/A"}


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], SheetError]:
    """All cells of a sheet that show an error, by row and column, counted from 0."""
    try:
        with zipfile.ZipFile(path) as package:
            data = package.read(_part(package, sheet))
    except (zipfile.BadZipFile, zlib.error, KeyError, ElementTree.ParseError, OSError, RuntimeError, StopIteration):
        return {}  # an old or a foreign kind of workbook
    if not (_ERROR.search(data) or _VALUELESS.search(data)):
        return {}
    found = {}
    for attributes, letters, row, inside in _CELL.findall(data):
        value, formula = _VALUE.search(inside), _FORMULA.search(inside)
        if _ERROR.search(attributes):
            sign = _text(value[1]) if value else "#VALUE!"
        elif formula and not (value and value[1].strip()) and b't="str"' not in attributes:
            sign = "=" + _text(formula[1])
        else:
            continue
        found[int(row) - 1, _number(letters) - 1] = SheetError(sign)
    return found


def _part(package: zipfile.ZipFile, sheet: str) -> str:
    """The part of a package that holds a sheet."""
    book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    wanted = next(one.get(_RELATED) for one in book.iterfind(".//{*}sheet") if one.get("name") == sheet)
    target = next(str(one.get("Target")) for one in relations.iterfind(".//{*}Relationship") if one.get("Id") == wanted)
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _text(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
