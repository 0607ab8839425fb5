"""Builds the generated files of a checkout: the template, the sample export and the function table of the README."""

import re
import tempfile
from pathlib import Path

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.crm.sample import write_sample
from xlsmkt.errors import UserError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Edit
from xlsmkt.template.building import build as build_template

ROOT = Path(__file__).parents[1]
TABLE = re.compile(r"(?<=<!-- functions: written by xlsmkt build -->\n).*?(?=<!-- end of functions -->)", re.S)


def build() -> list[Path]:
    """Write every generated file; their paths."""
    _require_checkout()
    return [path for make in (_template, _sample, _readme) for path in make(ROOT)]


def stale() -> list[Path]:
    """The generated files that differ from what ``build`` would write."""
    _require_checkout()
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        (fresh / "workbook").mkdir()
        (fresh / "README.md").write_bytes((ROOT / "README.md").read_bytes())
        made = [path.relative_to(fresh) for make in (_template, _sample, _readme) for path in make(fresh)]
        return [path for path in made if not _same(fresh / path, ROOT / path)]


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
    path = root / "workbook" / "xlsmkt.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        build_template(draft)
        edit = Edit.open(draft)
        computed = compute(edit, lambda part, words: None)
        if computed.kept:
            raise UserError(f"The template has formulas that cannot be computed: {'; '.join(computed.kept)}")
        edit.save(path)
    return [path]


def _sample(root: Path) -> list[Path]:
    return write_sample(root / "workbook" / "sample")


def _readme(root: Path) -> list[Path]:
    path = root / "README.md"
    before, after = TABLE.split(path.read_text("utf-8"))
    path.write_text(before + function_table() + after, "utf-8")
    return [path]


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def _require_checkout() -> None:
    if not (ROOT / "pyproject.toml").exists():
        raise UserError("There is nothing to build in an installed package; run this in a checkout of the project.")
