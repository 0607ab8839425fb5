"""The package as a user installs it: it has all that its commands need."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that holds what the wheel holds, away from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize(
    ("name", "more", "template"),
    [
        ("mine.xlsx", [], "xlsmkt.xlsx"),
        ("mine.xlsm", [], "xlsmkt.xlsm"),
        ("mine.xlsx", ["--for", "lite"], "xlsmkt-lite.xlsx"),
    ],
)
def test_an_installed_command_finds_the_template(name, more, template, installed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    code = (
        "import xlsmkt, sys; from xlsmkt.cli import main; print(xlsmkt.__file__); "
        f"sys.exit(main({['new', name, *more]}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stdout
    assert (tmp_path / name).read_bytes() == (ROOT / "workbook" / template).read_bytes()
