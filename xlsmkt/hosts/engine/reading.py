"""Reads arguments: what cells, spills and expressions hold now, or that they hold nothing yet."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from xlsmkt.calling import Parameter
from xlsmkt.errors import NotAvailable, Propagated
from xlsmkt.hosts.engine.arrays import Array, Lexicon, Mask
from xlsmkt.hosts.engine.calls import (
    Barred,
    Call,
    Cells,
    Columns,
    Constant,
    Expression,
    Formula,
    Inner,
    Leaf,
    Scratch,
    Source,
    Spilled,
    Tree,
)
from xlsmkt.hosts.engine.columns import Evaluator, leaves
from xlsmkt.hosts.engine.criteria import met
from xlsmkt.hosts.engine.interface import Engine, Unavailable
from xlsmkt.hosts.engine.lifting import BLANK
from xlsmkt.hosts.engine.places import Place, Spot, plain
from xlsmkt.hosts.engine.sheets import Sheets
from xlsmkt.package.references import Area
from xlsmkt.units import ByColumn

WAITS = Unavailable("it depends on itself, or on a cell that could not be computed", True)
TOO_WIDE = f"it computes with an array of more than {Scratch.STRIDE:,} columns"
_MASKS = 64  # criteria whose rows are kept: formulas one below the other share most of theirs
_SPILLED = Propagated("#SPILL!")


@dataclass
class Later:
    """A long argument that is made when it is needed; it is equal to another one that is made of the same."""

    made_of: object
    make: Callable[[], object] = field(compare=False)
    by_column: Callable[[], object] | None = field(default=None, compare=False)  # of a rectangle

    def made_for(self, parameter: Parameter | None) -> object:
        """The argument; of a rectangle its columns for a function that takes them."""
        if self.by_column and parameter and parameter.kind == "block":
            return self.by_column()
        return self.make()


class Reader:
    """Values of arguments: one value, a list for a single column, rows for more, or Unavailable.

    ``moving`` is set when a value was read that a formula may still change; ``watched`` gathers the cells of the
    engine that were read, and is None when other things that may change were read as well.
    """

    def __init__(self, sheets: Sheets) -> None:
        self.sheets = sheets
        self.engine: Engine | None = None
        self.moving = False
        self.watched: set[Spot] | None = set()
        # array formulas fill more cells than the one that they stand in
        self.arrays: dict[str, list[Formula]] = {sheet: [] for sheet in sheets.formulas}
        self._lexicon = Lexicon()
        self._columns: dict[Leaf, Array] = {}  # of tables
        self._met = lru_cache(_MASKS, typed=True)(lambda leaf, wanted: met(self._lexicon, self._columns[leaf], wanted))
        self.shared: Container[Tree] = ()  # expressions that several calls are given: computed once
        self._made: dict[Tree, tuple[object, object]] = {}  # what they were made of, and what they came to

    def all_given(self, call: Call) -> list[object] | Unavailable:
        """What the arguments of a call are now; long ones are not made yet."""
        given = [self.given(source) for source in call.sources]
        return next((value for value in given if isinstance(value, Unavailable)), given)

    def given(self, source: Source) -> Any:
        """The value of an argument, or a Later."""
        if isinstance(source, Cells) and not source.place.single and self._rests(source.place):
            return Later(source.place, lambda: self.value(source), lambda: self._by_column(source.place))
        if not isinstance(source, Columns):
            return self.value(source)
        values = {leaf: self.given(leaf.source) for leaf in leaves(source.tree)}
        missing = [value for value in values.values() if isinstance(value, Unavailable)]
        return missing[0] if missing else Later((*values.values(),), lambda: self._made_once(source.tree, values))

    def _made_once(self, tree: Tree, values: dict[Leaf, Any]) -> object:
        if tree not in self.shared:
            return self._computed(tree, values)
        made_of = (*values.values(),)
        if tree not in self._made or self._made[tree][0] != made_of:
            self._made[tree] = made_of, self._computed(tree, values)
        return self._made[tree][1]

    def _computed(self, tree: Tree, values: dict[Leaf, Any]) -> object:
        """The value of an expression over columns of tables; raises Beyond."""

        def array_of(leaf: Leaf) -> Array:
            value = values[leaf]
            if not isinstance(value, Later):
                return self._lexicon.array(value)
            if leaf not in self._columns:
                self._columns[leaf] = self._lexicon.array(value.make())
            return self._columns[leaf]

        def met_by(leaf: Leaf, criterion: object) -> Mask:
            column = array_of(leaf)
            return self._met(leaf, criterion) if leaf in self._columns else met(self._lexicon, column, criterion)

        return Evaluator(self._lexicon, array_of, met_by).value(tree)

    def value(self, source: Source) -> Any:
        if isinstance(source, Constant):
            return source.value
        if isinstance(source, Cells):
            return self._cells(source.place)
        if isinstance(source, Columns):
            given = self.given(source)
            return given.make() if isinstance(given, Later) else given
        if isinstance(source, Barred):
            return Unavailable(source.why)
        if isinstance(source, Expression) and not source.dynamic:
            self._watch(source.spot)
            return self._expression(source)
        self._watch(None)
        if isinstance(source, Inner):
            return WAITS if source.call.rows is None else plain(source.call.rows)
        if isinstance(source, Expression):
            return self._expression(source)
        assert isinstance(source, Spilled)
        return self._spilled(source)

    def begin(self) -> None:
        """Forget what was read before."""
        self.moving, self.watched = False, set()

    def _watch(self, spot: Spot | None) -> None:
        """Note that something was read that may change: a cell of the engine, or anything else."""
        self.moving = True
        if spot is None:
            self.watched = None
        elif self.watched is not None:
            self.watched.add(spot)

    def area(self, formula: Formula) -> Area | None:
        """The cells that a formula fills now; None while that is not known."""
        if formula.direct:
            return formula.placed
        if formula.mode != "dynamic":
            return formula.area
        if self.engine is None:
            return None
        height, width = self.engine.spill(formula.at)
        _, row, column = formula.at
        return Area(column, row, column + width - 1, row + height - 1)

    def shown(self, formula: Formula, part: Area) -> list[list[object]] | Unavailable:
        """What a formula shows in a part of the cells that it fills."""
        if formula.direct:
            if formula.placed is None:
                return Unavailable(formula.direct.why, True) if formula.direct.why else WAITS
            top, left = part.top - formula.placed.top, part.left - formula.placed.left
            width = part.right - part.left + 1
            return [row[left : left + width] for row in formula.shown[top : part.bottom - formula.placed.top + 1]]
        if self.engine is None:
            return WAITS
        rows = self.engine.read(Place(formula.at.sheet, part))
        return first_unavailable(rows) or rows

    def _expression(self, source: Expression) -> Any:
        if self.engine is None:
            return WAITS
        height, width = self.engine.spill(source.spot) if source.dynamic else (1, 1)
        sheet, row, column = source.spot
        rows = self.engine.read(Place(sheet, Area(column, row, column + width - 1, row + height - 1)))
        if source.dynamic and rows == [[_SPILLED]]:
            return Unavailable(TOO_WIDE)
        return first_unavailable(rows) or plain([[None if v == BLANK else v for v in row] for row in rows])

    def _spilled(self, source: Spilled) -> Any:
        formula = self.sheets.formulas.get(source.spot.sheet, {}).get(source.spot[1:])
        if formula is None or formula.mode != "dynamic":
            return Propagated("#REF!")
        area = self.area(formula)
        return WAITS if area is None else self._cells(Place(source.spot.sheet, area))

    def _by_column(self, place: Place) -> ByColumn | Unavailable:
        """The values of a rectangle, a list a column."""
        columns = self._columns_of(self._clipped(place))
        return columns if isinstance(columns, Unavailable) else ByColumn(columns)

    def _cells(self, place: Place) -> Any:
        arrays = self.arrays[place.sheet]
        if place.single and not arrays and place.area[:2][::-1] not in self.sheets.formulas[place.sheet]:
            return self.sheets.columns_of(place)[0][0]
        columns = self._columns_of(self._clipped(place))
        if isinstance(columns, Unavailable):
            return columns
        if len(columns) == 1:
            return columns[0][0] if len(columns[0]) == 1 else columns[0]
        return [list(row) for row in zip(*columns, strict=True)]

    def _columns_of(self, place: Place) -> list[list[object]] | Unavailable:
        """What cells show, a list a column."""
        columns = self.sheets.columns_of(place)
        formulas = self._formulas(place)
        if not self._rests(place):
            if self.arrays[place.sheet] and not self.sheets.in_table(place):
                self._watch(None)  # something may yet spill into these cells
            if formulas:
                alone = len(formulas) == 1 and place.single and not formulas[0][0].direct
                self._watch(formulas[0][0].at if alone else None)
        if formulas:
            columns = [list(column) for column in columns]
            for rows, part in self._parts(formulas, place):
                if isinstance(rows, Unavailable):
                    return rows
                top, left = part.top - place.area.top, part.left - place.area.left
                for right in range(part.right - part.left + 1):
                    columns[left + right][top : top + len(rows)] = [
                        row[right] if right < len(row) else None for row in rows
                    ]
        return columns

    def _rests(self, place: Place) -> bool:
        """Whether nothing can change any more what cells show."""
        if self.sheets.is_fixed(place):
            return True
        arrays = self.arrays[place.sheet]
        return all(map(_is_settled, arrays)) and all(_is_settled(formula) for formula, _ in self._formulas(place))

    def _clipped(self, place: Place) -> Place:
        """Whole columns end where the sheet ends, or what has spilled on it."""
        clipped = self.sheets.clipped(place)
        if clipped.area.bottom == place.area.bottom:
            return clipped
        spilled = (self.area(formula) or formula.area for formula in self.arrays[place.sheet])
        bottom = max([clipped.area.bottom, *(area.bottom for area in spilled)])
        return Place(place.sheet, clipped.area._replace(bottom=bottom))

    def _formulas(self, place: Place) -> list[tuple[Formula, Area]]:
        """The formulas that fill cells of a place, and which."""
        formulas, area = self.sheets.formulas[place.sheet], place.area
        keys: Iterable[tuple[int, int]] = formulas
        if place.height * place.width < len(formulas):
            rows, columns = range(area.top, area.bottom + 1), range(area.left, area.right + 1)
            keys = ((row, column) for row in rows for column in columns)
        found = [formulas[key] for key in keys if key in formulas and area.holds(*key)]
        found += (f for f in self.arrays[place.sheet] if not area.holds(f.at.row, f.at.column))
        filled = ((formula, self.area(formula) or formula.area) for formula in found)
        return [(formula, _common(cells, area)) for formula, cells in filled if cells.meets(area)]

    def _parts(
        self, formulas: Sequence[tuple[Formula, Area]], place: Place
    ) -> Iterable[tuple[list[list[object]] | Unavailable, Area]]:
        native = [part for formula, part in formulas if not formula.direct]
        if len(native) <= 8 or self.engine is None:
            for formula, part in formulas:
                yield self.shown(formula, part), part
            return
        # many at once: one reading of the engine for all of them
        whole = Area(*(min(p[i] for p in native) for i in (0, 1)), *(max(p[i] for p in native) for i in (2, 3)))
        rows = self.engine.read(Place(place.sheet, whole))
        for formula, part in formulas:
            if formula.direct:
                yield self.shown(formula, part), part
            else:
                left, right = part.left - whole.left, part.right - whole.left + 1
                cut = [row[left:right] for row in rows[part.top - whole.top : part.bottom - whole.top + 1]]
                yield first_unavailable(cut) or cut, part


def _is_settled(formula: Formula) -> bool:
    """Whether nothing can change any more what a formula shows."""
    return formula.direct is not None and formula.direct.settled and formula.placed is not None


def first_unavailable(rows: Sequence[Sequence[object]]) -> Unavailable | None:
    return next((value for row in rows for value in row if isinstance(value, Unavailable)), None)


def _common(one: Area, other: Area) -> Area:
    """The cells that two areas have in common."""
    return Area(
        max(one.left, other.left), max(one.top, other.top), min(one.right, other.right), min(one.bottom, other.bottom)
    )


def filled(area: Area, value: object) -> list[list[object]]:
    """An area with the same value in all cells."""
    return [[value] * (area.right - area.left + 1) for _ in range(area.top, area.bottom + 1)]


def filling(area: Area, rows: list[list[object]]) -> list[list[object]]:
    """An array formula of a fixed size: a single row or column repeats, cells beyond the result are #N/A."""
    height, width = area.bottom - area.top + 1, area.right - area.left + 1
    beyond: list[object] = [NotAvailable("the array formula is larger than its result")]
    wide = [(row * width if len(row) == 1 else row + beyond * width)[:width] for row in rows]
    if len(wide) == 1:
        return wide * height
    return (wide + [beyond * width] * height)[:height]
