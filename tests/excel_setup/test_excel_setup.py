"""Setting up Excel on Windows: what is written to the registry, what is found amiss and what a user is told to do.

No Windows is here: a double has the registry's layout as Microsoft documents it; the launchers that distlib brings
along are real Windows programs, and the macros of xlwings were saved by a real Excel.
"""

import importlib.util
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from windows_computer import (
    APP_PATHS,
    BOOK,
    CLICK_TO_RUN,
    CURRENT_EXCEL,
    DEFENDER,
    DLL,
    DLL_32,
    DOWNLOADED,
    EXCEL,
    OFFICE,
    POLICY,
    PYTHON,
    ROOT,
    program,
    to_mend,
)  # fmt: skip

from xlsmkt.errors import UserError
from xlsmkt.hosts import setups
from xlsmkt.hosts.faults import log_path
from xlsmkt.hosts.windows import setup
from xlsmkt.hosts.windows.machine import ThisMachine

# --- install, uninstall ---


def test_install_sets_one_variable_of_the_user_and_nothing_else(windows, template):
    del windows.values[r"HKCU\Environment", "XLSMKT_PYTHON"]
    before = dict(windows.values)
    told = setup.install(windows)
    assert windows.values == before | {(r"HKCU\Environment", "XLSMKT_PYTHON"): PYTHON}
    assert windows.told == 1
    assert told == [
        f"Excel now starts the Python {PYTHON}.",
        "Next: close Excel if it is open, make a workbook with: xlsmkt new sla.xlsm, open it and click Enable Content.",
    ]


def test_install_twice_is_install_once(windows, template):
    before = dict(windows.values)
    assert setup.install(windows)[0] == f"Excel starts the Python {PYTHON} already."
    assert windows.values == before and windows.told == 0


def test_install_names_the_python_that_it_replaces(windows, template):
    windows.values[r"HKCU\Environment", "XLSMKT_PYTHON"] = r"C:\Old\python.exe"
    assert setup.install(windows)[0] == rf"Excel now starts the Python {PYTHON}; before it was C:\Old\python.exe."
    assert windows.registry(r"HKCU\Environment", "XLSMKT_PYTHON") == PYTHON


def test_install_says_what_else_is_to_mend(windows, template):
    del windows.files[DLL]
    told = setup.install(windows)
    assert len(told) == 3 and told[1].startswith("mend  xlwings64-") and told[2].startswith("Next: ")


@pytest.mark.parametrize("running", [r"\pythonw.exe", r"\xlsmkt.exe"])
def test_the_python_beside_the_program_that_runs_is_meant(windows, running):
    windows.executable = PYTHON.replace(r"\python.exe", running)
    assert setup.interpreter(windows) == PYTHON


@pytest.mark.parametrize("running", ["", r"C:\Program Files\Own\own.exe"])
def test_without_a_python_beside_it_nothing_is_set(windows, running):
    windows.executable = running
    before = dict(windows.values)
    with pytest.raises(UserError, match=r"no .*python\.exe for Excel to start; run it as"):
        setup.install(windows)
    assert windows.values == before


def test_uninstall_removes_the_variable_only(windows):
    before = dict(windows.values)
    told = setup.uninstall(windows)
    assert before == windows.values | {(r"HKCU\Environment", "XLSMKT_PYTHON"): PYTHON}
    assert windows.told == 1 and f"Removed XLSMKT_PYTHON, which named {PYTHON}" in told[0]
    assert setup.uninstall(windows) == ["There was nothing to remove: XLSMKT_PYTHON is not set."]
    assert windows.told == 1


def test_uninstall_works_when_excel_has_gone_first(windows):
    for key in (APP_PATHS, CURRENT_EXCEL):
        del windows.values[key, ""]
    assert "Removed" in setup.uninstall(windows)[0]


def test_install_without_excel_says_what_to_use_instead(windows):
    for key in (APP_PATHS, CURRENT_EXCEL):
        del windows.values[key, ""]
    before = dict(windows.values)
    with pytest.raises(UserError, match=r"Excel is not installed here; .*xlsmkt refresh and xlsmkt compute"):
        setup.install(windows)
    assert windows.values == before


