"""Everything of xlsmkt that runs inside Excel, as the one main.py that xlwings Lite keeps in a workbook."""

import ast
import base64
import bz2
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import xlsmkt
from xlsmkt.errors import UserError
from xlsmkt.hosts.lite.squeezing import squeezed
from xlsmkt.template.building import COMPUTED_SHEETS
from xlsmkt.template.start import SHEET as START
from xlsmkt.template.web import BUTTON, BUTTON_CELL

HOUSE = Path(xlsmkt.__file__).parent
ROOTS = ("xlsmkt.hosts.web.functions", "xlsmkt.hosts.lite.running")
"""What main.py calls; everything else is there because they import it."""

MOST_CHARACTERS = 100_296
"""The longest main.py seen in a workbook that works."""

_ALLOWED = {*sys.stdlib_module_names, "xlwings", "openpyxl", "pyodide"}
_LINE = 1_000  # characters; the editor of xlwings Lite shows the text


def main_source() -> str:
    """The text of main.py."""
    sources = {
        # the catalogue reads the words about a function in its docstring
        name: squeezed(path.read_text("utf-8"), with_words=name.startswith("xlsmkt.functions"))
        for name, path in modules(ROOTS).items()
    }
    text = _MAIN.format(
        version=version("xlsmkt"),
        packed=_packed(sources),
        button=json.dumps(f"[{BUTTON}]{START}!{BUTTON_CELL}"),
        exclude=textwrap.fill(", ".join(map(json.dumps, COMPUTED_SHEETS)), 100, subsequent_indent=" " * 8),
    )
    if len(text) > MOST_CHARACTERS:
        raise UserError(
            f"main.py would have {len(text):,} characters, and no workbook is known to work with more than "
            f"{MOST_CHARACTERS:,}; take a module out of what {' and '.join(ROOTS)} import."
        )
    return text


def modules(roots: Iterable[str]) -> dict[str, Path]:
    """The modules of ours that these need, with the packages that they lie in, by name and in alphabetical order.

    Raises
    ------
    UserError
        One of them imports what is neither ours nor in xlwings Lite.
    """
    found: dict[str, Path] = {}
    ahead = list(roots)
    while ahead:
        name = ahead.pop()
        if name in found:
            continue
        path = _path(name)
        if path is None:
            raise UserError(f"There is no module {name}, which main.py needs; write it or take it out of the imports.")
        found[name] = path
        ahead += [name.rpartition(".")[0]] if "." in name else []
        for imported in _imports(path):
            if imported.partition(".")[0] == xlsmkt.__name__:
                ahead.append(imported)
            elif imported.partition(".")[0] not in _ALLOWED:
                raise UserError(f"{name} imports {imported}, which xlwings Lite does not have; import it elsewhere.")
    return dict(sorted(found.items()))


def _path(name: str) -> Path | None:
    path = HOUSE.parent / name.replace(".", "/")
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def _imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, inside its functions too, but not those that only a type checker sees."""
    ahead: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (name for alias in node.names if _path(name := f"{node.module}.{alias.name}"))
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            ahead += node.orelse
        else:
            ahead += ast.iter_child_nodes(node)


def _packed(sources: dict[str, str]) -> str:
    """The sources as lines of text: bzip2 packs them best of what every Pyodide has, and gives everywhere the same."""
    files = {f"{name.replace('.', '/')}{_ending(name)}": text for name, text in sources.items()}
    data = base64.b85encode(bz2.compress(json.dumps(files, ensure_ascii=False).encode())).decode()
    return "\n".join(data[start : start + _LINE] for start in range(0, len(data), _LINE))


def _ending(name: str) -> str:
    path = _path(name)
    return "/__init__.py" if path and path.name == "__init__.py" else ".py"


_MAIN = '''"""
# Marketing and sales SLA

**Refresh CRM data** imports your CRM export into this workbook and updates every figure.

1. Click **Menu > Files > Import/Export** and drop your CSV or Excel exports there,
   or paste one export into the sheet *Paste CRM export here*.
2. Click **Refresh** on the sheet *Start*.

The functions, such as `=LEADS_NEEDED(20, 5%)`, are on the sheet *Functions*.
Your data stay on your computer.
"""
# xlsmkt {version}, BSD 3-Clause License. Written by "xlsmkt build". The modules are packed below, without their
# comments; print(inspect.getsource(module)) shows one, whose lines have the numbers that they have in the project.

import base64
import bz2
import importlib.abc
import importlib.util
import json
import sys

MODULES = """
{packed}
"""


class XlsmktModules(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Imports the modules packed above."""

    def __init__(self, packed):
        self.files = json.loads(bz2.decompress(base64.b85decode("".join(packed.split()))))

    def find_spec(self, name, path=None, target=None):
        if self.file(name):
            return importlib.util.spec_from_file_location(name, self.get_filename(name), loader=self)

    def file(self, name):
        path = name.replace(".", "/")
        return next((file for file in (path + "/__init__.py", path + ".py") if file in self.files), None)

    def get_filename(self, name):
        return "/main.py/" + self.file(name)

    def is_package(self, name):
        return self.file(name).endswith("/__init__.py")

    def get_source(self, name):
        return self.files[self.file(name)]


# main.py runs again when it is changed: then its modules take the place of the earlier ones
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "XlsmktModules"]
for name in [name for name in sys.modules if name.partition(".")[0] == "xlsmkt"]:
    del sys.modules[name]
sys.meta_path.insert(0, XlsmktModules(MODULES))

import xlwings as xw
from xlwings import script

from xlsmkt.hosts.lite import running
from xlsmkt.hosts.web.functions import register

register(globals())  # =LEADS_NEEDED(...) and all others


@script(
    name="Refresh CRM data",
    button={button},
    exclude=[
        {exclude},
    ],
)
def refresh_crm_data(book: xw.Book):
    """
    # Refresh CRM data

    Takes the files that the sheet *Inputs* names, found among those under **Menu > Files > Import/Export**;
    if it names none, what is pasted into *Paste CRM export here*; else every export among those files.

    Only the data tables are changed: your own sheets, columns, charts and notes stay.
    """
    running.refresh(book)
'''
