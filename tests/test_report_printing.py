"""The dashboard as PDF and picture: by LibreOffice and by a real browser, or not at all."""

import io
import os
import socket
import tempfile
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from xlsmkt.errors import UserError
from xlsmkt.package import Edit
from xlsmkt.package.named_cells import place_of
from xlsmkt.report import printing
from xlsmkt.report.browser import Browser, find_browser
from xlsmkt.report.page import FOLDED
from xlsmkt.report.reading import read_dashboard


@pytest.fixture(scope="session")
def browser():
    """The browser of this computer."""
    found = find_browser()
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("install Chrome, Chromium or Edge")
    return found


@pytest.fixture
def no_office(monkeypatch):
    monkeypatch.setenv("XLSMKT_SOFFICE", "nowhere")


@pytest.fixture
def room(tmp_path, monkeypatch):
    """The folder that all temporary files and folders of a test are made in; it must be empty in the end."""
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert processes_with(str(folder)) == []


def processes_with(words):
    """The processes in whose command line some words stand."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().decode("utf-8", "replace"))
        except OSError:  # it has just ended
            continue
    return [line for line in lines if words in line]


def text_of(pdf):
    """All text of a PDF, without blanks: where lines break is up to the printer."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [document[number].get_textpage() for number in range(len(document))]
        return "".join("".join(page.get_text_bounded().split()) for page in pages)


def missing_in(text, cells):
    return [(cell.ref, cell.text) for cell in cells if "".join(cell.text.split()) not in text]


@pytest.fixture(scope="module")
def renamed(demo, tmp_path_factory):
    """The workbook of the demonstration with a stored figure that no formula gives, and its sheet called otherwise."""
    path = tmp_path_factory.mktemp("printing") / "Größe #1 50% 'a'.xlsx"
    edit = Edit.open(demo / "sla.xlsx")
    place = place_of(edit, "Page_Marketing")
    cell = next(one for one in edit.cells("Dashboard") if one.formula == "Now_Actual")
    edit.set_result(place.sheet, cell.row, cell.column, [[7777.0]])
    edit.save(path)
    parts = {}
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            data = book.read(name)
            if name == "xl/workbook.xml":
                data = data.replace(b'name="Dashboard"', 'name="Überblick"'.encode())
            parts[name] = data.replace(b"Dashboard!", "Überblick!".encode()) if name == "xl/workbook.xml" else data
    with zipfile.ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, data)
    return path


def test_libreoffice_prints_the_stored_figures_of_the_dashboard(renamed, soffice, room, tmp_path, monkeypatch):
    to = tmp_path / "out # %41 'ü'.pdf"
    printing.write_pdf(renamed, to)
    text = text_of(to)
    cells = [cell for block in read_dashboard(renamed).blocks for cell in block.cells()]
    on_it = [cell for cell in cells if cell.ref.startswith("Überblick!") and cell.text]
    assert "7,777" in [cell.text for cell in on_it]
    assert len(on_it) > 100
    assert missing_in(text, on_it) == []
    assert "#NAME?" not in text
    # without a browser, the picture is of these pages
    monkeypatch.setattr(printing, "find_browser", lambda: None)
    monkeypatch.setattr(printing, "_printed_by_office", lambda book: to.read_bytes())
    printing.write_png(renamed, to.with_suffix(".png"))
    with Image.open(to.with_suffix(".png")) as picture, pypdfium2.PdfDocument(to) as document:
        assert picture.width == 2880
        assert abs(picture.height - len(document) * 2880 * 210 / 297) < 5  # A4 across
        assert len(picture.getcolors(1 << 24)) > 100


def test_the_browser_prints_the_page_where_there_is_no_libreoffice(demo, browser, no_office, room, tmp_path):
    to = tmp_path / "out # %41 'ü'.pdf"
    printing.write_pdf(demo / "sla.xlsx", to)
    text = text_of(to)
    blocks = [block for block in read_dashboard(demo / "sla.xlsx").blocks if block.key not in FOLDED]
    cells = [cell for block in blocks for cell in block.cells()]
    assert len(cells) > 300
    assert missing_in(text, cells) == []
    printing.write_png(demo / "sla.xlsx", to.with_suffix(".png"))
    with Image.open(to.with_suffix(".png")) as picture:
        assert picture.width == 2880
        assert picture.height > 3000
        assert len(picture.getcolors(1 << 24)) > 100


PAGE = """<!doctype html><html><head><meta charset="utf-8"><style>body {{ margin: 0 }} div {{ height: {high}px }}
p {{ margin: 0; height: 10px; background: #0000ff }}</style></head><body><img alt="" hidden src="{picture}">
<div>"Größe" &amp; mehr</div><p></p></body></html>"""


