"""`xlsmkt server init`: the folder of a server; what is there already stays as it is."""

import os
import secrets
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.hosts.lite.workbook import write_web_workbook
from xlsmkt.hosts.server.data_folder import DATA
from xlsmkt.hosts.server.licence import VARIABLE, agreed
from xlsmkt.template.web import SERVER

SETTINGS = ".env"
FUNCTIONS = "custom_functions/__init__.py"
SCRIPTS = "custom_scripts/__init__.py"
WORKBOOK = "xlsmkt-server.xlsx"
_SHIPPED = Path(__file__).with_name("project")

_FUNCTIONS = '''"""The functions that Excel shows; add your own below, decorated with xlwings.func."""

from xlsmkt.hosts.web.functions import register

register(globals())
'''
_SCRIPTS = '''"""The scripts that buttons run; add your own below, decorated with xlwings.script."""

from xlsmkt.hosts.server.scripts import refresh

__all__ = ["refresh"]
'''
_IGNORED = """# what must not get into a repository: the licence key, keys of certificates, data of the CRM
.env
certs/
data/
__pycache__/
"""


@dataclass
class Scaffolded:
    """What was written and what was there already, as paths from the folder on."""

    written: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def scaffold(folder: Path, licence: str | None) -> Scaffolded:
    """Make ``folder`` a server, or add what it lacks.

    Parameters
    ----------
    licence
        See `xlsmkt.hosts.server.licence.agreed`; asked for only if the folder has no settings yet.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; give another name for the folder of the server.")
    key = "" if (folder / SETTINGS).exists() else agreed(licence)
    makers: dict[str, Callable[[], bytes]] = {
        FUNCTIONS: _FUNCTIONS.encode,
        SCRIPTS: _SCRIPTS.encode,
        WORKBOOK: _workbook,
        "README.md": lambda: _shipped("README.md"),
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
    return done


def _write(path: Path, content: bytes) -> None:
    """Write a file that is not there; one that holds secrets is readable by its user alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600 if path.name == SETTINGS else 0o666
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode), "wb") as file:
        file.write(content)


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

# Who may call: see README.md. With [] everybody who reaches the server may.
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
