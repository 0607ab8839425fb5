"""cellrune as the engine; everything that is peculiar to it stands here."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import cellrune

from xlsmkt.errors import CellError
from xlsmkt.hosts.engine.formula import FormulaError, Node, parse, replaced
from xlsmkt.hosts.engine.interface import EngineFailure, SlimBook, Unavailable
from xlsmkt.hosts.engine.natives import bare_name
from xlsmkt.hosts.engine.places import Place, Spot
from xlsmkt.hosts.engine.slim import UNKNOWN, slim_bytes
from xlsmkt.package.cells import error_value
from xlsmkt.package.references import Area, column_letters, parse_area

_BATCH = 50_000  # cells; it refuses more than 100,000 in one edit
_MOST = 1 << 31
_UNLIMITED = (
    "max_archive_bytes max_entry_uncompressed_bytes max_total_uncompressed_bytes max_total_cells max_cells_per_sheet "
    "max_total_cell_text_bytes max_defined_names max_total_formula_bytes max_tables"
)
_READ_LIMITS: Any = dict.fromkeys(_UNLIMITED.split(), _MOST)
_LIMITS: Any = {"max_array_cells": 1 << 26, "max_dependency_edges": 1 << 28, "max_function_iterations": 1 << 26}
_WORDS = {
    "calculation.unsupported_function": "{detail} is no function that can be computed here",
    "calculation.unsupported_name": "it uses a name that the workbook does not define",
    "calculation.unsupported_expression": "it refers to another workbook or uses what cannot be computed here",
    "calculation.circular_reference": "it depends on itself (a circular reference)",
    "calculation.volatile_input_missing": "it draws random numbers",
    "calculation.blocked_by_upstream": "it depends on a cell that could not be computed",
}


class CellruneEngine:
    """An ``Engine`` (see interface) on cellrune.

    cellrune recalculates only what a change touches as long as every dynamic array declares the size that it has, and
    shows #SPILL! for any other. So each one is declared; a #SPILL! is met by letting that array find its size (which
    makes cellrune compute the whole workbook), then declaring it. Edits wait for the next calculation: a workbook that
    has been edited shows no computed values until then.
    """

    def __init__(self) -> None:
        self._book: Any = None
        self._areas: dict[Spot, Area] = {}  # declared
        self._formulas: dict[Spot, str] = {}
        self._spills: dict[Spot, tuple[int, int]] = {}  # as last computed
        self._fresh = True  # nothing has been computed yet
        self._edits: list[tuple[Spot, Sequence[Sequence[object]]]] = []

    def open(self, book: SlimBook) -> None:
        book.names = [(name, _with_arrays(text), sheet) for name, text, sheet in book.names]
        for name, sheet in book.sheets.items():
            for (row, column), formula in sheet.formulas.items():
                formula = formula._replace(text=_with_arrays(formula.text))
                sheet.formulas[row, column] = formula
                if formula.mode == "dynamic":
                    spot = Spot(name, row, column)
                    self._areas[spot] = formula.area or Area(column, row, column, row)
                    self._formulas[spot] = formula.text
        try:
            self._book = cellrune.Workbook.from_bytes(slim_bytes(book), read_limits=_READ_LIMITS)
        except cellrune.CellRuneError as error:
            raise EngineFailure(f"{error} ({error.code})") from None

    def write(self, spot: Spot, rows: Sequence[Sequence[object]]) -> None:
        self._edits.append((spot, rows))

    def _write(self, spot: Spot, rows: Sequence[Sequence[object]]) -> None:
        height = max(_BATCH // max(len(rows[0]), 1), 1)
        for start in range(0, len(rows), height):
            block = rows[start : start + height]
            place = f"{column_letters(spot.column)}{spot.row + start}"
            self._book.write_values(spot.sheet, place, [[_given(value) for value in row] for row in block])
            self._mark_unavailable(spot._replace(row=spot.row + start), block)

    def _mark_unavailable(self, spot: Spot, rows: Sequence[Sequence[object]]) -> None:
        for down, row in enumerate(rows):
            for right, value in enumerate(row):
                if isinstance(value, Unavailable):
                    place = f"{column_letters(spot.column + right)}{spot.row + down}"
                    self._book.set_formula(spot.sheet, place, "=" + UNKNOWN)

    def calculate(self, now: float) -> set[Spot] | None:
        self._spills.clear()
        changed: set[Spot] | None = None if self._fresh else set()
        self._fresh = False
        try:
            for spot, rows in self._edits:
                self._write(spot, rows)
            self._edits.clear()
            self._calculate(now, changed)
            blocked: set[Spot] = set()
            for _ in range(12):
                wrong = [spot for spot in self._areas if spot not in blocked and self._shows_spill(spot)]
                if not wrong:
                    return changed
                changed = None  # arrays are declared anew, and more changes than is told
                self._declare(dict.fromkeys(wrong))
                found = self._calculate(now)
                blocked.update(spot for spot in wrong if spot not in found)
                self._areas.update(found)
                self._declare({spot: found[spot] for spot in wrong if spot in found})
                self._calculate(now)
        except cellrune.CellRuneError as error:
            raise EngineFailure(str(error)) from None
        return None

    def _calculate(self, now: float, changed: set[Spot] | None = None) -> dict[Spot, Area]:
        """Compute; the areas of the dynamic arrays that were found. ``changed`` gathers what has changed."""
        delta = self._book.recalculate(today_serial=float(int(now)), now_serial=now, calculation_limits=_LIMITS)
        found = {}
        for change in delta["changed_cells"]:
            if changed is not None:
                corner = parse_area(change["cell"]["address"])
                changed.add(Spot(change["cell"]["sheet_name"], corner.top, corner.left))
            if change["origin"] == "dynamic_spill" and change["anchor"] == change["cell"]:
                area = parse_area(change["range"])
                found[Spot(change["cell"]["sheet_name"], area.top, area.left)] = area
        return found

    def _shows_spill(self, spot: Spot) -> bool:
        value = self._book.read_values(spot.sheet, _address(spot), _address(spot))[0][0]
        return bool(value["kind"] == "error" and value["value"] == "#SPILL!")

    def _declare(self, areas: Mapping[Spot, Area | None]) -> None:
        changes = []
        for spot, area in areas.items():
            how = {"dynamic_range": area.as_range()} if area else {"dynamic_array": True}
            where = {"kind": "set_formula", "sheet": spot.sheet, "address": _address(spot)}
            changes.append({**where, "formula": "=" + self._formulas[spot], **how})
        if changes:
            self._book.apply_changes_v2(self._book.summary()["semantic_revision"], changes)

    def read(self, place: Place) -> list[list[object]]:
        left, top, right, bottom = place.area
        height = max((1 << 20) // (right - left + 1), 1)
        rows: list[list[object]] = []
        try:
            for start in range(top, bottom + 1, height):
                first = f"{column_letters(left)}{start}"
                last = f"{column_letters(right)}{min(start + height - 1, bottom)}"
                rows += [[_taken(v) for v in row] for row in self._book.read_values(place.sheet, first, last)]
        except cellrune.CellRuneError as error:
            raise EngineFailure(str(error)) from None
        return rows

    def spill(self, spot: Spot) -> tuple[int, int]:
        known = self._spills.get(spot)
        if known is None:
            area = self._areas.get(spot)
            if area is None or self._shows_spill(spot):
                known = (1, 1)
            else:
                known = (area.bottom - area.top + 1, area.right - area.left + 1)
            self._spills[spot] = known
        return known

    def functions(self) -> frozenset[str]:
        return _functions()


@lru_cache(1)
def _functions() -> frozenset[str]:
    return frozenset(entry["name"].upper() for entry in cellrune.function_catalog()["entries"])


def _with_arrays(text: str) -> str:
    """OFFSET and INDIRECT as cellrune takes them where an array is computed: INDEX(OFFSET(...),0,0)."""
    if not ("OFFSET" in text.upper() or "INDIRECT" in text.upper()):
        return text
    pieces: dict[tuple[int, int], str] = {}

    def wrap(node: Node, within: str) -> None:
        name = bare_name(node.name) if node.kind == "call" else ""
        for child in node.children:
            wrap(child, name)
        if name in ("OFFSET", "INDIRECT") and within not in ("OFFSET", "INDIRECT", "INDEX"):
            pieces[node.start, node.end] = f"INDEX({replaced(text, node.start, node.end, pieces)},0,0)"

    try:
        wrap(parse(text), "")
    except FormulaError:
        return text
    return replaced(text, 0, len(text), pieces)


def _address(spot: Spot) -> str:
    return f"{column_letters(spot.column)}{spot.row}"


def _given(value: object) -> dict[str, object]:
    if value is None or isinstance(value, Unavailable):
        return {"kind": "blank"}
    if isinstance(value, str):
        return {"kind": "text", "value": value}
    if isinstance(value, bool):
        return {"kind": "logical", "value": value}
    if isinstance(value, CellError):
        return {"kind": "error", "value": value.sign}
    return {"kind": "number", "value": float(value)}  # type: ignore[arg-type]


def _taken(value: Mapping[str, Any]) -> object:
    kind = value["kind"]
    if kind in ("number", "text", "logical"):
        return value["value"]
    if kind == "blank":
        return None
    if kind == "error":
        return error_value(value["value"])
    if kind == "unavailable":
        code = value["code"]
        words = _WORDS.get(code, value["message"]).format(detail=value["detail"])
        sign = "#NAME?" if code in ("calculation.unsupported_function", "calculation.unsupported_name") else "#CALC!"
        return Unavailable(words, code == "calculation.blocked_by_upstream", sign)
    return Unavailable("it holds a value of a kind that is not known here")
