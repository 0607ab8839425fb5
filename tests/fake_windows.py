"""xlwings' own code for Windows, made importable anywhere: pywin32 stood in for, and Excel's objects as COM shows them.

``with on_windows() as excel:`` puts xlwings as it is on Windows, and our modules over it, in the place of those that
this system has, and takes them away again; other tests never see them. Nothing here computes: Excel's objects only hold
what they are given.
"""

import atexit
import ctypes
import datetime as dt
import importlib
import sys
from contextlib import contextmanager
from decimal import Decimal
from functools import cache, cached_property
from types import ModuleType, SimpleNamespace
from unittest import mock

MISSING = -2147352572
"""An argument left out, as COM hands it over."""

OURS = "xlsmkt.hosts.excel_windows"
_SWAPPED = ("xlwings", "pythoncom", "pywintypes", "win32")
_FIRST_DAY, _FIRST_DAY_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)


# --- Excel's objects ---


class CDispatch:
    """An object of another program."""


class com_error(Exception):  # noqa: N801 - pywin32's name
    @property
    def hresult(self):
        return self.args[0]


class IID(str):
    pass


RANGE = IID("{00020846-0000-0000-C000-000000000046}")


class ComTime(dt.datetime):
    """A date as pywin32 hands it over: it says UTC, whatever the cell means."""


def com_time(*parts):
    return ComTime(*parts, tzinfo=dt.UTC)


class Range(CDispatch):
    """Cells of a sheet."""

    def __init__(self, sheet, row, column, height=1, width=1, areas=()):
        self.Worksheet, self.Row, self.Column = sheet, row, column
        self.Rows, self.Columns = SimpleNamespace(Count=height), SimpleNamespace(Count=width)
        self.CountLarge = height * width + sum(area.CountLarge for area in areas)
        self.Areas = SimpleNamespace(Count=1 + len(areas))
        info = SimpleNamespace(GetTypeAttr=lambda: SimpleNamespace(iid=RANGE), GetDocumentation=lambda i: ("Range",))
        self._oleobj_ = SimpleNamespace(GetTypeInfo=lambda: info)

    @cached_property
    def Value(self):  # noqa: N802 - Excel's names
        return self._values(lambda value: value)

    @cached_property
    def Value2(self):  # noqa: N802
        first_day = _FIRST_DAY_1904 if self.Worksheet.Parent.Date1904 else _FIRST_DAY
        return self._values(lambda value: _exact(value, first_day))

    def _values(self, shown):
        height, width = self.Rows.Count, self.Columns.Count
        self.Worksheet.reads.append((height, width))
        cells = self.Worksheet.cells
        rows = tuple(
            tuple(shown(cells.get((row, column))) for column in range(self.Column, self.Column + width))
            for row in range(self.Row, self.Row + height)
        )
        return rows if height * width > 1 else rows[0][0]

    def GetAddress(self, *how):  # noqa: N802
        return f"R{self.Row}C{self.Column}"


def _exact(value, first_day):
    """What Value2 says of a cell that Value shows as a date or as currency."""
    if isinstance(value, ComTime):
        return (value.replace(tzinfo=None) - first_day) / dt.timedelta(1)
    return float(value) if isinstance(value, Decimal) else value


class Sheet(CDispatch):
    def __init__(self, book, name):
        self.Parent, self.Name, self.Index = book, name, 1
        self.cells, self.reads, self._used = {}, [], None

    def put(self, rows, row=1, column=1):
        """Fill cells; the range that they are."""
        self._used = None
        self.cells.update({(row + r, column + c): v for r, cells in enumerate(rows) for c, v in enumerate(cells)})
        return Range(self, row, column, len(rows), len(rows[0]))

    def Cells(self, row, column):  # noqa: N802
        return Range(self, row, column)

    def Range(self, first, last):  # noqa: N802
        return Range(self, first.Row, first.Column, last.Row - first.Row + 1, last.Column - first.Column + 1)

    @property
    def UsedRange(self):  # noqa: N802
        if not self._used:  # a benchmark must not wait for it
            rows, columns = zip(*(self.cells or {(1, 1): None}), strict=True)
            self._used = self.Range(self.Cells(min(rows), min(columns)), self.Cells(max(rows), max(columns)))
        return self._used

    def Evaluate(self, formula):  # noqa: N802
        return self.Parent.evaluates[formula]


class Workbook(CDispatch):
    """A workbook of one sheet. ``names``: what defined names refer to, a range or the text of a formula."""

    def __init__(self, names=None, date1904=False, evaluates=None):
        self.Name = self.FullName = "SLA.xlsm"
        self.Date1904, self.evaluates = date1904, evaluates or {}
        self.Application = SimpleNamespace(Hwnd=1, Version="16.0")
        self.sheet = Sheet(self, "Inputs")
        self.Worksheets = _Worksheets([self.sheet])
        self.names = names or {}

    def Names(self, name):  # noqa: N802
        found = {key.rpartition("!")[2].casefold(): key for key in self.names}.get(name.casefold())
        if found is None:
            raise com_error(-2147352567, "Exception occurred.", None, None)
        return _Name(found, self.names[found])


