"""A Windows computer for tests: its registry has the layout that Microsoft documents."""

import io
import struct
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import xlwings
from xlsxwriter import Workbook

from xlsmkt.hosts.windows import setup
from xlsmkt.hosts.windows.project import SETTINGS

ROOT = r"C:\Users\me\sla\.venv"
PYTHON = rf"{ROOT}\Scripts\python.exe"
DLL = rf"{ROOT}\xlwings64-{version('xlwings')}.dll"
DLL_32 = DLL.replace("xlwings64", "xlwings32")
EXCEL = r"C:\Program Files\Microsoft Office\Root\Office16\EXCEL.EXE"
BOOK = r"C:\Users\me\Documents\sla.xlsm"
OFFICE = r"HKCU\Software\Microsoft\Office\16.0"
POLICY = r"HKCU\Software\Policies\Microsoft\Office\16.0"
CLICK_TO_RUN = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
CURRENT_EXCEL = r"HKCR\Excel.Application\CurVer"
APP_PATHS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
DEFENDER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
DOWNLOADED = b"[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://example.com/sla.xlsm\r\n"


def program(machine):
    """The beginning of a Windows program: where its header stands, then what it is made for."""
    return b"MZ" + bytes(58) + struct.pack("<I", 128) + bytes(64) + b"PE\0\0" + struct.pack("<H", machine)


class Windows:
    """A computer with Excel for Microsoft 365, Python in an environment, and nothing to mend."""

    is_windows = True

    def __init__(self):
        self.executable = PYTHON
        self.variables = {"XLSMKT_PYTHON": PYTHON, "APPDATA": r"C:\Users\me\AppData\Roaming"}
        self.values = {
            (r"HKCU\Environment", "Path"): r"C:\Tools",
            (r"HKCU\Environment", "XLSMKT_PYTHON"): PYTHON,
            (APP_PATHS, ""): EXCEL,
            (CURRENT_EXCEL, ""): "Excel.Application.16",
            (CLICK_TO_RUN, "Platform"): "x64",
            (CLICK_TO_RUN, "ProductReleaseIds"): "O365ProPlusRetail,VisioPro2019Volume",
            (rf"{OFFICE}\Excel\Security\Trusted Locations\Location0", "Path"): "%APPDATA%\\Microsoft\\Excel\\",
            (rf"{OFFICE}\Excel\Security\Trusted Locations\Location0", "AllowSubFolders"): 1,
        }  # fmt: skip
        self.files = {PYTHON: b"MZ", ROOT + r"\pyvenv.cfg": b"", DLL: b"MZ", EXCEL: program(0x8664), BOOK: b"PK"}
        self.modules = {"pythoncom"}
        self.writable = True
        self.told = 0

    def variable(self, name):
        return self.variables.get(name)

    def registry(self, key, name=""):
        # Windows does not mind upper and lower case
        return {(k.lower(), n.lower()): v for (k, n), v in self.values.items()}.get((key.lower(), name.lower()))

    def subkeys(self, key):
        below = [k[len(key) + 1 :] for k, _ in self.values if k.lower().startswith(key.lower() + "\\")]
        return sorted({name for name in below if "\\" not in name})

    def write_registry(self, key, name, text):
        if text is None:
            del self.values[key, name]
        else:
            self.values[key, name] = text

    def tell_programs(self):
        self.told += 1

    def expanded(self, text):
        for name, value in self.variables.items():
            text = text.replace(f"%{name}%", value)
        return text

    def full_path(self, path):
        return BOOK

    def exists(self, path):
        return path in self.files

    def beginning(self, path):
        return self.files.get(path)

    def may_write(self, path):
        return self.writable

    def can_import(self, name):
        return name in self.modules

    def in_code_page(self, text):
        return text.encode("cp1252", "ignore").decode("cp1252") == text


def book_with_macros(path, settings=SETTINGS, sheets=("Data",)):
    """A workbook with the macros of xlwings as a real Excel saved them, and the settings if any: pairs or a mapping."""
    with ZipFile(Path(xlwings.__file__).with_name("quickstart_standalone.xlsm")) as saved:
        project = io.BytesIO(saved.read("xl/vbaProject.bin"))
    with Workbook(str(path)) as workbook:
        workbook.add_vba_project(project, is_stream=True)
        for name in sheets:
            workbook.add_worksheet(name)
        if settings is not None:
            sheet = workbook.add_worksheet("xlwings.conf")
            for row, pair in enumerate(settings.items() if isinstance(settings, dict) else settings):
                for column, value in enumerate(pair):
                    sheet.write(row, column, value)
    return path


def to_mend(machine, book=None):
    """What is found to mend, line by line."""
    return [str(finding) for finding in setup.findings(book, machine) if not finding.ok]
