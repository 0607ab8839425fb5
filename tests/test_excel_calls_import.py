"""The module as xlwings sees it: its "Import Functions", and systems on which nothing of it can run."""

import io
import re
import subprocess
import sys
from types import SimpleNamespace
from unittest import mock

import pytest
from fake_windows import OURS, Workbook, on_windows

from xlsmkt.catalogue import CATALOGUE

LONGEST_LINE = 1023  # of VBA


@pytest.fixture
def excel():
    with on_windows() as excel:
        yield excel


@pytest.fixture
def vba(excel):
    """What "Import Functions" writes into a workbook."""
    text = io.StringIO()
    excel.udfs.generate_vba_wrapper(OURS, excel.functions, text, SimpleNamespace(Name="Own.xlsm"))
    return text.getvalue()


def usage(signature):
    """A VBA signature as the catalogue writes how to call: ``F(a, [b], c...)``."""
    name, arguments = re.fullmatch(r"(\w+)\((.*)\)", signature).groups()
    shown = []
    for argument in filter(None, arguments.split(", ")):
        word = re.sub(r"_$", "", argument.removeprefix("Optional ").removeprefix("ParamArray ").removesuffix("()"))
        usual = argument.startswith("ParamArray ")
        shown.append(f"{word}..." if usual else f"[{word}]" if argument.startswith("Optional ") else word)
    return f"{name}({', '.join(shown)})"


def test_import_functions_writes_every_function_with_its_arguments(vba):
    signatures = re.findall(r"^Function (.*)$", vba, re.M)
    assert sorted(map(usage, signatures)) == sorted(entry.usage for entry in CATALOGUE.values())
    assert "LEADS_NEEDED(Optional customers, Optional close_rate, Optional confidence)" in signatures
    assert "CLOSE_RATE(customers, leads)" in signatures
    assert "FUNNEL_BY(groups, ParamArray counts())" in signatures
    assert "RETENTION_RATE(at_start, at_end, new_)" in signatures


def test_import_functions_writes_what_vba_can_read(vba):
    assert max(map(len, vba.splitlines())) <= LONGEST_LINE
    assert f'LEADS_NEEDED = XLPy.CallUDF("{OURS}", "LEADS_NEEDED", Array(customers, close_rate, confidence)' in vba
    assert "Sub " not in vba


def test_words_of_the_function_wizard_fit(excel):
    for entry in CATALOGUE.values():
        told = getattr(excel.functions, entry.name).__xlfunc__
        assert told["category"] == entry.category_title
        assert 0 < len(told["ret"]["doc"]) <= 255 and entry.summary.startswith(told["ret"]["doc"].rstrip("…"))
        assert len(told["args"]) == len(entry.parameters)
        for argument in told["args"]:
            assert 0 < len(argument["doc"]) <= 255 and not argument["doc"].startswith("Positional")
    words = excel.functions.LEADS_NEEDED.__xlfunc__
    assert words["category"] == "Lead targets"
    assert words["ret"]["doc"] == "Leads that marketing must make to win a number of customers."
    assert words["args"][0]["doc"] == "New customers to win, one sales cycle from now."


def test_import_functions_runs_through(excel):
    book = Workbook()
    book.Application.MacroOptions = mock.MagicMock()
    book.VBProject = mock.MagicMock()
    excel.udfs.import_udfs(OURS, book)
    told = book.Application.MacroOptions.call_args_list
    assert {call.args[0] for call in told} == {f"'SLA.xlsm'!{name}" for name in CATALOGUE}
    leads = next(call for call in told if call.args[0].endswith("!LEADS_NEEDED"))
    assert leads.kwargs["Category"] == "Lead targets" and len(leads.kwargs["ArgumentDescriptions"]) == 3
    book.VBProject.VBComponents.Import.assert_called_once()


def test_the_button_starts_the_refresh(excel):
    with mock.patch("xlsmkt.hosts.windows.refreshing.refresh_caller") as started:
        excel.functions.refresh()
    started.assert_called_once_with()


PRELUDE = "import sys, xlsmkt.hosts.excel_windows as excel; "


def test_without_windows_the_module_is_there_and_does_nothing_else():
    said = python(PRELUDE + "print(excel.LEADS_NEEDED(20.0, 0.05), excel.LEAD_MONTH('2026-03', 2.0))")
    assert said == "[[400]] [[46023.0]]"


def test_starting_takes_no_more_than_the_functions_need():
    heavy = "{'xlsmkt.refresh', 'xlsmkt.crm', 'xlsmkt.package', 'xlsmkt.template', 'openpyxl', 'lxml', 'cellrune'}"
    assert python(PRELUDE + f"print(sorted({heavy} & set(sys.modules)))") == "[]"


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_other_tests_see_nothing_of_windows():
    with on_windows() as excel:
        assert excel.functions.__name__ == OURS
        assert sys.modules["xlwings"].has_pywin32 and "pythoncom" in sys.modules
    assert "pythoncom" not in sys.modules
    import xlwings

    assert not xlwings.has_pywin32
    import xlsmkt.hosts.excel_windows as here

    assert here is not excel.functions and not hasattr(here.LEADS_NEEDED, "__xlfunc__")
