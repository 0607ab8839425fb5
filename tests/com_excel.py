"""Excel with a workbook open, as COM shows it to Python: pyOpenVBA's emulation of Excel's object model underneath.

pyOpenVBA types values, shifts cells, follows references, filters and protects as its authors measured it in Excel. What
it does not have is added here, as Excel's documentation says it behaves: cells inserted into or deleted from a table,
the filter of a table, Excel's dialogs, AutoCorrect, pivot tables. What neither has ends the test (``NotModelled``).

Nothing is recalculated; ``Excel.calls`` has every call, ``Excel.fail_from`` makes them fail.
"""

import sys
from contextlib import contextmanager
from types import SimpleNamespace
from unittest import mock

from fake_windows import CDispatch, com_error, com_time, on_windows
from pyopenvba._a1 import Area
from pyopenvba.apps.excel import ExcelApplication, _autofilter, _table_edits
from pyopenvba.apps.excel._editing import shift_cells
from pyopenvba.apps.excel._model import Range
from pyopenvba.apps.excel._protection import check_delete, check_insert, refuse
from pyopenvba.apps.excel._visible import filtering
from pyopenvba.exceptions import VBARuntimeError, VBAUnsupportedError
from pyopenvba.interpreter._objects import VBAObject
from pyopenvba.interpreter._values import (
    EMPTY,
    NOTHING,
    NULL,
    VBAArray,
    VBACurrency,
    VBADate,
    VBAErrorValue,
    VBAInt,
    error,
)

CHANGES = {"Insert", "Delete", "Add", "AddComment", "ClearContents", "ShowAllData", "AutoFilter", "Refresh"}
_UP, _DOWN = -4162, -4121
_FIRST_ERROR = -2146828288
BUSY = (-2147418111, "Call was rejected by callee.", None, None)


class NotModelled(BaseException):
    """The code under test asks for something that this Excel cannot do; no ``except Exception`` may hide it."""


class Excel:
    """One Excel with one workbook."""

    def __init__(self, path=None, application=None):
        self.application = application or (ExcelApplication.open(path, with_vba=False) if path else ExcelApplication())
        self.model = self.application.workbook if path else self.application.add_workbook()
        self.model.calculator.wrote = lambda *cell: None  # its bookkeeping for recalculation takes most of the time
        self.calls = []  # "Range.Value=", "Range.Insert", ...
        self.written = 0  # changes so far
        self.fail_from, self.fail_until, self.fails_with = None, None, BUSY
        self.chosen = False  # what GetOpenFilename answers
        self.asked = []  # the dialogs: (what, buttons)
        self.answers = []  # of the message boxes
        self.told = []  # what the macros were called with
        self.status = []  # each text of the status bar
        self.pivots = {}  # sheet -> stand-ins for pivot tables
        self.full_name = str(path) if path else None
        self.date1904 = False
        self.threads = {}  # row -> text of the conversation that the note in this row stands for
        self.auto_correct = SimpleNamespace(AutoFillFormulasInLists=True)
        self.cut_copy_mode = 0

    @property
    def book(self):
        """The workbook as xlwings' object model shows it."""
        xw = sys.modules["xlwings"]
        return xw.Book(impl=xw._xlwindows.Book(Com(self, self.model)))

    def sheet(self, name):
        return self.model.sheet_named(name)

    def cells(self, sheet, address):
        """What stands in a range, row by row."""
        value = from_model(self, self.sheet(sheet).vba_get("Range", [address]).vba_get("Value2"))
        return [list(row) for row in value] if isinstance(value, tuple) else [[value]]

    def formulas(self, sheet, address):
        value = from_model(self, self.sheet(sheet).vba_get("Range", [address]).vba_get("Formula"))
        return [list(row) for row in value] if isinstance(value, tuple) else [[value]]

    def put(self, sheet, address, rows):
        """Type into a range."""
        self.sheet(sheet).vba_get("Range", [address]).vba_set("Value", to_model(rows))

    def table(self, name):
        return next(table for sheet in self.model.sheets_ for table in sheet.tables if table.name == name)

    def column(self, table, heading):
        """The body of a table's column."""
        found = self.table(table)
        at = found.area.left + [column.name for column in found.columns].index(heading)
        return [
            row[0] for row in self.cells(found.sheet.name, Area(found.data.top, at, found.data.bottom, at).address())
        ]

    def everything(self):
        """All that a user would miss, to compare: values, formulas, formats, tables, names, notes, hidden rows."""
        sheets = {}
        for sheet in self.model.sheets_:
            held = {
                place: cell for place, cell in sheet.cells_.items() if cell.value not in (EMPTY, "") or cell.formula
            }
            cells = {place: (cell.value, cell.formula, cell.number_format) for place, cell in held.items()}
            tables = {table.name: (table.area, [column.name for column in table.columns]) for table in sheet.tables}
            notes = {place: note.text for place, note in sheet.notes.items()}
            hidden = sorted(row for row, record in sheet.dims.rows.items() if record.hidden)
            sheets[sheet.name] = cells, tables, notes, hidden
        names = {entry.name: entry.refers_to for entry in self.model.names_.entries}
        return sheets, {name: to for name, to in names.items() if "_FilterDatabase" not in name}

    def settings(self):
        model = self.application.application
        return (model.screen_updating, model.display_alerts, model.enable_events, model.calculation, model.status_bar,
                self.auto_correct.AutoFillFormulasInLists)  # fmt: skip

    def note(self, call, changes):
        self.calls.append(call)
        if changes:
            self.written += 1
            if self.fail_from and self.fail_from <= self.written <= (self.fail_until or self.fail_from):
                raise com_error(*self.fails_with)


