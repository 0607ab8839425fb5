"""A stand-in for Excel and the JavaScript in it: hands a workbook over as JSON, applies the actions that come back.

Written from what Office.js documents; stricter than it: what Excel would take for something other than the text that it
is, and what it refuses, fails.
"""

import datetime as dt
import json
import re
from dataclasses import dataclass, field

import openpyxl
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import to_excel

PAYLOAD = 5_000_000  # bytes in one call of Office.js
_1970 = 25569


class Refused(Exception):
    """What Excel does not do."""


@dataclass
class Formula:
    """The formula of a cell; ``shows`` is its value."""

    shows: object


@dataclass
class FakeTable:
    name: str
    left: int
    top: int
    right: int
    bottom: int
    totals: bool = False
    columns: list = field(default_factory=list)
    filtered: bool = False
    calculated: dict = field(default_factory=dict)  # heading -> the value that its formula shows

    @property
    def body(self):
        return self.top + 1, self.bottom - self.totals

    @property
    def address(self):
        return _address(self.left, self.top, self.right, self.bottom)


class FakeSheet:
    def __init__(self, name):
        self.name = name
        self.cells = {}  # (row, column) -> value, a serial number for a day
        self.dates = {}  # cells with a date format, or without one in a column that has it
        self.date_columns = set()
        self.tables = []
        self.notes = {}  # (row, column) -> text
        self.protected = False

    def is_date(self, row, column):
        return self.dates.get((row, column), column in self.date_columns)

    def shown(self, row, column):
        """A cell as a user sees its value; None for a blank."""
        value = self.cells.get((row, column))
        return value.shows if isinstance(value, Formula) else value

    def values(self):
        rows = max((row for row, _ in self.cells), default=1)
        columns = max((column for _, column in self.cells), default=1)
        return [[self._sent(row, column) for column in range(1, columns + 1)] for row in range(1, rows + 1)]

    def _sent(self, row, column):
        value = self.shown(row, column)
        if value is None:
            return ""
        if isinstance(value, int | float) and not isinstance(value, bool) and self.is_date(row, column):
            moment = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=round((value - _1970) * 86_400_000))
            return moment.isoformat(timespec="milliseconds") + "Z"
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def shift(self, area, length, down):
        """Move what stands at and below an area; cells of it go first when it is deleted."""
        left, top, right, _ = area
        for known in (self.cells, self.dates, self.notes):
            moved = {}
            for (row, column), value in list(known.items()):
                if left <= column <= right and row >= top:
                    del known[row, column]
                    if down or row >= top + length:
                        moved[row + (length if down else -length), column] = value
            known.update(moved)