@pytest.mark.parametrize(("high", "most", "scale"), [(2000, 4020, 2), (2000, 4019, 1)])
def test_the_picture_has_all_of_the_page(browser, room, high, most, scale):
    made = Browser(browser).png(PAGE.format(high=high, picture=""), 1440, most)
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.size == (1440 * scale, (high + 10) * scale)
        blue, above = (scale * (high + at) for at in (5, -1))
        assert picture.getpixel((10, blue))[:3] == (0, 0, 255)
        assert picture.getpixel((10, above))[:3] == (255, 255, 255)


def test_a_page_too_high_for_a_picture_is_refused(browser, room):
    with pytest.raises(UserError, match="5,010 pixels high"):
        Browser(browser).png(PAGE.format(high=5000, picture=""), 1440, 5009)


def test_the_browser_fetches_nothing(browser, room):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        port = server.getsockname()[1]
        made = Browser(browser).pdf(PAGE.format(high=10, picture=f"http://127.0.0.1:{port}/a.png"))
        with pytest.raises(TimeoutError):
            server.accept()
    assert text_of(made) == '"Größe"&mehr'


def program(path, *lines):
    path.write_text("\n".join(["#!/bin/sh", *lines]))
    path.chmod(0o755)
    return path


def test_a_browser_that_hangs_is_ended_with_what_it_started(room, tmp_path):
    told = tmp_path / "told"
    hanging = program(tmp_path / "browser", f'sleep 1000 & echo $! > "{told}"', "wait")
    with pytest.raises(UserError, match=r"was not done after 2 seconds"):
        Browser(hanging, seconds=2).pdf("<p>page</p>")
    child = int(told.read_text())
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text()


def test_a_browser_that_makes_nothing_leaves_the_old_file(demo, no_office, room, tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_BROWSER", str(program(tmp_path / "browser", "exit 0")))
    old = {".pdf": b"%PDF-old", ".png": b"\x89PNGold"}
    for write, suffix in ((printing.write_pdf, ".pdf"), (printing.write_png, ".png")):
        to = tmp_path / f"old{suffix}"
        to.write_bytes(old[suffix])
        with pytest.raises(UserError, match="made nothing of the page"):
            write(demo / "sla.xlsx", to)
        assert to.read_bytes() == old[suffix]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["browser", "old.pdf", "old.png", "room"]


@pytest.mark.parametrize("write", [printing.write_pdf, printing.write_png])
def test_without_both_a_sentence_says_what_to_install(demo, no_office, tmp_path, monkeypatch, write):
    monkeypatch.setattr(printing, "find_browser", lambda: None)
    with pytest.raises(UserError, match=r"takes LibreOffice .* or a browser .*: install one of them"):
        write(demo / "sla.xlsx", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_only_a_file_of_the_kind_is_replaced(demo, tmp_path):
    book, other = demo / "sla.xlsx", tmp_path / "notes.txt"
    other.write_text("mine")
    for to, told in (
        (other, "is there already and is no"),
        (book, "is the workbook itself"),
        (tmp_path, "is a folder"),
        (tmp_path / "none" / "a", "There is no folder"),
    ):
        for write in (printing.write_pdf, printing.write_png):
            with pytest.raises(UserError, match=told):
                write(book, to)
    with pytest.raises(UserError, match="There is no file"):
        printing.write_pdf(tmp_path / "none.xlsx", tmp_path / "a.pdf")
    assert other.read_text() == "mine"


def test_browsers_are_found_on_all_systems(tmp_path):
    def made(*parts):
        path = tmp_path.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return program(path)

    nothing = {"PATH": str(tmp_path / "empty"), "HOME": str(tmp_path / "home")}
    assert find_browser(nothing, "linux", tmp_path) is None
    opt = made("opt", "google", "chrome", "chrome")
    assert find_browser(nothing, "linux", tmp_path) == opt
    on_path = made("bin", "google-chrome-stable")
    assert find_browser({"PATH": str(on_path.parent)}, "linux", tmp_path) == on_path
    edge = made("Applications", "Microsoft Edge.app", "Contents", "MacOS", "Microsoft Edge")
    assert find_browser(nothing, "darwin", tmp_path) == edge
    own = made("home", "Applications", "Google Chrome.app", "Contents", "MacOS", "Google Chrome")
    edge.unlink()
    assert find_browser(nothing, "darwin", tmp_path) == own
    windows = made("Program Files (x86)", "Microsoft", "Edge", "Application", "msedge.exe")
    folders = {"ProgramFiles": str(tmp_path / "Program Files"), "ProgramFiles(x86)": str(windows.parents[3])}
    assert find_browser({**nothing, **folders}, "win32", tmp_path) == windows
    assert find_browser({**nothing, "XLSMKT_BROWSER": str(own)}, "linux", tmp_path) == own
    with pytest.raises(UserError, match="XLSMKT_BROWSER names nowhere, which is no file"):
        find_browser({**nothing, "XLSMKT_BROWSER": "nowhere"}, "linux", tmp_path)