@contextmanager
def open_excel(path=None, application=None):
    """An Excel with the workbook at ``path`` (or a new one) open, and xlwings as it is on Windows."""
    with on_windows():
        excel = Excel(path, application)
        excel.xlwings = sys.modules["xlwings"]

        def message_box(window, text, title, style):
            excel.asked.append((text, style))
            return excel.answers.pop(0)

        with (
            # pyOpenVBA leaves out what is not in use; Excel hands over all that it is asked for
            mock.patch.object(Range, "bounded", lambda cells: cells.first),
            mock.patch.dict(vars(sys.modules["win32api"]), {"MessageBox": message_box}),
            mock.patch.dict(vars(sys.modules["win32con"]), {
                "MB_OK": 0, "MB_OKCANCEL": 1, "MB_YESNO": 4, "MB_YESNOCANCEL": 3, "MB_ICONINFORMATION": 64,
                "MB_ICONWARNING": 48,
            }),
            mock.patch.object(excel.xlwings._xlwindows, "BOOK_CALLER", Com(excel, excel.model)),
        ):  # fmt: skip
            yield excel


YES, NO, CANCEL = 6, 7, 2


class Com(CDispatch):
    """An object of Excel over COM."""

    def __init__(self, excel, target):
        vars(self).update(_excel=excel, _target=target)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        excel, target = self._excel, self._target
        kind = target.vba_type_name
        excel.note(f"{kind}.{name}", False)
        extra = EXTRA.get((kind, name))
        if extra:
            return extra(excel, target)
        spec = target.vba_member(name)
        if spec is not None and spec.kind == "property" and name != "Item" and (kind, name) != ("Worksheet", "Range"):
            return _asked(lambda: from_model(excel, target.vba_get(spec.name)))
        if spec is None:
            raise NotModelled(f"{kind}.{name}")
        return lambda *args, **named: self._call(name, args, named)

    def _call(self, name, args, named):
        excel = self._excel
        excel.note(f"{self._target.vba_type_name}.{name}", name in CHANGES)
        named = {key: to_model(value) for key, value in named.items() if value is not None}
        return _asked(lambda: from_model(excel, self._target.vba_get(name, [to_model(a) for a in args], named)))

    def __setattr__(self, name, value):
        excel, target = self._excel, self._target
        kind = target.vba_type_name
        excel.note(f"{kind}.{name}=", kind == "Range")
        if name == "StatusBar":
            excel.status.append(value)
        if name == "CutCopyMode":
            return
        fills = excel.auto_correct.AutoFillFormulasInLists
        with mock.patch.object(_table_edits, "calculated", _table_edits.calculated if fills else lambda *a: None):
            _asked(lambda: target.vba_set(name, to_model(value)))

    def __call__(self, *args):
        return self._call("Item", args, {})

    def __iter__(self):
        return iter([from_model(self._excel, item) for item in self._target.vba_iterate()])


