"""Builds the generated files of a checkout: the templates, what Excel and Calc take, the sample, the README."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.crm.sample import write_sample
from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.extension import write_extension
from xlsmkt.hosts.lite.workbook import write_lite_workbook
from xlsmkt.hosts.templates import write_template
from xlsmkt.hosts.windows.project import read_macros
from xlsmkt.hosts.windows.wrappers import write_functions_module
from xlsmkt.template.building import sheets_with_macros
from xlsmkt.template.shipped import EDITIONS

ROOT = Path(__file__).parents[1]
BEFORE_TABLE, AFTER_TABLE = "<!-- functions: written by xlsmkt build -->", "<!-- end of functions -->"
TABLE = re.compile(f"(?<={BEFORE_TABLE}\n).*?(?={AFTER_TABLE})", re.S)


def build() -> list[Path]:
    """Write every generated file; their paths. Nothing is written unless all of them could be made."""
    with _made() as (fresh, made):
        for path in made:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fresh / path, ROOT / path)
    return [ROOT / path for path in made]


def stale() -> list[Path]:
    """The generated files that differ from what ``build`` would write."""
    with _made() as (fresh, made):
        return [path for path in made if not _same(fresh / path, ROOT / path)]


@contextmanager
def _made() -> Iterator[tuple[Path, list[Path]]]:
    """A folder that holds every generated file, and their paths in it."""
    if not (ROOT / "pyproject.toml").exists():
        raise UserError("There is nothing to build in an installed package; run this in a checkout of the project.")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        (fresh / "workbook").mkdir()
        shutil.copytree(ROOT / "workbook" / "vba", fresh / "workbook" / "vba")
        shutil.copyfile(ROOT / "README.md", fresh / "README.md")
        makers = (
            _readme,
            _for_excel,
            _for_calc,
            _for_lite,
            _template,
            _sample,
        )  # what a person writes may be amiss: that comes first
        yield fresh, [path.relative_to(fresh) for make in makers for path in make(fresh)]


def function_table() -> str:
    """The functions as Markdown tables, a category each."""
    lines: list[str] = []
    category = ""
    for entry in CATALOGUE.values():
        if entry.category != category:
            category = entry.category
            lines += ["", f"### {entry.category_title}", "", "| function | what it gives | example |", "|---|---|---|"]
        example = entry.examples[0]
        lines.append(f"| `{entry.usage}` | {_cell(entry.summary)} | `{_cell(example.formula)}` |")
    return "\n".join(lines).strip() + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _template(root: Path) -> list[Path]:
    return [write_template(root / "workbook" / EDITIONS[".xlsx"])]


def _for_excel(root: Path) -> list[Path]:
    """The wrappers of the functions in VBA, and the template with macros, whose project they belong to."""
    vba = root / "workbook" / "vba"
    functions = write_functions_module(vba)
    macros = read_macros(vba, sheets_with_macros())
    return [functions, write_template(root / "workbook" / EDITIONS[".xlsm"], macros=macros)]


def _for_lite(root: Path) -> list[Path]:
    return [write_lite_workbook(root / "workbook" / EDITIONS["lite"])]


def _for_calc(root: Path) -> list[Path]:
    return [write_extension(root / "workbook" / "xlsmkt.oxt")]


def _sample(root: Path) -> list[Path]:
    return write_sample(root / "workbook" / "sample")


def _readme(root: Path) -> list[Path]:
    path = root / "README.md"
    around = TABLE.split(path.read_text("utf-8"))
    if len(around) != 2:
        raise UserError(
            f"README.md must have the lines {BEFORE_TABLE} and {AFTER_TABLE} once, in this order; "
            "put them where the table of the functions belongs."
        )
    path.write_text(function_table().join(around), "utf-8")
    return [path]


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()
