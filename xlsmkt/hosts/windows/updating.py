"""New macros for a workbook of an earlier version: ours and xlwings' are replaced, its user's own stay."""

import tempfile
from pathlib import Path

from pyopenvba import ExcelFile, VBAModuleKind
from pyopenvba.exceptions import PyOpenVBAError

from xlsmkt.errors import UserError
from xlsmkt.hosts.windows.machine import ThisMachine
from xlsmkt.hosts.windows.project import FROM_XLWINGS, SETTINGS
from xlsmkt.hosts.windows.setup import is_python
from xlsmkt.package import Edit
from xlsmkt.template.macros import SETTINGS_SHEET
from xlsmkt.template.shipped import shipped_template


def update_macros(book: Path) -> list[str]:
    """Give a workbook the macros and settings of the installed version; the names of the modules that changed.

    Everything else in the file keeps its bytes: cells, buttons, the user's own modules, the code behind the workbook
    and its sheets.

    Raises
    ------
    UserError
        The workbook has no macros of ours, or macros that cannot be changed.
    """
    with tempfile.TemporaryDirectory() as folder:
        edit = Edit.open(book)
        try:
            if edit.macros is None:
                raise UserError(f"{book.name} has no macros to update; make a workbook with them: xlsmkt new BOOK.xlsm")
            copy = Path(folder) / "macros.xlsm"
            copy.write_bytes(book.read_bytes())
            changed, project = _updated(copy, book.name)
            if changed:
                edit.macros = project
            if _set_settings(edit):
                changed.append(SETTINGS_SHEET)
            if changed:
                edit.save(book)
        finally:
            edit.close()
    return changed


def _updated(copy: Path, name: str) -> tuple[list[str], bytes]:
    """The modules that changed, and the project with them."""
    try:
        with ExcelFile(str(copy)) as file:
            if "xlsmkt" not in file.module_names():
                raise UserError(f"{name} has no macros of xlsmkt; make a workbook with them: xlsmkt new BOOK.xlsm")
            if file.vba_signature().present:
                raise UserError(
                    f"The macros of {name} are signed; take the signature off in Excel (Alt+F11, Tools, Digital "
                    "Signature), update, and sign them again."
                )
            project = file.vba_project()
            known = {module.name.casefold(): module.source for module in project.modules}
            changed = []
            for module, (source, kind) in _shipped_modules().items():
                if module.casefold() not in known:
                    project.add_module(module, source, kind=kind)
                elif known[module.casefold()] != source:
                    file.set_module(module, source)
                else:
                    continue
                changed.append(module)
            if changed:
                file.save(str(copy))
        with ExcelFile(str(copy)) as file:
            return changed, file.vba_project_bytes()
    except PyOpenVBAError as error:
        raise UserError(
            f"The macros of {name} cannot be changed ({error}); if they are locked, unlock them in Excel (Alt+F11, "
            "Tools, VBAProject Properties, Protection)."
        ) from None


def _shipped_modules() -> dict[str, tuple[str, VBAModuleKind]]:
    """Our modules and xlwings' as the shipped workbook has them, by name."""
    theirs = {Path(name).stem for name in FROM_XLWINGS}
    with ExcelFile(str(shipped_template(".xlsm"))) as file:
        return {
            module.name: (module.source, module.kind)
            for module in file.vba_project().modules
            if module.name in theirs or module.name.startswith("xlsmkt")
        }


def _set_settings(edit: Edit) -> bool:
    """Put the settings where xlwings reads them; a Python of the user's own stays. Whether anything changed."""
    if SETTINGS_SHEET not in edit.sheet_names:
        return False  # doctor says what to do
    rows = [[value or None for value in row] for row in edit.range(SETTINGS_SHEET, "A1:B100")]
    known = {str(key).upper(): value for key, value in rows if key}
    own = {key: value for key, value in known.items() if key not in SETTINGS}
    if is_python(ThisMachine(), str(known.get("INTERPRETER_WIN"))):
        own["INTERPRETER_WIN"] = known["INTERPRETER_WIN"]
    wanted: list[list[object]] = [[key, value or None] for key, value in {**SETTINGS, **own}.items()]
    wanted += [[None, None]] * (len(rows) - len(wanted))
    if rows == wanted:
        return False
    for row, (key, value) in enumerate(wanted, 1):
        edit.set_cell(SETTINGS_SHEET, row, 1, key)
        edit.set_cell(SETTINGS_SHEET, row, 2, value)
    return True
