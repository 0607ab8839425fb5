"""Values for single cells: constants, and the results of formulas with the cells they spill into."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from xlsmkt.errors import CellError, NotAvailable, UserError
from xlsmkt.package.cells import Writer
from xlsmkt.package.packing import PackedPart, PartWriter
from xlsmkt.package.references import MAX_COLUMN, MAX_ROW, Area, column_letters, parse_area
from xlsmkt.package.rows import Sheet
from xlsmkt.package.table_scan import cells_of, column_styles, style_of_column

_KIND = re.compile(rb'\s(?:t|vm)="[^"]*"')
_CM = re.compile(rb'\scm="[^"]*"')
_REF = re.compile(rb'(\sref=")[^"]*"')
_SPANS = re.compile(rb'\sspans="[^"]*"')
_DIMENSION = re.compile(rb'(<(?:[\w.-]+:)?dimension\s+ref=")([^"]+)')

_ROWS_AT_ONCE = 4096

Place = tuple[int, int]  # row, column


class SpillBlocked(Exception):
    """A result does not fit because a cell in its way holds something; Excel shows #SPILL! then."""

    def __init__(self, cell: str) -> None:
        super().__init__(f"{cell} is in the way of the result: empty or move that cell")
        self.cell = cell


class HoldsFormula(UserError):
    """A constant was to be put into a cell that holds a formula."""


@dataclass(frozen=True)
class Change:
    """A new value for a cell. ``formula``: the cell keeps its formula, ``ref`` is the new area of its array."""

    value: object
    formula: bool = False
    ref: str | None = None


@dataclass
class Results:
    """The formulas of one sheet, what stands in the way of spills, and the changes that are not written yet."""

    formulas: dict[Place, tuple[Area | None, bool]] = field(default_factory=dict)  # array area, dynamic?
    constants: set[Place] = field(default_factory=set)
    blocks: list[Area] = field(default_factory=list)  # tables and merged cells
    settled: set[Place] = field(default_factory=set)  # anchors that have their new result
    changes: dict[int, dict[int, Change]] = field(default_factory=dict)
    spilled: dict[Place, tuple[Area, list[list[object]]]] = field(default_factory=dict)  # results not written yet
    resized: dict[Place, tuple[Area, Area]] = field(default_factory=dict)

    def add(self, row: int, column: int, array: Area | None, dynamic: bool, has_formula: bool) -> None:
        """Take note of a cell of the sheet."""
        if not has_formula:
            self.constants.add((row, column))
            return
        self.formulas[row, column] = (array, dynamic)

    def computes(self, place: Place) -> bool:
        """Whether a cell shows the result of a formula."""
        return place in self.formulas or any(area and area.holds(*place) for area, _ in self.formulas.values())

    def change(self, place: Place, change: Change) -> None:
        """Note a new value."""
        self.changes.setdefault(place[0], {})[place[1]] = change

    def set(self, place: Place, rows: list[list[object]]) -> None:
        """Note the result of the formula at ``place``; SpillBlocked if it does not fit."""
        array, dynamic = self.formulas[place]
        if array is None:
            self.change(place, Change(rows[0][0], formula=True))
        elif dynamic:
            self._spill(place, array, rows)
        else:
            self._fill(place, array, rows)

    def _fill(self, place: Place, array: Area, rows: list[list[object]]) -> None:
        """An array formula of fixed size: what is missing is #N/A; one row or column is repeated."""
        for row, column in _places(array):
            down = 0 if len(rows) == 1 else row - array.top
            right = 0 if len(rows[0]) == 1 else column - array.left
            fits = down < len(rows) and right < len(rows[down])
            value = rows[down][right] if fits else NotAvailable("the formula has no result for this cell")
            is_anchor = (row, column) == place
            self.change((row, column), Change(value, formula=is_anchor, ref=str(array) if is_anchor else None))

    def _spill(self, place: Place, old: Area, rows: list[list[object]]) -> None:
        row, column = place
        new = Area(column, row, column + max(map(len, rows)) - 1, row + len(rows) - 1)
        lone = rows[0][0] if len(rows) == len(rows[0]) == 1 else None
        if isinstance(lone, CellError) and lone.sign != "#SPILL!":
            # The next good result has about the old size: charts over it stay as they are until then.
            new = old
            rows = [[lone]]
        self._refuse_blocked(place, new)
        others = [area for anchor, area in self._arrays(place, old) if anchor in self.settled]
        for spot in _outside(old, new):
            if not any(area.holds(*spot) for area in others):
                self.change(spot, Change(None))
        self.change(place, Change(rows[0][0] if rows[0] else None, formula=True, ref=str(new)))
        self.spilled[place] = (new, rows)
        self.settled.add(place)
        self.formulas[place] = (new, True)
        if new != old:
            self.resized[place] = (self.resized.get(place, (old, new))[0], new)

    def _arrays(self, place: Place, area: Area) -> Iterator[tuple[Place, Area]]:
        """The other array formulas of the sheet that fill cells of an area, and the cells that they fill."""
        for anchor, (other, _) in self.formulas.items():
            if other is not None and anchor != place and other.meets(area):
                yield anchor, other

    def _refuse_blocked(self, place: Place, new: Area) -> None:
        if new.bottom > MAX_ROW or new.right > MAX_COLUMN:
            raise SpillBlocked("the end of the sheet")
        for taken in (self.constants, self.formulas):
            for spot in _within(new, taken):
                if spot != place:
                    raise SpillBlocked(f"{column_letters(spot[1])}{spot[0]}")
        for anchor, area in self._arrays(place, new):
            # What an old result left behind is no obstacle: it will shrink or find itself blocked.
            if anchor in self.settled or not self.formulas[anchor][1]:
                raise SpillBlocked(f"{column_letters(max(area.left, new.left))}{max(area.top, new.top)}")
        if (new.left, new.top) != (new.right, new.bottom):
            for block in self.blocks:
                if block.meets(new):
                    raise SpillBlocked(str(block))

    def at(self, number: int, spilled: Sequence[tuple[Place, Area, list[list[object]]]]) -> dict[int, Change]:
        """The changes in a row, of which ``spilled`` are the results that reach into it."""
        changes = self.changes.get(number, {})
        if not spilled:
            return changes
        changes = dict(changes)
        for anchor, area, rows in spilled:
            line = rows[number - area.top] if number - area.top < len(rows) else []
            for column in range(area.left, area.right + 1):
                if (number, column) != anchor:
                    right = column - area.left
                    changes[column] = Change(line[right] if right < len(line) else None)
        return changes


