"""`xlsmkt server` without xlwings Server: the licence comes first, refusals are sentences, nothing is overwritten."""

import errno
import getpass
import importlib.util
import io
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from xlsmkt.cli import main
from xlsmkt.hosts.server import licence, scaffold

OUR_README = (Path(scaffold.__file__).parent / "project" / "README.md").read_text("utf-8")
KEY = "eyJsaWNlbnNlX3R5cGUiOiAibm9uZSJ9abcde"


@pytest.fixture
def installed(monkeypatch):
    """As if xlwings Server were installed, and a workbook were quick to make."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: name == "xlwings_server" or find(name, *rest))
    monkeypatch.setattr(scaffold, "write_web_workbook", lambda path, edition: path.write_bytes(b"book") and path)


@pytest.fixture
def typed(monkeypatch):
    """Gives answers at a keyboard."""

    class Keyboard:
        def isatty(self):
            return True

    def answers(*lines):
        left = iter(lines)
        monkeypatch.setattr(sys, "stdin", Keyboard())
        monkeypatch.setattr("builtins.input", lambda prompt="": next(left))
        monkeypatch.setattr(getpass, "getpass", lambda prompt="": next(left))

    return answers


def settings_of(folder):
    return (folder / ".env").read_text("utf-8")


def test_the_licence_is_said_before_the_package_is_missed_and_nothing_is_written(tmp_path, capsys):
    assert importlib.util.find_spec("xlwings_server") is None  # the project itself never needs it
    assert main(["server", "init", str(tmp_path / "srv")]) == 2
    told = capsys.readouterr()
    assert "free for noncommercial use only" in told.out and "licence key" in told.out
    assert '-m pip install "xlsmkt[server]"' in told.err and len(told.err.splitlines()) == 1
    assert not (tmp_path / "srv").exists()


def test_run_says_that_the_package_is_missing(tmp_path, capsys):
    for name in ("custom_functions", "custom_scripts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    assert main(["server", "run", str(tmp_path)]) == 2
    assert '-m pip install "xlsmkt[server]"' in capsys.readouterr().err


def test_run_says_that_a_folder_is_no_server(tmp_path, capsys):
    assert main(["server", "run", str(tmp_path)]) == 2
    assert f"make one with: xlsmkt server init {tmp_path}" in capsys.readouterr().err


def test_noncommercial_use_is_agreed_to_on_the_command_line(installed, tmp_path, capsys):
    assert main(["server", "init", str(tmp_path / "srv"), "--licence", "noncommercial"]) == 0
    assert 'XLWINGS_LICENSE_KEY="noncommercial"' in settings_of(tmp_path / "srv")
    told = capsys.readouterr().out
    assert told.index("noncommercial use only") < told.index("Made in")


def test_a_key_comes_from_the_environment_and_is_never_shown(installed, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XLWINGS_LICENSE_KEY", KEY)
    assert main(["server", "init", str(tmp_path / "srv"), "--licence", "key"]) == 0
    assert f'XLWINGS_LICENSE_KEY="{KEY}"' in settings_of(tmp_path / "srv")
    told = capsys.readouterr()
    assert KEY not in told.out + told.err


def test_a_key_typed_as_the_option_is_refused_without_being_shown(installed, tmp_path, capsys):
    assert main(["server", "init", str(tmp_path / "srv"), "--licence", KEY]) == 2
    told = capsys.readouterr()
    assert "XLWINGS_LICENSE_KEY" in told.err and KEY not in told.out + told.err
    assert not (tmp_path / "srv").exists()


@pytest.mark.parametrize(
    ("lines", "key"), [(["1"], "noncommercial"), (["2", KEY], KEY)], ids=["noncommercial", "key, typed"]
)
def test_consent_is_asked_for_at_a_keyboard(installed, typed, tmp_path, monkeypatch, lines, key):
    monkeypatch.delenv("XLWINGS_LICENSE_KEY", raising=False)
    typed(*lines)
    assert main(["server", "init", str(tmp_path / "srv")]) == 0
    assert f'XLWINGS_LICENSE_KEY="{key}"' in settings_of(tmp_path / "srv")


@pytest.mark.parametrize("lines", [[""], ["no"], ["y"], ["2", ""], ["2", 'x" EVIL="'], ["2", "noncommercial"]])
def test_without_consent_nothing_is_written(installed, typed, tmp_path, capsys, monkeypatch, lines):
    monkeypatch.delenv("XLWINGS_LICENSE_KEY", raising=False)
    typed(*lines)
    assert main(["server", "init", str(tmp_path / "srv")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "srv").exists()


def test_without_a_keyboard_the_licence_must_be_said(installed, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["server", "init", str(tmp_path / "srv")]) == 2
    assert "--licence noncommercial" in capsys.readouterr().err


def test_the_help_and_the_readme_say_who_can_read_the_key(capsys):
    with pytest.raises(SystemExit):
        main(["server", "init", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "kept in DIR/.env, which its user alone may read, on Windows whoever may read the folder;" in told
    about = next(line for line in OUR_README.splitlines() if line.startswith("| `.env` |"))
    assert "on Windows whoever may read this folder" in about


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such permissions; the folder's own hold")
def test_the_settings_are_readable_by_their_user_alone(installed, tmp_path):
    before = os.umask(0)
    try:
        main(["server", "init", str(tmp_path / "srv"), "--licence", "noncommercial"])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "srv" / ".env").stat().st_mode) == 0o600


def test_each_server_has_secrets_and_an_id_of_its_own(installed, tmp_path):
    for name in ("one", "two"):
        main(["server", "init", str(tmp_path / name), "--licence", "noncommercial"])
    lines = [set(settings_of(tmp_path / name).splitlines()) for name in ("one", "two")]
    differing = {line.partition("=")[0] for line in lines[0] ^ lines[1]}
    assert differing == {"XLWINGS_SECRET_KEY", "XLWINGS_MANIFEST_ID_PROD"}


def test_again_adds_what_is_missing_and_changes_nothing(installed, tmp_path, capsys):
    folder = tmp_path / "srv"
    main(["server", "init", str(folder), "--licence", "noncommercial"])
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    mine = folder / "custom_functions" / "__init__.py"
    mine.write_text("# mine\n")
    (folder / "README.md").unlink()
    capsys.readouterr()
    assert main(["server", "init", str(folder)]) == 0  # the licence is settled
    told = capsys.readouterr().out
    assert "Made in" in told and told.partition("Made in")[2].splitlines()[0].endswith(": README.md")
    assert "custom_functions/__init__.py" in told.partition("Left as they were: ")[2].splitlines()[0]
    files[mine] = b"# mine\n"
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files


def test_a_folder_of_the_users_own_keeps_what_it_holds(installed, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "leads.csv").write_text("Lead ID")
    assert main(["server", "init", str(tmp_path), "--licence", "noncommercial"]) == 0
    assert (tmp_path / "README.md").read_text() == "mine"
    assert (tmp_path / "data" / "leads.csv").read_text() == "Lead ID"


def test_a_kept_readme_is_not_announced_as_ours(installed, tmp_path, capsys):
    (tmp_path / "README.md").write_text("# Our team")
    assert main(["server", "init", str(tmp_path), "--licence", "noncommercial"]) == 0
    told = capsys.readouterr().out
    ours = Path(re.search(r"\(and read (.*)\)", told)[1])
    assert ours != tmp_path / "README.md" and "xlsmkt server run" in ours.read_text("utf-8")
    assert f"README.md is your own; that of the server: {ours}" in told


def test_our_own_readme_is_announced(installed, tmp_path, capsys):
    main(["server", "init", str(tmp_path), "--licence", "noncommercial"])
    assert main(["server", "init", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count(f"(and read {tmp_path / 'README.md'})") == 2


def test_lines_that_a_kept_file_lacks_are_named(installed, tmp_path, capsys):
    for name in ("custom_functions", "custom_scripts"):
        (tmp_path / name).mkdir()
    (tmp_path / "custom_functions" / "__init__.py").write_text("import xlwings as xw\n# register(globals())\n")
    (tmp_path / "custom_scripts" / "__init__.py").write_bytes(b"# \xff\n")
    (tmp_path / ".gitignore").write_text("data/\n")
    assert main(["server", "init", str(tmp_path), "--licence", "noncommercial"]) == 0
    told = capsys.readouterr().out
    lines = [line.strip() for line in told.splitlines() if line.startswith("    ")]
    assert lines == [
        "from xlsmkt.hosts.web.functions import register",
        "register(globals())",
        "from xlsmkt.hosts.server.scripts import refresh",
        ".env",
    ]
    for name in ("custom_functions/__init__.py", "custom_scripts/__init__.py", ".gitignore"):
        assert f"{name} stays as it is, without these lines" in told


def test_nothing_is_said_of_files_that_lack_nothing(installed, tmp_path, capsys):
    main(["server", "init", str(tmp_path), "--licence", "noncommercial"])
    capsys.readouterr()
    assert main(["server", "init", str(tmp_path)]) == 0
    assert "stays as it is" not in capsys.readouterr().out


def test_settings_that_a_kept_file_lacks_are_named(installed, tmp_path, capsys):
    (tmp_path / ".env").write_text(
        "export XLWINGS_LICENSE_KEY=noncommercial\nxlwings_secret_key=\nXLWINGS_HOSTNAME = 'x'\n"
        "# XLWINGS_FUNCTIONS_NAMESPACE=\nOTHER=1\n"
    )
    before = (tmp_path / ".env").read_bytes()
    assert main(["server", "init", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert ".env stays as it is, without these lines; add what neither the environment nor pyproject.toml sets" in told
    named = dict(line.strip().split("=", 1) for line in told.splitlines() if line.startswith("    XLWINGS_"))
    assert named["XLWINGS_FUNCTIONS_NAMESPACE"] == '""' and named["XLWINGS_AUTH_PROVIDERS"] == "[]"
    assert "XLWINGS_MANIFEST_ID_PROD" in named
    assert not {"XLWINGS_LICENSE_KEY", "XLWINGS_SECRET_KEY", "XLWINGS_HOSTNAME"} & set(named)
    assert (tmp_path / ".env").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "variable", "said"),
    [
        (["--licence", "key"], KEY, "write the key behind"),
        (["--licence", "key"], None, "write the key behind"),
        ([], KEY, "write the key behind"),
        (["--licence", "key"], "stored-key-0123", ""),
        (["--licence", "noncommercial"], None, "write noncommercial behind"),
        ([], "stored-key-0123", ""),
        ([], None, ""),
    ],
)
def test_a_licence_that_is_not_stored_is_said(installed, tmp_path, capsys, monkeypatch, options, variable, said):
    monkeypatch.delenv("XLWINGS_LICENSE_KEY", raising=False)
    monkeypatch.setattr(sys, "stdin", None)  # nobody is asked for a key that would not be stored
    (tmp_path / ".env").write_text('XLWINGS_LICENSE_KEY="stored-key-0123"\n')
    if variable:
        monkeypatch.setenv("XLWINGS_LICENSE_KEY", variable)
    assert main(["server", "init", str(tmp_path), *options]) == 0
    told = capsys.readouterr()
    about = [line for line in told.out.splitlines() if "XLWINGS_LICENSE_KEY" in line]
    assert about == ([f".env stays as it is; {said} XLWINGS_LICENSE_KEY= there."] if said else [])
    assert KEY not in told.out + told.err and "stored-key" not in told.out + told.err
    assert (tmp_path / ".env").read_text() == 'XLWINGS_LICENSE_KEY="stored-key-0123"\n'


def test_a_key_typed_as_the_option_is_refused_where_there_are_settings_too(installed, tmp_path, capsys):
    (tmp_path / ".env").write_text('XLWINGS_LICENSE_KEY="noncommercial"\n')
    assert main(["server", "init", str(tmp_path), "--licence", KEY]) == 2
    told = capsys.readouterr()
    assert "XLWINGS_LICENSE_KEY" in told.err and KEY not in told.out + told.err
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


class FullDisk(io.FileIO):
    """A file on a disk that is full after three bytes."""

    def write(self, content):
        super().write(content[:3])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_half_a_file_is_not_taken_for_the_users_own(installed, tmp_path, monkeypatch):
    with monkeypatch.context() as full:
        full.setattr(scaffold, "open", FullDisk, raising=False)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            scaffold.scaffold(tmp_path, licence.NONCOMMERCIAL)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert main(["server", "init", str(tmp_path), "--licence", "noncommercial"]) == 0
    assert "register(globals())" in (tmp_path / "custom_functions" / "__init__.py").read_text("utf-8")


def test_a_file_is_no_folder(installed, tmp_path, capsys):
    (tmp_path / "srv").write_text("")
    assert main(["server", "init", str(tmp_path / "srv"), "--licence", "noncommercial"]) == 2
    assert "give another name" in capsys.readouterr().err


def test_the_readme_names_every_file(installed, tmp_path):
    done = scaffold.scaffold(tmp_path, licence.NONCOMMERCIAL)
    told = (tmp_path / "README.md").read_text("utf-8")
    for name in done.written:
        place = name.partition("/")[0]
        assert name in told or f"{place}/" in told or name in ("README.md", ".gitignore"), name
