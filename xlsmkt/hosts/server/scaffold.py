"""`xlsmkt server init`: the folder of a server; what is there already stays as it is."""

import os
import re
import secrets
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.hosts.lite.workbook import write_web_workbook
from xlsmkt.hosts.server.data_folder import DATA
from xlsmkt.hosts.server.licence import NONCOMMERCIAL, VARIABLE, agreed, another_licence
from xlsmkt.template.web import SERVER

SETTINGS = ".env"
FUNCTIONS = "custom_functions/__init__.py"
SCRIPTS = "custom_scripts/__init__.py"
WORKBOOK = "xlsmkt-server.xlsx"
README = "README.md"
REGISTERING = ("from xlsmkt.hosts.web.functions import register", "register(globals())")
"""What gives Excel our functions, in the module of functions."""
REFRESHING = "from xlsmkt.hosts.server.scripts import refresh"
"""What gives Excel our refresh, in the module of scripts."""
_SHIPPED = Path(__file__).with_name("project")

_FUNCTIONS = f'''"""The functions that Excel shows; add your own below, decorated with xlwings.func."""

{REGISTERING[0]}

{REGISTERING[1]}
'''
_SCRIPTS = f'''"""The scripts that buttons run; add your own below, decorated with xlwings.script."""

{REFRESHING}

__all__ = ["refresh"]
'''
_IGNORED = """# what must not get into a repository: the licence key, keys of certificates, data of the CRM
.env
certs/
data/
__pycache__/
"""
_NEEDED = {
    FUNCTIONS: (REGISTERING, "Excel has none of our functions without them"),
    SCRIPTS: ((REFRESHING,), "Refresh does not work without"),
    ".gitignore": ((SETTINGS, f"{DATA}/"), "the licence key and data of the CRM could get into a repository"),
}
"""The lines that a file of the user's own must hold, and why."""
_SETTING = re.compile(r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(.*?)[ \t\r]*$", re.MULTILINE | re.ASCII)


@dataclass
class Scaffolded:
    """What was written and what was there already, as paths from the folder on."""

    written: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is missing in files that were there."""


def scaffold(folder: Path, licence: str | None) -> Scaffolded:
    """Make ``folder`` a server, or add what it lacks.

    Parameters
    ----------
    licence
        See `xlsmkt.hosts.server.licence.agreed`; asked for only if the folder has no settings yet.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; give another name for the folder of the server.")
    kept = os.path.lexists(folder / SETTINGS)
    stored = _set_in(_text(folder / SETTINGS)).get(VARIABLE, "")
    unheeded = kept and another_licence(licence, stored)
    key = "" if kept else agreed(licence)
    makers: dict[str, Callable[[], bytes]] = {
        FUNCTIONS: _FUNCTIONS.encode,
        SCRIPTS: _SCRIPTS.encode,
        WORKBOOK: _workbook,
        README: lambda: _shipped(README),
        "templates/manifest.xml": lambda: _shipped("manifest.xml"),
        "templates/taskpane.html": lambda: _shipped("taskpane.html"),
        "static/js/ribbon.js": lambda: _shipped("ribbon.js"),
        ".gitignore": _IGNORED.encode,
        SETTINGS: lambda: _settings(key).encode(),
    }
    done = Scaffolded(left=[name for name in makers if os.path.lexists(folder / name)])
    contents = {name: make() for name, make in makers.items() if name not in done.left}
    (folder / DATA).mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _write(folder / name, content)
        done.written.append(name)
    if unheeded:
        what = NONCOMMERCIAL if licence == NONCOMMERCIAL else "the key"
        done.notes.append(f"{SETTINGS} stays as it is; write {what} behind {VARIABLE}= there.")
    done.notes += filter(None, (_lacking(folder, name) for name in done.left))
    return done


def readme(folder: Path) -> Path:
    """Where to read about the server of a folder; a README.md of the user's own does not tell of it."""
    title = _shipped(README).decode().splitlines()[0]
    own = folder / README
    return own if _text(own).startswith(title) else _SHIPPED / README


def _lacking(folder: Path, name: str) -> str:
    """What a file that was there lacks, with the lines to add; empty for nothing."""
    text = _text(folder / name)
    if name == SETTINGS:
        there = _set_in(text)
        lines = [found[0] for found in _SETTING.finditer(_settings("")) if found[1] not in there]
        told = "add what neither the environment nor pyproject.toml sets"
    elif name in _NEEDED:
        needed, why = _NEEDED[name]
        there_lines = {line.strip() for line in text.splitlines()}
        lines = [line for line in needed if line not in there_lines]
        told = f"add what is missing ({why})"
    elif name == README and readme(folder).parent == _SHIPPED:
        return f"{README} is your own; that of the server: {_SHIPPED / README}"
    else:
        return ""
    return "\n    ".join([f"{name} stays as it is, without these lines; {told}:", *lines]) if lines else ""


def _set_in(text: str) -> dict[str, str]:
    """The settings of a text, by their names in capitals."""
    return {name.upper(): value.strip("\"'") for name, value in _SETTING.findall(text)}


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def _write(path: Path, content: bytes) -> None:
    """Write a file that is not there, wholly or not at all.

    One that holds secrets is readable by its user alone; on Windows by whoever may read the folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600 if path.name == SETTINGS else 0o666
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with open(made, "wb") as file:
            file.write(content)
    except BaseException:  # the next init would take half a file for the user's own
        path.unlink()
        raise


def _workbook() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write_web_workbook(Path(folder) / WORKBOOK, SERVER).read_bytes()


def _shipped(name: str) -> bytes:
    return (_SHIPPED / name).read_bytes()


def _settings(key: str) -> str:
    return f"""\
# The settings of this server; xlwings Server knows more: https://server.xlwings.org
# This file holds secrets: keep it readable by its user alone.

# "noncommercial" or the licence key
{VARIABLE}="{key}"
XLWINGS_SECRET_KEY="{secrets.token_urlsafe(32)}"

# What Excel shows as the name of the add-in, and the id by which it knows it: never change the id
XLWINGS_PROJECT_NAME="xlsmkt"
XLWINGS_MANIFEST_ID_PROD="{uuid.uuid4()}"
XLWINGS_ENVIRONMENT="prod"

# No prefix: =LEADS_NEEDED(...)
XLWINGS_FUNCTIONS_NAMESPACE=""

# The name behind https:// by which Excel reaches the server, such as "marketing.example.com"; blank on one's own
# computer
XLWINGS_HOSTNAME=""

# Who may call: see README.md. With [] nobody must sign in, so run refuses to serve more than this computer.
XLWINGS_AUTH_PROVIDERS=[]
# XLWINGS_AUTH_PROVIDERS=["entraid"]
# XLWINGS_AUTH_ENTRAID_CLIENT_ID=""
# XLWINGS_AUTH_ENTRAID_TENANT_ID=""
# XLWINGS_AUTH_REQUIRED_ROLES=[]

# Other web sites may not call the server
XLWINGS_CORS_ALLOW_ORIGINS=[]

XLWINGS_ENABLE_EXAMPLES=false
XLWINGS_ENABLE_TESTS=false
XLWINGS_ENABLE_SOCKETIO=false
XLWINGS_ENABLE_HOTRELOAD=false
XLWINGS_ENABLE_HTMX=false
XLWINGS_ENABLE_ALPINEJS_CSP=false
XLWINGS_LOG_LEVEL="WARNING"
"""
