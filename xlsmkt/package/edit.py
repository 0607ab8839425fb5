"""A workbook to change: rows of tables, constants, computed values; everything else keeps its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from xlsmkt.errors import UserError
from xlsmkt.keeping import KnownBy, LostRow, continued, row_keys, without_column
from xlsmkt.package.book import Book, Cell
from xlsmkt.package.cells import read_value
from xlsmkt.package.dependents import follow_everywhere, pivot_areas, refresh_pivots
from xlsmkt.package.following import SpillMove, TableMove, follow_areas
from xlsmkt.package.named_cells import place_of
from xlsmkt.package.notes import move_notes
from xlsmkt.package.parts import Package
from xlsmkt.package.references import column_letters, parse_area
from xlsmkt.package.results import Change, HoldsFormula, Results, write_changes
from xlsmkt.package.saving import Progress, refuse_unwritable, write_package
from xlsmkt.package.table_scan import RawCell, Scan, merged_cells, room_below, scan_table
from xlsmkt.package.workbook import Name, Plan, TableInfo

if TYPE_CHECKING:
    import pyarrow as pa

    from xlsmkt.package.values import Column


class Edit(Book):
    """A Book with changes that ``save`` writes. What is read shows the changes."""

    def __init__(self, path: str | PathLike[str]) -> None:
        super().__init__(path)
        try:
            refuse_unwritable(self.path)
        except UserError:
            self.close()
            raise
        self._results: dict[str, Results] = {}  # sheet part -> results
        self._resized: list[str] = []
        self._followed = 0
        self._moves: list[TableMove] = []  # that only the sheets of the tables have followed so far
        self._given: dict[str, dict[str, Column]] = {}  # table -> heading -> new values, both casefolded

    # Reading: first write what is pending.

    def cells(self, sheet: str, bodies: bool = True) -> Iterator[Cell]:
        """As ``Book.cells``, with the changes made so far."""
        self._settle()
        return super().cells(sheet, bodies)

    def columns(self, table: str, columns: Sequence[str] | None = None) -> dict[str, list[object]]:
        """As ``Book.columns``, with the changes made so far."""
        self._settle()
        headings = list(self.table(table).columns if columns is None else columns)
        given = self._given.get(table.casefold(), {})  # no need to read what was just written
        unknown = [heading for heading in headings if heading.casefold() not in given]
        read = super().columns(table, unknown) if unknown else {}
        return {
            heading: read[heading] if heading in read else given[heading.casefold()].as_list() for heading in headings
        }

    def range(self, sheet: str, ref: str) -> list[list[object]]:
        """As ``Book.range``, with the changes made so far."""
        self._settle()
        return super().range(sheet, ref)

    @property
    def names(self) -> list[Name]:
        """The defined names, with the changes made so far."""
        self._settle()
        return super().names

    @property
    def resized_spills(self) -> list[str]:
        """The spilled results that changed their size, as ``Sheet!A5:F27 -> A5:F30``."""
        self._settle()
        return list(self._resized)

    @property
    def followed(self) -> int:
        """How often formulas or names took the new range of a result or a table that changed its size.

        What depends on them must be computed again.
        """
        self._settle()
        return self._followed

    # Changing.

    def replace_rows(
        self, table: str, columns: Mapping[str, Sequence[object] | pa.Array], known_by: KnownBy = ()
    ) -> list[LostRow]:
        """Replace the rows of a table by as many as the given columns have.

        ``columns`` maps headings of the table to lists of equal length; values are None, numbers, bool, str, date or
        datetime. Large ones are best Arrow arrays of numbers or of (dictionary-encoded) texts. Text is stored as text,
        whatever it begins with. Without any row the table keeps a blank one.

        Columns of the table that are not given: those with a column formula get it in every row; any other column
        (a user's notes) keeps its cells. ``known_by`` names the columns, among those given, that say which row is
        which; without it the first one does. A note goes where its key goes (the second "L7" of the old rows to the
        second of the new ones) and is lost only with its key. The notes that find no row any more are returned.

        Totals and the cells below the table move as far as they must; cells beside it stay. Charts, names, formats and
        formulas that covered exactly the old rows cover the new ones.

        Raises UserError if the table or a heading is missing, or if something below the table cannot be moved.
        """
        from xlsmkt.package.table_rows import NewRows, TableWriter  # Arrow takes its time to load
        from xlsmkt.package.values import column_of

        info = self.table(table)
        if any(move.sheet == info.sheet for move in self._moves) or any(r.changes for r in self._results.values()):
            self._settle()
            info = self.table(table)
        if not columns:
            raise ValueError(f"no columns are given for {table}")
        given = {heading: column_of(column, self.date1904) for heading, column in columns.items()}
        values = self._positions(info, given)
        lengths = {len(column) for column in values.values()}
        if len(lengths) > 1:
            raise ValueError(f"the columns for {table} have different lengths: {sorted(lengths)}")
        count = lengths.pop()
        last = info.first_row + max(count, 1) - 1
        part = self._plan.sheets[info.sheet]
        kept = [i for i, formula in enumerate(info.formulas) if formula is None and i not in values]
        others = [(f"the table {other.name}", other.area) for other in self.tables.values()
                  if other.sheet == info.sheet and other.name != info.name]  # fmt: skip
        others += pivot_areas(self._package, part)
        keep = {info.first_column + position for position in kept}
        scan = scan_table(lambda: self._open(part), info, last, keep, others)
        old_keys, origins = self._origins(info, given, known_by) if kept else ([], [])
        lost = self._lost(info, scan, kept, origins, old_keys)
        cells: dict[int, list[RawCell | None]] = {}
        for position in kept:
            old = scan.kept.get(info.first_column + position, {})
            cells[position] = [old.get(origin) if origin else None for origin in origins]
        move = TableMove(info.sheet, info.body, last, info.totals, below=room_below(scan, info, last))
        if not count:
            values = dict.fromkeys(values, column_of([None], self.date1904))
        new = NewRows(values, cells, origins, self.date1904)
        writer = TableWriter(self._open(part), info, scan, new, move)
        self._package.replace(part, writer.write())
        self._package.replace(info.part, follow_areas(self._package.read(info.part), info.sheet, move))
        if last != info.last_row:
            move_notes(self._package, part, info.sheet, move)
            self._moves.append(move)
        refresh_pivots(self._package, info.sheet, info.name, move)
        if writer.formulas_moved or writer.formulas_in_body != scan.formulas_in_body:
            self._drop_calc_chain()
        self._results.pop(part, None)
        self._given[info.name.casefold()] = {heading.casefold(): column for heading, column in given.items() if count}
        self._plan = Plan(self._package)
        return lost

    def _lost(
        self, info: TableInfo, scan: Scan, kept: Sequence[int], origins: Sequence[int | None], keys: Sequence[object]
    ) -> list[LostRow]:
        """The old rows of which no new row takes over the notes, so far as there are any (formulas are none)."""
        used, found = set(origins) if kept else set(), dict[int, dict[str, object]]()
        sheet = self._open(self._plan.sheets[info.sheet]).syntax if kept else None
        for position in kept:
            for row, (_, attributes, inner) in scan.kept.get(info.first_column + position, {}).items():
                if sheet and inner and row not in used and sheet.has_formula not in inner:
                    value = read_value(attributes, inner, sheet, self._strings)
                    if value is not None and value != "":
                        found.setdefault(row, {})[info.columns[position]] = value
        return [LostRow(keys[row - info.first_row], found[row]) for row in sorted(found)]

    def _positions(self, info: TableInfo, columns: Mapping[str, Column]) -> dict[int, Column]:
        values = {}
        for heading, column in columns.items():
            position = info.position(heading)
            if position is None:
                raise without_column(info.name, info.sheet, heading)
            values[position] = column
        return values

    def _origins(
        self, info: TableInfo, given: Mapping[str, Column], known_by: KnownBy
    ) -> tuple[list[object], list[int | None]]:
        """What the old rows were known by, and for each new row the old row whose notes it takes over."""
        groups = known_by or [list(given)[:1]]
        old = row_keys(groups, lambda headings: super(Edit, self).columns(info.name, headings).values())
        new = row_keys(groups, lambda headings: [given[heading].as_list() for heading in headings])
        origins = continued(old, new, self.date1904)
        return old, [None if origin is None else info.first_row + origin for origin in origins]

    def set_cell(self, sheet: str, row: int, column: int, value: object) -> None:
        """Put a constant into a cell; its style stays. UserError if the cell holds a formula or part of a result."""
        results = self._results_of(sheet)
        place = (row, column)
        if results.computes(place):
            raise HoldsFormula(
                f"The cell {column_letters(column)}{row} of the sheet {sheet} holds a formula and is not overwritten: "
                f"move the formula to another cell."
            )
        results.change(place, Change(value))
        for key, table in self.tables.items():
            if self._sheet_part(sheet) == self._plan.sheets[table.sheet] and table.body.holds(row, column):
                self._given.pop(key, None)
        if value is None:
            results.constants.discard(place)
        else:
            results.constants.add(place)

    def set_named_value(self, name: str, value: object) -> None:
        """Put a constant into the cell that a defined name stands for.

        Without such a cell, or where a user put a formula into it, nothing happens.
        """
        place = place_of(self, name)
        if place is not None and place.sheet in self.sheet_names:
            with suppress(HoldsFormula):
                self.set_cell(place.sheet, place.area.top, place.area.left, value)

    @property
    def macros(self) -> bytes | None:
        """The VBA project; None in a workbook without macros. Another one may be put in its place."""
        parts = self._package.targets(self._plan.part, "vbaProject")
        return self._package.read(parts[0]) if parts else None

    @macros.setter
    def macros(self, project: bytes) -> None:
        for part in self._package.targets(self._plan.part, "vbaProject"):
            self._package.replace(part, project)

    def set_result(self, sheet: str, row: int, column: int, rows: list[list[object]]) -> None:
        """Store the computed value of a formula cell; the formula stays.

        ``rows`` is a rectangle. A dynamic array takes its size: cells of the former result beyond it are blanked, and
        ranges of charts, names, formats and formulas that covered the rows of the former result cover the new ones. An
        array formula of fixed size is filled (missing values are #N/A). Any other formula takes the first value.
        A single error leaves a dynamic array its size, with blanks.

        Raises SpillBlocked, and changes nothing, if a cell in the way holds something: store #SPILL! then.
        ValueError if the cell holds no formula.
        """
        results = self._results_of(sheet)
        if (row, column) not in results.formulas:
            raise ValueError(f"{sheet}!{column_letters(column)}{row} holds no formula")
        if not rows or not rows[0]:
            raise ValueError("the result has no value")
        results.set((row, column), rows)

    def let_spill(self, sheet: str, row: int, column: int) -> None:
        """Have an array formula take the size of its results, whatever the file says about it."""
        results = self._results_of(sheet)
        area, _ = results.formulas[row, column]
        results.formulas[row, column] = (area, True)

    def _results_of(self, sheet: str) -> Results:
        part = self._sheet_part(sheet)
        if part not in self._results:
            results = Results()
            for cell in super().cells(sheet, bodies=False):
                array = parse_area(cell.array) if cell.array else None
                results.add(cell.row, cell.column, array, cell.dynamic, cell.formula is not None)
            results.blocks = [table.area for table in self.tables.values() if self._plan.sheets[table.sheet] == part]
            results.blocks += merged_cells(self._open(part).finish())
            self._results[part] = results
        return self._results[part]

    def _settle(self) -> None:
        """Write what is pending into the parts."""
        moves: list[SpillMove] = []
        for name, part in self._plan.sheets.items():
            results = self._results.get(part)
            if results and results.changes:
                self._package.replace(part, write_changes(self._open(part), results, self.date1904))
                results.changes, results.spilled = {}, {}
                results.settled = set()
                for old, new in results.resized.values():
                    if old != new:
                        moves.append(SpillMove(name, old, new))
                        self._resized.append(f"{name}!{old} -> {new}")
                results.resized = {}
        if moves or self._moves:
            self._followed += follow_everywhere(self._package, self._plan, self._moves, moves)
            self._moves = []
            self._plan = Plan(self._package)

    def _drop_calc_chain(self) -> None:
        """Excel makes it anew; one that names cells without a formula counts as damage."""
        if self._plan.calc_chain:
            self._package.remove(self._plan.calc_chain, self._plan.part)
            self._plan.calc_chain = None

    def save(self, path: str | PathLike[str], progress: Progress | None = None) -> None:
        """Write the workbook with its changes as ``path``; the old file stays until the new one is complete.

        ``progress`` is called with parts done and parts in all. UserError if the file is open in Excel, read-only,
        changed by another program meanwhile, or cannot be written; then it is as it was.
        """
        self._settle()
        target = Path(path)
        write_package(self._package, target, progress)
        self.path = target
        self._package = Package(target)
        self._plan = Plan(self._package)

    def save_copy(self, path: str | PathLike[str]) -> None:
        """Write the workbook with its changes as another file, which ``save`` knows nothing of."""
        self._settle()
        write_package(self._package, Path(path))
        self._package.reopen()
