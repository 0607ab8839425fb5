"""A document follows its inputs: cells whose functions looked a name up are computed anew when it holds something else.

Calc's part is played here: it says that cells were changed, and later, when it has finished, that it has time.
"""

import importlib
import sys
from types import ModuleType, SimpleNamespace

import pytest


class Cells:
    """Cells that a name refers to."""

    def __init__(self, *rows):
        self.rows, self.listeners = rows, []

    def getDataArray(self):  # noqa: N802 - UNO's names
        return self.rows

    def addModifyListener(self, listener):  # noqa: N802
        self.listeners.append(listener)

    def becomes(self, *rows):
        self.rows = rows
        for listener in self.listeners:
            listener.modified(None)


class Document:
    """A document with defined names."""

    RuntimeUID = "1"

    def __init__(self, **names):
        self.names, self.computed = names, 0
        self.NamedRanges = SimpleNamespace(getByName=self._named)

    def _named(self, name):
        if name not in self.names:
            raise sys.modules["com.sun.star.container"].NoSuchElementException
        return SimpleNamespace(getReferredCells=lambda: self.names[name], Content=f"$Inputs.{name}")

    def isModified(self):  # noqa: N802
        return True

    def calculateAll(self):  # noqa: N802
        self.computed += 1


@pytest.fixture
def later():
    """What Calc was asked to do when it has time."""
    return []


@pytest.fixture
def inputs(monkeypatch, later):
    """The module, with what LibreOffice would lend it."""
    callback = SimpleNamespace(addCallback=lambda what, data: later.append(what))
    context = SimpleNamespace(ServiceManager=SimpleNamespace(createInstanceWithContext=lambda name, context: callback))
    lent = {
        "uno": {"getComponentContext": lambda: context},
        "unohelper": {"Base": type("Base", (), {})},
        "com.sun.star.awt": {"XCallback": type("XCallback", (), {})},
        "com.sun.star.container": {"NoSuchElementException": type("NoSuchElementException", (Exception,), {})},
        "com.sun.star.util": {"XModifyListener": type("XModifyListener", (), {})},
    }
    for name, contents in {"com": {}, "com.sun": {}, "com.sun.star": {}, **lent}.items():
        module = ModuleType(name)
        module.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "xlsmkt.hosts.calc.inside.inputs", raising=False)
    yield importlib.import_module("xlsmkt.hosts.calc.inside.inputs")
    del sys.modules["xlsmkt.hosts.calc.inside.inputs"]


def finished(later):
    """Calc has finished what it was doing."""
    while later:
        later.pop(0).notify(None)


def test_another_value_computes_the_document_anew_once(inputs, later):
    goal = Cells((20.0,))
    document = Document(Customers_Goal=goal)
    for _ in range(3):  # three cells look it up
        assert inputs.document_input(document, "Customers_Goal") == ((20.0,),)
    goal.becomes((30.0,))
    goal.becomes((40.0,))
    assert document.computed == 0, "Calc is in the middle of something"
    finished(later)
    assert document.computed == 1
    assert inputs.document_input(document, "Customers_Goal") == ((40.0,),)


def test_the_same_value_computes_nothing(inputs, later):
    goal = Cells((20.0,))
    document = Document(Customers_Goal=goal)
    inputs.document_input(document, "Customers_Goal")
    goal.becomes((20.0,))
    finished(later)
    assert document.computed == 0


def test_a_name_that_is_not_there(inputs):
    with pytest.raises(KeyError):
        inputs.document_input(Document(), "Customers_Goal")


def test_a_document_that_was_closed_meanwhile(inputs, later):
    goal = Cells((20.0,))
    document = Document(Customers_Goal=goal)
    inputs.document_input(document, "Customers_Goal")
    goal.becomes((30.0,))
    del goal.rows  # nothing can be read any more
    finished(later)
    assert document.computed == 0
    for listener in goal.listeners:
        listener.disposing(None)
    assert inputs._watched == {}
