"""A workbook with our VBA in it, run by pyOpenVBA: what Excel has and pyOpenVBA lacks is recorded here.

Python stands behind ``XLPy`` and ``RunPython`` as a recorder whose ``answer`` and ``refresh`` a test sets.
"""

from pathlib import Path
from types import SimpleNamespace

from pyopenvba.apps.excel import ExcelApplication
from pyopenvba.apps.excel._model import Application, Range, Worksheet
from pyopenvba.interpreter import (
    EMPTY,
    MISSING,
    VBAArray,
    VBACollection,
    VBAErrorValue,
    VBAInt,
    VBAObject,
    member,
    method,
)
from pyopenvba.interpreter import setter as put
from pyopenvba.interpreter._ast import Unsupported
from pyopenvba.interpreter._parse import parse_expression
from pyopenvba.interpreter._values import error

SOURCES = Path(__file__).parents[1] / "workbook" / "vba"
NOT_FROM_A_CELL = VBAErrorValue(2023)

# The parts of xlwings' module that ours call, and the function of VBA that pyOpenVBA lacks.
XLWINGS = """
Public Function XLPy() As Variant
    Set XLPy = Application.Python.Connect
End Function
Public Function RunPython(PythonCommand As String)
    RunPython = Application.Python.RunPython(PythonCommand)
End Function
Public Function CurDir() As String
    CurDir = Application.Python.CurDir
End Function
Public Function GetConfig(configKey As String, Optional default As String = "") As Variant
    GetConfig = Application.Python.GetConfig(configKey)
End Function
"""


class Excel(Application):
    """What Excel's Application does beyond that of pyOpenVBA, recorded."""

    vba_type_name = "Application"

    @member
    def Caller(self):  # noqa: N802 - Excel's names
        return self.caller

    @member
    def Python(self):  # noqa: N802
        return self.python

    @member
    def Interactive(self):  # noqa: N802
        return self.interactive

    @put("Interactive")
    def interactive_set(self, value):
        self.interactive = value

    @member
    def EnableCancelKey(self):  # noqa: N802
        return self.cancel_key

    @put("EnableCancelKey")
    def cancel_key_set(self, value):
        self.cancel_key = value

    @method
    def CalculateFull(self):  # noqa: N802
        self.full_calculations += 1

    @put("Calculation")
    def calculation_set(self, value):
        """As Excel does: what waited is worked out once calculation is automatic again."""
        self._set_calculation(value)
        for book in self.workbooks_.books:
            book.calculator.settle_spills()

    @method
    def Volatile(self, Volatile=MISSING):  # noqa: N802, N803
        self.volatile.append(True)

    @method
    def MacroOptions(self, Macro, Description, Category, ArgumentDescriptions):  # noqa: N802, N803
        if self.options_fail:
            raise error(1004, "MacroOptions failed")
        self.active_book.saved = False  # as Excel marks the workbook
        self.options.append((Macro, Description, Category, ArgumentDescriptions.elements()))


class Python(VBAObject):
    """xlwings' COM server as VBA sees it."""

    def __init__(self):
        self.calls, self.commands = [], []
        self.interpreter = r"C:\Python\python.exe"
        self.connections, self.cannot_connect = [], False  # the folder in which each was made
        self.drive, self.folder = "C", r"C:\Users\me\Downloads"
        self.answer = lambda name, arguments: 0.0
        self.refresh = lambda: None

    @method
    def Connect(self):  # noqa: N802
        self.connections.append(self.folder)
        if self.cannot_connect:
            raise error(1000, "Could not load xlwings64-0.37.8.dll")
        return self

    @method
    def CurDir(self):  # noqa: N802
        return self.folder

    def move(self, statement, folder):
        """What ChDrive and ChDir do: a drive, then a folder on it."""
        if statement == "ChDrive":
            self.drive = folder[0]
        elif self.drive == folder[0]:
            self.folder = folder

    @method
    def CallUDF(self, script, name, arguments, book, caller):  # noqa: N802
        self.calls.append(SimpleNamespace(script=script, name=name, arguments=arguments, book=book, caller=caller))
        return to_vba(self.answer(name, arguments.elements()))

    @method
    def RunPython(self, command):  # noqa: N802
        self.commands.append(command)
        return to_vba(self.refresh())

    @method
    def GetConfig(self, key):  # noqa: N802
        assert key == "INTERPRETER_WIN"
        return self.interpreter


class Sheet(Worksheet):
    """A sheet that may hold charts."""

    vba_type_name = "Worksheet"

    @member
    def ChartObjects(self):  # noqa: N802
        return Things(getattr(self, "charts", []))


class Things(VBACollection):
    def __init__(self, things):
        self.things = things

    def vba_items(self):
        return self.things


class Holder(VBAObject):
    """A chart on a sheet, itself and its frame in one."""

    def __init__(self, formulas):
        self.curves = [Curve(formula) for formula in formulas]

    @member
    def Chart(self):  # noqa: N802
        return self

    @member
    def SeriesCollection(self):  # noqa: N802
        return Things(self.curves)


