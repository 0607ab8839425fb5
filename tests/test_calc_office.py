"""An office of our own: found, started, given jobs, and gone with all it left, whatever happens."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import calc_office
import pytest
import xlsxwriter

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.office import Office, clean_environment

# Some hundred seconds of work, which no test waits for.
LONG = ["=SUM(SQRT(ROW(A1:A1000000)))"] * 1000


def start(tmp_path, then, **variables):
    """A Python that has started an office and then does something else; its process, and that of the office."""
    imports = "import time; from xlsmkt.hosts.calc.office import Office"
    code = f"{imports}\nwith Office() as o: print(o.contact, flush=True); {then}"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=os.environ | {"TMPDIR": str(tmp_path)} | variables)  # fmt: skip
    contact = Path(process.stdout.readline().strip())
    assert contact.parent.parent == tmp_path
    return process, calc_office.process_of(contact)


def asked(office, token=None, **request):
    """The answer to a request as it goes over the wire."""
    contact = json.loads(office.contact.read_text("utf-8"))
    line = json.dumps({"token": contact["token"] if token is None else token, **request})
    with socket.create_connection(("127.0.0.1", contact["port"]), 60) as connection:
        connection.sendall(line.encode() + b"\n")
        return json.loads(connection.makefile("rb").readline())


# --- starting and ending ---


def test_the_end_leaves_nothing(soffice, tmp_path):
    # without a language the office opens no file with such a name, unless it is told to
    book = tmp_path / "Übersicht 日本.xlsx"
    with xlsxwriter.Workbook(book) as made:
        made.add_worksheet().write_formula("A1", "=6*7")
    there = tmp_path / "there"
    there.mkdir()
    then = f"print(o.run('compute', path={str(book)!r}))"
    process, office = start(there, then, LC_ALL="C", PYTHONUTF8="1", PYTHONPATH=str(tmp_path), VIRTUAL_ENV="/nowhere")
    said, complaints = process.communicate(timeout=100)
    assert "[1, 1, 42.0]" in said and not complaints
    assert process.returncode == 0
    assert calc_office.gone(office) and not list(there.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without telling it")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_an_interruption_in_the_middle_of_a_job_leaves_nothing(soffice, tmp_path, number):
    process, office = start(tmp_path, f"print(o.run('evaluate', formulas={LONG[:1]} * 1000))")
    time.sleep(0.5)
    process.send_signal(number)
    process.communicate(timeout=100)
    assert process.returncode in (128 + number, -number)
    assert calc_office.gone(office) and not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="on Windows an office does not watch its owner")
def test_an_office_ends_with_its_owner(soffice, tmp_path):
    process, office = start(tmp_path, "time.sleep(1000)")
    process.kill()
    process.communicate(timeout=100)
    assert calc_office.gone(office) and not list(tmp_path.iterdir())


def test_a_job_that_takes_too_long_ends_the_office(soffice):
    with Office() as office:
        process, folder = calc_office.process_of(office.contact), office.contact.parent
        with pytest.raises(UserError, match="LibreOffice was not done after 1 seconds: close other programs"):
            office.run("evaluate", 1, formulas=LONG)
        assert calc_office.gone(process)
        with pytest.raises(UserError, match="LibreOffice ended in the middle of its work"):
            office.run("describe")
    assert not folder.exists()
    with pytest.raises(UserError, match="LibreOffice is not running"):
        office.run("describe")


def test_an_office_that_dies_during_a_job(soffice):
    with Office() as office:
        process, folder = calc_office.process_of(office.contact), office.contact.parent
        threading.Timer(0.5, os.kill, (process, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)).start()
        with pytest.raises(UserError, match="LibreOffice ended in the middle of its work: try again"):
            office.run("evaluate", formulas=LONG)
    assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="the program is a script")
@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo first; echo no display >&2; exit 3", r'did not start \("no display"\)'),
        ("exec sleep 100", "was not ready after 0.5 seconds"),
    ],
)
def test_a_start_that_fails(tmp_path, monkeypatch, script, told):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "there"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "there").mkdir()
    program = tmp_path / "soffice.bin"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    with pytest.raises(UserError, match=r"LibreOffice in .* cannot run Python, .*python3-uno"):
        Office(program, start_seconds=0.5).start()
    (tmp_path / "pythonloader.py").touch()
    with pytest.raises(UserError, match=f"LibreOffice {told}: close other programs, start .* by hand"):
        Office(program, start_seconds=0.5).start()
    assert not list((tmp_path / "there").iterdir())


def test_libreoffice_meets_no_python_of_ours():
    ours = {"VIRTUAL_ENV": "/v", "PYTHONPATH": "/x", "PYTHONHOME": "/y", "PYTHONSTARTUP": "z", "CONDA_PREFIX": "/c"}
    german = {"HOME": "/home/u", "LANG": "de_DE.ISO-8859-1"}
    there = clean_environment({**ours, **german, "PYENV_ROOT": "/p", "PATH": "/v/bin:/usr/bin"}, "linux")
    assert there == {**german, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}
    assert "LC_ALL" not in clean_environment({"LANG": "de_DE.UTF-8"}, "linux")
    assert clean_environment({"Path": r"C:\Windows", "PYTHONPATH": "x"}, "win32") == {"Path": r"C:\Windows"}


# --- jobs ---


def test_several_clients(office):
    """A second client is served while the first is still connected, and many ask at once."""
    contact = json.loads(office.contact.read_text("utf-8"))
    answers = {}

    def ask(number):
        answers[number] = Office.join(office.contact).run("evaluate", formulas=[f"={number}+1"])

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    with socket.create_connection(("127.0.0.1", contact["port"])):  # says nothing, and is not waited for long
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert answers == {number: [[[number + 1]]] for number in range(8)}


def test_joining_does_not_end_an_office(office):
    with Office.join(office.contact) as other:
        assert other.run("evaluate", formulas=["=1+1"]) == [[[2]]]
    assert office.run("evaluate", formulas=["=1+1"]) == [[[2]]]


@pytest.mark.parametrize("token", ["", "wrong", "ä", 5, ["x"]])
def test_a_wrong_token_is_refused(office, token):
    assert asked(office, token, job="quit") == {"failed": "The request is not one of xlsmkt."}
    assert office.run("evaluate", formulas=["=1+1"]) == [[[2]]]


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such rights")
def test_nobody_else_reads_the_token(office):
    assert office.contact.stat().st_mode & 0o077 == 0
    assert office.contact.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "line", [b"\n", b"hello\n", b"[]\n", b"{}\n", b'{"token": null}\n', b"\xff\n", b'{"job": "quit"}\n']
)
def test_what_is_no_request_is_refused(office, line):
    port = json.loads(office.contact.read_text("utf-8"))["port"]
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(line + b"\n")
        assert json.loads(connection.makefile("rb").readline()) == {"failed": "The request is not one of xlsmkt."}


@pytest.mark.parametrize(
    ("job", "arguments", "told"),
    [
        ("dance", {}, "LibreOffice knows no job 'dance'"),
        ("evaluate", {"formula": "=1"}, "TypeError: evaluate"),
        ("evaluate", {"formulas": ["={1;2;3}"], "rows": 2}, "fills 3 rows and 1 columns: allow for them"),
        ("evaluate", {"formulas": ["=1"], "cells": {"nonsense": 1}}, "RuntimeException"),
    ],
)
def test_a_job_that_fails_says_why(office, job, arguments, told):
    with pytest.raises(UserError, match=told):
        office.run(job, **arguments)
    assert office.run("evaluate", formulas=["=1+1"]) == [[[2]]]
