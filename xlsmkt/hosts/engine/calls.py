"""The calls of our functions in a workbook, and where their arguments come from."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from xlsmkt.calling import Parameter
from xlsmkt.catalogue import CATALOGUE, Entry
from xlsmkt.errors import CellError
from xlsmkt.hosts.engine.formula import FormulaError, Node, parse
from xlsmkt.hosts.engine.places import Place, Spot, quoted
from xlsmkt.package.references import Area, column_letters

_PREFIX = re.compile(r"(?:_xlfn\.|_xlws\.|_xludf\.|_xldudf_|_xll\.)*(?:XLSMKT[._])?", re.IGNORECASE)


def our_function(name: str) -> Entry | None:
    """The function of ours that a formula means, in any spelling that a workbook may hold."""
    return CATALOGUE.get(_PREFIX.sub("", name, count=1).upper())


def outermost(formula: str) -> Entry | None:
    """The function of ours of which a formula is one call and nothing else."""
    try:
        root = parse(formula)
    except FormulaError:
        return None
    return our_function(root.name) if root.kind == "call" else None


class Constant(NamedTuple):
    """An argument that stands in the formula itself."""

    value: object


class Cells(NamedTuple):
    """An argument that is a rectangle of cells."""

    place: Place


class Spilled(NamedTuple):
    """An argument that is the whole spill of a cell: A5#."""

    spot: Spot


class Inner(NamedTuple):
    """An argument that is another call."""

    call: "Call"


class Expression(NamedTuple):
    """An argument that the engine computes in a cell of its own."""

    spot: Spot
    dynamic: bool


class Leaf(NamedTuple):
    """Values that an expression over columns begins with."""

    source: "Source"
    height: int
    kind: str = ""  # of a constant: 1 and TRUE are not the same


class Apply(NamedTuple):
    """An operator or a function of an expression over columns, and what it is applied to."""

    name: str
    parts: tuple["Tree", ...]
    height: int


Tree = Leaf | Apply


class Columns(NamedTuple):
    """An argument that Python computes from columns of tables."""

    tree: Tree


class Barred(NamedTuple):
    """An argument that cannot be taken out of its formula."""

    why: str


class Written(NamedTuple):
    """A part of a formula, not looked into yet."""

    node: Node


Source = Constant | Cells | Spilled | Inner | Expression | Columns | Barred | Written


class Folded:
    """In the place of a function of ours: a value that Python computes from columns of tables for native formulas."""

    name = ""
    parameters: tuple[Parameter, ...] = ()
    returns_table = returns_row = False

    def cells(self, values: Sequence[object], lookup: object) -> list[list[object]]:
        return [list(values)]


@dataclass(eq=False)
class Call:
    """One call of a function of ours."""

    entry: Entry | Folded
    at: Spot  # the cell whose formula it stands in
    sources: list[Source]
    sized: bool = False  # the result may have several cells
    result: Spot | None = None  # where the engine finds the result; None: nothing native reads it from there
    rows: list[list[object]] | None = None  # what it came to; None: not computed
    given: Any = None  # the arguments that gave the rows
    settled: bool = False  # no formula can change the arguments
    why: str = ""  # it cannot be computed
    watched: frozenset[Spot] | None = None  # all that can change the arguments are these cells of the engine
    known: bool = False  # it has come to something before
    changes: int = 0  # how often it came to something else

    def rests(self, moved: Container[Spot] | None) -> bool:
        """Whether the arguments are as they were: ``moved`` are the cells of the engine that have changed, if known."""
        return moved is not None and self.watched is not None and not any(spot in moved for spot in self.watched)

    def reference(self) -> str:
        """How a formula refers to the result. One of several cells says its height and width in the cells above it."""
        assert self.result is not None
        if self.sized:
            return sized_reference(self.result)
        return f"{quoted(self.result.sheet)}!${column_letters(self.result.column)}${self.result.row}"


def sized_reference(spot: Spot) -> str:
    """How a formula refers to an array of any size; its height and width stand in the two cells above it."""
    name, first = quoted(spot.sheet), f"${column_letters(spot.column)}"
    last = column_letters(spot.column + Scratch.STRIDE - 1)
    start, room = f"{name}!{first}${spot.row}", f"{name}!{first}${spot.row}:${last}$1048576"
    return f"{start}:INDEX({room},{name}!{first}${spot.row - 2},{name}!{first}${spot.row - 1})"


def shared_trees(calls: Sequence[Call]) -> set[Tree]:
    """The expressions over columns that several calls are given."""
    given = Counter(source.tree for call in calls for source in call.sources if isinstance(source, Columns))
    return {tree for tree, times in given.items() if times > 1}


def errors_of(calls: list[Call]) -> Iterator[CellError]:
    """The errors in the results of calls, innermost calls first."""
    for call in calls:
        for row in call.rows or []:
            yield from (value for value in row if isinstance(value, CellError))


@dataclass(eq=False)
class Formula:
    """A formula of the workbook."""

    at: Spot
    text: str  # without "="
    mode: str  # "plain", "array" (fixed size) or "dynamic" (spills)
    area: Area  # of the array formula as the file has it; the cell itself for a plain one
    was_fixed: bool = False  # it spills although the file says that its size is fixed
    direct: Call | None = None  # the formula is this call and nothing else
    native: str = ""  # what the engine computes when it is more than that
    placed: Area | None = None  # the cells that the result of a direct call fills
    shown: list[list[object]] = field(default_factory=list)  # and what it fills them with

    def repeats(self, rows: list[list[object]]) -> bool:
        """Whether the cells of the file all show this one result, as an array formula of a fixed size does."""
        table = self.direct is None or self.direct.entry.returns_table
        return self.was_fixed and not table and len(rows) == len(rows[0]) == 1


class Circles:
    """Tells circles from long chains, in which turn after turn some call comes to something for the first time."""

    PATIENCE = 100
    """So many turns may bring nothing new before calls that have changed often are taken for a circle."""

    def __init__(self) -> None:
        self._idle = 0

    def among(self, changed: Sequence[Call]) -> list[Call]:
        """Take note of the calls whose results changed in a turn; those of them that depend on themselves."""
        new = [call for call in changed if call.rows is not None and not call.known]
        self._idle = 0 if new else self._idle + 1
        for call in new:
            call.known = True
        for call in changed:
            call.changes += 1
        return [c for c in changed if self._idle >= self.PATIENCE and c.changes >= self.PATIENCE // 2]


class Scratch:
    """Gives out cells on sheets of its own. Their names begin with a sign that nobody can type."""

    STRIDE = 1024
    """How far apart arrays of unknown size stand; a wider one is refused."""

    def __init__(self) -> None:
        self._values = 0
        self._arrays: dict[str, int] = {}
        self._twins: dict[Spot, int] = {}

    def value(self) -> Spot:
        """A cell for one value."""
        self._values += 1
        return Spot("\u2063v", self._values, 1)

    def array(self, kind: str) -> Spot:
        """A cell with room to the right and below, and two cells above."""
        number = self._arrays.get(kind, 0)
        self._arrays[kind] = number + 1
        sheet, block = divmod(number, 16_384 // self.STRIDE)
        return Spot(f"\u2063{kind}{sheet}", 3, 1 + block * self.STRIDE)

    def twin(self, at: Spot, sheet_number: int) -> Spot:
        """A cell in the same row and column as ``at``: there a formula meets the same cells of rows and columns."""
        self._twins[at] = self._twins.get(at, 0) + 1
        return at._replace(sheet=f"\u2063t{sheet_number}.{self._twins[at]}")
