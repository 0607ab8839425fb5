"""The main.py of the workbook for xlwings Lite: all modules that it needs, no others, and it runs where it is put."""

import ast
import json
import re
import subprocess
import sys
import zipfile

import pytest
from lxml import etree

from xlsmkt.build import ROOT
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import UserError
from xlsmkt.hosts.lite import bundle
from xlsmkt.hosts.lite.squeezing import squeezed
from xlsmkt.hosts.web import pasting
from xlsmkt.template import paste_sheet

LITE = ROOT / "workbook" / "xlsmkt-lite.xlsx"
# what the add-in itself takes as the longest main.py is unknown; the longest seen in a workbook that works has
SEEN = 100_296
SOURCES = sorted((ROOT / "xlsmkt").rglob("*.py"))
# what a machine for development has and xlwings Lite has not
MISSING_THERE = ["pandas", "numpy", "pyarrow", "lxml", "xlsxwriter", "python_calamine", "rapidfuzz", "filelock", "tqdm"]


@pytest.fixture(scope="module")
def main_py():
    with zipfile.ZipFile(LITE) as file:
        extension = etree.fromstring(file.read("xl/webextensions/webextension1.xml"))
    [value] = [item.get("value") for item in extension.iter("{*}property") if item.get("name") == "main.py"]
    return json.loads(value)


def test_it_is_no_longer_than_one_that_is_known_to_work(main_py):
    assert 50_000 < len(main_py) < SEEN
    assert max(map(len, main_py.splitlines())) <= 1_000
    assert main_py == bundle.main_source()


def test_a_longer_one_is_not_built(monkeypatch):
    monkeypatch.setattr(bundle, "MOST_CHARACTERS", 1_000)
    with pytest.raises(UserError, match=r"main\.py would have .* take a module out"):
        bundle.main_source()


def test_it_begins_with_words_for_its_reader(main_py):
    tree = ast.parse(main_py)
    told = ast.get_docstring(tree)
    assert told.startswith("# ") and "**Refresh**" in told and paste_sheet.SHEET in told
    [script] = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert (script.name, [ast.unparse(argument.annotation) for argument in script.args.args]) == (
        "refresh_crm_data",
        ["xw.Book"],
    )
    settings = {item.arg: ast.literal_eval(item.value) for item in script.decorator_list[0].keywords}
    assert settings.keys() == {"name", "button", "exclude"}
    assert (settings["name"], settings["button"]) == ("Refresh CRM data", "[btn_refresh]Start!C8")
    needed = {"Start", "Inputs", paste_sheet.SHEET, "Leads", "Daily", "Spend", "Web", "Touches", "Import log"}
    assert set(settings["exclude"]) | needed == set(names_of_sheets()) and not set(settings["exclude"]) & needed
    assert "BSD" in main_py and ast.get_docstring(script).startswith("# ")


def names_of_sheets():
    with zipfile.ZipFile(LITE) as file:
        return [item.get("name") for item in etree.fromstring(file.read("xl/workbook.xml")).iter("{*}sheet")]


def test_the_refresh_and_the_sheet_to_paste_into_use_the_same_words():
    assert pasting.SHEET == paste_sheet.SHEET
    told = {name: (label, choices) for label, name, choices, _ in paste_sheet.ANSWERS}
    assert told == {name: (pasting._LABELS[name], tuple(choices)) for name, choices in pasting._ASKED_BY.values()}
    assert pasting.HERE == "Paste_Here"


RUN = f"""
import importlib, inspect, json, sys, traceback

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {MISSING_THERE}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
import main
first = sys.modules["xlsmkt.units"]
try:
    main.leads_needed(20)
except Exception:
    told = traceback.format_exc()
sources = {{name: inspect.getsource(module) for name, module in sys.modules.items() if name.split(".")[0] == "xlsmkt"}}
origins = {{name: sys.modules[name].__file__ for name in sources}}
importlib.reload(main)
print(json.dumps({{
    "functions": [name for name, value in vars(main).items() if inspect.isfunction(value)],
    "sources": sources,
    "origins": origins,
    "told": told,
    "replaced": sys.modules["xlsmkt.units"] is not first and main.running is sys.modules["xlsmkt.hosts.lite.running"],
    "finders": [type(finder).__name__ for finder in sys.meta_path].count("XlsmktModules"),
}}))
"""


