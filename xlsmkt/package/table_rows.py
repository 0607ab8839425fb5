"""Replacing the rows of a table in its worksheet part."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from xlsmkt.package.cells import Writer, unescaped
from xlsmkt.package.following import TableMove, follow_tail
from xlsmkt.package.formulas import FormulaKeeper, copied_down, formula_element
from xlsmkt.package.packing import PackedPart, PartWriter
from xlsmkt.package.references import Area, column_letters, followed, parse_area, translated
from xlsmkt.package.rows import LeaveOut, Sheet
from xlsmkt.package.table_scan import RawCell, Scan, cells_of
from xlsmkt.package.values import Column, joined
from xlsmkt.package.workbook import TableInfo

ROWS_AT_ONCE = 8192
_DIMENSION = re.compile(rb'(<(?:[\w.-]+:)?dimension\s+ref=")([^"]+)')
_CM = re.compile(rb'\scm="\d+"')
_SHARED = re.compile(rb't="shared"')
_SPANS = re.compile(rb'\sspans="[^"]*"')

# Gives the cells of one column for some rows (numbers: the same rows as texts).
Cells = Callable[[range, pa.Array], pa.Array]


@dataclass(frozen=True)
class NewRows:
    """What the body shall hold: for each column of the table a list of values, a formula, or the users' cells."""

    values: dict[int, Column]  # position in the table -> values
    kept: dict[int, list[RawCell | None]]  # position -> the cell for each new row
    kept_from: list[int | None]  # for each new row the row that its kept cells come from
    date1904: bool


