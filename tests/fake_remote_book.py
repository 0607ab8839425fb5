"""A stand-in for the workbook that xlwings gives a script in xlwings Lite and Server, whose own needs a licence.

What is called is put down as actions; the real ones are compared with these where a licence is at hand.
"""

from openpyxl.utils import range_boundaries


class FakeBook:
    def __init__(self, json):
        self.api, self.actions, self.impl = json, [], self
        self.name = json["book"]["name"]
        self.sheets = FakeSheets(self)

    def append_json_action(self, **action):
        self.actions.append(action)

    def json(self):
        return {"actions": self.actions}


class FakeSheets:
    def __init__(self, book):
        self._book = book

    def __getitem__(self, key):
        known = self._book.api["sheets"]
        number = next(n for n, s in enumerate(known) if s["name"] == key) if isinstance(key, str) else key
        return FakeSheet(self._book, known[number])

    def add(self, name, after):
        known = self._book.api["sheets"]
        position = known.index(after.api) + 1
        known.insert(position, {"name": name, "values": [[]], "tables": [], "notes": []})
        self._book.append_json_action(func="addSheet", args=[position, name])
        return self[name]


class FakeSheet:
    def __init__(self, book, api):
        self.book, self.api, self.name = book, api, api["name"]

    @property
    def position(self):
        return self.book.api["sheets"].index(self.api)

    def range(self, first, last):
        return FakeRange(self, first, last)

    @property
    def tables(self):
        return [FakeTable(self, number) for number in range(len(self.api["tables"]))]

    def autofit(self, axis):
        self.book.append_json_action(func="setSheetAutofit", args=[axis], sheet_position=self.position)


class FakeTable:
    def __init__(self, sheet, number):
        self.sheet, self.number = sheet, number

    def resize(self, cells):
        self.sheet.book.append_json_action(
            func="resizeTable", args=[self.number, cells.address], sheet_position=self.sheet.position
        )

    @property
    def autofilter(self):
        return self

    def clear(self):
        left, top, right, bottom = range_boundaries(self.sheet.api["tables"][self.number]["range_address"])
        FakeRange(self.sheet, (top, left), (bottom, right)).act("clearAutoFilterTable", self.number, None)


class FakeRange:
    def __init__(self, sheet, first, last):
        self.sheet, self.first, self.last = sheet, first, last

    @property
    def address(self):
        return ":".join(f"${_letters(column)}${row}" for row, column in (self.first, self.last))

    def act(self, func, *args, values=None):
        (top, left), (bottom, right) = self.first, self.last
        self.sheet.book.append_json_action(
            func=func,
            args=list(args) or [None],
            values=values,
            sheet_position=self.sheet.position,
            start_row=top - 1,
            start_column=left - 1,
            row_count=bottom - top + 1,
            column_count=right - left + 1,
        )

    raw_value = property(None, lambda self, rows: self.act("setValues", values=rows))

    def delete(self, shift):
        self.act("rangeDelete", shift)

    def insert(self, shift):
        self.act("rangeInsert", shift, "format_from_left_or_above")

    def clear_contents(self):
        self.act("rangeClearContents")


def _letters(column):
    first, last = divmod(column - 1, 26)
    return (_letters(first) if first else "") + chr(65 + last)
