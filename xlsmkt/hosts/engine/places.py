"""Which cells a reference stands for."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple

from xlsmkt.hosts.engine.formula import FormulaError, Node, Reference, parse
from xlsmkt.hosts.engine.natives import bare_name
from xlsmkt.package import Name, TableInfo
from xlsmkt.package.references import MAX_ROW, Area, translated


class Spot(NamedTuple):
    """A cell."""

    sheet: str
    row: int
    column: int


class Place(NamedTuple):
    """A rectangle of cells."""

    sheet: str
    area: Area

    @property
    def height(self) -> int:
        return self.area.bottom - self.area.top + 1

    @property
    def width(self) -> int:
        return self.area.right - self.area.left + 1

    @property
    def single(self) -> bool:
        return self.height == self.width == 1

    def __str__(self) -> str:
        return f"{quoted(self.sheet)}!{self.area}"


def quoted(sheet: str) -> str:
    """A sheet's name as a formula writes it."""
    return "'" + sheet.replace("'", "''") + "'"


def plain(rows: list[list[object]]) -> Any:
    """Rows as a function takes them: one value alone, a single column as a list."""
    if len(rows[0]) > 1:
        return rows
    return rows[0][0] if len(rows) == 1 else [row[0] for row in rows]


class Places:
    """The sheets, tables and names of a workbook, by which references are resolved."""

    def __init__(self, sheets: Iterable[str], tables: Mapping[str, TableInfo], names: Iterable[Name]) -> None:
        self._sheets = {sheet.casefold(): sheet for sheet in sheets}
        self.tables = tables
        self.names = {((name.sheet or "").casefold(), name.name.casefold()): name for name in names}

    def sheet(self, name: str) -> str | None:
        """The sheet as the workbook spells it."""
        return self._sheets.get(name.casefold())

    def name(self, name: str, sheet: str) -> Name | None:
        """A defined name as a cell of ``sheet`` sees it: the sheet's own name wins."""
        return self.names.get((sheet.casefold(), name.casefold())) or self.names.get(("", name.casefold()))

    def find(self, reference: Reference, at: Spot, depth: int = 0) -> Place | None:
        """The rectangle that a reference in the cell ``at`` stands for; None when it is not one fixed rectangle."""
        if reference.kind == "table":
            return self._in_table(reference, at)
        if reference.kind == "elsewhere" or depth > 16:
            return None
        sheet = at.sheet if reference.sheet is None else self.sheet(reference.sheet)
        if sheet is None:
            return None
        if reference.area is not None:
            return Place(sheet, reference.area)
        name = self.name(reference.text, sheet)
        if name is None:
            table = self.tables.get(reference.text.casefold())
            return Place(table.sheet, table.body) if table and reference.sheet is None else None
        node = self.meaning(name, at)
        if node is None or node.reference is None:
            return None
        return self.find(node.reference, at._replace(sheet=name.sheet or at.sheet), depth + 1)

    def meaning(self, name: Name, at: Spot) -> Node | None:
        """What a name says to the cell ``at``: relative references in it move with the cell."""
        try:
            return parse(translated(name.refers_to.removeprefix("="), at.row - 1, at.column - 1))
        except FormulaError:
            return None

    def _in_table(self, reference: Reference, at: Spot) -> Place | None:
        if reference.table:
            table = self.tables.get(reference.table.casefold())
        else:
            inside = (t for t in self.tables.values() if t.sheet == at.sheet and t.area.holds(at.row, at.column))
            table = next(inside, None)
        if table is None:
            return None
        left, right = 0, len(table.columns) - 1
        if reference.columns:
            positions = [table.position(column) for column in reference.columns]
            found = [position for position in positions if position is not None]
            if len(found) < len(positions) or len(found) > 2:
                return None
            left, right = min(found), max(found)
        whole, body = table.area, table.body
        rows: list[tuple[int, int]] = []
        for item in reference.items or ("#data",):
            if item == "#this row":
                if at.sheet != table.sheet or not body.top <= at.row <= body.bottom:
                    return None
                rows.append((at.row, at.row))
            elif item == "#headers" and table.header:
                rows.append((whole.top, whole.top))
            elif item == "#totals" and table.totals:
                rows.append((body.bottom + 1, whole.bottom))
            elif item in ("#all", "#data"):
                rows.append((whole.top, whole.bottom) if item == "#all" else (body.top, body.bottom))
            else:
                return None
        first = table.first_column
        return Place(
            table.sheet, Area(first + left, min(row[0] for row in rows), first + right, max(row[1] for row in rows))
        )


class Needs:
    """The columns of each sheet that native formulas mention, each down to its last row that they do.

    That is all that the engine must be given.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._bottoms: dict[tuple[str, int], int] = {}
        self._everything = False
        self._sheets: set[str] = set()
        self._names: set[str] = set()

    def __contains__(self, spot: tuple[str, int]) -> bool:
        """Whether a column (sheet, number) is mentioned."""
        return self.bottom(*spot) > 0

    def bottom(self, sheet: str, column: int) -> int:
        """The last row of a column that is mentioned; 0 if none is."""
        return MAX_ROW if self._everything or sheet in self._sheets else self._bottoms.get((sheet, column), 0)

    def add_sheet(self, sheet: str) -> None:
        """Say that a whole sheet is needed."""
        self._sheets.add(sheet)

    def add(self, nodes: Iterable[Node], at: Spot, whole: bool = False) -> None:
        """Note what these parts of a formula in the cell ``at`` mention (not what lies within them).

        ``whole``: columns are needed to their end, whatever rows are mentioned.
        """
        for node in nodes:
            name = bare_name(node.name) if node.kind == "call" else ""
            if name in ("OFFSET", "INDIRECT"):
                self._everything = True  # only computing tells which cells
            elif name in ("SUMIF", "AVERAGEIF"):
                # the range to sum may be written shorter than it is taken
                self.add(chain.from_iterable(child.walk() for child in node.children), at, True)
            elif node.kind == "operation" and ":" in node.operators:
                self._everything = True
            elif node.reference is not None:
                self._add_reference(node.reference, at, whole or node.reference.kind == "table")

    def _add_reference(self, reference: Reference, at: Spot, whole: bool) -> None:
        if reference.kind == "elsewhere":
            self._everything = True
            return
        place = self.places.find(reference, at)
        if place is not None:
            self._mention(place, whole)
        elif reference.kind == "table":
            table = self.places.tables.get(reference.table.casefold())
            if table:
                self._mention(Place(table.sheet, table.body), whole)
        elif reference.kind == "name" and reference.text.casefold() not in self._names:
            self._names.add(reference.text.casefold())
            name = self.places.name(reference.text, at.sheet)
            meaning = name and self.places.meaning(name, at)
            if meaning:
                self.add(meaning.walk(), at, True)  # elsewhere it may mean other rows

    def _mention(self, place: Place, whole: bool) -> None:
        for column in range(place.area.left, place.area.right + 1):
            bottom = MAX_ROW if whole else place.area.bottom
            self._bottoms[place.sheet, column] = max(bottom, self.bottom(place.sheet, column))
