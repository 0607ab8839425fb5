"""The server's folder of CRM exports: what a workbook names is found in it, and nothing outside of it is ever read."""

import os
from pathlib import Path, PureWindowsPath

from xlsmkt.crm.mapping import load_mapping
from xlsmkt.errors import UserError
from xlsmkt.stored import Inputs, may_be_connection, stored_files

DATA = "data"
"""The folder of exports, below that of the server."""


def data_folder() -> Path:
    """Where the exports of the server that runs lie."""
    return Path(os.environ["XLWINGS_PROJECT_DIR"]) / DATA


class _Below:
    """A workbook whose Inputs are read from a folder on; the name that a caller gives the workbook leads nowhere."""

    def __init__(self, book: Inputs, folder: Path) -> None:
        self.path, self.named_value = folder / "workbook", book.named_value


def own_files(book: Inputs, folder: Path) -> tuple[list[Path], Path | None]:
    """The files and the mapping that Inputs of ``book`` names, all of them below ``folder``; none if blank.

    Raises
    ------
    UserError
        A name leads out of that folder, or there is no such file. Whoever may call the server could otherwise read
        every file of its computer, or learn which there are; so a name is judged before any file is looked for.
    """
    for cell, label in (("CRM_Source", "Import from"), ("CRM_Mapping", "Mapping")):
        for name in str(book.named_value(cell) or "").split(";"):
            _require_below(name, f"{label} on the sheet Inputs")
    _require_no_way_out(folder)

    def missing(name: str, label: str) -> UserError:
        if may_be_connection(name):
            # whoever may call the server would otherwise read whatever the one who runs it is connected to
            return UserError(
                f"{name} is no file in the folder {DATA} of the server, which calls no CRM and no database; let "
                f"xlsmkt refresh read it where it is connected, or mend {label} on the sheet Inputs."
            )
        several = " (put ; between several files)" if "," in name else ""
        return UserError(
            f"{name} is not in the folder {DATA} of the server{several}; put it there, or mend {label} on the sheet "
            "Inputs."
        )

    try:
        files, mapping = stored_files(_Below(book, folder), missing)
        for entry in load_mapping(mapping) if mapping else []:
            for name in (entry.path, *(lookup.path for lookup in entry.lookup.values())):
                _require_below(name, f"the mapping {mapping.name}" if mapping else "")
    except UserError as error:
        raise UserError(shown_below(folder, str(error))) from None
    return files, mapping


def _require_no_way_out(folder: Path) -> None:
    """Refuse a folder with a link to somewhere else: a mapping or a pattern could follow it."""
    root = folder.resolve()
    for place, folders, files in os.walk(folder):
        for path in (Path(place, name) for name in (*folders, *files)):
            if not path.resolve().is_relative_to(root):  # a link, or one of Windows' junctions
                raise UserError(
                    f"{path.relative_to(folder)} in the server's folder {DATA} is a link to a file elsewhere; put the "
                    "file itself there."
                )


def _require_below(name: str, where: str) -> None:
    path = PureWindowsPath(name.strip().strip('"').strip())  # knows drives, and both kinds of slashes
    if path.anchor or ".." in path.parts or "\0" in name:
        raise UserError(
            f"{where} names a file outside of the server's folder {DATA}; name files from that folder on, such as "
            "leads.csv."
        )


def shown_below(folder: Path, sentence: str) -> str:
    """A sentence without where on the server its files lie."""
    return sentence.replace(f"{folder}{os.sep}", "").replace(str(folder), f"the folder {DATA}")
