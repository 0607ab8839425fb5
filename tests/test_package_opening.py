"""What is not a sound workbook is refused in one sentence that says what to do."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest
from rich_workbook import MAIN, build, plain, read_parts, write_parts

from xlsmkt.errors import UserError
from xlsmkt.package import Book, Edit, opening

SHEET, BOOK, TABLE = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/tables/table1.xml"
ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'


def refused(path: Path, words: str) -> None:
    with pytest.raises(UserError, match=words) as refusal:
        book = Book.open(path)
        for sheet in book.sheet_names:
            list(book.cells(sheet))
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return plain(tmp_path / "book.xlsx", ROW, {"T": ("A1:A2", ["1"])})


def with_part(path: Path, name: str, data: bytes) -> Path:
    write_parts(path, read_parts(path) | {name: data})
    return path


def test_a_missing_file(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.xlsx", "There is no file .*nothing.xlsx: check the name")


def test_a_folder(tmp_path: Path) -> None:
    refused(tmp_path, "is a folder: name the workbook in it")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty: take an earlier copy"),
        (b"Lead ID,Created\n1,2026-01-01\n", "is not a workbook: give an .xlsx or .xlsm file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "protected by a password or an old .xls file"),
        (b"PK\3\4" + b"\0" * 100, "damaged or incomplete"),
    ],
)
def test_files_of_another_kind(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    refused(path, words)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"readme.txt": b"hello"}, "is not a workbook: save it as .xlsx first"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "an OpenDocument file: save it as .xlsx"),
        ({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b""}, "binary workbook"),
        ({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}, "is not a workbook: give an .xlsx"),
    ],
)
def test_containers_of_another_kind(tmp_path: Path, parts: dict[str, bytes], words: str) -> None:
    path = tmp_path / "book.xlsx"
    write_parts(path, parts)
    refused(path, words)


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.95])
def test_a_file_that_was_cut(tmp_path: Path, keep: float) -> None:
    path = build(tmp_path / "rich.xlsm")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    refused(path, "damaged or incomplete: take an earlier copy")


def test_packed_bytes_that_were_changed(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(SHEET)
    data = bytearray(path.read_bytes())
    start = entry.header_offset + 30 + len(SHEET)
    for i in range(start + 10, start + entry.compress_size, 3):
        data[i] ^= 0x55
    path.write_bytes(data)
    refused(path, f"damaged in {SHEET}")


@pytest.mark.parametrize(
    ("part", "data", "words"),
    [
        (BOOK, b"<workbook", "damaged in xl/workbook.xml"),
        (BOOK, b"<html/>", "is not a workbook"),
        (
            BOOK,
            b'<workbook xmlns="x"><sheets><sheet name="Data" r:id="rId9" xmlns:r="r"/></sheets></workbook>',
            "damaged in",
        ),
        (SHEET, b"", "damaged in xl/worksheets/sheet1.xml"),
        (SHEET, b"<worksheet><sheetData><row r='1'>", "damaged in"),
        (SHEET, b'<worksheet><sheetData><row r="2"></row><row r="1"></row></sheetData></worksheet>', "damaged in"),
        (SHEET, b'<worksheet><sheetData><row r="1"><c r="A1"><v>x</v></c></row></sheetData></worksheet>', "damaged in"),
        (
            SHEET,
            b'<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>5</v></c></row></sheetData></worksheet>',
            "damaged in",
        ),
        *[
            (
                BOOK,
                b'<workbook xmlns="x"><sheets/><definedNames><definedName name="N" localSheetId="%s">1</definedName>'
                b"</definedNames></workbook>" % number,
                "damaged in xl/workbook.xml",
            )
            for number in (b"x", b"-99", b"9" * 5000)
        ],
        *[
            (
                TABLE,
                b'<table ref="%s" totalsRowCount="%s"><tableColumns><tableColumn/></tableColumns></table>' % pair,
                "damaged in xl/tables/table1.xml",
            )
            for pair in ((b"A1:A2", b"-5"), (b"A1:A2", b"many"), (b"nonsense", b"0"), (b"A1:A9999999", b"0"))
        ],
        (TABLE, b"<table/>", "damaged in xl/tables/table1.xml"),
        (TABLE, b'<table ref="A1:B2"><tableColumns/></table>', "damaged in"),
        ("[Content_Types].xml", b"<Types>", None),
    ],
)
def test_damaged_parts(path: Path, part: str, data: bytes, words: str | None) -> None:
    with_part(path, part, data)
    if words:
        refused(path, words)
    else:
        edit = Edit.open(path)
        with pytest.raises(UserError, match="damaged in"):
            edit.replace_rows("T", {"1": [1, 2, 3]})


BOMB = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FETCH = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("start", [BOMB, FETCH])
@pytest.mark.parametrize("part", [BOOK, SHEET, TABLE, "_rels/.rels"])
def test_entities_are_refused(path: Path, part: str, start: bytes) -> None:
    data = read_parts(path)[part]
    with_part(path, part, start + data[data.index(b"?>") + 2 :].replace(b"<v>1</v>", b"<v>&b;</v>"))
    refused(path, f"declares entities in {part}, which no workbook does")


def test_entities_are_refused_in_utf16(path: Path) -> None:
    text = (BOMB + b"<workbook/>").decode().replace('"1.0"', '"1.0" encoding="UTF-16"')
    with_part(path, BOOK, text.encode("utf-16"))
    refused(path, "declares entities in xl/workbook.xml")


def test_a_zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b"\0" * (80 << 20))
    refused(path, "unpacks to far more than a workbook holds")


def test_a_bomb_that_tells_a_small_size(path: Path) -> None:
    """The size in the directory is not believed: no more than that is ever unpacked."""
    rows = ROW.encode() + b" " * (30 << 20)
    with_part(path, SHEET, f'<worksheet xmlns="{MAIN}"><sheetData>'.encode() + rows + b"</sheetData></worksheet>")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        real = archive.getinfo(SHEET).file_size
    told = struct.pack("<L", 2000)
    while (place := data.find(struct.pack("<L", real))) >= 0:
        data[place : place + 4] = told
    path.write_bytes(data)
    refused(path, "damaged in")


def test_too_many_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_PARTS", 3)
    refused(path, "unpacks to far more")


def test_the_same_part_twice(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(SHEET.upper(), b"<worksheet/>")
    refused(path, "holds a part twice")


def test_utf16_parts_are_read(path: Path) -> None:
    parts = read_parts(path)
    for name in (SHEET, BOOK):
        text = parts[name].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
        with_part(path, name, text.encode("utf-16"))
    assert [cell.value for cell in Book.open(path).cells("Data")] == [1.0]


def test_shared_strings(path: Path) -> None:
    items = '<si><t xml:space="preserve"> a &amp; b</t></si><si/><si><r><t>rich </t></r><r><t>text</t></r>'
    items += "<rPh sb='0' eb='1'><t>read aloud</t></rPh></si><si><t>_x0041__x000a_</t></si>"
    parts = read_parts(path)
    arrows = "xl/_rels/workbook.xml.rels"
    link = b'<Relationship Id="rIdS" Type="x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>'
    parts[arrows] = parts[arrows].replace(b"</Relationships>", link)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{items}</sst>'.encode()
    cells = "".join(f'<c r="{column}1" t="s"><v>{i}</v></c>' for i, column in enumerate("ABCD"))
    parts[SHEET] = parts[SHEET].replace(b'<c r="A1"><v>1</v></c>', cells.encode())
    write_parts(path, parts)
    assert Book.open(path).range("Data", "A1:D1") == [[" a & b", "", "rich text", "A\n"]]


def test_reading_never_writes(path: Path) -> None:
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    with Book.open(path) as book:
        list(book.cells("Data"))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)


def test_a_pipe_is_no_workbook(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    refused(tmp_path / "pipe.xlsx", "is a pipe or a device: give a workbook file")


def test_links_that_go_round_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "one.xlsx").symlink_to(tmp_path / "other.xlsx")
    (tmp_path / "other.xlsx").symlink_to(tmp_path / "one.xlsx")
    refused(tmp_path / "one.xlsx", "cannot be read")


@pytest.mark.parametrize("data", ["<sheetData/>", "<sheetData />", "<sheetData></sheetData>"])
def test_an_empty_sheet(path: Path, data: str) -> None:
    with_part(path, SHEET, f'<worksheet xmlns="{MAIN}">{data}</worksheet>'.encode())
    assert list(Book.open(path).cells("Data")) == []
    edit = Edit.open(path)
    edit.set_cell("Data", 3, 2, 5)
    edit.save(path)
    assert Book.open(path).range("Data", "B3:B3") == [[5]]
