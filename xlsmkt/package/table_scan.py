"""What stands in and around a table, seen before its rows are replaced."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from xlsmkt.errors import UserError
from xlsmkt.package.formulas import FormulaKeeper
from xlsmkt.package.references import MAX_ROW, Area, column_number, parse_area
from xlsmkt.package.rows import LeaveOut, Sheet, left_out_body, lies_within
from xlsmkt.package.workbook import TableInfo

# A cell in pieces: column, attributes (with style, without place), inside.
RawCell = tuple[int, bytes, bytes]
_ARRAY = re.compile(rb'<(?:[\w.-]+:)?f\s[^>]*?t="(?:array|dataTable)"[^>]*?\sref="([^"]+)"')
_ARRAY_REVERSED = re.compile(rb'<(?:[\w.-]+:)?f\s[^>]*?\sref="([^"]+)"[^>]*?t="(?:array|dataTable)"')
_STYLE = re.compile(rb'\ss="(\d+)"')
_MERGE = re.compile(rb'<(?:[\w.-]+:)?mergeCell\s[^>]*?ref="([^"]+)"')
_COLUMN = re.compile(rb"<(?:[\w.-]+:)?col\s[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:.-]+)="([^"]*)"')
_UNIMPORTANT = re.compile(rb'\s(?:spans|[\w.-]+:dyDescent)="[^"]*"')
_HIDDEN = re.compile(rb'\shidden="[^"]*"')


@dataclass
class Scan:
    """The findings of one pass over the sheet."""

    styles: dict[int, str] = field(default_factory=dict)  # column -> s="5", from the first body row
    formulas: dict[int, RawCell] = field(default_factory=dict)  # column -> cell with a formula in the first body row
    row_attributes: str = ""  # of the first body row
    other_attributes: dict[int, str] = field(default_factory=dict)  # rows that differ from it
    beside: dict[int, list[RawCell]] = field(default_factory=dict)  # row -> cells of other columns
    kept: dict[int, dict[int, RawCell]] = field(default_factory=dict)  # column -> row -> cell
    totals: dict[int, list[RawCell]] = field(default_factory=dict)  # row -> cells
    formulas_in_body: int = 0
    shared_in_body: bool = False  # a shared formula stands there
    occupied: Area | None = None  # the first thing below the table
    lowest: int = 0  # the last row below that holds something
    obstacles: list[tuple[str, Area]] = field(default_factory=list)
    tail: bytes = b""


def cells_of(sheet: Sheet, row: bytes) -> list[RawCell]:
    """The cells of a row, in pieces."""
    return [
        (column_number(letters.decode()), attributes, inner)
        for letters, attributes, inner in sheet.syntax.cell.findall(row)
    ]


def merged_cells(tail: bytes) -> list[Area]:
    """The merged areas of a sheet."""
    return [parse_area(ref.decode()) for ref in _MERGE.findall(tail)]


def column_styles(head: bytes) -> dict[tuple[int, int], str]:
    """The styles of whole columns, by first and last column."""
    styles = {}
    for element in _COLUMN.findall(head):
        attributes = dict(_ATTRIBUTE.findall(element))
        if attributes.get(b"style", b"0") != b"0":
            styles[int(attributes[b"min"]), int(attributes[b"max"])] = f' s="{attributes[b"style"].decode()}"'
    return styles


def style_of_column(styles: dict[tuple[int, int], str], column: int) -> str:
    """The style that a new cell takes from its column."""
    return next((style for (first, last), style in styles.items() if first <= column <= last), "")


def scan_table(
    open_sheet: Callable[[], Sheet], table: TableInfo, last: int, keep: set[int], others: list[tuple[str, Area]]
) -> Scan:
    """Pass over the sheet of a table whose body will end at row ``last``.

    ``keep``: columns of the table whose cells are wanted; ``others``: tables and pivot tables on the same sheet.
    """
    found = Scan()
    quick = None if keep else _plain_rows(open_sheet(), table)
    sheet = open_sheet()
    body, s = table.body, sheet.syntax
    region = Area(body.left, body.bottom + table.totals + 1, body.right, MAX_ROW)
    things: list[tuple[str, Area]] = []
    # Writes out shared formulas: the cells that are kept may part company.
    keeper = FormulaKeeper(s, table.sheet, lambda _, area, __: area)
    for number, row in sheet.rows(quick):
        if b'"shared"' in row:
            found.shared_in_body |= body.top <= number <= body.bottom
            for column, _, inner in cells_of(sheet, row):
                keeper.learn(number, column, inner)
        if b'"array"' in row or b'"dataTable"' in row:
            for pattern in (_ARRAY, _ARRAY_REVERSED):
                things += [("the array formula", parse_area(ref.decode())) for ref in pattern.findall(row)]
        if number < body.top:
            continue
        if number <= body.bottom:
            _body_row(found, sheet, table, number, row, keep, keeper)
        elif number < region.top:
            found.totals[number] = [cell for cell in cells_of(sheet, row) if body.left <= cell[0] <= body.right]
        if number <= max(body.bottom, last) and not lies_within(row, s.cell_start, [body]):
            found.beside[number] = [
                (column, attributes, keeper.inside(number, column, inner))
                for column, attributes, inner in cells_of(sheet, row)
                if not body.left <= column <= body.right
            ]
            if number <= body.bottom:
                found.formulas_in_body -= sum(s.has_formula in inner for _, _, inner in found.beside[number])
        if number >= region.top:
            for column, _, inner in cells_of(sheet, row):
                if inner and body.left <= column <= body.right:
                    things.append(("the content of", Area(column, number, column, number)))
                    break
    found.tail = sheet.tail
    styles = column_styles(sheet.head)
    for column in range(body.left, body.right + 1):
        found.styles.setdefault(column, style_of_column(styles, column))
    things += [("the merged cell", area) for area in merged_cells(sheet.tail)]
    _look_below(found, region, things, others)
    return found


def _plain_rows(sheet: Sheet, table: TableInfo) -> LeaveOut | None:
    """Body rows that tell nothing: without formulas and cells beside, with the attributes of the first one."""
    s, body = sheet.syntax, table.body
    for number, row in sheet.rows():
        if number >= body.top:
            match = s.row.match(row)
            assert match
            return left_out_body(s, body, match[2])
    return None


def _body_row(
    found: Scan, sheet: Sheet, table: TableInfo, number: int, row: bytes, keep: set[int], keeper: FormulaKeeper
) -> None:
    s = sheet.syntax
    match = s.row.match(row)
    assert match
    attributes = _UNIMPORTANT.sub(b"", match[2]) if match[2] else b""
    if table.filtered:  # the rows that a filter hid are not these any more
        attributes = _HIDDEN.sub(b"", attributes)
    text = attributes.decode()
    if number == table.first_row:
        found.row_attributes = text
        for column, cell_attributes, inner in cells_of(sheet, row):
            style = _STYLE.search(cell_attributes)
            found.styles[column] = style[0].decode() if style else ""
            if s.has_formula in inner:
                found.formulas[column] = (column, cell_attributes, keeper.inside(number, column, inner))
    elif text != found.row_attributes:
        found.other_attributes[number] = text
    if s.has_formula in row:
        found.formulas_in_body += row.count(s.has_formula)
    if keep:
        for column, cell_attributes, inner in cells_of(sheet, row):
            if column in keep and inner:
                inside = keeper.inside(number, column, inner)
                found.kept.setdefault(column, {})[number] = (column, cell_attributes, inside)


def _look_below(found: Scan, region: Area, things: list[tuple[str, Area]], others: list[tuple[str, Area]]) -> None:
    below = [(name, area) for name, area in things + others if area.meets(region)]
    if not below:
        return
    found.occupied = min((area for _, area in below), key=lambda area: area.top)
    found.lowest = max(area.bottom for _, area in below)
    found.obstacles = [
        (name, area)
        for name, area in below
        if (name, area) in others or not area.within_columns(region) or area.top < region.top
    ]


def room_below(found: Scan, table: TableInfo, last: int) -> int:
    """How many rows the cells under the table must move down; UserError if they cannot.

    They move only as far as the table needs the room; up to two blank rows that parted them from it stay.
    """
    end, new_end = table.last_row + table.totals, last + table.totals
    if new_end > MAX_ROW:
        raise UserError(
            f"The table {table.name} would need {new_end:,} rows and a sheet has {MAX_ROW:,}: import fewer rows."
        )
    if found.occupied is None:
        return 0
    gap = min(found.occupied.top - end - 1, 2)
    down = new_end + 1 + max(gap, 0) - found.occupied.top
    if down <= 0:
        return 0
    if found.obstacles:
        if new_end < found.occupied.top:  # better close to it than not at all
            return 0
        name, area = min(found.obstacles, key=lambda obstacle: obstacle[1].top)
        raise UserError(
            f"The table {table.name} needs the rows down to {new_end} of the sheet {table.sheet}, but {name} {area} "
            f"is in the way and cannot be moved: move it to another sheet or beside the table, then refresh again."
        )
    if found.lowest + down > MAX_ROW:
        raise UserError(
            f"The table {table.name} needs the rows down to {new_end} of the sheet {table.sheet}, and the cells below "
            f"it would fall off the sheet: move them to another sheet, then refresh again."
        )
    return down