def _asked(call):
    """What the model answers, its errors as those of COM."""
    try:
        return call()
    except VBARuntimeError as failed:
        excepinfo = (0, "Microsoft Excel", str(failed), None, 0, -2146827284)
        raise com_error(-2147352567, "Exception occurred.", excepinfo, None) from failed
    except VBAUnsupportedError as failed:
        raise NotModelled(str(failed)) from failed


def from_model(excel, value):
    """A value as pywin32 hands it to Python."""
    if isinstance(value, VBAObject):
        return Com(excel, value)
    if value is EMPTY or value is NULL or value is NOTHING:
        return None
    if isinstance(value, VBAArray):
        (top, bottom), *across = value.bounds
        if not across:
            return tuple(from_model(excel, item) for item in value.elements())
        height = bottom - top + 1
        items = [from_model(excel, item) for item in value.items]
        return tuple(zip(*(items[start : start + height] for start in range(0, len(items), height)), strict=True))
    if isinstance(value, VBAErrorValue):
        return _FIRST_ERROR + value.number
    if isinstance(value, VBADate):
        when = value.to_datetime()
        return com_time(*when.timetuple()[:6])
    if isinstance(value, bool | str | VBACurrency):
        return value
    return int(value) if isinstance(value, VBAInt) else float(value)


def to_model(value):
    """A value as Excel receives it from pywin32."""
    if isinstance(value, Com):
        return value._target
    if value is None:
        return EMPTY
    if isinstance(value, list | tuple):
        if not value or not isinstance(value[0], list | tuple):
            return VBAArray([(1, len(value))], items=[to_model(item) for item in value])
        items = [to_model(row[column]) for column in range(len(value[0])) for row in value]
        return VBAArray([(1, len(value)), (1, len(value[0]))], items=items)
    if isinstance(value, bool | str):
        return value
    return VBAInt(value, "Long") if isinstance(value, int) else float(value)


# --- what pyOpenVBA does not have ---


def _insert(excel, target):
    def insert(Shift=None, CopyOrigin=None):  # noqa: N803 - Excel's names
        excel.note("Range.Insert", True)
        assert Shift == _DOWN and not CopyOrigin, "only downward, formats from above, is modelled"
        _asked(lambda: (check_insert(target), _shift(target, delete=False)))

    return insert


def _delete(excel, target):
    def delete(Shift=None):  # noqa: N803
        excel.note("Range.Delete", True)
        assert Shift == _UP
        _asked(lambda: (check_delete(target), _shift(target, delete=True)))

    return delete


def _shift(target, delete):
    """Cells of a table, over its whole width, inserted or deleted; the table, and what is below, follows."""
    sheet, area = target.sheet, target.first
    if filtering(sheet):
        raise error(1004, "This operation is not allowed while the table is filtered")
    through = next((t for t in sheet.tables if t.data and t.data.top <= area.top <= t.data.bottom), None)
    if through is None or (area.left, area.right) != (through.area.left, through.area.right):
        raise VBAUnsupportedError("shifting other cells than rows of a table")
    if delete and (area.bottom > through.data.bottom or area.rows >= through.rows()):
        raise VBAUnsupportedError("deleting all rows of a table")
    rows = -area.rows if delete else area.rows
    with _alone(sheet, through, rows):
        through.area = Area(through.area.top, area.left, through.area.bottom + rows, area.right)
        shift_cells(target, area, delete=delete, vertical=True, through=through)
    if not delete:
        for row in range(area.top, area.bottom + 1):
            _table_edits._calculate_row(through, row)
    _changed(through)


