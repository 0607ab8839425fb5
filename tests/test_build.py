"""The generated files of the project are fresh, and the same at every build."""

import openpyxl

from xlsmkt import cli
from xlsmkt.build import ROOT, stale
from xlsmkt.crm.sample import write_sample
from xlsmkt.template.building import build


def test_the_generated_files_are_fresh(capsys):
    assert stale() == [], "run: xlsmkt build"
    assert cli.main(["build", "--check"]) == 0


def test_a_stale_file_is_found(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "README.md").write_bytes(
        (ROOT / "README.md").read_bytes().replace(b"`=LEADS_NEEDED(20, 5%)`", b"`=OLD()`")
    )
    (tmp_path / "workbook").symlink_to(ROOT / "workbook")
    monkeypatch.setattr("xlsmkt.build.ROOT", tmp_path)
    assert [str(path) for path in stale()] == ["README.md"]


def test_two_builds_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        files = write_sample(tmp_path / name)
        build(tmp_path / f"{name}.xlsx")
    for file in (path.name for path in files):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    assert openpyxl.load_workbook(tmp_path / "one.xlsx").sheetnames[0] == "Start"
