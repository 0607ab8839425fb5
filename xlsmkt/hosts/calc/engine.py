"""LibreOffice as the engine: it computes workbooks and formulas, and prints; the files stay ours."""

import contextlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xlsmkt.crm.model import DAILY, IMPORT_LOG, IMPORTED
from xlsmkt.errors import Propagated, UserError
from xlsmkt.hosts import headless
from xlsmkt.hosts.calc.office import Office
from xlsmkt.hosts.engine.calls import outermost
from xlsmkt.hosts.engine.formula import FormulaError, parse, with_brackets
from xlsmkt.hosts.headless import Computed, Evaluated
from xlsmkt.package import Book, Cell, Edit
from xlsmkt.package.references import Area, column_letters, parse_area
from xlsmkt.template import scores, totals
from xlsmkt.units import Date

Values = dict[tuple[int, int], Any]

_UNKNOWN = "#NAME?"
_ELSEWHERE = re.compile(r"\b(?:CELL|INFO|DDE|WEBSERVICE|FILTERXML)\s*\(", re.I)
"""What depends on where the file lies, or on other files: LibreOffice is given a copy, alone."""


def compute(edit: Edit, progress: Callable[[float, str], None] | None = None) -> Computed:
    """Compute every formula of a workbook with LibreOffice and set the results in ``edit``; nothing is saved.

    LibreOffice fills the area that a table has and makes none larger; so our own engine computes first, which gives
    each table its size. Its value also stays where LibreOffice has none: a function that its version does not know, a
    range with an error in it.

    Raises
    ------
    UserError
        LibreOffice is not there, or did not answer.
    """
    told = progress or (lambda part, words: None)
    with Office() as office:
        first = headless.compute(edit, lambda part, words: told(0.5 * part, words))
        told(0.5, "LibreOffice computes")
        with tempfile.TemporaryDirectory(dir=office.room) as folder:
            copy = Path(folder) / edit.path.name
            edit.save_copy(copy)
            sheets = office.run("compute", path=str(copy))["sheets"]
    kept_before = {words.partition(": ")[0] for words in first.kept}
    kept = []
    for sheet in edit.sheet_names:
        values = {(row, column): value for row, column, value in sheets.get(sheet, ())}
        cells = list(edit.cells(sheet))
        before = {(cell.row, cell.column): cell.value for cell in cells}
        for cell in (cell for cell in cells if cell.formula):
            place = f"{sheet}!{column_letters(cell.column)}{cell.row}"
            rows = None if _ELSEWHERE.search(cell.formula or "") else _rows(cell, values, before)
            if rows is not None:
                edit.set_result(sheet, cell.row, cell.column, rows)
            elif place in kept_before:
                kept.append(f"{place}: LibreOffice cannot compute it either; it keeps the value it had")
    told(1.0, "LibreOffice computes")
    return Computed(first.cells + len(kept_before) - len(kept), kept, first.errors)


def _rows(cell: Cell, values: Values, before: Values) -> list[list[object]] | None:
    """What LibreOffice shows in the cells of a formula; None if it could not compute them all."""
    area = parse_area(cell.array) if cell.array else Area(cell.column, cell.row, cell.column, cell.row)
    rows = []
    for row in range(area.top, area.bottom + 1):
        places = [(row, column) for column in range(area.left, area.right + 1)]
        shown = [values.get(place, {"error": _UNKNOWN}) for place in places]
        if any(map(_is_no_value, shown)):
            return None
        rows.append([_value(value, before.get(place)) for value, place in zip(shown, places, strict=True)])
    return rows


def _is_no_value(value: Any) -> bool:
    """Whether LibreOffice says with a code of its own that it could not compute, or that it knows no such function."""
    return isinstance(value, dict) and (value["error"] == _UNKNOWN or value["error"].startswith("Err:"))


def _value(value: Any, before: object = None) -> object:
    """A value as our functions give it; in tables LibreOffice tells truth values as 1 and 0."""
    if isinstance(value, dict):
        return Propagated(value["error"])
    if isinstance(before, bool) and value in (0, 1):
        return bool(value)
    return value


def evaluate(formulas: list[str]) -> list[Evaluated]:
    """Compute formulas with LibreOffice, each as if it stood alone in an empty workbook.

    An error is told by its sign alone: why it came about, our own engine knows.

    Raises
    ------
    FormulaError
        A formula cannot be read, or wants other files.
    """
    typed = []
    for formula in formulas:
        text = with_brackets(formula.strip().removeprefix("="))
        parse(text)  # LibreOffice would mend what is not whole, without a word
        if _ELSEWHERE.search(text):
            raise FormulaError(f"{formula} reaches for other files, which is not done here; open a workbook to see it.")
        typed.append(f"={text}")
    with Office() as office:
        answers = office.run("evaluate", formulas=typed)
    return [_evaluated(formula, answer) for formula, answer in zip(formulas, answers, strict=True)]


def _evaluated(formula: str, answer: list[list[Any]]) -> Evaluated:
    rows = [[_value(value) for value in row] for row in answer]
    entry = outermost(formula.strip().removeprefix("="))
    return Evaluated(formula, rows, "", entry is not None and entry.unit is Date)


def pdf(book: Path, to: Path, sheet: str | None = None) -> None:
    """Print one sheet of a workbook as LibreOffice computes and shows it, or all but those of imported rows.

    A PDF that is there as ``to`` is replaced.

    Raises
    ------
    UserError
        LibreOffice is not there or did not answer; there is no such book, sheet or folder.
    """
    if not book.exists():
        raise UserError(f"There is no file {book}: check the name and the folder.")
    if not book.is_file():
        raise UserError(f"{book} is no workbook file; give the path of one.")
    _refuse_target(book, to)
    with Office() as office, tempfile.TemporaryDirectory(dir=office.room) as folder:
        made = Path(folder) / "made.pdf"
        office.run(
            "compute", path=str(book.resolve()), pdf=str(made), sheet=sheet, without=_sheets_of_rows(book), values=False
        )
        try:
            handle, draft = tempfile.mkstemp(prefix=".", suffix=".pdf", dir=to.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(made.read_bytes())
                Path(draft).chmod(made.stat().st_mode & 0o777)
                os.replace(draft, to.resolve())
            finally:
                Path(draft).unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"{to} cannot be written ({error.strerror}); mend that and print again.") from None


def _sheets_of_rows(book: Path) -> list[str]:
    """The sheets that hold imported rows and what is added up from them: hundreds of pages that nobody reads."""
    try:
        edition = Book.open(book)
    except UserError:  # an .ods, say
        return []
    with contextlib.closing(edition):
        tables = {table.name.casefold() for table in (*IMPORTED, DAILY, IMPORT_LOG)}
        rows = {info.sheet for name, info in edition.tables.items() if name in tables}
        return sorted(rows | ({totals.SHEET, scores.SHEET} if rows else set()))


def _refuse_target(book: Path, to: Path) -> None:
    """Only a PDF is replaced, never another file of the user's."""
    if not to.name or to.is_dir():
        raise UserError(f"{to} is a folder; give the name of a PDF file in it.")
    if not to.parent.is_dir():
        raise UserError(f"The folder {to.parent} does not exist; make it first or give another one.")
    if not to.exists():
        return
    if not to.is_file():
        raise UserError(f"{to} is no file; give the name of a PDF file.")
    with to.open("rb") as file:
        if file.read(5) != b"%PDF-" or to.samefile(book):
            raise UserError(f"{to} is there already and is no PDF; give another name.")