def _places(area: Area) -> list[Place]:
    return [(row, column) for row in range(area.top, area.bottom + 1) for column in range(area.left, area.right + 1)]


def _outside(old: Area, new: Area) -> Iterator[Place]:
    """The cells of the old area that the new one, which begins at the same cell, does not have."""
    for row in range(old.top, old.bottom + 1):
        first = new.right + 1 if row <= new.bottom else old.left
        yield from ((row, column) for column in range(first, old.right + 1))


def _within(area: Area, places: Collection[Place]) -> Iterator[Place]:
    """Those of some places that lie in an area."""
    if (area.bottom - area.top + 1) * (area.right - area.left + 1) < len(places):
        return (place for place in _places(area) if place in places)
    return (place for place in places if area.holds(*place))


def write_changes(sheet: Sheet, results: Results, date1904: bool) -> PackedPart:
    """The worksheet with new values in some of its cells."""
    s = sheet.syntax
    writer = _CellWriter(sheet, Writer(s.text, date1904))
    out = PartWriter()
    out.write(_with_dimension(sheet.head, results))
    out.write(b"<%ssheetData>" % s.prefix)
    waiting = _Waiting(results)
    for number, row in sheet.rows():
        for above, changes in waiting.until(number):
            if above < number:
                out.write(writer.row(above, b"", {}, changes))
                continue
            match = s.row.match(row)
            assert match
            old = {column: (attributes, inner) for column, attributes, inner in cells_of(sheet, row)}
            row = writer.row(number, match[2], old, changes)
        out.write(row)
    for number, changes in waiting.until(MAX_ROW):
        out.write(writer.row(number, b"", {}, changes))
        if alone := waiting.alone():
            out.mark_body()
            for part in writer.new_rows(*alone):
                out.write(part)
            out.mark_body()
    out.write(s.data_end + sheet.tail)
    return out.finish()


class _Waiting:
    """The changes of a sheet that are not written yet, row by row: results of many rows are taken apart on the way."""

    def __init__(self, results: Results) -> None:
        self._results = results
        tall = sorted((area.top, place, area, rows) for place, (area, rows) in results.spilled.items())
        self._spilled = [(place, area, rows) for _, place, area, rows in reversed(tall)]
        self._reaching: list[tuple[Place, Area, list[list[object]]]] = []
        self._changed = sorted(results.changes, reverse=True)
        self._next = 1

    def until(self, last: int) -> Iterator[tuple[int, dict[int, Change]]]:
        """The rows up to ``last`` that change, which have not been asked for before."""
        while self._changed or self._spilled or self._reaching:
            starts = [self._next] if self._reaching else []
            starts += self._changed[-1:] + [area.top for _, area, _ in self._spilled[-1:]]
            number = min(starts)
            if number > last:
                return
            while self._spilled and self._spilled[-1][1].top <= number:
                self._reaching.append(self._spilled.pop())
            if self._changed and self._changed[-1] == number:
                self._changed.pop()
            changes = self._results.at(number, self._reaching)
            self._next = number + 1
            if any(area.bottom <= number for _, area, _ in self._reaching):
                self._reaching = [spill for spill in self._reaching if spill[1].bottom > number]
            yield number, changes

    def alone(self) -> tuple[int, int, list[list[object]]] | None:
        """What is left, if that is the end of one result: its next row, its first column, its rows. They are taken."""
        if self._changed or self._spilled or len(self._reaching) != 1:
            return None
        ((_, area, rows),) = self._reaching
        self._reaching = []
        return self._next, area.left, rows[self._next - area.top :]


