"""The generated files of the project are fresh, and the same at every build."""

import os
import shutil
import subprocess
import sys

import openpyxl
import pytest

from xlsmkt import cli
from xlsmkt.build import ROOT, stale
from xlsmkt.build import build as write_all
from xlsmkt.crm.sample import write_sample
from xlsmkt.hosts.windows.project import read_macros
from xlsmkt.template.building import build, sheets_with_macros


@pytest.mark.parametrize("seed, zone", [("1", "UTC"), ("2", "Pacific/Auckland")])
def test_the_generated_files_are_fresh_whatever_the_machine(seed, zone):
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
    check = [sys.executable, "-m", "xlsmkt", "build", "--check"]
    done = subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), "run: xlsmkt build"


def test_stale_files_are_found(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "README.md").write_bytes(
        (ROOT / "README.md").read_bytes().replace(b"`=LEADS_NEEDED(20, 5%)`", b"`=OLD()`")
    )
    shutil.copytree(ROOT / "workbook", tmp_path / "workbook")
    vba = tmp_path / "workbook" / "vba"
    (vba / "xlsmkt_functions.bas").write_bytes(b"' of an earlier catalogue\r\n")
    (vba / "xlsmkt.bas").write_bytes((vba / "xlsmkt.bas").read_bytes() + b"' one more line\r\n")
    monkeypatch.setattr("xlsmkt.build.ROOT", tmp_path)
    found = {path.as_posix() for path in stale()}
    assert found == {"README.md", "workbook/vba/xlsmkt_functions.bas", "workbook/xlsmkt.xlsm"}


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("workbook/vba/ThisWorkbook.cls", None),
        ("workbook/vba/xlsmkt.bas", lambda text: b""),
        ("README.md", lambda text: text.replace(b"<!-- functions: written by xlsmkt build -->", b"")),
        ("README.md", lambda text: text.replace(b"<!-- end of functions -->", b"")),
        ("README.md", lambda text: text + text),
    ],
)
def test_what_is_damaged_is_told_in_a_sentence_before_anything_is_written(file, change, monkeypatch, tmp_path, capsys):
    (tmp_path / "pyproject.toml").touch()
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "workbook", tmp_path / "workbook")
    for generated in ("workbook/xlsmkt.xlsm", "workbook/xlsmkt.xlsx", "workbook/vba/xlsmkt_functions.bas"):
        (tmp_path / generated).write_bytes(b"of an earlier build")
    shutil.rmtree(tmp_path / "workbook" / "sample")
    damaged = tmp_path / file
    damaged.write_bytes(change(damaged.read_bytes())) if change else damaged.unlink()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr("xlsmkt.build.ROOT", tmp_path)
    assert cli.main(["build"]) == 2
    told = capsys.readouterr().err
    assert damaged.name in told and told.count("\n") == 1 and "fault" not in told
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_build_writes_what_is_stale(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").touch()
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "workbook" / "vba", tmp_path / "workbook" / "vba")
    (tmp_path / "workbook" / "vba" / "xlsmkt_functions.bas").unlink()
    monkeypatch.setattr("xlsmkt.build.ROOT", tmp_path)
    made = write_all()
    assert len(made) == 10 and all(path.is_file() and tmp_path in path.parents for path in made)
    assert stale() == []


def test_two_builds_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        files = write_sample(tmp_path / name)
        build(tmp_path / f"{name}.xlsx")
        build(tmp_path / f"{name}.xlsm", macros=read_macros(ROOT / "workbook" / "vba", sheets_with_macros()))
    for file in (path.name for path in files):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    for edition in ("xlsx", "xlsm"):
        assert (tmp_path / f"one.{edition}").read_bytes() == (tmp_path / f"two.{edition}").read_bytes()
    assert openpyxl.load_workbook(tmp_path / "one.xlsx").sheetnames[0] == "Start"