@contextmanager
def _alone(sheet, through, rows):
    """Have only one table on the sheet while its rows shift; those below move as a whole or not at all."""
    others = [table for table in sheet.tables if table is not through]
    below = [t for t in others if t.area.top > through.area.bottom
             and t.area.left <= through.area.right and through.area.left <= t.area.right]  # fmt: skip
    if any(t.area.left < through.area.left or t.area.right > through.area.right for t in below):
        raise error(1004, "This operation is not allowed. The operation is attempting to shift cells in a table on "
                          "your worksheet.")  # fmt: skip
    for merged in sheet.merged_areas:
        if merged.top > through.area.bottom and merged.left <= through.area.right < merged.right:
            raise error(1004, "We can't do that to a merged cell.")
    shapes, merges, tables = sheet.shapes_, sheet.merged_areas, sheet.tables
    sheet.shapes_, sheet.merged_areas, sheet.tables = [], [], [through]
    try:
        yield
        for table in below:
            area = table.area
            table.area = Area(area.top + rows, area.left, area.bottom + rows, area.right)
    finally:
        sheet.shapes_, sheet.merged_areas, sheet.tables = shapes, merges, tables


def _changed(table):
    found = table.sheet.auto_filter
    if found is not None:
        found.area = _filtered_area(table)
    _table_edits._changed(table)


def _filtered_area(table):
    area = table.area
    return Area(area.top, area.left, table.data.bottom if table.data else area.top, area.right)


def _add_row(excel, target):
    def add():
        excel.note("ListRows.Add", True)
        table = target.table
        refuse(table.sheet, "protected")

        def run():
            with _alone(table.sheet, table, 1):
                _table_edits.add_row(table, None, True)
            _changed(table)

        _asked(run)

    return add


def _table_filter(excel, target):
    """The filter of a table; pyOpenVBA has one for each sheet, so only one table of a sheet can be filtered."""
    table, sheet = target.table, target.sheet
    if not table.auto_filter:
        return None
    if sheet.auto_filter is None:
        if sum(one.auto_filter for one in sheet.tables) > 1:
            return SimpleNamespace(FilterMode=False)
        sheet.auto_filter = _autofilter.SheetFilter(_filtered_area(table))
    return Com(excel, _autofilter.AutoFilter(sheet))


def _filter_is_the_sheets(excel, sheet):
    tables = [table.area for table in sheet.tables]
    return sheet.auto_filter is not None and not any(
        (area.top, area.left) == (sheet.auto_filter.area.top, sheet.auto_filter.area.left) for area in tables
    )


def _thread(excel, cell):
    text = excel.threads.get(cell.first.top)
    return SimpleNamespace(Text=lambda: text) if text else None


def _choose(excel, application):
    def get_open_filename(**arguments):
        excel.asked.append(arguments)
        return excel.chosen

    return get_open_filename


def _run(excel, application):
    def run(macro, *arguments):
        excel.told.append((macro, *arguments))

    return run


EXTRA = {
    ("Range", "Insert"): _insert,
    ("Range", "Delete"): _delete,
    ("Range", "CommentThreaded"): _thread,
    ("ListRows", "Add"): _add_row,
    ("ListObject", "AutoFilter"): _table_filter,
    ("Worksheet", "AutoFilterMode"): _filter_is_the_sheets,
    ("Worksheet", "PivotTables"): lambda excel, sheet: lambda: excel.pivots.get(sheet.name, []),
    ("Workbook", "Date1904"): lambda excel, book: excel.date1904,
    ("Workbook", "FullName"): lambda excel, book: excel.full_name or book.name,
    ("Workbook", "Path"): lambda excel, book: excel.full_name.rpartition("/")[0] if excel.full_name else "",
    ("Application", "AutoCorrect"): lambda excel, app: excel.auto_correct,
    ("Application", "Hwnd"): lambda excel, app: 1,
    ("Application", "GetOpenFilename"): _choose,
    ("Application", "Run"): _run,
}