class TableWriter:
    """Writes the sheet anew with the table's new rows."""

    def __init__(self, source: Sheet, table: TableInfo, scan: Scan, new: NewRows, move: TableMove) -> None:
        self._sheet, self._table, self._scan, self._new, self._move = source, table, scan, new, move
        self._s = source.syntax
        self._p = self._s.text
        self._writer = Writer(self._p, new.date1904)
        self._keeper = FormulaKeeper(self._s, table.sheet, move)
        self._out = PartWriter()
        # Rows to come, below the body: row -> (attributes, cells)
        self._pending: dict[int, list[tuple[int, bytes]]] = {}
        self.formulas_in_body = 0
        self.formulas_moved = False

    def write(self) -> PackedPart:
        """The new part."""
        sheet, table, move, out = self._sheet, self._table, self._move, self._out
        body, last = table.body, move.last
        out.write(self._head())
        out.write(b"<%ssheetData>" % self._s.prefix)
        left_out = LeaveOut(body.top, body.bottom, _SHARED if self._scan.shared_in_body else None)
        written = False  # the body comes where its first row was, or before the first row behind it
        for number, row in sheet.rows(left_out):
            if number < body.top:
                out.write(self._keeper.row(number, row))
                continue
            if not written:
                self._body()
                self._hold_known(last)
                written = True
            if number <= body.bottom:
                self._learn(number, row)
            else:
                self._learn(number, row)
                self._below(number, row)
        if not written:
            self._body()
            self._hold_known(last)
        self._flush(None)
        out.write(self._s.data_end)
        out.write(follow_tail(sheet.tail, table.sheet, move))
        return out.finish()

    def _head(self) -> bytes:
        """The head with a dimension that covers the new rows."""
        head, body = self._sheet.head, self._table.area
        match = _DIMENSION.search(head)
        if not match:
            return head
        try:
            old = parse_area(match[2].decode())
        except ValueError:
            return head
        beyond = old.bottom if old.bottom > self._table.area.bottom else 0
        lowest = max(self._move.last + self._table.totals, self._scan.lowest + self._move.below, beyond)
        new = Area(min(old.left, body.left), min(old.top, body.top), max(old.right, body.right), lowest)
        return head[: match.start(2)] + new.as_range().encode() + head[match.end(2) :]

    def _learn(self, number: int, row: bytes) -> None:
        """Shared formulas of cells that vanish may go on in cells that stay."""
        if b'"shared"' in row:
            for column, _, inner in cells_of(self._sheet, row):
                self._keeper.learn(number, column, inner)

    def _body(self) -> None:
        """The new body, with the cells of other columns that stand beside it."""
        table, scan = self._table, self._scan
        first, last = table.first_row, self._move.last
        columns = [self._column(position) for position in range(len(table.columns))]
        default = scan.row_attributes
        special = {row for row in (*scan.other_attributes, *scan.beside) if first <= row <= last}
        start, end = f'<{self._p}row r="', f"</{self._p}row>"
        plain = special.isdisjoint(scan.beside) and not self._has_formulas()
        if plain:
            self._out.mark_body()
        for top in range(first, last + 1, ROWS_AT_ONCE):
            rows = range(top, min(top + ROWS_AT_ONCE, last + 1))
            numbers = pa.array(rows).cast(pa.string())
            lines = joined(*[column(rows, numbers) for column in columns], "")
            pieces = joined(start, numbers, f'"{default}>', lines, end, "")
            different = special.intersection(rows)
            if different:
                texts = pieces.to_pylist()
                for row in different:
                    texts[row - top] = self._special_row(row, lines[row - top].as_py())
                self._out.write("".join(texts).encode())
            else:
                self._out.write(_bytes_of(pieces))
        if plain:
            self._out.mark_body()

    def _has_formulas(self) -> bool:
        new = self._new
        if any(formula is not None and i not in new.values for i, formula in enumerate(self._table.formulas)):
            return True
        return any(cell and self._s.has_formula in cell[2] for cells in new.kept.values() for cell in cells)

    def _special_row(self, row: int, line: str) -> str:
        attributes = self._scan.other_attributes.get(row, self._scan.row_attributes)
        beside = [(cell[0], self._cell(row, row, cell).decode()) for cell in self._scan.beside.get(row, [])]
        left = "".join(cell for column, cell in beside if column < self._table.first_column)
        right = "".join(cell for column, cell in beside if column > self._table.last_column)
        return f'<{self._p}row r="{row}"{attributes}>{left}{line}{right}</{self._p}row>'

    def _cell(self, old_row: int, new_row: int, cell: RawCell) -> bytes:
        """A cell that keeps its column, its formula brought up to date."""
        column, attributes, inner = cell
        place = b'<%sc r="%s%d"%s' % (self._s.prefix, column_letters(column).encode(), new_row, attributes)
        if not inner:
            return place + b"/>"
        if self._s.has_formula in inner:
            self.formulas_moved |= old_row != new_row
            inner = self._keeper.inside(old_row, column, inner)
        return b"%s>%s</%sc>" % (place, inner, self._s.prefix)

    def _column(self, position: int) -> Cells:
        """How to write one column of the table."""
        table, new = self._table, self._new
        column = table.first_column + position
        letters, style = column_letters(column), self._scan.styles.get(column, "")
        if position in new.values:
            return self._value_column(new.values[position], letters, style)
        if table.formulas[position] is not None:
            self.formulas_in_body += self._move.last - table.first_row + 1
            return self._formula_column(position, column, style)
        return self._kept_column(position, column, style)

    def _value_column(self, values: Column, letters: str, style: str) -> Cells:
        """The values that were given; a blank without a style is no cell."""
        start, after, first = f'<{self._p}c r="{letters}', f'"{style}', self._table.first_row
        endings = values.endings(self._writer)

        def cells(rows: range, numbers: pa.Array) -> pa.Array:
            found = endings(rows.start - first, rows.stop - first)
            if style:
                return joined(start, numbers, after, found.fill_null("/>"), "")
            return joined(start, numbers, after, found, "").fill_null("")

        return cells

    def _formula_column(self, position: int, column: int, style: str) -> Cells:
        """The column's formula in every row; its values are computed later."""
        start, end = f'<{self._p}c r="{column_letters(column)}', f"</{self._p}c>"
        text = self._table.formulas[position] or ""
        sample = self._scan.formulas.get(column)
        extra = style
        found = self._s.formula.search(sample[2]) if sample else None
        # The first row shows what the table's own formula does not: that it is an array, what relative references mean.
        if sample and found and (unescaped(found[2] or b"") == text or translated(text, 1, 0) != text):
            cm = _CM.search(sample[1])
            extra += cm[0].decode() if cm else ""
            inner = self._keeper.inside(self._table.first_row, column, sample[2], absolute_only=True)
        else:
            text = followed(text, self._table.sheet, self._move, absolute_only=True)
            inner = formula_element(self._s, {}, text)
        formula = copied_down(self._s, inner, column, self._table.first_row)
        assert formula
        return lambda rows, _: pa.array([f'{start}{n}"{extra}>{formula(n).decode()}{end}' for n in rows])

    def _kept_column(self, position: int, column: int, style: str) -> Cells:
        """A column of the user's own: each new row's cell was chosen before."""
        cells, origins = self._new.kept.get(position, []), self._new.kept_from
        letters, p, first = column_letters(column), self._p, self._table.first_row
        blank = f"{style}/>" if style else ""

        def write(rows: range, _: pa.Array) -> pa.Array:
            result = []
            for i, n in enumerate(rows, rows.start - first):
                cell = cells[i] if i < len(cells) else None
                if cell is None:
                    result.append(f'<{p}c r="{letters}{n}"{blank}' if blank else "")
                    continue
                origin = origins[i]
                assert origin is not None
                inner = cell[2]
                if self._s.has_formula in inner:
                    self.formulas_in_body += 1
                    self.formulas_moved |= origin != n
                    inner = self._keeper.inside(origin, column, inner)
                    formula = copied_down(self._s, inner, column, origin) if origin != n else None
                    if formula:
                        inner = self._s.formula.sub(lambda _: formula(n), inner, count=1)  # noqa: B023
                result.append(f'<{p}c r="{letters}{n}"{cell[1].decode()}>{inner.decode()}</{p}c>')
            return pa.array(result, pa.string())

        return write

    def _hold_known(self, last: int) -> None:
        """Put in store what goes below the body: beside cells of vanished rows, and the totals."""
        for row, cells in self._scan.beside.items():
            if row > last:
                self._hold(row, [(cell[0], self._cell(row, row, cell)) for cell in cells])
        for row, cells in self._scan.totals.items():
            self._hold(self._move.row(row), [(cell[0], self._cell(row, self._move.row(row), cell)) for cell in cells])

    def _hold(self, row: int, cells: list[tuple[int, bytes]]) -> None:
        if cells:
            self._pending.setdefault(row, []).extend(cells)

    def _below(self, number: int, row: bytes) -> None:
        """A row under the old body: its cells in the table's columns move, the others stay."""
        body, move = self._table.body, self._move
        known = number <= move.last  # the cells of other columns were seen by the scan and are written
        in_totals = number <= body.bottom + self._table.totals
        if not known and not in_totals and not move.below:
            self._flush(number)
            if number not in self._pending:
                self._out.write(self._keeper.row(number, row))
                return
        cells = cells_of(self._sheet, row)
        stay = [cell for cell in cells if not column_in(body, cell[0])] if not known else []
        if not in_totals:
            target = move.row(number)
            moving = [(cell[0], self._cell(number, target, cell)) for cell in cells if column_in(body, cell[0])]
            if target <= move.last + self._table.totals:  # blanks with a format, where the table is now
                moving = []
            self._hold(target, moving)
        staying = [(cell[0], self._cell(number, number, cell)) for cell in stay]
        self._flush(number)
        if known:
            return
        match = self._s.row.match(row)
        assert match
        self._write_row(number, match[2], staying + self._pending.pop(number, []))

    def _flush(self, before: int | None) -> None:
        """Write the stored rows above a row (all: None)."""
        for row in sorted(row for row in self._pending if before is None or row < before):
            self._write_row(row, b"", self._pending.pop(row))

    def _write_row(self, number: int, attributes: bytes, cells: list[tuple[int, bytes]]) -> None:
        cells.sort(key=lambda cell: cell[0])
        inside = b"".join(cell for _, cell in cells)
        p = self._s.prefix
        attributes = _SPANS.sub(b"", attributes)
        self._out.write(b'<%srow r="%d"%s>%s</%srow>' % (p, number, attributes, inside, p))


def column_in(area: Area, column: int) -> bool:
    """True if the column crosses the area."""
    return area.left <= column <= area.right


def _bytes_of(texts: pa.Array) -> memoryview:
    """All the texts in a row, without a copy."""
    _, ends, data = texts.buffers()
    end = memoryview(ends).cast("i")[len(texts)]
    return memoryview(data)[:end]
