"""A table of a workbook that is open in Excel: where it is, what it holds, how many rows it has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import xlwings as xw

from xlsmkt.errors import UserError
from xlsmkt.hosts.windows.blocks import (
    Column,
    Formula,
    block,
    read_contents,
    read_formats,
    usual,
    write_contents,
    write_formats,
)
from xlsmkt.hosts.windows.com_errors import is_busy, is_com_error, said
from xlsmkt.package import TableInfo
from xlsmkt.package.references import MAX_ROW, Area

Notes = dict[tuple[int, int], str]
"""The notes on the cells of a table by row and column, both counted from 0."""


@dataclass
class Contents:
    """What the body of a table holds."""

    columns: list[Column]
    formats: dict[int, list[str]]  # column -> number format of each row, where they differ
    notes: Notes
    threads: Notes  # conversations; Excel lets no program move them

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0])


class OpenTable:
    """A table that is open in Excel."""

    def __init__(self, table: xw.main.Table, date1904: bool) -> None:
        self._api = table.api
        self._date1904 = date1904
        self.sheet = table.parent
        self.name: str = self._api.Name

    @property
    def info(self) -> TableInfo:
        """Where the table is now; a table without rows shows a blank one."""
        api, whole = self._api, self._api.Range
        top, left, height, width = whole.Row, whole.Column, whole.Rows.Count, whole.Columns.Count
        header, totals = bool(api.ShowHeaders), int(bool(api.ShowTotals))
        first = top + header
        return TableInfo(
            name=self.name,
            sheet=self.sheet.name,
            first_row=first,
            last_row=max(first, top + height - 1 - totals),
            first_column=left,
            columns=self._headings(width),
            header=header,
            totals=totals,
            ref=Area(left, top, left + width - 1, top + height - 1).as_range(),
            formulas=(None,) * width,
        )

    def _headings(self, width: int) -> tuple[str, ...]:
        if not self._api.ShowHeaders:
            return tuple(str(self._api.ListColumns.Item(number).Name) for number in range(1, width + 1))
        names = self._api.HeaderRowRange.Value2
        return tuple(str(name) for name in (names[0] if isinstance(names, tuple) else (names,)))

    def body(self) -> xw.Range:
        """The cells between headings and totals."""
        info = self.info
        return block(self.sheet, info.first_row, info.first_column, _rows(info), len(info.columns))

    # What it holds.

    def contents(self) -> Contents:
        """Everything in the body that a user may have put there."""
        body = self.body()
        columns = read_contents(body)
        formats = {}
        for position in range(len(columns)):
            found = read_formats(self._column(body, position))
            if len(set(found)) > 1:
                formats[position] = found
        return Contents(columns, formats, *self._notes(body))

    def _column(self, body: xw.Range, position: int) -> xw.Range:
        return block(self.sheet, body.row, body.column + position, body.shape[0], 1)

    def _notes(self, body: xw.Range) -> tuple[Notes, Notes]:
        """The notes on the cells of the body, and the conversations."""
        notes: Notes = {}
        threads: Notes = {}
        height, width = body.shape
        for note in self.sheet.api.Comments:
            cell = note.Parent
            row, column = cell.Row - body.row, cell.Column - body.column
            if 0 <= row < height and 0 <= column < width:
                thread = _thread(cell)
                if thread is None:
                    notes[row, column] = note.Text()
                else:
                    threads[row, column] = thread
        return notes, threads

    def write(self, position: int, columns: list[Column], tell: Callable[[float], None] | None = None) -> None:
        """Put neighbouring columns into the body, as many rows as they have."""
        info = self.info
        cells = block(self.sheet, info.first_row, info.first_column + position, len(columns[0]), len(columns))
        write_contents(cells, columns, self._date1904, tell)

    def write_formats(self, position: int, formats: list[str]) -> None:
        """Give the cells of a column their number formats."""
        info = self.info
        write_formats(block(self.sheet, info.first_row, info.first_column + position, len(formats), 1), formats)

    def place_notes(self, notes: Notes) -> None:
        """Let the body have exactly these notes."""
        body = self.body()
        old, _ = self._notes(body)
        for place in old.keys() | notes.keys():
            if old.get(place) != notes.get(place):
                cell = block(self.sheet, body.row + place[0], body.column + place[1], 1, 1).api
                if place in old:
                    cell.Comment.Delete()
                if place in notes:
                    cell.AddComment(notes[place])

    def restore(self, contents: Contents) -> None:
        """Give the body back what it held."""
        self.grow(contents.rows)
        self.shrink(contents.rows)
        self.write(0, contents.columns)
        body = self.body()
        for position in range(len(contents.columns)):
            known = contents.formats.get(position)
            if known and read_formats(self._column(body, position)) != known:
                self.write_formats(position, known)
        self.place_notes(contents.notes)

    # How many rows it has.

    def grow(self, count: int) -> None:
        """Make room for so many rows. What is below the table moves; what refers to its rows refers to all of them."""
        info = self.info
        if self._api.DataBodyRange is None:  # only the row in which Excel offers to type
            self._shift(info, count, self._api.ListRows.Add)
        have = _rows(info)
        if count <= have:
            return
        if info.last_row + count - have + info.totals > MAX_ROW:
            raise UserError(
                f"The table {info.name} would need {info.last_row + count - have:,} rows and a sheet has {MAX_ROW:,}: "
                "import fewer rows."
            )
        self._require_movable(info, count)
        if have == 1:  # references to one row only stretch when the table itself adds the second
            self._shift(info, count, self._api.ListRows.Add)
            info, have = self.info, 2
        if count > have:
            new = block(self.sheet, info.last_row, info.first_column, count - have, len(info.columns))
            self._shift(info, count, lambda: new.insert("down", "format_from_left_or_above"))

    def shrink(self, count: int) -> None:
        """Delete the rows after the first ``count``; what is below moves up."""
        info = self.info
        count, have = max(count, 1), _rows(info)
        if count < have:
            self._require_movable(info, count)
            gone = block(self.sheet, info.first_row + count, info.first_column, have - count, len(info.columns))
            self._shift(info, count, lambda: gone.delete("up"))

    def _shift(self, info: TableInfo, count: int, move: Callable[[], object]) -> None:
        try:
            move()
        except Exception as error:
            if not is_com_error(error) or is_busy(error):
                raise
            raise _cannot_move(info, count, f"what stands below it ({said(error)})") from error

    def _require_movable(self, info: TableInfo, count: int) -> None:
        """Excel moves no part of a table: one below must not reach further to the left or right than this one."""
        for other in self.sheet.tables:
            whole = other.api.Range
            left, right = whole.Column, whole.Column + whole.Columns.Count - 1
            meets = left <= info.last_column and info.first_column <= right
            if whole.Row > info.area.bottom and meets and not (info.first_column <= left and right <= info.last_column):
                raise _cannot_move(info, count, f"the table {other.name} below it")

    # What is hidden.

    @contextmanager
    def unfiltered(self) -> Iterator[list[str]]:
        """Show all rows meanwhile, since Excel passes hidden ones over; the filter is set again at the end.

        Gives a list that then holds a sentence for each column whose filter cannot be set again.
        """
        lost: list[str] = []
        found = []
        auto_filter = self._api.AutoFilter
        if auto_filter is not None and auto_filter.FilterMode:
            found = self._filters(auto_filter, lost)
            auto_filter.ShowAllData()
        try:
            yield lost
        finally:
            for arguments in found:
                try:
                    self._api.Range.AutoFilter(**arguments)
                except Exception:
                    lost.append(self._lost_filter(arguments["Field"]))

    def _filters(self, auto_filter: Any, lost: list[str]) -> list[dict[str, Any]]:
        """The arguments of Range.AutoFilter that set each filter of the table again."""
        found = []
        for field in range(1, auto_filter.Filters.Count + 1):
            one = auto_filter.Filters.Item(field)
            if one.On:
                try:
                    found.append({"Field": field, **_criteria(one)})
                except Exception as error:  # Excel cannot tell the criteria of days ticked in its tree
                    if is_busy(error):
                        raise
                    lost.append(self._lost_filter(field))
        return found

    def _lost_filter(self, field: int) -> str:
        heading = self.info.columns[field - 1]
        return f"The filter of {heading} in the table {self.name} could not be kept; set it again."


def _criteria(one: Any) -> dict[str, Any]:
    """What a filter is set with."""
    criterion, operator = one.Criteria1, one.Operator
    if operator in (_AND, _OR):
        return {"Criteria1": criterion, "Operator": operator, "Criteria2": one.Criteria2}
    if isinstance(criterion, tuple):  # values ticked in a list, told with a sign before each ("=": blanks)
        criterion = [value if value == "=" else str(value).removeprefix("=") for value in criterion]
    if operator in (0, *_TOP):  # the first ten are told as what is at least as large
        return {"Criteria1": criterion}
    return {"Criteria1": criterion, "Operator": operator}


def _thread(cell: Any) -> str | None:
    """The text of a conversation; None if a note is a note."""
    try:
        thread = cell.CommentThreaded
        return None if thread is None else str(thread.Text())
    except Exception:  # an Excel without conversations
        return None


def _rows(info: TableInfo) -> int:
    return info.last_row - info.first_row + 1


_AND, _OR, _TOP = 1, 2, (3, 4, 5, 6)


def _cannot_move(info: TableInfo, count: int, what: str) -> UserError:
    return UserError(
        f"The table {info.name} needs {count:,} rows on the sheet {info.sheet}, but Excel cannot move {what}: put that "
        "on another sheet or beside the table, then click Refresh again."
    )


def kept_column(old: Column, origins: list[int | None]) -> Column:
    """A user's column in its new rows: each cell goes with its row; a formula of the whole column is in all rows."""
    formulas = [content for content in old if isinstance(content, Formula)]
    filler = Formula(usual(formulas)) if formulas else None
    if filler is not None and formulas.count(filler) * 2 <= len(old):
        filler = None
    if len(set(old)) == 1 and filler is not None:
        return [filler] * len(origins)
    return [filler if origin is None else old[origin] for origin in origins]


def kept_formats(old: list[str], origins: list[int | None]) -> list[str]:
    """The number formats of a user's column in its new rows."""
    common = usual(old)
    return [common if origin is None else old[origin] for origin in origins]
