"""Formulas of files made for Excel come alive in Calc, and files that Calc saves for Excel hold plain names.

Calc hands a formula over with the add-in's own name for a function (ORG.XLSMKT.ADDIN.LEADSNEEDED) where the add-in
computes it, and with any other spelling where it does not: the text alone tells what has to be set again.
"""

import os
import re
import shutil
import tempfile
import zipfile
import zlib
from functools import lru_cache, partial
from itertools import groupby
from typing import IO, Any, Callable, Iterator, List, Match, Sequence, Tuple

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.unseen import unseen
from xlsmkt.hosts.calc.words import SERVICE, method_id

Change = Tuple[int, Callable[[], Any]]
"""How many formulas are set again, and what sets them."""

Area = Tuple[int, int, int, int]
"""First and last row, first and last column."""

WEB_PREFIX = "_xldudf_"
"""What Excel puts before functions of add-ins for the web, in files."""

_FORMULA_CELLS = 16  # com.sun.star.sheet.CellFlags.FORMULA
_CONDITION = 0  # com.sun.star.sheet.ConditionEntryType.CONDITION

_LINKED = {f"{SERVICE}.{method_id(name)}".upper(): name for name in CATALOGUE}

_BEFORE_A_NAME = r"""
    (?<![\w.\\?])
    (?: (?: '(?:[^']|'')*' | \[\d+\] | [\w.-]+\.xl\w+ )! )?
    (?: _xlfn\. | _xlws\. | _xludf\. | _xll\. | _xldudf_ )*
    (?: XLSMKT[._] )?
"""
_NO_NAMES = r"""
    "(?:[^"]|"")*"                                # a text
  | '(?:[^']|'')*'                                # the name of a sheet
  | \[(?:[^]['] | '. | \[(?:[^]['] | '.)*\])*\]  # columns of a table
"""


def _calls_of(names: Any) -> Any:
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"{_BEFORE_A_NAME} (?P<name>{either}) (?=\s*\() | {_NO_NAMES}", re.IGNORECASE | re.VERBOSE)


_NOT_LINKED = _calls_of(CATALOGUE)
_IN_ANY_SPELLING = _calls_of([*CATALOGUE, *_LINKED])


_PART_OF_TABLE = re.compile(r"(?<=\w)\[(#[a-z ]+)\]", re.I)


def plain(formula: str) -> str:
    """A formula with our functions under their plain names, whatever spelling it had.

    >>> plain("_xldudf_LEADS_NEEDED(20,5%)+ORG.XLSMKT.ADDIN.LEADSNEEDED(20,5%)")
    'LEADS_NEEDED(20,5%)+LEADS_NEEDED(20,5%)'
    """
    return str(_IN_ANY_SPELLING.sub(_plain_name, formula))


def for_web(formula: str) -> str:
    """A formula with our functions as files of Excel on the web have them, whatever spelling it had.

    >>> for_web('IF(A1="LEADS_NEEDED(1)",LEADS_NEEDED(20,5%),0)')
    'IF(A1="LEADS_NEEDED(1)",_xldudf_LEADS_NEEDED(20,5%),0)'
    """
    return str(_IN_ANY_SPELLING.sub(_web_name, formula))


def _web_name(found: Match[str]) -> str:
    return found.group() if found.group("name") is None else WEB_PREFIX + _plain_name(found)


def _for_calc(formula: str) -> str:
    """A formula to set in Calc, which takes a part of a table, ``Leads[#Headers]``, in double brackets only."""
    return _PART_OF_TABLE.sub(r"[[\1]]", plain(formula))


def _plain_name(found: Match[str]) -> str:
    name = found.group("name")
    return found.group() if name is None else _LINKED.get(name.upper(), name.upper())


@lru_cache(maxsize=4096)
def is_unlinked(formula: str) -> bool:
    """Whether a formula, as Calc hands it over, names a function of ours that the add-in does not compute.

    >>> is_unlinked("=leads_needed(20;5%)"), is_unlinked("=ORG.XLSMKT.ADDIN.LEADSNEEDED(20;5%)")
    (True, False)
    """
    return any(found.group("name") for found in _NOT_LINKED.finditer(formula))


