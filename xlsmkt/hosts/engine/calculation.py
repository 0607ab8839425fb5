"""Computes a workbook: the engine its native formulas, Python the calls of our functions, in turn until all is done.

Nothing is taken for a value before it is one: where a call has not been computed yet, the engine sees a formula that
it does not know, and whatever depends on it waits. So calls are computed in the order of their dependence, and what
waits in the end depends on itself or on what cannot be computed.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Container, Iterator
from itertools import count
from typing import Any

from xlsmkt.calling import OMITTED
from xlsmkt.catalogue import Entry
from xlsmkt.errors import Propagated
from xlsmkt.hosts.dates1904 import DAYS_1904, answering_in_1904, from_1904
from xlsmkt.hosts.engine.arrays import Beyond
from xlsmkt.hosts.engine.calls import (
    Call,
    Cells,
    Circles,
    Columns,
    Constant,
    Folded,
    Formula,
    Leaf,
    Scratch,
    our_function,
    outermost,
    shared_trees,
)
from xlsmkt.hosts.engine.columns import FOLDING, leaves
from xlsmkt.hosts.engine.formula import FormulaError, parse
from xlsmkt.hosts.engine.interface import Engine, EngineFailure, NativeFormula, SlimBook, Unavailable
from xlsmkt.hosts.engine.lifting import Lifter
from xlsmkt.hosts.engine.natives import bare_name, beyond_engine
from xlsmkt.hosts.engine.places import Needs, Place, Places, Spot
from xlsmkt.hosts.engine.reading import TOO_WIDE, WAITS, Later, Reader, filled, filling
from xlsmkt.hosts.engine.sheets import Sheets, Workbook
from xlsmkt.package.references import Area
from xlsmkt.readings import to_serial

SPILLED = Propagated("#SPILL!")
Rows = list[list[object]]


class _Waiting(Exception):
    """A workbook input is not there yet."""


class Calculation:
    """One computation of a workbook.

    ``blocked`` are formulas whose result has no room for a reason that only the file knows: they show #SPILL!.
    ``sheets`` are the workbook's cells if they have been read already. ``beyond`` are formulas that Python does not
    take on although they are over columns of tables: the same attribute names those that were found while computing.
    """

    def __init__(
        self,
        book: Workbook,
        engine: Callable[[], Engine],
        blocked: Container[Spot] = (),
        sheets: Sheets | None = None,
        beyond: Container[Spot] = (),
    ) -> None:
        self._book, self._make_engine, self._blocked = book, engine, blocked
        self._left_to_engine = beyond
        self.beyond: set[Spot] = set()
        self.sheets = sheets or Sheets(book)
        self._needs = Needs(Places(book.sheet_names, book.tables, book.names))
        self._lifter = Lifter(self._needs, book.sheet_names, self._is_call, self.sheets.is_fixed)
        self.calls = self._lifter.calls
        self.reader = Reader(self.sheets)
        self._formulas: dict[Call, Formula] = {}  # of the calls that are a whole formula
        self._entries: dict[str, Entry] = {}
        self._faults: dict[Spot, str] = {}
        self._known_native: set[tuple[str, str]] = set()  # sheet and text: calculated columns repeat one formula
        self._failure: Unavailable | None = None
        self._backwards = True
        self._slim = SlimBook({}, list(book.tables.values()), [], book.date1904)
        for sheet in book.sheet_names:
            self._slim.sheet(sheet)
        for formula in self.sheets.every_formula():
            self._take(formula)
        self._take_names()
        self.reader.shared = shared_trees(self.calls)
        for spot, where in self._lifter.anchors.items():
            call = self.sheets.formulas[spot.sheet][spot[1:]].direct
            assert call is not None
            call.result, call.sized = where, True

    # --- taking the workbook apart ---

    def _is_call(self, spot: Spot) -> bool:
        """Whether the formula of a cell is a call of ours and nothing else."""
        formula = self.sheets.formulas.get(spot.sheet, {}).get(spot[1:])
        return formula is not None and outermost(formula.text) is not None

    def _take(self, formula: Formula) -> None:
        alike = (formula.at.sheet, formula.text)
        if formula.mode == "plain" and alike in self._known_native:
            formula.native = formula.text
            return
        try:
            nodes = list(parse(formula.text).walk())
            calls = {bare_name(node.name) for node in nodes if node.kind == "call"}
            if fault := beyond_engine(calls, any(table.filtered for table in self._book.tables.values())):
                self._faults[formula.at] = fault
            elif "ANCHORARRAY" in calls or any(map(our_function, calls)) or calls & FOLDING:
                self._lifter.take(formula, formula.at not in self._left_to_engine)
            else:
                formula.native = formula.text
                self._needs.add(nodes, formula.at)
                if not any(node.reference and node.reference.kind == "name" for node in nodes):
                    self._known_native.add(alike)
        except FormulaError as error:
            self._faults[formula.at] = f"it cannot be read: {error}"
            formula.native = formula.text
        if formula.direct:
            self._formulas[formula.direct] = formula
        if formula.mode != "plain":
            self.reader.arrays[formula.at.sheet].append(formula)
            if formula.mode == "dynamic" and not formula.direct:
                self._needs.add_sheet(formula.at.sheet)  # the engine must know what stands in its way

    def _take_names(self) -> None:
        """Names go to the engine; those that call our functions are taken apart as cells are."""
        for name in self._book.names:
            text = name.refers_to.removeprefix("=")
            formula = Formula(Spot(name.sheet or self._book.sheet_names[0], 1, 1), text, "dynamic", Area(1, 1, 1, 1))
            try:
                if name.name.lower().startswith("_xlnm."):
                    continue
                if any(node.kind == "call" and our_function(node.name) for node in parse(text).walk()):
                    self._lifter.take(formula)
            except FormulaError:
                continue  # what uses it is then told to use an unknown name
            if formula.direct:
                formula.native = self._lifter.place_result(formula.direct)
            self._slim.names.append((name.name, formula.native or text, name.sheet))

    # --- computing ---

    def run(self, now: dt.datetime, progress: Callable[[float], None] = lambda part: None) -> None:
        """Compute everything that can be."""
        self._want()
        while self._turn():
            pass  # calls that need nothing from the engine
        if self.beyond:
            return
        progress(0.3)
        try:
            if self._open():
                self._turns(to_serial(now) - (DAYS_1904 if self._book.date1904 else 0), progress)
        except EngineFailure as failure:
            self._failure = Unavailable(f"the engine gave up: {failure}")
        for call in self.calls:
            if call.rows is None and not call.why:
                call.why = (self._failure or self._reason(call)).why

    def _reason(self, call: Call) -> Unavailable:
        """Why a call could not be computed."""
        given = self.reader.all_given(call)
        return given if isinstance(given, Unavailable) and not given.upstream else WAITS

    def _want(self) -> None:
        """Name all table columns that will be read, so that each table is read once."""
        for call in self.calls:
            for source in call.sources:
                trees = leaves(source.tree) if isinstance(source, Columns) else (Leaf(source, 1),)
                for leaf in trees:
                    if isinstance(leaf.source, Cells):
                        self.sheets.want(leaf.source.place)
        for tables in self.sheets.tables.values():
            for table in tables:
                for column in self.sheets.needed_columns(table, self._needs):
                    self.sheets.want(Place(table.sheet, table.body._replace(left=column, right=column)))

    def _turns(self, now: float, progress: Callable[[float], None]) -> None:
        assert self.reader.engine is not None
        circles = Circles()
        for turn in count(1):
            moved = self.reader.engine.calculate(now)
            progress(1 - 0.6 / turn)
            changed = self._turn(moved)
            if not changed or self.beyond:
                return
            for call in circles.among(changed):
                call.why = "its result keeps changing (a circular reference)"
                self._retract(call)

    def _turn(self, moved: Container[Spot] | None = None) -> list[Call]:
        """Compute the calls whose arguments are there and new; those whose results changed.

        ``moved`` are the cells that the engine changed since the turn before. The order alternates: a chain of calls is
        done at once whichever way it runs.
        """
        self._backwards = not self._backwards
        waiting = [call for call in self.calls if not (call.settled or call.why or call.rests(moved))]
        return [call for call in (reversed(waiting) if self._backwards else waiting) if self._compute(call)]

    def _compute(self, call: Call) -> bool:
        self.reader.begin()
        try:
            return self._computed_anew(call)
        finally:
            call.watched = None if self.reader.watched is None else frozenset(self.reader.watched)

    def _computed_anew(self, call: Call) -> bool:
        given = self.reader.all_given(call)
        if isinstance(given, Unavailable):
            return self._retract(call)
        if call.given is not None:
            before, inputs = call.given
            if before == given and all(self._input(call, name) == value for name, value in inputs.items()):
                return False
        asked: dict[str, object] = {}

        def lookup(name: str) -> object:
            value = asked[name] = self._input(call, name)
            if isinstance(value, Unavailable):
                raise _Waiting
            if value is OMITTED:
                raise KeyError(name)
            return value

        try:
            rows: Rows = self._entry(call.entry).cells(self._values(call, given), lookup)
        except _Waiting:
            return self._retract(call)
        except Beyond:
            self.beyond.add(call.at)
            call.why = "it is left to the engine"
            return self._retract(call)
        call.given, call.settled = (given, asked), not self.reader.moving
        if rows == call.rows:
            return False
        if call.result is not None and len(rows[0]) > Scratch.STRIDE:
            call.why = TOO_WIDE
            return self._retract(call)
        call.rows = rows
        self._tell(call)
        return True

    def _retract(self, call: Call) -> bool:
        """Take back what a call came to; whether there was anything."""
        if call.rows is None:
            return False
        call.rows = call.given = None
        self._tell(call)
        return True

    def _values(self, call: Call, given: list[object]) -> list[object]:
        values = []
        parameters = call.entry.parameters
        for position, (source, value) in enumerate(zip(call.sources, given, strict=True)):
            parameter = parameters[min(position, len(parameters) - 1)] if parameters else None
            value = value.made_for(parameter) if isinstance(value, Later) else value
            if self._book.date1904 and parameter and not isinstance(source, Constant):
                value = from_1904(value, parameter.unit)
            values.append(value)
        return values

    def _input(self, call: Call, name: str) -> Any:
        """The value of a workbook's input; OMITTED when there is none."""
        source = self._lifter.input(name, call.at.sheet)
        if source is None:
            return OMITTED
        value = self.reader.value(source)
        if self._book.date1904:
            value = from_1904(value, next(p.unit for p in call.entry.parameters if p.input_name == name))
        return value

    def _entry(self, entry: Entry | Folded) -> Entry | Folded:
        """The function as this workbook calls it: where its dates count from 1904, those of the result do."""
        if not self._book.date1904 or isinstance(entry, Folded):
            return entry
        if entry.name not in self._entries:
            self._entries[entry.name] = dataclasses.replace(entry, body=answering_in_1904(entry.body))
        return self._entries[entry.name]

    # --- results ---

    def _tell(self, call: Call) -> None:
        """Put a call's result, or that there is none, where formulas find it."""
        rows, formula = call.rows, self._formulas.get(call)
        if formula:
            old = formula.placed or formula.area
            formula.placed, formula.shown = self._placed(formula, rows) if rows else (None, [])
            rows = formula.shown or None
            # what is not known waits, also in the cells that the formula filled when it was last saved
            new, shown = (formula.placed, formula.shown) if formula.placed else (old, filled(old, WAITS))
            needed = [c for c in range(new.left, new.right + 1) if self._needs.bottom(formula.at.sheet, c) >= new.top]
            if needed and (old.right > new.right or old.bottom > new.bottom):
                self._put(formula.at, filled(old, None))
            for column in needed:  # a million cells that nothing mentions need not go there
                needs = shown[: self._needs.bottom(formula.at.sheet, column) - new.top + 1]
                self._put(formula.at._replace(column=column), [[row[column - new.left]] for row in needs])
        if call.result is not None:
            if call.sized:
                height, width = (len(rows), len(rows[0])) if rows else (WAITS, WAITS)
                self._put(call.result._replace(row=call.result.row - 2), [[height], [width]])
            self._put(call.result, rows or [[WAITS]])

    def _placed(self, formula: Formula, rows: Rows) -> tuple[Area, Rows]:
        """The cells that a result fills, and with what: a blank shows as an empty text, as any formula's does."""
        rows = [["" if value is None else value for value in row] if None in row else row for row in rows]
        _, row, column = formula.at
        single = Area(column, row, column, row)
        if formula.mode == "plain":
            return single, [rows[0][:1]]
        if formula.mode == "array" or formula.repeats(rows):
            return formula.area, filling(formula.area, rows)
        area = Area(column, row, column + len(rows[0]) - 1, row + len(rows) - 1)
        if area == single or not (formula.at in self._blocked or self._meets(formula, area)):
            return area, rows
        chosen = formula.was_fixed and formula.area != single  # the cells that somebody gave it, and it keeps them
        return (formula.area, filling(formula.area, rows)) if chosen else (single, [[SPILLED]])

    def _meets(self, formula: Formula, area: Area) -> bool:
        """Whether something stands in the way of a result."""
        if self.sheets.blocks(formula, area):
            return True
        others = (array for array in self.reader.arrays[formula.at.sheet] if array is not formula)
        return any(other.meets(area) for other in map(self.reader.area, others) if other is not None)

    def _put(self, spot: Spot, rows: Rows) -> None:
        if self.reader.engine is not None:
            self.reader.engine.write(spot, rows)
            return
        values = self._slim.sheet(spot.sheet).values
        for down, row in enumerate(rows):
            for right, value in enumerate(row):
                values[spot.row + down, spot.column + right] = value

    # --- the engine ---

    def _open(self) -> bool:
        """Give the engine what native formulas need; whether there are any."""
        natives = [formula for formula in self.sheets.every_formula() if not formula.direct]
        if not natives and not self._lifter.lifted:
            return False
        for name, constants in self.sheets.constants.items():
            values = self._slim.sheet(name).values
            shown = dict(values)  # results of calls that have been computed
            values.update((key, value) for key, value in constants.items() if (name, key[1]) in self._needs)
            values.update(shown)
            self._open_tables(name)
        for formula in natives:
            sheet, at = self._slim.sheet(formula.at.sheet), formula.at[1:]
            if formula.at in self._faults:
                sheet.values[at] = WAITS
            elif formula.at in self._blocked:
                sheet.values[at] = SPILLED
            else:
                sheet.formulas[at] = NativeFormula(formula.native, formula.mode, formula.area)
        for spot, lifted in self._lifter.lifted.items():
            self._slim.sheet(spot.sheet).formulas[spot[1:]] = lifted
        for call in self.calls:
            if call.rows is None:
                self._tell(call)
        engine = self._make_engine()
        engine.open(self._slim)
        self._slim = SlimBook()
        self.reader.engine = engine
        return True

    def _open_tables(self, sheet: str) -> None:
        for table in self.sheets.tables[sheet]:
            for column, computed in self.sheets.needed_columns(table, self._needs).items():
                values = self.sheets.column(table, column)
                if computed:
                    values = list(values)
                    for row in computed:
                        values[row - table.body.top] = None
                self._slim.sheet(sheet).columns.append((column, table.body.top, values))

    # --- what came of it ---

    def outcome(self) -> Iterator[tuple[Formula, Rows | Unavailable]]:
        """What each formula shows, or why it could not be computed."""
        reasons = {call.at: call.why for call in reversed(self.calls) if call.why}
        for formula in self.sheets.every_formula():
            rows = self._outcome(formula)
            if isinstance(rows, Unavailable) and formula.at in reasons:
                rows = rows._replace(why=reasons[formula.at])
            yield formula, rows

    def _outcome(self, formula: Formula) -> Rows | Unavailable:
        if formula.at in self._faults:
            return Unavailable(self._faults[formula.at])
        if formula.direct:
            return formula.shown or Unavailable(formula.direct.why)
        if formula.at in self._blocked:
            return [[SPILLED]]
        if self._failure:
            return self._failure
        return self.reader.shown(formula, self.reader.area(formula) or formula.area)