class _CellWriter:
    def __init__(self, sheet: Sheet, writer: Writer) -> None:
        self._s, self._writer = sheet.syntax, writer
        self._styles = column_styles(sheet.head)
        self._new: dict[int, bytes] = {}  # the attributes of a new cell in a column

    def row(
        self, number: int, attributes: bytes, old: dict[int, tuple[bytes, bytes]], changes: dict[int, Change]
    ) -> bytes:
        """A row with its old cells and the changes among them; nothing if it would be an empty new row."""
        p = self._s.prefix
        pieces = []
        if any(column not in old for column in changes):
            attributes = _SPANS.sub(b"", attributes)
        for column in sorted({*old, *changes}):
            place = b'<%sc r="%s%d"' % (p, column_letters(column).encode(), number)
            if column not in changes:
                cell_attributes, inner = old[column]
            else:
                cell_attributes, inner = self._cell(column, old.get(column), changes[column])
                if not inner and not cell_attributes:
                    continue
            end = b">%s</%sc>" % (inner, p) if inner else b"/>"
            pieces.append(place + cell_attributes + end)
        if not pieces and not attributes and not old:
            return b""
        return b'<%srow r="%d"%s>%s</%srow>' % (p, number, attributes, b"".join(pieces), p)

    def new_rows(self, first: int, left: int, rows: list[list[object]]) -> Iterator[bytes]:
        """Rows that did not exist, of values alone, many at a time: those of a long result."""
        p, content = self._s.text, self._writer.content
        width = max(map(len, rows), default=0)
        cells = [
            (f'<{p}c r="{column_letters(column)}', style_of_column(self._styles, column))
            for column in range(left, left + width)
        ]
        lines: list[str] = []
        for number, values in enumerate(rows, first):
            row = ""
            for (start, style), value in zip(cells, values, strict=False):
                kind, inside = content(value)
                if inside:
                    row += f'{start}{number}"{style}{kind}>{inside}</{p}c>'
            if row:
                lines.append(f'<{p}row r="{number}">{row}</{p}row>')
            if len(lines) == _ROWS_AT_ONCE:
                yield "".join(lines).encode()
                lines.clear()
        yield "".join(lines).encode()

    def _cell(self, column: int, old: tuple[bytes, bytes] | None, change: Change) -> tuple[bytes, bytes]:
        """Attributes and inside of a cell with its new value."""
        if old is None:
            if change.value is None:
                return b"", b""
            if column not in self._new:
                self._new[column] = style_of_column(self._styles, column).encode()
            kind, inside = self._writer.content(change.value)
            return self._new[column] + kind.encode(), inside.encode()
        attributes = _KIND.sub(b"", old[0])
        if not change.formula:
            kind, inside = self._writer.content(change.value)
            return _CM.sub(b"", attributes) + kind.encode(), inside.encode()
        match = self._s.formula.search(old[1])
        assert match
        formula = match[0]
        if change.ref:
            start = formula[: match.end(1) - match.start()]
            formula = _REF.sub(rb'\g<1>%s"' % change.ref.encode(), start) + formula[len(start) :]
        value = "" if change.value is None else change.value  # a formula's blank is an empty text
        kind, inside = self._writer.content(value, result=True)
        return attributes + kind.encode(), formula + inside.encode()


def _with_dimension(head: bytes, results: Results) -> bytes:
    """The head with a dimension that covers the changed cells."""
    match = _DIMENSION.search(head)
    filled = [Area(column, row, column, row) for row, line in results.changes.items()
              for column, change in line.items() if change.value is not None]  # fmt: skip
    filled += [area for area, _ in results.spilled.values()]
    if not match or not filled:
        return head
    try:
        filled.append(parse_area(match[2].decode()))
    except ValueError:
        return head
    new = Area(*(min(area[side] for area in filled) for side in (0, 1)),
               *(max(area[side] for area in filled) for side in (2, 3)))  # fmt: skip
    return head[: match.start(2)] + str(new).encode() + head[match.end(2) :]