def relink(document: Any) -> int:
    """Link the formulas of a document to the add-in that name our functions in another way; how many there were.

    These are the formulas in cells, array formulas, defined names, conditional formats and validations, also on hidden
    and on protected sheets. The user does not see it: nothing is to be saved and nothing to be undone.
    """
    changes = list(_changes(document))
    if changes:
        with unseen(document):
            for _, change in changes:
                change()
    return sum(formulas for formulas, _ in changes)


def _changes(document: Any) -> Iterator[Change]:
    sheets = list(document.Sheets)
    # Names first: Calc compiles the formulas that use a name again when the name changes.
    for names in [document.NamedRanges, *(sheet.NamedRanges for sheet in sheets)]:
        for name in names:
            if is_unlinked(name.Content):
                yield 1, partial(name.setContent, _for_calc(name.Content))
    for sheet in sheets:
        yield from _in_cells(sheet)
        yield from _in_conditional_formats(sheet)
        yield from _in_validations(sheet)


def _in_cells(sheet: Any) -> Iterator[Change]:
    arrays: List[Area] = []  # every cell of an array formula shows its text
    for block in sheet.queryContentCells(_FORMULA_CELLS):
        top, left = block.RangeAddress.StartRow, block.RangeAddress.StartColumn
        for column, formulas in enumerate(zip(*block.getFormulaArray()), left):
            for kind, cells in groupby(enumerate(formulas, top), _kind):
                if kind == "cell":
                    rows, texts = zip(*cells)
                    yield len(rows), partial(_set_formulas, sheet, column, rows[0], texts)
                elif kind == "array":
                    for row, formula in cells:
                        if not any(_holds(array, row, column) for array in arrays):
                            whole = _array_around(sheet, row, column)
                            arrays.append(_edges(whole.RangeAddress))
                            yield 1, partial(whole.setArrayFormula, _for_calc(formula[1:-1]))


def _kind(cell: Tuple[int, str]) -> str:
    if not is_unlinked(cell[1]):
        return "linked"
    return "array" if cell[1].startswith("{") else "cell"


def _set_formulas(sheet: Any, column: int, top: int, formulas: Sequence[str]) -> None:
    """Set the formulas of cells below each other: at once if Calc lets us, which takes half the time."""
    if sheet.isProtected():
        for row, formula in enumerate(formulas, top):
            sheet.getCellByPosition(column, row).setFormula(_for_calc(formula))
    else:
        cells = sheet.getCellRangeByPosition(column, top, column, top + len(formulas) - 1)
        cells.setFormulaArray(tuple((_for_calc(formula),) for formula in formulas))


def _array_around(sheet: Any, row: int, column: int) -> Any:
    """All cells of the array formula that a cell belongs to."""
    cells = sheet.createCursorByRange(sheet.getCellByPosition(column, row))
    cells.collapseToCurrentArray()
    return cells


def _edges(area: Any) -> Area:
    return area.StartRow, area.EndRow, area.StartColumn, area.EndColumn


def _holds(area: Area, row: int, column: int) -> bool:
    top, bottom, left, right = area
    return top <= row <= bottom and left <= column <= right


def _in_conditional_formats(sheet: Any) -> Iterator[Change]:
    for formats in sheet.ConditionalFormats.getConditionalFormats():
        for place in range(formats.Count):
            entry = formats.getByIndex(place)
            if entry.Type != _CONDITION:
                continue
            for formula in ("Formula1", "Formula2"):
                # Handed over as a user sees it: plain names if they are linked, in lower case if they are not.
                text = getattr(entry, formula)
                if plain(text) != text:
                    yield 1, partial(setattr, entry, formula, plain(text))


def _in_validations(sheet: Any) -> Iterator[Change]:
    for alike in sheet.getUniqueCellFormatRanges():
        if _is_unlinked_validation(alike.Validation):
            for cells in alike:  # references in a validation follow the cell that it was set for
                yield 1, partial(_set_validation, cells, cells.Validation)


def _is_unlinked_validation(validation: Any) -> bool:
    return is_unlinked(validation.getFormula1()) or is_unlinked(validation.getFormula2())


