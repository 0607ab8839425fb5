"""The template as a workbook that shows its figures: built, its formulas spelt for its host, computed."""

import tempfile
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.linking import for_web, respelt_part
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Edit
from xlsmkt.package.parts import Package
from xlsmkt.package.saving import write_package
from xlsmkt.template.building import build
from xlsmkt.template.macros import Macros
from xlsmkt.template.web import Web, as_button


def write_template(path: Path, *, macros: Macros | None = None, web: Web | None = None) -> Path:
    """Write a template workbook with the values of its formulas.

    With ``macros`` it is the edition for Excel on Windows, with ``web`` one for Excel on Mac and the web.
    """
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        build(draft, macros=macros, web=web)
        if web:
            _for_web(draft)
        edit = Edit.open(draft)
        computed = compute(edit, lambda part, words: None)
        if computed.kept:
            raise UserError(f"The template has formulas that cannot be computed: {'; '.join(computed.kept)}")
        edit.save(path)
    return path


def _for_web(draft: Path) -> None:
    """Spell our functions as Excel writes those of add-ins for the web, and give the button its name."""
    package = Package(draft)
    for name in package.names():
        if name.startswith("xl/") and name.endswith(".xml"):
            before = package.read(name)
            after = as_button(before) if name.startswith("xl/drawings/") else respelt_part(before, for_web)
            if after != before:
                package.replace(name, after)
    write_package(package, draft)