class FakeExcel:
    """A workbook that is open. ``tables`` by name; ``alerts`` are the texts that the user was shown."""

    def __init__(self, name="book.xlsx"):
        self.name, self.sheets, self.names, self.alerts = name, [], {}, []

    @classmethod
    def opened(cls, path, empty=()):
        """A workbook of a file, with the values that it stores; sheets that nobody looks into are ``empty``."""
        excel = cls(path.name)
        book = openpyxl.load_workbook(path, data_only=True)
        for source in book.worksheets:
            sheet = FakeSheet(source.title)
            excel.sheets.append(sheet)
            if source.title in empty:
                continue
            for letter, dimension in source.column_dimensions.items():
                if is_date_format(dimension.number_format):
                    first = openpyxl.utils.column_index_from_string(letter)
                    sheet.date_columns |= set(range(first, (dimension.max or first) + 1))
            for row in source.iter_rows():
                for cell in row:
                    if cell.has_style:
                        sheet.dates[cell.row, cell.column] = is_date_format(cell.number_format)
                    if cell.value is not None:
                        value = to_excel(cell.value) if isinstance(cell.value, dt.date | dt.time) else cell.value
                        sheet.cells[cell.row, cell.column] = value
            for table in source.tables.values():
                left, top, right, bottom = range_boundaries(table.ref)
                headings = [column.name for column in table.tableColumns]
                totals = bool(table.totalsRowCount)
                sheet.tables.append(FakeTable(table.name, left, top, right, bottom, totals, headings))
        for name, defined in book.defined_names.items():
            found = re.fullmatch(r"'?(.+?)'?!\$([A-Z]+)\$(\d+)(:.*)?", defined.attr_text or "")
            if found:
                excel.names[name] = found[1], int(found[3]), openpyxl.utils.column_index_from_string(found[2])
        return excel

    # What a test asks and does.

    def sheet(self, name):
        return next(sheet for sheet in self.sheets if sheet.name == name)

    @property
    def tables(self):
        return {table.name: (sheet, table) for sheet in self.sheets for table in sheet.tables}

    def columns(self, name):
        """The columns of a table as a user sees them."""
        sheet, table = self.tables[name]
        first, last = table.body
        return {
            heading: [sheet.shown(row, column) for row in range(first, last + 1)]
            for column, heading in enumerate(table.columns, table.left)
        }

    def named(self, name):
        sheet, row, column = self.names[name]
        return self.sheet(sheet).shown(row, column)

    def put(self, name, value):
        """Type a value into a named cell."""
        sheet, row, column = self.names[name]
        self.sheet(sheet).cells[row, column] = value

    def type_rows(self, sheet, row, column, rows):
        """Type values into cells; a day gets a date format as Excel gives it."""
        target = self.sheet(sheet)
        for down, values in enumerate(rows):
            for right, value in enumerate(values):
                place = row + down, column + right
                if isinstance(value, dt.date):
                    target.dates[place] = True
                    value = to_excel(value)
                if value is not None:
                    target.cells[place] = value

    def add_column(self, name, heading, values, calculated=None):
        """Give a table a column at its right end: values and formulas of its rows."""
        sheet, table = self.tables[name]
        table.right += 1
        table.columns.append(heading)
        if calculated is not None:
            table.calculated[heading] = calculated
        sheet.cells[table.top, table.right] = heading
        for row, value in zip(range(table.top + 1, table.bottom + 1), values, strict=True):
            if value is not None:
                sheet.cells[row, table.right] = value

    # What the client hands over.

    def json(self, exclude=()):
        """The workbook as the client sends it."""
        places = {sheet.name: number for number, sheet in enumerate(self.sheets)}
        return {
            "client": "Office.js",
            "version": "0.37.8",
            "book": {"name": self.name, "active_sheet_index": 0, "selection": "A1", "calculation": "Automatic"},
            "names": [
                {
                    "name": name,
                    "refers_to": f"='{sheet}'!${get_column_letter(column)}${row}",
                    "type": "Range",
                    "sheet_index": places[sheet],
                    "address": f"{get_column_letter(column)}{row}",
                    "scope_sheet_name": None,
                    "scope_sheet_index": None,
                    "book_scope": True,
                }
                for name, (sheet, row, column) in self.names.items()
            ],
            "sheets": [self._sheet_json(sheet, sheet.name in exclude) for sheet in self.sheets],
        }

    def _sheet_json(self, sheet, excluded):
        return {
            "name": sheet.name,
            "visibility": "Visible",
            "show_gridlines": True,
            "print_area": None,
            "notes": [{"address": f"{get_column_letter(column)}{row}"} for row, column in sheet.notes],
            "notes_supported": True,
            "values": [[]] if excluded else sheet.values(),
            "pictures": [],
            "shapes": [],
            "charts": [],
            "pivot_tables": [],
            "tables": [] if excluded else [_table_json(table) for table in sheet.tables],
        }

    # What comes back.

    def apply(self, answer):
        """Apply the actions of a script's answer, one after the other."""
        for action in json.loads(json.dumps(answer, allow_nan=False))["actions"]:
            assert len(json.dumps(action)) < PAYLOAD
            getattr(self, f"_{action['func']}")(action)

    def _sheet(self, action):
        sheet = self.sheets[action["sheet_position"]]
        if sheet.protected:
            raise Refused(f"the sheet {sheet.name} is protected")
        return sheet

    def _place(self, action):
        sheet = self._sheet(action)
        left, top = action["start_column"] + 1, action["start_row"] + 1
        return sheet, (left, top, left + action["column_count"] - 1, top + action["row_count"] - 1)

    def _setValues(self, action):  # noqa: N802
        sheet, (left, top, right, bottom) = self._place(action)
        rows = action["values"]
        assert len(rows) == bottom - top + 1 and {len(row) for row in rows} == {right - left + 1}
        for row, values in enumerate(rows, top):
            for column, value in enumerate(values, left):
                if isinstance(sheet.cells.get((row, column)), Formula):
                    raise Refused(f"the formula in {sheet.name}, row {row}, column {column} is overwritten")
                if value == "":
                    sheet.cells.pop((row, column), None)
                elif isinstance(value, str):
                    # whatever looks like a number, a day or a formula would become one
                    longest = len(value) == 32_767 and value[0] not in "=+-@"
                    assert value[0] == "'" or longest, f"{value:.50} would be taken as if it were typed"
                    assert len(value) <= 32_767
                    sheet.cells[row, column] = value.removeprefix("'")
                else:
                    assert isinstance(value, bool | int | float)
                    sheet.cells[row, column] = value

    def _rangeClearContents(self, action):  # noqa: N802
        sheet, (left, top, right, bottom) = self._place(action)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                sheet.cells.pop((row, column), None)

    def _rangeDelete(self, action):  # noqa: N802
        assert action["args"] == ["up"]
        sheet, area = self._place(action)
        self._shift(sheet, area, -(area[3] - area[1] + 1))

    def _rangeInsert(self, action):  # noqa: N802
        assert action["args"][0] == "down"
        sheet, area = self._place(action)
        self._shift(sheet, area, area[3] - area[1] + 1)

    def _shift(self, sheet, area, by):
        left, top, right, bottom = area
        if any(table.filtered for table in sheet.tables):
            raise Refused(f"{sheet.name} is filtered: only rows that show would be deleted")
        for table in sheet.tables:
            if table.right < left or table.left > right or table.bottom < top:
                continue
            if table.left < left or table.right > right:
                raise Refused(f"cells of the table {table.name} cannot be shifted")
            first, last = table.body
            if table.top >= (top if by > 0 else bottom + 1):
                table.top, table.bottom = table.top + by, table.bottom + by
            elif first <= top <= table.bottom and (by > 0 or bottom <= last):
                if by < 0 and bottom - top + 1 > last - first:
                    raise Refused(f"the last row of the table {table.name} cannot be deleted")
                table.bottom += by
            else:
                raise Refused(f"cells of the table {table.name} cannot be shifted")
        sheet.shift(area, abs(by), by > 0)
        for name, (where, row, column) in self.names.items():
            if where == sheet.name and left <= column <= right and row >= top:
                self.names[name] = where, row + by, column
        if by > 0:
            for table in sheet.tables:
                if table.body[0] <= top <= table.body[1]:
                    _calculate(sheet, table, top, bottom)

    def _resizeTable(self, action):  # noqa: N802
        sheet = self._sheet(action)
        number, address = action["args"]
        table = sheet.tables[number]
        left, top, right, bottom = range_boundaries(address.replace("$", ""))
        if (left, top, right) != (table.left, table.top, table.right) or bottom <= top or table.totals:
            raise Refused(f"the table {table.name} cannot become {address}")
        for other in sheet.tables:
            overlaps = other.left <= right and left <= other.right and other.top <= bottom and top <= other.bottom
            if other is not table and overlaps:
                raise Refused(f"the tables {table.name} and {other.name} overlap")
        swallowed = [row for row, column in sheet.cells if left <= column <= right and table.bottom < row <= bottom]
        assert not swallowed, f"the table {table.name} grows over filled cells"
        before, table.bottom = table.bottom, bottom
        _calculate(sheet, table, before + 1, bottom)

    def _clearAutoFilterTable(self, action):  # noqa: N802
        number, which = action["args"]
        assert which is None
        self._sheet(action).tables[number].filtered = False

    def _addSheet(self, action):  # noqa: N802
        position, name = action["args"]
        assert name.casefold() not in {sheet.name.casefold() for sheet in self.sheets} and len(name) <= 31
        self.sheets.insert(position, FakeSheet(name))

    def _setSheetAutofit(self, action):  # noqa: N802
        assert action["args"] == ["columns"]

    def _alert(self, action):
        prompt, *others = action["args"]
        assert all(isinstance(text, str) for text in others)
        self.alerts.append(prompt)


def _calculate(sheet, table, first, last):
    for heading, value in table.calculated.items():
        for row in range(first, last + 1):
            sheet.cells[row, table.left + table.columns.index(heading)] = Formula(value)


def _table_json(table):
    first, last = table.body
    return {
        "name": table.name,
        "range_address": table.address,
        "row_count": table.bottom - table.top + 1,
        "column_count": len(table.columns),
        "columns": table.columns,
        "header_row_range_address": _address(table.left, table.top, table.right, table.top),
        "data_body_range_address": _address(table.left, first, table.right, last),
        "total_row_range_address": _address(table.left, table.bottom, table.right, table.bottom)
        if table.totals
        else None,
        "show_headers": True,
        "show_totals": table.totals,
        "table_style": "TableStyleLight1",
        "show_autofilter": True,
    }


def _address(left, top, right, bottom):
    first, last = f"{get_column_letter(left)}{top}", f"{get_column_letter(right)}{bottom}"
    return first if first == last else f"{first}:{last}"