# --- doctor ---


def test_nothing_to_mend_on_a_computer_that_is_set_up(windows, template, book):
    found = [str(finding) for finding in setup.findings(book, windows)]
    assert [line for line in found if not line.startswith("ok    ")] == []
    for words in (
        f"Excel, 64-bit: {EXCEL}", f"XLSMKT_PYTHON: {PYTHON}", f"for 64-bit Excel: {DLL}", "pywin32 loads",
        "click Enable Content", str(log_path()), "bears no mark of a download", "can be written",
        f"the workbook {book} carries xlwings {version('xlwings')}",
    ):  # fmt: skip
        assert len([line for line in found if words in line]) == 1, words


def test_looking_changes_nothing(windows, template, book):
    values, files, content = dict(windows.values), dict(windows.files), book.read_bytes()
    list(setup.findings(book, windows))
    assert (windows.values, windows.files, book.read_bytes(), windows.told) == (values, files, content, 0)


def value(key, name, data):
    return lambda computer: computer.values.update({(key, name): data})


def without(store, key):
    return lambda computer: getattr(computer, store).pop(key)


AMISS = {
    "no variable": (without("values", (r"HKCU\Environment", "XLSMKT_PYTHON")), "not set: run: xlsmkt install excel"),
    "python gone": (value(r"HKCU\Environment", "XLSMKT_PYTHON", r"C:\Old\python.exe"), "not there: run: xlsmkt"),
    "no dll": (without("files", DLL), f"pip install --force-reinstall --no-deps xlwings=={version('xlwings')}"),
    "no pywin32": (lambda computer: computer.modules.clear(), "--force-reinstall pywin32"),
    "Excel 2019": (value(CLICK_TO_RUN, "ProductReleaseIds", "ProPlus2019Volume"), "only the first cell of a table"),
    "only signed macros": (value(rf"{OFFICE}\Excel\Security", "VBAWarnings", 3), "only signed macros: put"),
    "no macros": (value(rf"{OFFICE}\Excel\Security", "VBAWarnings", 4), "no macros: put the workbook into a Trusted"),
    "no macros by policy": (value(rf"{POLICY}\Excel\Security", "vbawarnings", 4), "no macros: put the workbook"),
    "no VBA at all": (value(rf"{POLICY}\Common", "vbaoff", 1), "switched off for all of Office: ask"),
    "a download": (lambda computer: computer.files.update({BOOK + ":Zone.Identifier": DOWNLOADED}), "tick Unblock"),
    "read-only": (lambda computer: setattr(computer, "writable", False), "cannot be written: close the program"),
    "no child processes": (value(DEFENDER, "D4F940AB-401B-4EFC-AADC-AD5F3C50688A", "1"), "creating child processes"),
    "no child processes, managed": (
        value(r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager", "ASRRules",
              "26190899-1602-49e8-8b27-eb1d0a1ce869=1|D4F940AB-401B-4EFC-AADC-AD5F3C50688A=1"),
        "creating child processes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", AMISS)
def test_what_is_amiss_is_said_once_with_what_to_do(case, windows, template, book):
    spoil, words = AMISS[case]
    spoil(windows)
    [line] = to_mend(windows, book)
    assert line.startswith("mend  ") and words in line and line.count(": ") >= 1


def test_another_python_is_named(windows, template):
    windows.files[r"C:\Other\python.exe"] = b"MZ"
    windows.values[r"HKCU\Environment", "XLSMKT_PYTHON"] = r"C:\Other\python.exe"
    assert r"names another Python, C:\Other\python.exe" in to_mend(windows)[0]


def test_a_window_opened_before_the_set_up_is_nothing_to_mend(windows, template):
    del windows.variables["XLSMKT_PYTHON"]
    found = [str(finding) for finding in setup.findings(None, windows)]
    assert f"ok    XLSMKT_PYTHON: {PYTHON} (for programs started from now on: close Excel once if it is open)" in found


def test_without_excel_both_dlls_are_looked_for(windows, template):
    del windows.values[APP_PATHS, ""], windows.values[CURRENT_EXCEL, ""]
    no_excel, no_dll = to_mend(windows)
    assert "Excel is not installed here: install Excel for Microsoft 365" in no_excel and "xlwings32-" in no_dll


def test_a_variable_for_all_users_will_do_and_one_of_the_users_own_goes_first(windows, template):
    for_all = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
    windows.values[for_all, "XLSMKT_PYTHON"] = r"C:\Old\python.exe"
    assert to_mend(windows) == []
    windows.values[for_all, "XLSMKT_PYTHON"] = windows.values.pop((r"HKCU\Environment", "XLSMKT_PYTHON"))
    assert to_mend(windows) == []
    assert "nothing to remove" in setup.uninstall(windows)[0]


def test_outside_an_environment_the_dll_is_not_where_it_is_looked_for(windows, template):
    del windows.files[DLL], windows.files[ROOT + r"\pyvenv.cfg"]
    assert "py -m venv .venv" in to_mend(windows)[0]


def test_letters_that_windows_does_not_have(windows, template):
    windows.files = {path.replace("me", "Łukasz"): content for path, content in windows.files.items()}
    windows.executable = windows.variables["XLSMKT_PYTHON"] = PYTHON.replace("me", "Łukasz")
    windows.values[r"HKCU\Environment", "XLSMKT_PYTHON"] = windows.executable
    assert [r"C:\xlsmkt" in line for line in to_mend(windows)] == [True]


def test_the_dll_is_looked_for_in_both_folders_and_for_the_bits_of_excel(windows, template):
    windows.files[EXCEL] = program(0x014C)
    assert "xlwings32-" in to_mend(windows)[0]
    windows.files[DLL_32.replace(r"\.venv", r"\.venv\Scripts")] = b"MZ"
    assert to_mend(windows) == []


def test_the_bits_come_from_the_registry_where_the_program_cannot_be_read(windows, template):
    del windows.files[EXCEL]
    assert to_mend(windows) == []
    windows.values[CLICK_TO_RUN, "Platform"] = "x86"
    assert "xlwings32-" in to_mend(windows)[0]
    del windows.values[CLICK_TO_RUN, "Platform"]  # then both must be there
    assert ["xlwings32-" in line for line in to_mend(windows)] == [True]


@pytest.mark.parametrize(("name", "bits"), [("t32", 32), ("t64", 64), ("t64-arm", 64)])
def test_real_windows_programs_say_what_they_are_made_for(name, bits, windows, template):
    launchers = Path(importlib.util.find_spec("distlib").origin).parent
    windows.files[EXCEL] = ThisMachine().beginning(str(launchers / f"{name}.exe"))
    windows.values[CLICK_TO_RUN, "Platform"] = "x86" if bits == 64 else "x64"
    assert f"Excel, {bits}-bit: {EXCEL}" in [finding.words for finding in setup.findings(None, windows)]


@pytest.mark.parametrize("damage", [b"", b"MZ", b"MZ" + b"\xff" * 200, b"no program" * 20])
def test_a_program_that_says_nothing(damage, windows, template):
    windows.files[EXCEL] = damage
    del windows.values[CLICK_TO_RUN, "Platform"]
    assert f"Excel, 32- or 64-bit: {EXCEL}" in [finding.words for finding in setup.findings(None, windows)]


def test_what_reads_the_macros_comes_with_xlsmkt():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert any(line.lower().startswith("pyopenvba") for line in project["dependencies"])


# --- packages ---


def test_packages_are_compared_with_what_xlsmkt_needs():
    there = version("xlwings")
    needed = ["xlwings==0.1", "xlwings>=99", "no-such-package>=1", "pip>=1", "xlwings>=0.4", 'gone; extra == "test"']
    told = [str(finding) for finding in setups.packages(needed)]
    assert told[0].startswith(f"mend  xlwings is {there}, but xlsmkt needs ==0.1: run: ")
    assert told[1].startswith(f"mend  xlwings is {there}, but xlsmkt needs >=99: run: ")
    assert told[2].startswith("mend  the package no-such-package is missing: run: ")
    assert told[3:] == [f"ok    packages: pip {version('pip')}, xlwings {there}"]
