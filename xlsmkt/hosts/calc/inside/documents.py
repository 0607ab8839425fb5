"""Documents without a window: opened, read, and closed whatever happens."""

import os
import shutil
import tempfile
import zipfile
import zlib
from typing import Any, Dict, List

import uno
from com.sun.star.beans import PropertyValue

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.values import CODES

_SIGNS = {code: sign for sign, code in CODES.items()}
_NOT_OPENED = "{name} is damaged, protected by a password or not a workbook: save it as .xlsx without a password."
_DAMAGED = "{name} is damaged or incomplete: take an earlier copy of the workbook."


def properties(**values: Any) -> Any:
    """Named values as UNO takes them."""
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


_WITHOUT_ASKING = properties(
    Hidden=True,
    MacroExecutionMode=0,  # com.sun.star.document.MacroExecMode.NEVER_EXECUTE
    UpdateDocMode=0,  # com.sun.star.document.UpdateDocMode.NO_UPDATE
)


def desktop(context: Any) -> Any:
    """The part of the office that opens documents."""
    return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


# Classes, not generators: contextlib sets an attribute of every exception that passes, which UNO's do not take.
class _Closing:
    """A document that is closed after use, also when something fails."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def __enter__(self) -> Any:
        return self._document

    def __exit__(self, *error: Any) -> None:
        self._document.close(True)


class _Copy(_Closing):
    """A document whose file lies in a folder of its own, which goes with it."""

    def __init__(self, document: Any, folder: "tempfile.TemporaryDirectory[str]") -> None:
        super().__init__(document)
        self._folder = folder

    def __exit__(self, *error: Any) -> None:
        super().__exit__()
        self._folder.cleanup()


def new_document(context: Any) -> _Closing:
    """An empty spreadsheet."""
    return _Closing(desktop(context).loadComponentFromURL("private:factory/scalc", "_blank", 0, _WITHOUT_ASKING))


def opened(context: Any, path: str) -> _Closing:
    """A copy of a workbook file, opened without a window, without macros and without fetching anything; never saved."""
    name = os.path.basename(path)
    _check(path, name)
    # A file that is read-only, or open elsewhere, would let no formula be set; and no lock shall lie beside it.
    folder = tempfile.TemporaryDirectory(prefix="book-")
    try:
        copy = shutil.copyfile(path, os.path.join(folder.name, name))
        document = desktop(context).loadComponentFromURL(uno.systemPathToFileUrl(copy), "_blank", 0, _WITHOUT_ASKING)
        if document is None:
            raise UserError(_NOT_OPENED.format(name=name))
        if not document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            document.close(True)
            raise UserError(f"{name} is not a workbook: give an .xlsx, .xlsm or .ods file.")
    except BaseException:
        folder.cleanup()
        raise
    return _Copy(document, folder)


def _check(path: str, name: str) -> None:
    """Refuse what LibreOffice would take for an empty or a shorter workbook."""
    try:
        with open(path, "rb") as file:
            start = file.read(4)
            if not start:
                raise UserError(f"{name} is empty: take an earlier copy of the workbook.")
            if start == b"PK\3\4" and zipfile.ZipFile(file).testzip():
                raise UserError(_DAMAGED.format(name=name))
    except FileNotFoundError:
        raise UserError(f"There is no file {path}: check the name and the folder.") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: name the workbook in it.") from None
    except PermissionError:
        raise UserError(f"{name} may not be read: close it elsewhere or ask for the right to read it.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise UserError(_DAMAGED.format(name=name)) from None
    except RuntimeError:  # what zipfile says of parts that are encrypted
        raise UserError(f"{name} is protected by a password: save it without one.") from None


def values_of(cells: Any) -> List[List[Any]]:
    """What a range of cells shows: numbers, texts, ``{"error": sign}``."""
    rows = [list(row) for row in cells.getDataArray()]
    for y, row in enumerate(rows):
        if None in row:  # so much is told of errors
            for x, value in enumerate(row):
                if value is None:
                    row[x] = _error(cells.getCellByPosition(x, y).getError())
    return rows


def _error(code: int) -> Dict[str, str]:
    return {"error": _SIGNS.get(code, "Err:%d" % code)}
