"""The command xlsmkt report: what it writes, and what it refuses with one sentence, leaving everything as it was."""

import os
import sys
from unittest.mock import patch

import pytest
from report_pages import small_book

from xlsmkt.cli import main
from xlsmkt.errors import UserError
from xlsmkt.report import printing


@pytest.fixture
def book(tmp_path):
    return small_book(tmp_path / "b.xlsx")


def refused(capsys, *arguments):
    assert main(["report", *map(str, arguments)]) == 2
    out, told = capsys.readouterr()
    assert out == "" and told.startswith("xlsmkt: ") and told.count("\n") == 1
    return told.removeprefix("xlsmkt: ").rstrip("\n")


def test_a_page_is_written_and_replaced(book, tmp_path, capsys):
    to = tmp_path / "page.html"
    to.write_text("<!doctype html>old", "utf-8")
    assert main(["report", str(book), "--html", str(to)]) == 0
    assert capsys.readouterr().out == f"Wrote {to}\n"
    assert to.read_text("utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.xlsx", "page.html"]


def test_a_name_without_a_folder_is_in_the_folder_of_the_caller(book, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "b.xlsx", "--html", "page.html"]) == 0
    assert (tmp_path / "page.html").exists()


def test_several_outputs_are_written_at_once(book, tmp_path, capsys):
    """What prints is asked once for each; that it prints is tested with it."""
    asked = []
    with patch.object(printing, "write_pdf", lambda *given: asked.append(("pdf", *given))), \
         patch.object(printing, "write_png", lambda *given: asked.append(("png", *given))):  # fmt: skip
        outputs = [tmp_path / name for name in ("a.html", "a.pdf", "a.png")]
        given = [str(one) for pair in zip(("--html", "--pdf", "--png"), outputs, strict=True) for one in pair]
        assert main(["report", str(book), *given]) == 0
    assert asked == [("pdf", book, outputs[1]), ("png", book, outputs[2])]
    assert capsys.readouterr().out == "".join(f"Wrote {to}\n" for to in outputs)


def test_it_must_be_said_what_to_make(book, capsys):
    assert refused(capsys, book) == f"Say what to make: xlsmkt report {book} --html dashboard.html (or --pdf, --png)."


def test_the_workbook_is_never_replaced(book, tmp_path, capsys):
    before = book.read_bytes()
    link = tmp_path / "link.html"
    link.symlink_to(book)
    for to in (book, link, tmp_path / "." / "b.xlsx"):
        assert refused(capsys, book, "--html", to) == f"{to} is the workbook itself: give the web page another name."
    assert "would be named like a workbook" in refused(capsys, book, "--html", tmp_path / "other.xlsx")
    assert book.read_bytes() == before


def test_one_name_for_two_outputs_is_refused(book, tmp_path, capsys):
    to = tmp_path / "out"
    assert (
        refused(capsys, book, "--html", to, "--png", to) == f"{to} is named twice: give each output a name of its own."
    )
    assert not to.exists()


def test_a_folder_that_is_not_there_is_refused(book, tmp_path, capsys):
    to = tmp_path / "none" / "page.html"
    assert refused(capsys, book, "--html", to) == f"There is no folder {to.parent}: make it or name another one."
    assert refused(capsys, book, "--html", tmp_path).startswith(
        f"{tmp_path} is a folder: give the name of a file in it"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="what no user may write to is told in /proc only on Linux")
def test_a_place_that_cannot_be_written_to_is_refused(book, capsys):
    told = refused(capsys, book, "--html", "/proc/page.html")
    assert told.startswith("/proc/page.html cannot be written") or told.startswith("There is no folder /proc")


def test_an_old_page_stays_when_the_new_one_fails(book, tmp_path, capsys):
    to = tmp_path / "page.html"
    to.write_text("<html>old", "utf-8")
    with patch.object(os, "replace", side_effect=OSError(28, "No space left on device")):
        told = refused(capsys, book, "--html", to)
    assert told.startswith(f"{to} cannot be written (No space left on device)")
    assert to.read_text("utf-8") == "<html>old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.xlsx", "page.html"]


def test_a_workbook_that_cannot_be_read_leaves_no_page(tmp_path, capsys):
    assert "no file" in refused(capsys, tmp_path / "none.xlsx", "--html", tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_before_a_refusal_is_told(book, tmp_path, capsys):
    with patch.object(printing, "write_pdf", side_effect=UserError("No printer is here: install one.")):
        assert main(["report", str(book), "--html", str(tmp_path / "a.html"), "--pdf", str(tmp_path / "a.pdf")]) == 2
    out, told = capsys.readouterr()
    assert out == f"Wrote {tmp_path / 'a.html'}\n" and told == "xlsmkt: No printer is here: install one.\n"
