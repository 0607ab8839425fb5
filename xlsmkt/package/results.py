"""Values for single cells: constants, and the results of formulas with the cells they spill into."""

import re
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
    owners: dict[Place, Place] = field(default_factory=dict)  # spilled cell -> anchor
    settled: set[Place] = field(default_factory=set)  # anchors that have their new result
    changes: dict[int, dict[int, Change]] = field(default_factory=dict)
    resized: dict[Place, tuple[Area, Area]] = field(default_factory=dict)

    def add(self, row: int, column: int, array: Area | None, dynamic: bool, has_formula: bool) -> None:
        """Take note of a cell of the sheet."""
        if not has_formula:
            self.constants.add((row, column))
            return
        self.formulas[row, column] = (array, dynamic)
        if array:
            for place in _places(array):
                if place != (row, column):
                    self.owners[place] = (row, column)

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
        for spot in _places(old):
            if self.owners.get(spot) == place and not new.holds(*spot):
                del self.owners[spot]
                self.change(spot, Change(None))
        for r, c in _places(new):
            line = rows[r - row] if r - row < len(rows) else []
            value = line[c - column] if c - column < len(line) else None
            if (r, c) == place:
                self.change(place, Change(value, formula=True, ref=str(new)))
            else:
                self.owners[r, c] = place
                self.change((r, c), Change(value))
        self.settled.add(place)
        self.formulas[place] = (new, True)
        if new != old:
            self.resized[place] = (self.resized.get(place, (old, new))[0], new)

    def _refuse_blocked(self, place: Place, new: Area) -> None:
        if new.bottom > MAX_ROW or new.right > MAX_COLUMN:
            raise SpillBlocked("the end of the sheet")
        for spot in _places(new):
            if spot == place:
                continue
            owner = self.owners.get(spot)
            # What an old result left behind is no obstacle: it will shrink or find itself blocked.
            taken = owner is not None and owner != place and (owner in self.settled or not self._dynamic(owner))
            if spot in self.constants or spot in self.formulas or taken:
                raise SpillBlocked(f"{column_letters(spot[1])}{spot[0]}")
        if (new.left, new.top) != (new.right, new.bottom):
            for block in self.blocks:
                if block.meets(new):
                    raise SpillBlocked(str(block))

    def _dynamic(self, anchor: Place) -> bool:
        return self.formulas.get(anchor, (None, True))[1]


def _places(area: Area) -> list[Place]:
    return [(row, column) for row in range(area.top, area.bottom + 1) for column in range(area.left, area.right + 1)]


def write_changes(sheet: Sheet, changes: dict[int, dict[int, Change]], date1904: bool) -> PackedPart:
    """The worksheet with new values in some of its cells."""
    s = sheet.syntax
    writer = _CellWriter(sheet, Writer(s.text, date1904))
    out = PartWriter()
    out.write(_with_dimension(sheet.head, changes))
    out.write(b"<%ssheetData>" % s.prefix)
    waiting = sorted(changes, reverse=True)
    for number, row in sheet.rows():
        while waiting and waiting[-1] < number:
            above = waiting.pop()
            out.write(writer.row(above, b"", {}, changes[above]))
        if waiting and waiting[-1] == number:
            waiting.pop()
            match = s.row.match(row)
            assert match
            old = {column: (attributes, inner) for column, attributes, inner in cells_of(sheet, row)}
            row = writer.row(number, match[2], old, changes[number])
        out.write(row)
    for number in reversed(waiting):
        out.write(writer.row(number, b"", {}, changes[number]))
    out.write(s.data_end + sheet.tail)
    return out.finish()


class _CellWriter:
    def __init__(self, sheet: Sheet, writer: Writer) -> None:
        self._s, self._writer = sheet.syntax, writer
        self._styles = column_styles(sheet.head)

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

    def _cell(self, column: int, old: tuple[bytes, bytes] | None, change: Change) -> tuple[bytes, bytes]:
        """Attributes and inside of a cell with its new value."""
        if old is None:
            if change.value is None:
                return b"", b""
            old = (style_of_column(self._styles, column).encode(), b"")
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


def _with_dimension(head: bytes, changes: dict[int, dict[int, Change]]) -> bytes:
    """The head with a dimension that covers the changed cells."""
    match = _DIMENSION.search(head)
    filled = [(row, column) for row, line in changes.items() for column, change in line.items()
              if change.value is not None]  # fmt: skip
    if not match or not filled:
        return head
    try:
        old = parse_area(match[2].decode())
    except ValueError:
        return head
    rows, columns = [row for row, _ in filled], [column for _, column in filled]
    new = Area(min(old.left, *columns), min(old.top, *rows), max(old.right, *columns), max(old.bottom, *rows))
    if new == old:
        return head
    return head[: match.start(2)] + str(new).encode() + head[match.end(2) :]
