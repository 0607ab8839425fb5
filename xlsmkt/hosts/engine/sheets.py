"""What the cells of a workbook hold before anything is computed: constants, formulas, table columns."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from xlsmkt.hosts.engine.calls import Formula, outermost
from xlsmkt.hosts.engine.formula import with_brackets
from xlsmkt.hosts.engine.places import Needs, Place, Spot
from xlsmkt.package import Cell, Name, TableInfo
from xlsmkt.package.references import MAX_COLUMN, MAX_ROW, Area, parse_area


class Workbook(Protocol):
    """What is read of a workbook (``package.Book``)."""

    @property
    def sheet_names(self) -> list[str]: ...
    @property
    def tables(self) -> dict[str, TableInfo]: ...
    @property
    def names(self) -> list[Name]: ...
    @property
    def date1904(self) -> bool: ...
    def cells(self, sheet: str, bodies: bool = True) -> Iterable[Cell]: ...
    def columns(self, table: str, columns: Sequence[str] | None = None) -> dict[str, list[object]]: ...


class Sheets:
    """The workbook's cells. The bodies of tables are read a column at a time, and only when somebody asks."""

    def __init__(self, book: Workbook, before: "Sheets | None" = None) -> None:
        self._book = book
        self._names = list(book.names)
        self.constants: dict[str, dict[tuple[int, int], object]] = {}
        self.formulas: dict[str, dict[tuple[int, int], Formula]] = {}
        self.tables: dict[str, list[TableInfo]] = {sheet: [] for sheet in book.sheet_names}
        self._bottom: dict[str, int] = {}
        self._columns: dict[tuple[str, int], list[object]] = before._columns if before else {}
        self._wanted: dict[str, set[int]] = {}
        self._fixed: dict[Place, bool] = {}
        for table in book.tables.values():
            self.tables[table.sheet].append(table)
        for sheet in book.sheet_names:
            self._read(sheet)

    def _read(self, sheet: str) -> None:
        constants = self.constants[sheet] = {}
        formulas = self.formulas[sheet] = {}
        bottom = max((table.area.bottom for table in self.tables[sheet]), default=1)
        for cell in self._book.cells(sheet, bodies=False):
            bottom = max(bottom, cell.row)
            if cell.formula is None:
                constants[cell.row, cell.column] = cell.value
                continue
            mode = "plain" if cell.array is None else "dynamic" if cell.dynamic else "array"
            # Programs that know no dynamic arrays save them with a fixed size, which would cut a longer result off.
            was_fixed = mode == "array" and outermost(cell.formula) is not None
            mode = "dynamic" if was_fixed else mode
            area = parse_area(cell.array) if cell.array else Area(cell.column, cell.row, cell.column, cell.row)
            bottom = max(bottom, area.bottom)
            spot = Spot(sheet, cell.row, cell.column)
            formulas[cell.row, cell.column] = Formula(spot, with_brackets(cell.formula), mode, area, was_fixed)
        self._bottom[sheet] = bottom

    def every_formula(self) -> Iterable[Formula]:
        for formulas in self.formulas.values():
            yield from formulas.values()

    def says_the_same(self, other: "Sheets") -> bool:
        """Whether all formulas and names read as they do in ``other``."""
        return self._names == other._names and self._texts() == other._texts()

    def _texts(self) -> dict[str, dict[tuple[int, int], str]]:
        return {sheet: {key: f.text for key, f in formulas.items()} for sheet, formulas in self.formulas.items()}

    def want(self, place: Place) -> None:
        """Say that these cells will be asked for: columns of one table are best read together."""
        for table in self.tables.get(place.sheet, ()):
            if table.body.meets(place.area):
                first, last = table.body.left, table.body.right
                columns = range(max(first, place.area.left), min(last, place.area.right) + 1)
                self._wanted.setdefault(table.name, set()).update(columns)

    def column(self, table: TableInfo, column: int) -> list[object]:
        """The body of a table's column (by its number on the sheet)."""
        if (table.name, column) not in self._columns:
            wanted = self._wanted.setdefault(table.name, set()) | {column}
            missing = [number for number in sorted(wanted) if (table.name, number) not in self._columns]
            headings = {number: table.columns[number - table.first_column] for number in missing}
            read = self._book.columns(table.name, list(headings.values()))
            self._columns.update({(table.name, number): read[heading] for number, heading in headings.items()})
        return self._columns[table.name, column]

    def clipped(self, place: Place) -> Place:
        """Whole columns end where the sheet ends, whole rows at its last constant."""
        left, top, right, bottom = place.area
        if bottom == MAX_ROW and top < MAX_ROW:
            bottom = max(self._bottom.get(place.sheet, 1), top)
        if right == MAX_COLUMN and left < MAX_COLUMN:
            used = (column for _, column in [*self.constants[place.sheet], *self.formulas[place.sheet]])
            right = max(left, *used, *(table.body.right for table in self.tables[place.sheet]), 1)
        return Place(place.sheet, Area(left, top, right, bottom))

    def needed_columns(self, table: TableInfo, needs: Needs) -> dict[int, list[int]]:
        """The columns of a table that are needed and hold constants; with each, the rows that hold formulas."""
        body, rows = table.body, dict[int, list[int]]()
        for row, column in self.formulas[table.sheet]:
            if body.holds(row, column):
                rows.setdefault(column, []).append(row)
        columns = (column for column in range(body.left, body.right + 1) if (table.sheet, column) in needs)
        return {c: rows.get(c, []) for c in columns if len(rows.get(c, [])) <= body.bottom - body.top}

    def columns_of(self, place: Place) -> list[list[object]]:
        """The constants of a rectangle, a list a column."""
        left, _, right, _ = place.area
        tables = sorted((t for t in self.tables[place.sheet] if t.body.meets(place.area)), key=lambda t: t.body.top)
        return [self._column_of(place, column, tables) for column in range(left, right + 1)]

    def _column_of(self, place: Place, column: int, tables: Sequence[TableInfo]) -> list[object]:
        """The constants of one column of a place; ``tables`` lie in the place, from top to bottom."""
        top, bottom, constants = place.area.top, place.area.bottom, self.constants[place.sheet]
        values: list[object] = []
        for table in tables:
            body = table.body
            if not body.left <= column <= body.right:
                continue
            stored = self.column(table, column)
            if body.top == top and body.bottom == bottom:
                return stored
            first, last = max(top, body.top), min(bottom, body.bottom)
            values += [constants.get((row, column)) for row in range(top + len(values), first)]
            values += stored[first - body.top : last - body.top + 1]
        return values + [constants.get((row, column)) for row in range(top + len(values), bottom + 1)]

    def is_fixed(self, place: Place) -> bool:
        """Whether cells are a column of a table, or a part of one, and hold no formulas: they cannot change."""
        known = self._fixed.get(place)
        if known is None:
            formulas, tables = self.formulas[place.sheet], self.tables[place.sheet]
            known = place.width == 1 and any(
                table.area.holds(place.area.top, place.area.left) and place.area.bottom <= table.area.bottom
                for table in tables
            )
            known = self._fixed[place] = known and not any(place.area.holds(*key) for key in formulas)
        return known

    def in_table(self, place: Place) -> bool:
        """Whether a place lies inside a table, where nothing can spill."""
        area = place.area
        return any(
            t.area.left <= area.left and area.right <= t.area.right
            and t.area.top <= area.top and area.bottom <= t.area.bottom
            for t in self.tables.get(place.sheet, ())
        )  # fmt: skip

    def blocks(self, formula: Formula, area: Area) -> bool:
        """Whether something stands in the way of a formula that would fill ``area``."""
        sheet = formula.at.sheet
        if area.bottom > MAX_ROW or area.right > MAX_COLUMN:
            return True
        if any(table.area.meets(area) for table in self.tables[sheet]):
            return True
        constants, formulas = self.constants[sheet], self.formulas[sheet]
        own = (formula.at.row, formula.at.column)
        cells = (area.bottom - area.top + 1) * (area.right - area.left + 1)
        if cells > len(constants) + len(formulas):
            taken = (key for held in (constants, formulas) for key in held if area.holds(*key))
        else:
            spots = ((r, c) for r in range(area.top, area.bottom + 1) for c in range(area.left, area.right + 1))
            taken = (key for key in spots if key in constants or key in formulas)
        return any(key != own for key in taken)
