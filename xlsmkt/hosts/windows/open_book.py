"""A workbook that is open in Excel, through xlwings: the refresh fills it as it fills a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import xlwings as xw

from xlsmkt.errors import UserError
from xlsmkt.hosts.windows.application import patiently, quiet
from xlsmkt.hosts.windows.blocks import Column, Formula, read_contents, read_values, write_contents
from xlsmkt.hosts.windows.com_errors import as_user_error
from xlsmkt.hosts.windows.open_table import Contents, OpenTable, kept_column, kept_formats
from xlsmkt.hosts.windows.pivots import refresh_pivots
from xlsmkt.keeping import KnownBy, LostRow, continued, row_keys, without_column
from xlsmkt.package import TableInfo
from xlsmkt.package.values import column_of

NOT_ON_DISK = Path("not on this computer")
"""The folder of a workbook that was never saved, or that stands in a cloud only. It does not exist."""


@dataclass
class _Changes:
    """What a refresh has changed so far, and what was there before."""

    tables: dict[str, tuple[OpenTable, Contents]] = field(default_factory=dict)
    cells: list[tuple[xw.Range, list[Column]]] = field(default_factory=list)
    surplus: dict[str, int] = field(default_factory=dict)  # table -> rows that it keeps
    sheets: set[str] = field(default_factory=set)  # whose filters are off
    filters: ExitStack = field(default_factory=ExitStack)
    lost_filters: list[list[str]] = field(default_factory=list)


class OpenBook:
    """A workbook that is open in Excel. Nothing in it is selected or activated.

    ``notes`` are sentences about what could not be kept, for the user; ``filled`` says whether something was written
    to stay; ``tell`` is told what is being done.
    """

    def __init__(self, book: xw.Book, tell: Callable[[str], None] | None = None) -> None:
        self._book = book
        self._tell = tell or (lambda words: None)
        self._changes: _Changes | None = None
        self.notes: list[str] = []
        self.filled = False

    @cached_property
    def path(self) -> Path:
        """Where the workbook is; in NOT_ON_DISK if it is in no folder of this computer."""
        name = str(self._book.name)
        if self._book.api.Path:
            try:
                path = Path(self._book.fullname)  # finds the folder of a OneDrive address
                if path.parent.is_dir():
                    return path
            except Exception:  # xlwings' own, of several kinds: the address belongs to no folder
                pass
        return NOT_ON_DISK / name

    @cached_property
    def date1904(self) -> bool:
        """Whether days are counted from 1904."""
        return bool(self._book.api.Date1904)

    @property
    def tables(self) -> dict[str, TableInfo]:
        """The tables by name (casefolded)."""
        return {name: table.info for name, table in self._tables.items()}

    @cached_property
    def _tables(self) -> dict[str, OpenTable]:
        found = [OpenTable(table, self.date1904) for sheet in self._book.sheets for table in sheet.tables]
        return {table.name.casefold(): table for table in found}

    # Cells with a name.

    def named_value(self, name: str) -> object:
        """The value of the cell that a defined name stands for; None if there is no such cell."""
        cell = self._named(name)
        return None if cell is None else read_values(cell)[0][0]

    def set_named_value(self, name: str, value: object) -> None:
        """Put a constant into a named cell. Without such a cell, or where it holds a formula, nothing happens."""
        cell = self._named(name)
        if cell is None:
            return
        old = read_contents(cell)
        if isinstance(old[0][0], Formula):
            return
        with self.all_or_nothing():
            self._require_unprotected(cell.sheet)
            if self._changes:
                self._changes.cells.append((cell, old))
            write_contents(cell, [[value]], self.date1904)

    def _named(self, name: str) -> xw.Range | None:
        names = self._book.names
        if not names.contains(name) or "!" in names[name].name:  # of one sheet only
            return None
        try:
            cells = names[name].refers_to_range
            return cells.sheet.range((cells.row, cells.column))
        except Exception:  # a constant or a formula; which exception, xlwings leaves to pywin32
            return None

    # Rows.

    def replace_rows(self, table: str, columns: Mapping[str, Any], known_by: KnownBy = ()) -> list[LostRow]:
        """Replace the rows of a table, as ``Edit.replace_rows`` does in a file."""
        target = self._tables.get(table.casefold())
        if target is None:
            raise UserError(f"{self.path.name} has no table {table}; give it that name again or add it.")
        info = target.info
        given = {_position(info, heading): column_of(values, self.date1904) for heading, values in columns.items()}
        count = len(next(iter(given.values())))
        with self.all_or_nothing():
            old = self._prepare(target)
            new = {position: column.as_list() if count else [None] for position, column in given.items()}
            del given
            groups = [[_position(info, heading) for heading in group] for group in known_by or [list(columns)[:1]]]
            return self._replace(target, old, new, count, groups)

    def _prepare(self, target: OpenTable) -> Contents:
        """What the table holds, remembered before its first change."""
        changes = self._changes
        assert changes is not None
        sheet = target.sheet
        self._require_unprotected(sheet)
        if sheet.name not in changes.sheets:
            changes.sheets.add(sheet.name)
            for table in self._tables.values():
                if table.sheet.name == sheet.name:
                    changes.lost_filters.append(changes.filters.enter_context(table.unfiltered()))
            if sheet.api.AutoFilterMode and sheet.api.FilterMode:
                raise UserError(
                    f"The sheet {sheet.name} is filtered outside its tables; show all of its rows (Data, Clear), "
                    "then click Refresh again."
                )
        key = target.name.casefold()
        target.shrink(changes.surplus.pop(key, MANY))
        old = target.contents()
        changes.tables.setdefault(key, (target, old))
        return old

    def _replace(
        self, target: OpenTable, old: Contents, new: dict[int, Column], count: int, known_by: list[list[int]]
    ) -> list[LostRow]:
        rows = max(count, 1)
        kept = [position for position in range(len(old.columns)) if position not in new]
        old_keys: list[object] = []
        origins: list[int | None] = []
        if kept or old.notes or old.threads:  # for a million rows it takes its time
            old_keys = row_keys(known_by, lambda group: [self._keys(target, old, position) for position in group])
            new_keys = row_keys(known_by, lambda group: [new[position] for position in group])
            origins = continued(old_keys, new_keys, self.date1904)
        lost = _lost(target.info.columns, old, kept, origins, old_keys)
        if any(row < rows and origins[row] != row for row, _ in old.threads):
            self.notes.append(
                f"Comments in the table {target.name} stayed in their cells, while the rows moved; Excel lets no "
                "program move them (notes do move)."
            )
        target.grow(rows)
        columns = {position: kept_column(old.columns[position], origins) for position in kept} | new
        for run in _neighbours(sorted(columns)):
            part = [columns[position] for position in run]
            target.write(run[0], part, lambda done: self._tell(f"Writing {target.name} ... {done:.0%}"))
        for position in kept:
            if position in old.formats:
                target.write_formats(position, kept_formats(old.formats[position], origins))
        if old.notes:
            places = {origin: row for row, origin in enumerate(origins) if origin is not None}
            target.place_notes({(places[row], column): text for (row, column), text in old.notes.items()
                                if row in places})  # fmt: skip
        if self._changes and rows < old.rows:
            self._changes.surplus[target.name.casefold()] = rows
        return lost

    def _keys(self, target: OpenTable, old: Contents, key: int) -> Column:
        """A column that the rows are known by; values also where a user has put formulas."""
        keys = old.columns[key]
        if any(isinstance(content, Formula) for content in keys):
            body = target.body()
            column = body.column + key
            keys = read_values(body.sheet.range((body.row, column), (body.row + old.rows - 1, column)))[0]
        return keys

    # All or nothing.

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What is written inside stays only if all of it succeeds; else every cell is put back."""
        if self._changes is not None:
            yield
            return
        changes = self._changes = _Changes()
        try:
            with quiet(self._book.app):
                with changes.filters:
                    try:
                        yield
                        # Last of all: a reference to a row that is deleted could not be put back.
                        for name, rows in changes.surplus.items():
                            self._tables[name].shrink(rows)
                    except BaseException as error:
                        self._put_back(changes, error)
                        sentence = as_user_error(error)
                        if sentence:
                            raise sentence from error
                        raise
                self.filled = True
                self._tell("Refreshing pivot tables")
                self.notes += refresh_pivots(self._book, [table.info for table, _ in changes.tables.values()])
        finally:
            self._changes = None
            self.notes += [sentence for lost in changes.lost_filters for sentence in lost]

    def _put_back(self, changes: _Changes, error: BaseException) -> None:
        def restore() -> None:
            for table, contents in changes.tables.values():
                table.restore(contents)
            for cell, content in reversed(changes.cells):
                write_contents(cell, content, self.date1904)

        try:
            patiently(restore)
        except Exception:
            raise UserError(
                f"{self._book.name} could not be put back as it was after an error; close it without saving and open "
                "it again."
            ) from error

    def _require_unprotected(self, sheet: xw.Sheet) -> None:
        if sheet.api.ProtectContents and not sheet.api.ProtectionMode:
            raise UserError(
                f"The sheet {sheet.name} is protected; unprotect it (Review, Unprotect Sheet), then click Refresh "
                "again."
            )


MANY = 1 << 30


def _position(info: TableInfo, heading: str) -> int:
    position = info.position(heading)
    if position is None:
        raise without_column(info.name, info.sheet, heading)
    return position


def _lost(
    headings: Sequence[str], old: Contents, kept: list[int], origins: list[int | None], keys: list[object]
) -> list[LostRow]:
    """What a user had put beside rows that are gone: constants of own columns, and notes on any cell."""
    used, found = set(origins), dict[int, dict[str, object]]()
    for position in kept:
        for row, content in enumerate(old.columns[position]):
            if row not in used and content is not None and content != "" and not isinstance(content, Formula):
                found.setdefault(row, {})[headings[position]] = content
    gone = {place: text for place, text in old.notes.items() if place[0] not in used}
    gone |= {place: text for place, text in old.threads.items() if place[0] >= len(origins)}  # their cells go
    for (row, column), text in sorted(gone.items()):
        found.setdefault(row, {})[f"{headings[column]} (note)"] = text
    return [LostRow(keys[row], found[row]) for row in sorted(found)]


def _neighbours(positions: list[int]) -> list[list[int]]:
    """Runs of columns that stand side by side."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and position == runs[-1][-1] + 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    return runs
