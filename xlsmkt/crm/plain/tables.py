"""Tables as they come: from a CSV file, a workbook, or cells that were pasted."""

import csv
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.encodings import as_utf8
from xlsmkt.crm.paths import name_of
from xlsmkt.crm.plain.sheets import as_cell, cells_of_workbook
from xlsmkt.crm.quotes import refuse_damage
from xlsmkt.crm.reasons import ROW_TOO_LONG, broken_csv, empty_file
from xlsmkt.crm.sheet_errors import SheetError
from xlsmkt.crm.sniffing import (
    HEAD,
    Look,
    heading_row_of,
    is_bare,
    look_at,
    offset,
    only,
    unique,
    without_footer,
)
from xlsmkt.crm.values import written
from xlsmkt.errors import UserError

_WORKBOOKS = (".xlsx", ".xlsm")
_OTHER_WORKBOOKS = (".xls", ".xlsb", ".ods")
_SHEET_ERRORS = {"#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}


@dataclass
class PlainTable:
    """A table of a source: its headings, its rows of cells (None for a blank one) and the line of each row."""

    name: str
    headings: list[str]
    rows: list[list[Any]]
    lines: list[int]
    ragged: list[tuple[int, str]] = field(default_factory=list)  # line and text of rows of the wrong length
    footers: int = 0  # lines below the data that are a report's footer
    remark: str = ""  # what was left out, for the import log
    digest: str = ""  # the same for two copies of a file


def read_file(path: Path, answers: Answers) -> PlainTable:
    """The table in a CSV file or an Excel workbook.

    Raises
    ------
    UserError
        The file is missing, empty, no table, or something in it stays open.
    """
    ending = path.suffix.lower()
    if ending in _OTHER_WORKBOOKS:
        raise UserError(f"{name_of(path)} cannot be read here; save it as .xlsx or as CSV")
    if ending in _WORKBOOKS:
        cells, remark = cells_of_workbook(path)
        table = _of_cells(name_of(path), cells, remark)
    else:
        table = _of_csv(name_of(path), as_utf8(path, answers).tobytes())
    table.digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return table


def pasted(cells: list[list[Any]], name: str) -> PlainTable:
    """The table in cells of a sheet as a program hands them over; the lines of a CSV file that were pasted into one
    column are split.

    Raises
    ------
    UserError
        There is nothing, or a quotation mark swallows rows.
    """
    rows = [[_as_pasted(cell) for cell in row] for row in cells]
    filled = {place for row in rows for place, cell in enumerate(row) if cell is not None}
    if not filled:
        raise UserError(empty_file(name))
    first, width = min(filled), max(filled) + 1
    rows = [[*row, *[None] * (width - len(row))][first:width] for row in rows]
    if width - first == 1:
        text = "\n".join("" if cell is None else written(cell) for (cell,) in rows)
        if text.strip() and sum(map(bool, look_at(text[:HEAD], len(text) <= HEAD).headings)) > 1:
            return _of_csv(name, text.encode("utf-8", "replace"))
    if heading_row_of(rows) is None:
        raise UserError(empty_file(name))
    return _of_cells(name, rows)


def _as_pasted(cell: Any) -> Any:
    """A cell as a workbook's reader would give it, errors as such."""
    if isinstance(cell, str):
        if cell in _SHEET_ERRORS:
            return SheetError(cell)
        return None if cell == "#N/A" else as_cell(cell)
    return as_cell(cell)


# --- CSV ---


def _of_csv(name: str, data: bytes) -> PlainTable:
    head = data[:HEAD]
    if not head.strip():
        raise UserError(empty_file(name))
    look = look_at(head.decode("utf-8", "ignore"), len(head) == len(data))
    body = data[offset(head, look.first_line) :]
    refuse_damage(name, body, look)
    try:
        return _rows_of_csv(name, body.decode(), look)
    except csv.Error as error:
        what = ROW_TOO_LONG if "limit" in str(error) else str(error)
        raise UserError(broken_csv(name, what)) from None


def _rows_of_csv(name: str, text: str, look: Look) -> PlainTable:
    source = io.StringIO(text, newline="").readlines()
    rows, lines, short, count, before = [], [], [], 0, 0
    reader = csv.reader(source, delimiter=look.sign)
    for row in reader:
        if len(row) == len(look.headings):
            rows.append(row)
            lines.append(before + look.first_line)
        elif row:
            short.append((count, before + look.first_line, "".join(source[before : reader.line_num]).rstrip("\r\n")))
        count += bool(row)
        before = reader.line_num
    kept, footers = without_footer([(number, cells) for number, _, cells in short], count)
    line_of = {number: line for number, line, _ in short}
    ragged = [(line_of[number], cells) for number, cells in kept if not is_bare(cells, look.sign)]
    return PlainTable(name, look.headings, rows, lines, ragged, footers)


# --- cells ---


def _of_cells(name: str, cells: list[list[Any]], remark: str = "") -> PlainTable:
    """The table in the cells of a sheet, whose rows are equally long."""
    start = heading_row_of(cells)
    assert start is not None
    headings = unique([written("" if cell is None else cell).strip() for cell in cells[start]])
    numbered = [
        (line, row) for line, row in enumerate(cells[start + 1 :], start + 2) if any(c is not None for c in row)
    ]
    short = [(index, str(cell)) for index, (_, row) in enumerate(numbered) if (cell := only(row)) is not None]
    footers = without_footer(short, len(numbered))[1] if len(headings) > 1 else 0
    numbered = numbered[: len(numbered) - footers]
    return PlainTable(name, headings, [row for _, row in numbered], [line for line, _ in numbered], [], footers, remark)
