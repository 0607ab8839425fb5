"""Excel files (.xlsx, .xlsm, .xlsb, .xls, .ods): typed cells stay typed."""

from pathlib import Path
from typing import Any

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from xlsmkt.crm.formats import refusal_of_workbook
from xlsmkt.crm.paths import identity, name_of, shown
from xlsmkt.crm.reading import RawRows, RawTable
from xlsmkt.crm.reasons import empty_sheets, protected, sheets_left_out
from xlsmkt.crm.sheet_errors import sheet_errors
from xlsmkt.crm.sniffing import heading_row_of, only, unique, without_footer
from xlsmkt.crm.texts import raw_column
from xlsmkt.crm.values import written
from xlsmkt.errors import UserError

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def read_excel(path: Path, sheet: str | None = None) -> RawTable:
    """The table on a sheet of a workbook: the sheet named, else the first one that shows and is not empty.

    Raises
    ------
    UserError
        The file is missing, is no workbook, is protected by a password, has no such sheet, or the sheet is empty.
    """
    identity(path)
    file = name_of(path)
    try:
        with path.open("rb") as content:
            book = CalamineWorkbook.from_filelike(content)
    except PasswordError:
        raise UserError(protected(file)) from None
    except (CalamineError, OSError) as error:
        raise refusal_of_workbook(path, error) from None
    visible = [
        found.name
        for found in book.sheets_metadata
        if str(found.visible).endswith("Visible") and str(found.typ).endswith("WorkSheet")
    ]
    if sheet is not None and sheet not in book.sheet_names:
        raise UserError(f"{file} has no sheet {sheet!r}; its sheets are {shown(', '.join(book.sheet_names), 200)}")
    names = [sheet] if sheet else visible or book.sheet_names
    name, cells, start = names[0], list[list[Any]](), None
    for name in names:
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        start = heading_row_of(cells)
        if start is not None:
            break
    if start is None and not sheet:
        raise UserError(empty_sheets(file, names[0]))
    if start is None:
        others = [other for other in book.sheet_names if other != name]
        other = f", or name another one in a mapping (sheet = {others[0]!r})" if others else ""
        raise UserError(f"{file}: the sheet {name} is empty; export it again{other}")
    for (row, column), sign in sheet_errors(path, name).items():
        if row < len(cells) and column < len(cells[row]) and cells[row][column] == "":
            cells[row][column] = sign
    headings = unique([written(cell).strip() for cell in cells[start]])

    def read(wanted: list[str]) -> RawRows:
        rows = [(line, row) for line, row in enumerate(cells[start + 1 :], start + 2) if any(c != "" for c in row)]
        short = [(index, str(only(row))) for index, (_, row) in enumerate(rows) if only(row) is not None]
        footers = without_footer(short, len(rows))[1] if len(headings) > 1 else 0
        rows = rows[: len(rows) - footers]
        places = [headings.index(heading) for heading in wanted]
        columns = {
            heading: raw_column([None if row[place] == "" else row[place] for _, row in rows])
            for heading, place in zip(wanted, places, strict=True)
        }
        lines = np.array([line for line, _ in rows], np.int64)
        return RawRows(columns, np.arange(len(rows)), lambda numbers: lines[numbers], footers=footers)

    others = [] if sheet else [one for one in visible if one != name and book.get_sheet_by_name(one).height]
    left_out = sheets_left_out(name, others)
    return RawTable(file, headings, read, left_out)