@pytest.fixture(scope="module")
def ran(main_py, tmp_path_factory):
    """What main.py came to in a Python that has xlwings and openpyxl, but not what xlwings Lite lacks."""
    folder = tmp_path_factory.mktemp("lite")
    (folder / "main.py").write_text(main_py, "utf-8")
    (folder / "run.py").write_text(RUN, "utf-8")
    done = subprocess.run([sys.executable, "run.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_function_is_there_under_its_name(ran):
    assert {name.lower() for name in CATALOGUE} | {"refresh_crm_data"} <= set(ran["functions"])


def test_no_module_comes_from_elsewhere(ran):
    assert {origin.partition("xlsmkt")[0] for origin in ran["origins"].values()} == {"/main.py/"}
    assert {"xlsmkt.functions.targets", "xlsmkt.hosts.lite.running", "xlsmkt.crm.plain"} <= set(ran["origins"])


def test_the_modules_show_their_source_with_the_lines_of_the_project(ran):
    for name, source in ran["sources"].items():
        path = ROOT / (ran["origins"][name].removeprefix("/main.py/"))
        assert code(source) == code(path.read_text("utf-8")), name


def test_a_traceback_names_the_file_and_shows_the_line(ran):
    found = re.search(r'File "/main\.py/(xlsmkt/hosts/web/functions\.py)", line (\d+), in .+\n +(.+)', ran["told"])
    line = (ROOT / found[1]).read_text("utf-8").splitlines()[int(found[2]) - 1]
    assert line.strip().partition("  #")[0] == found[3]


def test_running_it_again_replaces_its_modules(ran):
    assert (ran["replaced"], ran["finders"]) == (True, 1)


def code(source):
    """What Python executes of a source, and in which lines: all but docstrings and the like."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [line for line in node.body
                         if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]  # fmt: skip
    # a body whose docstring is left out ends elsewhere
    return re.sub(r"end_(lineno|col_offset)=\d+", "", ast.dump(tree, include_attributes=True))


@pytest.mark.parametrize("with_words", [False, True])
def test_leaving_out_comments_and_docstrings_changes_no_code(with_words):
    for path in SOURCES:
        source = path.read_text("utf-8")
        assert code(squeezed(source, with_words=with_words)) == code(source), path


def test_what_looks_like_a_comment_or_an_example_in_a_text_stays():
    source = 'a = "# no"  # yes\nb = f"""\n  # no\n"""\n\n\ndef f():\n    "Words, über."  # c\n    return """\n#"""\n'
    short = squeezed(source, with_words=False)
    assert short == 'a = "# no"\nb = f"""\n  # no\n"""\n\n\ndef f():\n    ...\n    return """\n#"""\n'
    function = 'def f():\n    """Words.\n\n    Examples\n    --------\n    >>> f()\n    1\n    """\n    return 1\n'
    assert squeezed(function, with_words=True) == 'def f():\n    """Words.\n\n\n\n\n\n    """\n    return 1\n'


# --- which modules ---


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A small xlsmkt, to which ``house(name=source)`` adds modules."""
    folder = tmp_path / "xlsmkt"
    (folder / "part").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "part" / "__init__.py").write_text("from xlsmkt import always\n")
    (folder / "always.py").write_text("import json\n")
    monkeypatch.setattr(bundle, "HOUSE", folder)

    def write(**sources):
        for name, source in sources.items():
            (folder / "part" / f"{name}.py").write_text(source)

    return write


def test_what_a_module_needs_comes_along_and_no_more(house):
    house(
        a="if TYPE_CHECKING:\n    import pandas\nelse:\n    from xlsmkt.part import b\n",
        b="def f():\n    from xlsmkt.part.c import g\n    import xlwings, openpyxl.cell\n",
        c="import xlsmkt.part.d as d\n",
        d="from pathlib import Path\n",
        e="import pandas\n",
    )
    found = bundle.modules(["xlsmkt.part.a"])
    assert list(found) == ["xlsmkt", "xlsmkt.always", *(f"xlsmkt.part{name}" for name in ("", ".a", ".b", ".c", ".d"))]


@pytest.mark.parametrize(
    "source", ["import pandas as pd\n", "def f():\n    from pandas import DataFrame\n", "import xlsmkt.part.b\n"]
)
def test_a_module_that_needs_what_xlwings_lite_does_not_have_is_refused(source, house):
    house(a=source, b="try:\n    import pandas.core\nexcept ImportError:\n    pass\n")
    with pytest.raises(
        UserError, match=r"^xlsmkt\.part\.[ab] imports pandas[.\w]*, which xlwings Lite does not have; "
    ):
        bundle.modules(["xlsmkt.part.a"])


def test_a_module_that_is_not_there_is_told(house):
    house(a="import xlsmkt.part.gone\n")
    with pytest.raises(UserError, match=r"no module xlsmkt\.part\.gone"):
        bundle.modules(["xlsmkt.part.a"])