def _set_validation(cells: Any, validation: Any) -> None:
    validation.setFormula1(plain(validation.getFormula1()))
    validation.setFormula2(plain(validation.getFormula2()))
    cells.Validation = validation


_FORMULA_IN_FILE = re.compile(
    rb"(<(?:\w+:)?(?:f|formula[12]?|definedName|calculatedColumnFormula|totalsRowFormula)(?:\s[^<>]*)?>"
    rb"|<(?:\w+:)?cfvo\s[^<>]*?\bval=\")"
    rb"([^<\"]*(?:\"[^<\"]*)*)"
)
_CHUNK = 1 << 20


def plain_names(path: str) -> bool:
    """Give the formulas of an .xlsx or .xlsm file that Calc saved the plain names of our functions; whether it had to.

    Everything else in the file stays, also the time of its last change: by that time LibreOffice tells whether another
    program has changed the file since it was saved.

    Raises
    ------
    UserError
        The file cannot be read or replaced; it is left as Calc saved it.
    """
    path = os.path.realpath(path)
    name = os.path.basename(path)
    try:
        with zipfile.ZipFile(path) as book:
            parts = [part.filename for part in book.infolist() if _is_changed(book, part)]
            if parts:
                _replace(path, book, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        # damaged, or saved with a password
        raise UserError(
            f"The formulas in {name} keep LibreOffice's names of the functions, which Excel does not know, since the "
            "file cannot be read; save it again without a password."
        ) from None
    except OSError as error:
        raise UserError(
            f"The formulas in {name} keep LibreOffice's names of the functions, which Excel does not know, since the "
            f"file cannot be replaced ({error.strerror}); close it elsewhere and save it again."
        ) from None
    return bool(parts)


def _is_changed(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    if not part.filename.startswith("xl/") or not part.filename.endswith(".xml"):
        return False
    with book.open(part) as content:
        return any(plain_part(piece) != piece for piece in _pieces(content))


def _replace(path: str, book: zipfile.ZipFile, parts: List[str]) -> None:
    before = os.stat(path)
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".~", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as changed:
            for part in book.infolist():
                copy = zipfile.ZipInfo(part.filename, part.date_time)
                copy.compress_type, copy.external_attr = part.compress_type, part.external_attr
                with book.open(part) as content, changed.open(copy, "w", force_zip64=part.file_size > 1 << 30) as to:
                    for piece in _pieces(content):
                        to.write(plain_part(piece) if part.filename in parts else piece)
        shutil.copymode(path, draft)
        os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace(draft, path)
    except BaseException:
        os.remove(draft)
        raise


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    """A part of the file in pieces that end where an element begins: no formula is cut in two."""
    rest = b""
    while True:
        chunk = content.read(_CHUNK)
        if not chunk:
            break
        rest += chunk
        end = rest.rfind(b"<")
        if end > 0:
            yield rest[:end]
            rest = rest[end:]
    yield rest


def plain_part(xml: bytes) -> bytes:
    """A part of a workbook file with plain names in its formulas.

    >>> plain_part(b"<f>ORG.XLSMKT.ADDIN.LEADSNEEDED(20,5%)</f><v>400</v>")
    b'<f>LEADS_NEEDED(20,5%)</f><v>400</v>'
    """
    return respelt_part(xml, plain)


def respelt_part(xml: bytes, spelling: Callable[[str], str]) -> bytes:
    """A part of a workbook file with its formulas in another spelling, ``plain`` or ``for_web``."""

    def respelt(found: Match[bytes]) -> bytes:
        if b"(" not in found.group(2):
            return found.group()
        return found.group(1) + _respelt_text(found.group(2).decode(), spelling).encode()

    return _FORMULA_IN_FILE.sub(respelt, xml)


@lru_cache(maxsize=4096)
def _respelt_text(text: str, spelling: Callable[[str], str]) -> str:
    """A formula that is written as XML, where quotes may be entities, in another spelling."""
    formula = text.replace("&quot;", '"').replace("&apos;", "'")
    result = spelling(formula)
    if result == formula:
        return text
    if "&quot;" in text:
        result = result.replace('"', "&quot;")
    return result.replace("'", "&apos;") if "&apos;" in text else result
