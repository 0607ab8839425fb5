"""What an engine for native formulas must do, and the slim workbook that it is given."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from xlsmkt.hosts.engine.places import Place, Spot
from xlsmkt.package import TableInfo
from xlsmkt.package.references import Area


class Unavailable(NamedTuple):
    """What a cell shows that cannot be computed: never taken for a value."""

    why: str
    upstream: bool = False  # the fault lies in a cell that this one depends on
    sign: str = "#CALC!"  # what a cell would have to show


class NativeFormula(NamedTuple):
    """A formula that the engine computes."""

    text: str  # without "="
    mode: str = "plain"  # or "array" (fixed size) or "dynamic" (spills)
    area: Area | None = None  # of an array; of a dynamic one the size that it will most likely have


@dataclass
class SlimSheet:
    """The cells of a sheet that native formulas need."""

    values: dict[tuple[int, int], object] = field(default_factory=dict)  # (row, column) -> constant
    columns: list[tuple[int, int, Sequence[object]]] = field(default_factory=list)  # column, first row, constants
    formulas: dict[tuple[int, int], NativeFormula] = field(default_factory=dict)


@dataclass
class SlimBook:
    """A workbook as the engine needs it: only what native formulas mention."""

    sheets: dict[str, SlimSheet] = field(default_factory=dict)
    tables: list[TableInfo] = field(default_factory=list)
    names: list[tuple[str, str, str | None]] = field(default_factory=list)  # name, formula, sheet
    date1904: bool = False

    def sheet(self, name: str) -> SlimSheet:
        return self.sheets.setdefault(name, SlimSheet())


class Engine(Protocol):
    """Computes native formulas.

    Values are float, str, bool, None, CellError, or Unavailable for what cannot be computed. A constant may be
    Unavailable, too: everything that depends on it then is.
    """

    def open(self, book: SlimBook) -> None:
        """Take a workbook."""

    def write(self, spot: Spot, rows: Sequence[Sequence[object]]) -> None:
        """Put constants into the cells from ``spot`` on; what depends on them changes with the next calculation."""

    def calculate(self, now: float) -> Container[Spot] | None:
        """Compute all that has changed; ``now`` is the workbook's serial number of this moment.

        Gives the cells whose results are not what they were; None where that is not known.
        """

    def read(self, place: Place) -> list[list[object]]:
        """The values of a rectangle, as last computed."""

    def spill(self, spot: Spot) -> tuple[int, int]:
        """Height and width of the dynamic array in a cell, as last computed."""

    def functions(self) -> frozenset[str]:
        """The names of the native functions that it computes."""


class EngineFailure(Exception):
    """The engine could not take the workbook or gave up; the message says why."""