class _Worksheets(list):
    @property
    def Count(self):  # noqa: N802
        return len(self)

    def __call__(self, number):
        return self[number - 1]


class _Name:
    def __init__(self, name, refers_to):
        self.Name, self._refers_to = name, refers_to

    @property
    def RefersTo(self):  # noqa: N802
        return self._refers_to if isinstance(self._refers_to, str) else "=Inputs!" + self._refers_to.GetAddress()

    @property
    def RefersToRange(self):  # noqa: N802
        if isinstance(self._refers_to, str):
            raise com_error(-2147352567, "Exception occurred.", None, None)
        return self._refers_to


# --- pywin32 ---


def _stand_ins():
    """The modules of pywin32 that xlwings imports, with as much in them as it touches on import and in a call."""
    dispatch = IID("dispatch")
    nothing = mock.MagicMock()
    no_object = mock.MagicMock(side_effect=ValueError)  # what win32com's unwrap says of plain values

    def as_it_is(thing, *rest, **more):
        return thing

    contents = {
        "pywintypes": {"com_error": com_error, "IID": IID, "TimeType": ComTime},
        "pythoncom": {
            "__file__": "pythoncom.dll", "CoInitialize": nothing, "com_error": com_error, "IID_IDispatch": dispatch,
            "TypeIIDs": {dispatch: type("PyIDispatch", (), {})},
        },
        "win32api": {}, "win32con": {}, "win32gui": {}, "win32event": {},
        "win32process": {"GetWindowThreadProcessId": lambda window: (0, 1)},
        "win32timezone": {"TimeZoneInfo": nothing},
        "win32com": {},
        "win32com.client": {
            "CDispatch": CDispatch, "CoClassBaseClass": type("CoClassBaseClass", (), {}),
            "DispatchBaseClass": type("DispatchBaseClass", (), {}), "Dispatch": as_it_is, "DispatchEx": as_it_is,
            "gencache": nothing,
        },
        "win32com.client.dynamic": {},
        "win32com.server": {}, "win32com.server.dispatcher": {}, "win32com.server.policy": {},
        "win32com.server.util": {"unwrap": no_object, "wrap": as_it_is},
    }  # fmt: skip
    for name, content in contents.items():
        module = ModuleType(name)
        module.__dict__.update(content)
        yield name, module


# --- putting all that in place ---


def _is_swapped(name):
    return name.startswith((*_SWAPPED, "xlsmkt.hosts.windows.")) or name == OURS


@cache
def _modules():
    """Our modules and xlwings', imported as on Windows; imported once."""
    import numpy  # noqa: F401 - with the platform that this really is
    import pandas  # noqa: F401

    loader = mock.MagicMock()
    with (
        _swapped(dict(_stand_ins())),
        mock.patch.object(sys, "platform", "win32"),
        mock.patch.object(ctypes, "windll", loader, create=True),
        mock.patch.object(ctypes, "oledll", loader, create=True),
        mock.patch.object(ctypes, "PyDLL", loader),
        mock.patch.object(atexit, "register"),  # xlwings would look for stray Excels at the end
    ):
        xlwings = importlib.import_module("xlwings")
        assert xlwings.has_pywin32, "xlwings did not take its Windows branch"
        importlib.import_module(OURS)
        return {name: module for name, module in sys.modules.items() if _is_swapped(name)}


@contextmanager
def _swapped(modules):
    """Have these modules instead of those of the same kind that are there."""
    before = {name: module for name, module in sys.modules.items() if _is_swapped(name)}
    _replace(before, modules)
    try:
        yield
    finally:
        _replace([name for name in sys.modules if _is_swapped(name)], before)


def _replace(old, new):
    for name in old:
        del sys.modules[name]
        parent, _, child = name.rpartition(".")
        if parent in sys.modules and not _is_swapped(parent):
            vars(sys.modules[parent]).pop(child, None)
    sys.modules.update(new)
    for name, module in new.items():
        parent, _, child = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], child, module)


class Excel:
    """What VBA sees of Python: xlwings' COM server."""

    def __init__(self):
        self.functions = sys.modules[OURS]
        self.udfs = sys.modules["xlwings.udfs"]
        self.server = sys.modules["xlwings.com_server"].XLPython()
        self.book = Workbook()

    def call(self, name, *arguments, book=None, module=OURS):
        """What CallUDF gives back to VBA for a call from a cell."""
        book = book or self.book
        return self.server.CallUDF(module, name, arguments, book, Range(book.sheet, 99, 99))


@contextmanager
def on_windows():
    """xlwings as it is on Windows, and Excel with an empty workbook."""
    with _swapped(_modules()):
        yield Excel()
