"""A workbook that is open in Excel elsewhere: its values come with the call, what is written goes back at the end.

Whatever raises before ``commit`` has changed nothing.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count, pairwise
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import xlwings as xw

from xlsmkt.cell_texts import as_typed
from xlsmkt.errors import CellError, UserError
from xlsmkt.hosts.web.grid import (
    Area,
    WebTable,
    area_of,
    cells,
    column_letters,
    first_cell,
    is_filled,
    moment_of,
    plain,
    tables_of,
)
from xlsmkt.hosts.web.replacing import Steps, steps
from xlsmkt.keeping import KnownBy, LostRow, continued, row_keys, serial, without_column
from xlsmkt.stored import LEFT_OVER

LEFT_OVER_SHEET = "Left over"
_CELLS_AT_ONCE, _CHARACTERS_AT_ONCE = 20_000, 1_000_000  # in one action: Office.js takes 5 MB
SHEET_ROWS, _SHEET_COLUMNS = 1_048_576, 16_384


class Place(NamedTuple):
    """A cell."""

    number: int  # of its sheet, from 0
    sheet: str
    row: int
    column: int

    @property
    def address(self) -> str:
        """How Excel writes it: ``B7``."""
        return f"{column_letters(self.column)}{self.row}"


class WebBook:
    """The workbook of a call. Nothing in it is selected or activated.

    ``path`` is where it would be if it lay in the folder that files are looked for in; ``notes`` are sentences about
    what could not be kept, for the user.
    """

    date1904 = False

    def __init__(self, book: xw.Book, folder: Path) -> None:
        self._book = book
        self._sheets: list[dict[str, Any]] = book.api["sheets"]
        self.path = folder / str(book.name)
        self.tables: dict[str, WebTable] = {
            table.name.casefold(): table for sheet in self._sheets for table in tables_of(sheet)
        }
        self.notes: list[str] = []
        self._actions: list[Callable[[], object]] = []
        self._touched: list[str] = []

    # Cells.

    def place_of(self, name: str) -> Place | None:
        """The first cell of a defined name of the workbook; None if there is no such cell."""
        wanted = name.casefold()
        for known in self._book.api.get("names") or []:
            if known["name"].casefold() == wanted and known["book_scope"] and known.get("address"):
                number, (row, column) = known["sheet_index"], first_cell(known["address"])
                return Place(number, self._sheets[number]["name"], row, column)
        return None

    def named_value(self, name: str) -> object:
        """The value of the cell that a defined name stands for; None if there is no such cell."""
        place = self.place_of(name)
        if place is None:
            return None
        area = (place.row, place.column, place.row, place.column)
        return plain(cells(self._sheets[place.number], area)[0][0])

    def rows_from(self, name: str) -> list[list[Any]]:
        """What stands from the first cell of a defined name on, to the right and below; days as datetimes."""
        place = self.place_of(name)
        if place is None:
            return []
        sheet = self._sheets[place.number]
        area = (place.row, place.column, len(sheet["values"]), max(map(len, sheet["values"]), default=0))
        return [[moment_of(value) or value for value in row] for row in cells(sheet, area)]

    def set_named_value(self, name: str, value: object) -> None:
        """Put a constant into a named cell; without such a cell nothing happens."""
        place = self.place_of(name)
        if place:
            self._write(place.sheet, place.row, place.column, [[value]])

    # Rows.

    def replace_rows(self, table: str, columns: Mapping[str, Any], known_by: KnownBy = ()) -> list[LostRow]:
        """Replace the rows of a table. ``known_by`` names the columns that say which row is which: else the first.

        A row whose key the new data have, too, stays in its place with all that a user has put beside it. New rows
        take the places of those that are gone with nothing beside them, else come at the end; other rows that are
        gone are deleted. Without any row the table keeps a blank one. What stands in users' columns of rows that are
        gone is returned, values and results of formulas alike.

        Raises
        ------
        UserError
            The table or a heading is missing, or something is in the way; nothing of it is written then.
        """
        info = self.tables.get(table.casefold())
        if info is None:
            raise UserError(f"{self.path.name} has no table {table}; give it that name again or add it.")
        new = {_position(info, heading): _as_list(column) for heading, column in columns.items()}
        height = len(next(iter(new.values())))
        sheet = next(sheet for sheet in self._sheets if sheet["name"] == info.sheet)
        old = cells(sheet, (info.first_row, info.first_column, info.last_row, info.last_column))
        own = [position for position in range(len(info.columns)) if position not in new]
        noted = _notes_in(sheet, info)
        blank = len(old) == 1 and all(old[0][position] is None for position in new)
        keys: list[Any] = []
        if blank:
            origins: list[int | None] = [None] * height
        elif own or noted:
            groups = [[_position(info, heading) for heading in group] for group in known_by or [list(columns)[:1]]]
            keys, origins = _matched(old, new, groups)
        else:  # nothing must stay where it is
            origins = [row if row < len(old) else None for row in range(height)]
        marked = set(noted)
        free = [blank or (number not in marked and all(row[p] is None for p in own)) for number, row in enumerate(old)]
        plan = steps(free, origins, bool(info.totals))
        self._require_room(sheet, info, plan)
        used = {origin for origin in origins if origin is not None}
        lost = _lost(info, old, own, keys, used) if keys else []
        if gone := sum(row not in used for row in noted):
            what, where = ("1 note", "row that it") if gone == 1 else (f"{gone:,} notes", "rows that they")
            self.notes.append(f"{what} in the table {info.name} went with the {where} stood on.")
        self._replace(sheet, info, plan, new)
        if not height:  # the row that stays
            for run in _neighbours(own):
                self._clear(info.sheet, info.first_row, info.first_column + run[0], len(run))
        return lost

    def _replace(self, sheet: dict[str, Any], info: WebTable, plan: Steps, new: dict[int, list[Any]]) -> None:
        left, right = info.first_column, info.last_column
        rows = info.last_row - info.first_row + 1
        for first, length in plan.deleted:
            self._body(info, first, length, lambda cells: cells.delete("up"))
        rows -= plan.shrinks
        down = plan.shrinks + plan.spare - (plan.grows if info.totals else 0)
        if down > 0 and is_filled(sheet, (info.bottom + 1, left, SHEET_ROWS, right)):
            # what stands below the table stays where it is, all in all
            self._body(info, rows + info.totals, down, lambda cells: cells.insert("down"))
        if plan.grows and info.totals:
            self._body(info, rows - 1, plan.grows, lambda cells: cells.insert("down"))
        elif plan.grows:
            whole = (info.first_row - info.header, left, info.first_row + rows + plan.grows - 1, right)
            self._later(info.sheet, lambda target: target.tables[info.number].resize(_range(target, whole)))
        for run in _neighbours(sorted(new)):
            given = [[None if row is None else new[position][row] for row in plan.order] for position in run]
            self._write(info.sheet, info.first_row, left + run[0], list(zip(*given, strict=True)))
        if plan.spare:
            self._body(info, plan.order.index(None), 1, lambda cells: cells.delete("up"))

    def _require_room(self, sheet: dict[str, Any], info: WebTable, plan: Steps) -> None:
        """Nothing is in the way of rows that come, nor would be torn by those that go."""
        left, right = info.first_column, info.last_column
        others = [table for table in self.tables.values() if table.sheet == info.sheet and table is not info]
        beneath = [t for t in others if t.first_row > info.bottom and t.first_column <= right and t.last_column >= left]
        shifts = plan.deleted or plan.spare or (info.totals and plan.grows)
        if beneath and shifts:
            raise UserError(
                f"The table {beneath[0].name} stands below the table {info.name} on the sheet {info.sheet}, whose rows "
                "must move; cut it out and paste it on a sheet of its own, then refresh again."
            )
        more = plan.grows - plan.shrinks - plan.spare
        if more <= 0:
            return
        if info.bottom + more > SHEET_ROWS:
            raise UserError(
                f"The table {info.name} has no room on the sheet {info.sheet}: it would need "
                f"{info.bottom + more:,} rows, and a sheet has {SHEET_ROWS:,}; import less."
            )
        end = SHEET_ROWS if info.totals else info.bottom + more
        if is_filled(sheet, (info.bottom + 1, left, end, right)) or any(t.first_row - t.header <= end for t in beneath):
            rows = "row" if more == 1 else "rows"
            raise UserError(
                f"The table {info.name} on the sheet {info.sheet} needs {more:,} more {rows}, but there are filled "
                "cells below it; cut them out and paste them beside the table or on another sheet, then refresh again."
            )

    # What is written.

    def keep(self, lost: Mapping[str, Sequence[LostRow]], now: dt.datetime) -> str:
        """Add to the list of what users had typed beside rows that are gone; the name of its sheet, "" if nothing was.

        A sheet of that name that is the user's own stays as it is.
        """
        rows = [
            [now.isoformat(" "), table, _as_shown(row.key), heading, _as_shown(value)]
            for table, lost_rows in lost.items()
            for row in lost_rows
            for heading, value in row.values.items()
        ]
        if not rows:
            return ""
        taken = {sheet["name"].casefold(): sheet for sheet in self._sheets}
        for number in count(1):
            name = LEFT_OVER_SHEET if number == 1 else f"{LEFT_OVER_SHEET} {number}"
            known = taken.get(name.casefold())
            if known is None:
                self._actions.append(partial(_add_sheet, self._book, name))
                self._write(name, 1, 1, [LEFT_OVER, *rows])
                break
            if known["values"] and known["values"][0][: len(LEFT_OVER)] == LEFT_OVER:
                name = known["name"]
                self._write(name, len(known["values"]) + 1, 1, rows)
                break
        self._later(name, lambda target: target.autofit("columns"))
        return name

    def commit(self) -> None:
        """Hand over what is to be written, which the client does from the first to the last."""
        there = {sheet["name"] for sheet in self._sheets}
        touched = [name for name in dict.fromkeys(self._touched) if name in there]
        for name in touched:  # a protected sheet refuses to be written to: better at once than half-way
            _range(self._book.sheets[name], (SHEET_ROWS, _SHEET_COLUMNS, SHEET_ROWS, _SHEET_COLUMNS)).clear_contents()
        for table in self.tables.values():  # of a range with hidden rows Excel deletes those that show, or none
            if table.sheet in touched:
                self._book.sheets[table.sheet].tables[table.number].autofilter.clear()
        for action in self._actions:
            action()

    def _later(self, sheet: str, action: Callable[[xw.Sheet], object]) -> None:
        self._touched.append(sheet)
        self._actions.append(lambda: action(self._book.sheets[sheet]))

    def _body(self, info: WebTable, first: int, length: int, action: Callable[[xw.Range], object]) -> None:
        """Do something to rows of a table, from the ``first`` of its body on."""
        top = info.first_row + first
        area = (top, info.first_column, top + length - 1, info.last_column)
        self._later(info.sheet, lambda target: action(_range(target, area)))

    def _clear(self, sheet: str, row: int, column: int, width: int) -> None:
        area = (row, column, row, column + width - 1)
        self._later(sheet, lambda target: _range(target, area).clear_contents())

    def _write(self, sheet: str, row: int, column: int, rows: Sequence[Sequence[Any]]) -> None:
        """Put constants into cells; texts stay texts whatever they look like."""
        for part in _parts([[_as_json(value) for value in values] for values in rows]):
            area = (row, column, row + len(part) - 1, column + len(part[0]) - 1)
            self._later(sheet, partial(_put, area=area, rows=part))
            row += len(part)


def _add_sheet(book: xw.Book, name: str) -> None:
    book.sheets.add(name, after=book.sheets[-1])


def _put(sheet: xw.Sheet, area: Area, rows: list[list[Any]]) -> None:
    # not by its property "value", for which xlwings would copy the whole sheet each time
    _range(sheet, area).raw_value = rows


def _parts(rows: list[list[Any]]) -> Iterator[list[list[Any]]]:
    """Rows in parts that one action each can carry."""
    first = cells = characters = 0
    for number, row in enumerate(rows):
        length = sum(len(value) for value in row if type(value) is str)
        if number > first and (cells + len(row) > _CELLS_AT_ONCE or characters + length > _CHARACTERS_AT_ONCE):
            yield rows[first:number]
            first, cells, characters = number, 0, 0
        cells, characters = cells + len(row), characters + length
    yield rows[first:]


def _range(sheet: xw.Sheet, area: Area) -> xw.Range:
    return sheet.range(area[:2], area[2:])


def _position(info: WebTable, heading: str) -> int:
    position = info.position(heading)
    if position is None:
        raise without_column(info.name, info.sheet, heading)
    return position


def _as_list(column: Any) -> list[Any]:
    return list(column.to_pylist() if hasattr(column, "to_pylist") else column)


def _as_json(value: Any) -> Any:
    """A value as it is handed to a cell; an empty text leaves it blank."""
    kind = type(value)
    if kind is float:
        return value if isfinite(value) else ""
    if value is None:
        return ""
    if kind is str:
        return as_typed(value) or ""
    if isinstance(value, dt.date):
        moment = value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
        return serial(moment, False)
    return value.sign if isinstance(value, CellError) else value


def _as_shown(value: object) -> object:
    """A value as a list tells of it: a day as one reads it."""
    moment = moment_of(value)
    return str(moment).removesuffix(" 00:00:00") if moment else value


def _matched(
    old: list[list[Any]], new: dict[int, list[Any]], known_by: list[list[int]]
) -> tuple[list[Any], list[int | None]]:
    """What the old rows were known by, and for each new row the old one that it continues."""
    # a text of the shape of a moment comes back as if it were one, so both are read alike
    keys = row_keys(known_by, lambda group: [[plain(row[position]) for row in old] for position in group])
    new_keys = row_keys(known_by, lambda group: [list(map(plain, new[position])) for position in group])
    first = known_by[0][0]
    shown = [key if type(key) is tuple else row[first] for key, row in zip(keys, old, strict=True)]
    return shown, continued(keys, new_keys, False)


def _lost(info: WebTable, old: list[list[Any]], own: list[int], keys: list[Any], used: set[int]) -> list[LostRow]:
    """What stands in users' columns of rows that are gone."""
    gone = [number for number in range(len(old)) if number not in used]
    found = ((keys[n], {info.columns[p]: old[n][p] for p in own if old[n][p] is not None}) for n in gone)
    return [LostRow(key, values) for key, values in found if values]


def _notes_in(sheet: dict[str, Any], info: WebTable) -> list[int]:
    """The rows of a table's body, from 0, on which notes stand."""
    places = (area_of(note["address"]) for note in sheet.get("notes") or [])
    return [
        row - info.first_row
        for row, column, *_ in places
        if info.first_row <= row <= info.last_row and info.first_column <= column <= info.last_column
    ]


def _neighbours(positions: Sequence[int]) -> Iterator[list[int]]:
    """Runs of columns that stand side by side.

    >>> list(_neighbours([0, 1, 4]))
    [[0, 1], [4]]
    """
    breaks = [0, *(place for place, (a, b) in enumerate(pairwise(positions), 1) if b != a + 1), len(positions)]
    return (list(positions[first:last]) for first, last in pairwise(breaks) if first < last)
