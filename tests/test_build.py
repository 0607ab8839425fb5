"""The generated files of the project are fresh, and the same at every build."""

import os
import shutil
import subprocess
import sys

import openpyxl
import pytest

from xlsmkt.build import ROOT, stale
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
