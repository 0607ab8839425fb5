"""The README says what is so: its commands, its Python, its generated table."""

import doctest
import re
import shlex
from pathlib import Path

from xlsmkt import cli
from xlsmkt.build import function_table
from xlsmkt.catalogue import CATALOGUE

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_function_table_is_fresh():
    assert function_table() in README, "run: xlsmkt build"
    assert all(f"`{entry.usage}`" in README for entry in CATALOGUE.values())


def test_the_python_in_it_runs():
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert tried and not failed


def test_the_eval_example_prints_what_it_says(capsys):
    command, shown = re.search(r"^\$ xlsmkt (eval .*)\n((?:.+\n)+)```", README, re.M).groups()
    assert cli.main(shlex.split(command)) == 0
    assert capsys.readouterr().out == shown


def test_the_figures_example_prints_what_it_says(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    command, shown = re.search(r"^\$ xlsmkt (figures .*)\n((?:.+\n)+)```", README, re.M).groups()
    assert cli.main(shlex.split(command)) == 0
    assert capsys.readouterr().out == shown


def test_every_command_in_it_is_known(capsys):
    for command in re.findall(r"^(?:\$ )?xlsmkt (\w+)", README, re.M):
        try:
            cli.main([command, "--help"])
        except SystemExit as done:
            assert done.code == 0
    assert "usage: xlsmkt" in capsys.readouterr().out


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