class Curve(VBAObject):
    """A series of a chart; ``written`` counts the times that VBA set its formula."""

    def __init__(self, formula):
        self.formula, self.reads, self.written = formula, 0, 0

    @member
    def Formula(self):  # noqa: N802
        self.reads += 1
        if self.formula is None:  # as Excel does where a series has lost its cells
            raise error(1004, "Unable to get the Formula property of the Series class")
        return self.formula

    @put("Formula")
    def set_formula(self, value):
        self.formula = value
        self.written += 1


class VbaBook:
    """A workbook with the sheets Inputs and Model, and our modules as they stand in ``workbook/vba``.

    ``changed``: for some file names, what a test makes of their source.
    """

    def __init__(self, changed=None):
        self._start(ExcelApplication())
        self._name_sheet(self.app.add_workbook().sheets_[0], "Inputs")
        self.add_sheet("Model")
        sources = {path.name: path.read_bytes().decode("ascii") for path in sorted(SOURCES.iterdir())}
        self._add_modules(
            {name: changed[name](text) if name in (changed or {}) else text for name, text in sources.items()}
        )

    @classmethod
    def opened(cls, path, sources):
        """A workbook of ours with the modules found in it."""
        book = cls.__new__(cls)
        book._start(ExcelApplication.open(path, with_vba=False))
        for sheet in book.book.sheets_:
            sheet.__class__ = Sheet
        book._add_modules(sources)
        return book

    def _start(self, app):
        self.app, self.excel = app, app.application
        self.excel.__class__ = Excel
        self.excel.caller = NOT_FROM_A_CELL
        self.excel.volatile, self.excel.options, self.excel.options_fail = [], [], False
        self.excel.interactive, self.excel.cancel_key, self.excel.full_calculations = True, 1, 0
        self.python = self.excel.python = Python()
        run = app.interpreter._execute
        app.interpreter._execute = lambda statement, frame: (
            self._move(statement, frame) if isinstance(statement, Unsupported) else run(statement, frame)
        )

    def _move(self, statement, frame):
        """pyOpenVBA changes no folders."""
        verb, argument = statement.text.split(" ")
        assert verb in ("ChDrive", "ChDir"), statement.text
        self.python.move(verb, self.app.interpreter.evaluate(parse_expression(argument), frame))

    def _add_modules(self, sources):
        self.app.add_module(XLWINGS, name="xlwings")
        for name, source in sources.items():
            stem, _, kind = name.rpartition(".")
            self.app.add_module(source, name=stem, kind="document" if kind == "cls" else "standard")

    @property
    def book(self):
        return self.app.workbooks()[0]

    def add_sheet(self, name):
        return self._name_sheet(self.book.add_sheet(name), name)

    @staticmethod
    def _name_sheet(sheet, name):
        sheet.__class__ = Sheet
        sheet.name = name
        sheet.code_name = f"sh{name.replace(' ', '')}"
        return sheet

    def sheet(self, name):
        return self.app.sheet(name).sheet

    def range(self, address, sheet="Model"):
        return self.sheet(sheet).vba_get("Range", [address])

    def run(self, macro, *arguments):
        """What a macro or function gives back, as VBA holds it."""
        return self.app.interpreter.run(macro, [to_vba(argument) for argument in arguments])

    def call(self, name, *arguments, cell="B2", sheet="Model"):
        """What a function gives back to the cell that it stands in."""
        self.excel.caller = self.range(cell, sheet)
        self.excel.volatile.clear()
        try:
            return self.run(name, *arguments)
        finally:
            self.excel.caller = NOT_FROM_A_CELL

    def select(self, cell, sheet="Model"):
        self.sheet(sheet).vba_get("Activate")
        self.range(cell, sheet).vba_get("Select")

    @property
    def messages(self):
        return [(text, style) for _, text, _, style in self.app.dialogs]

    @property
    def volatile(self):
        return len(self.excel.volatile)


def fails(number=1000, description="Could not activate Python COM server"):
    """The error that xlwings' VBA raises."""
    raise error(number, description)


def to_vba(value):
    """A Python value as it comes to VBA; tuples and lists as arrays that count from 0, as those of pywin32 do."""
    if value is None:
        return EMPTY
    if not isinstance(value, (list, tuple)):
        return VBAInt(value, "Long") if type(value) is int else value
    if not value or not isinstance(value[0], (list, tuple)):
        return VBAArray([(0, len(value) - 1)], items=[to_vba(item) for item in value])
    height, width = len(value), len(value[0])
    items = [to_vba(value[row][column]) for column in range(width) for row in range(height)]
    return VBAArray([(0, height - 1), (0, width - 1)], items=items)


def from_vba(value):
    """A value of VBA in Python: arrays as rows, an array of one dimension as one row; a range as its address."""
    if isinstance(value, Range):
        return f"{value.sheet.name}!{value.vba_get('Address')}"
    if not isinstance(value, VBAArray):
        return value
    if value.dimensions == 1:
        return [from_vba(item) for item in value.elements()]
    (top, bottom), (left, right) = value.bounds
    return [[from_vba(value.get([r, c])) for c in range(left, right + 1)] for r in range(top, bottom + 1)]
