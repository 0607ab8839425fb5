"""The code inside a workbook for xlwings Lite, run by Pyodide in Node without a network, as Lite runs it in Excel."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock
from lxml import etree
from web_calls import Refused, body

WORKBOOK = Path(__file__).parents[1] / "workbook" / "xlsmkt-lite.xlsx"
NODE = Path(__file__).with_name("node")
NEWEST, NAMED_BY_WORKBOOK = "pyodide", "pyodide-0-27"  # folders of node's modules
_NAMESPACE = "{http://schemas.microsoft.com/office/webextensions/webextension/2010/11}"
_LIMIT = 300  # seconds for one answer
_ROOTS = "import sys; result = sorted({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
_ALWAYS_THERE = {"__main__", "main", "xlsmkt", "_pyodide", "_pyodide_core", "js", "pyodide", "pyodide_js"}


class Missing(Exception):
    """Something that these tests need is not on this machine."""


def properties(workbook: Path) -> dict:
    """What xlwings Lite keeps inside a workbook: files and settings, by name."""
    with zipfile.ZipFile(workbook) as package:
        [part] = [name for name in package.namelist() if re.fullmatch(r"xl/webextensions/webextension\d+\.xml", name)]
        root = etree.fromstring(package.read(part))
    return {p.get("name"): json.loads(p.get("value")) for p in root.iter(f"{_NAMESPACE}property")}


def files(kept: dict) -> dict[str, str]:
    """The files among a workbook's properties."""
    return {name: text for name, text in kept.items() if name.endswith((".py", ".txt"))}


def node_modules(needed: str = NEWEST) -> Path:
    """The folder of a package that npm installed for these tests."""
    folder = Path(os.environ.get("XLSMKT_NODE_MODULES") or NODE / "node_modules")
    if not (folder / needed / "package.json").exists():
        raise Missing(f"{needed} is not in {folder}; run npm install --prefix tests/node --no-package-lock, or "
                      "name the folder in XLSMKT_NODE_MODULES")  # fmt: skip
    return folder / needed


def node_program() -> str:
    """Node in the version that package.json names: that of a system may be too old."""
    program = shutil.which("node", path=str(node_modules("node") / "bin"))
    assert program, "npm has put no program there"
    return program


def wheels(requirements: str, folder: Path) -> list[Path]:
    """Wheels of the packages that a workbook requires, of the versions installed here; one run gets them once."""
    names = [re.split("[<>=]", line)[0] for line in requirements.split()]
    if "openpyxl" in names:
        names.append("et_xmlfile")  # the one package that openpyxl needs
    wanted = [f"{name}=={version(name)}" for name in names]
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            # "any": what Pyodide could take, not what was compiled for this machine
            command = ["pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--platform=any"]
            with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
                done = subprocess.run(
                    [sys.executable, "-m", *command, "--dest", f"{fresh}/wheels", *wanted],
                    capture_output=True, text=True, check=False,
                )  # fmt: skip
                if done.returncode:
                    raise Missing(f"pip could not get {', '.join(wanted)}: {done.stderr.strip()}")
                Path(fresh, "wheels").rename(folder)
    found = sorted(folder.glob("*.whl"))
    assert len(found) == len(wanted), found
    return found


def shows(example, cells) -> bool:
    """Whether cells show an example of the catalogue; Excel on the web shows a blank as an empty text."""
    return example.agrees(cells) or example.agrees([["" if cell is None else cell for cell in row] for row in cells])


class Lite:
    """A Pyodide that has imported the main module of a workbook, as it came out of the file."""

    def __init__(self, workbook: Path, wheel_folder: Path, pyodide: str = NEWEST, licence: str | None = None) -> None:
        kept, package = properties(workbook), node_modules(pyodide)
        settings = {
            "environment": {"XLWINGS_ON_SERVER": "true", "XLWINGS_LICENSE_KEY": licence} if licence else {},
            "wheels": [str(path) for path in wheels(kept["requirements.txt"], wheel_folder)],
            "inside": str(NODE / "lite_inside.py"),
            "files": files(kept),
        }
        self._folder = Path(tempfile.mkdtemp(prefix="xlsmkt-lite-"))
        (self._folder / "settings.json").write_text(json.dumps(settings), "utf-8")
        with (self._folder / "errors.txt").open("w") as errors:
            self._node = subprocess.Popen(
                [node_program(), NODE / "lite.mjs", package, self._folder / "settings.json"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8",
            )  # fmt: skip
        try:
            self.started = self._answer()
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> "Lite":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def ask(self, job: str, **details):
        """The answer to a job of node/lite_inside.py."""
        assert self._node.poll() is None, f"Pyodide has ended: {self._said()}"
        self._node.stdin.write(json.dumps({"job": job, **details}) + "\n")
        self._node.stdin.flush()
        return self._answer()

    def call(self, name: str, args: list):
        """What a function of the main module gives for arguments as Excel's client sends them; without xlwings."""
        return self.ask("call", name=name, arguments=args)

    def call_through_xlwings(self, name: str, args: list):
        """The same, with xlwings between, which wants a licence."""
        return self.ask("call_through_xlwings", data=body(name, args, version("xlwings")))

    def packages(self) -> set[str]:
        """What is loaded beside our modules, the standard library and Pyodide itself."""
        return set(self.ask("run", source=_ROOTS, given=None)) - _ALWAYS_THERE

    def put(self, path: str, content: bytes) -> None:
        """Write a file inside, as a user uploads one."""
        self.ask("put", path=path, content=base64.b64encode(content).decode())

    def end(self) -> None:
        with suppress(BrokenPipeError):  # it has ended already
            self._node.stdin.close()
        try:
            self._node.wait(10)
        except subprocess.TimeoutExpired:
            self._node.kill()
            self._node.wait()
        self._node.stdout.close()
        shutil.rmtree(self._folder)

    def _answer(self):
        late = threading.Timer(_LIMIT, self._node.kill)
        late.start()
        try:
            line = self._node.stdout.readline()
        finally:
            late.cancel()
        assert line, f"Pyodide has ended, or took more than {_LIMIT} s: {self._said()}"
        answer = json.loads(line)
        assert "defect" not in answer, answer["defect"]
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["result"]

    def _said(self) -> str:
        return (self._folder / "errors.txt").read_text("utf-8")[-3000:]
