"""CSV and Excel files as they come: encodings, delimiters, headings, lines, footers."""

import datetime as dt
import io
import locale
import zipfile

import numpy as np
import pytest
from openpyxl import Workbook

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.excel import read_excel
from xlsmkt.crm.opening import Files
from xlsmkt.crm.reading import read_csv
from xlsmkt.errors import UserError


@pytest.fixture
def write(tmp_path):
    def write(content, encoding="utf-8", name="leads.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def rows(path, *headings, answers=None, **how):
    table = read_csv(path, answers or Answers(), **how)
    read = table.read(list(headings or table.headings))
    columns = [column.texts.to_pylist() for column in read.columns.values()]
    return table.headings, list(zip(*columns, strict=True)), read.lines(read.records).tolist(), read


TEXT = "Owner,Created\nCórdoba Süd,2026-01-02\nŽatec,2026-01-03\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_told_by_itself(write, encoding):
    headings, values, lines, _ = rows(write(TEXT, encoding))
    assert headings == ["Owner", "Created"]
    assert values == [("Córdoba Süd", "2026-01-02"), ("Žatec", "2026-01-03")]
    assert lines == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(write, encoding):
    assert rows(write(TEXT, encoding))[1][0] == ("Córdoba Süd", "2026-01-02")


CP1252 = "Owner,Created\nLübeck Süd,2026-01-02\n".encode("cp1252")


def test_a_code_page_is_never_guessed(write):
    with pytest.raises(UserError) as error:
        rows(write(CP1252))
    words = str(error.value)
    assert words.startswith("leads.csv: line 2 is not UTF-8, it can mean")
    assert '"Lübeck Süd" (cp1252)' in words
    assert '"Lьbeck Sьd" (cp1251)' in words
    assert "--encoding cp1252" in words


def test_a_code_page_that_is_given_or_asked(write):
    path = write(CP1252)
    for how in ({"answers": Answers(encoding="cp1252")}, {"encoding": "cp1252"}, {"answers": Answers(ask=pick_first)}):
        assert rows(path, **how)[1] == [("Lübeck Süd", "2026-01-02")]


def pick_first(question):
    return next(iter(question.readings))


def test_the_users_own_code_page_is_taken(write, monkeypatch):
    monkeypatch.setattr(locale, "getencoding", lambda: "cp1250")  # as Windows answers in Prague
    assert rows(write("Owner,Created\nŽatec,2026-01-02\n", "cp1250"))[1] == [("Žatec", "2026-01-02")]


def test_utf_8_wins_over_a_code_page_that_was_given(write):
    assert rows(write(TEXT), answers=Answers(encoding="cp1252"))[1][0][0] == "Córdoba Süd"


def test_encodings_that_cannot_be(write):
    with pytest.raises(UserError, match="'latin-42' is no code page"):
        rows(write(CP1252), encoding="latin-42")
    with pytest.raises(UserError, match="not written in ascii"):
        rows(write(CP1252), encoding="ascii")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_columns(write, sign):
    other = ";" if sign == "," else ","
    text = f'Owner{sign}Created{sign}Note\nA{sign}1{sign}"x{other}y{other}z"\nB{sign}2{sign}p{other}q{other}r{other}s\n'
    headings, values, _, _ = rows(write(text))
    assert headings == ["Owner", "Created", "Note"]
    assert values[0] == ("A", "1", f"x{other}y{other}z")


def test_decimal_commas_do_not_pass_for_delimiters(write):
    text = "Erstellt;Betrag;Anteil\n" + "31.12.2025;1.234,56;0,5\n" * 9
    assert rows(write(text))[0] == ["Erstellt", "Betrag", "Anteil"]


def test_excels_hint_of_a_delimiter(write):
    headings, values, lines, _ = rows(write("sep=;\nOwner;Created\nA,B;1\n"))
    assert (headings, values, lines) == (["Owner", "Created"], [("A,B", "1")], [3])


def test_headings_are_trimmed_and_doubled_ones_numbered(write):
    assert rows(write("Owner ,  Created,Owner,\n1,2,3,4\n"))[0] == ["Owner", "Created", "Owner (2)", ""]


def test_a_delimiter_too_many_at_the_end_of_each_row(write):
    _, values, _, read = rows(write("Owner,Created\nA,1,\nB,2,\n"), "Owner", "Created")
    assert values == [("A", "1"), ("B", "2")]
    assert not read.ragged


def test_lines_of_title_above_the_headings(write):
    text = "Campaign report\nJanuary 1, 2026 - January 31, 2026\n\nDay,Campaign,Cost\n2026-01-01,A,5\n2026-01-02,B,6\n"
    headings, _, lines, _ = rows(write(text))
    assert headings == ["Day", "Campaign", "Cost"]
    assert lines == [5, 6]


def test_lines_are_those_of_the_file(write):
    text = 'Owner,Note,Created\nA,"two\nlines, and ""more""",1\n\nB,,2\r\nC,"three\r\nlines\r\nhere",3\n   \nD,x,4'
    _, values, lines, read = rows(write(text))
    assert [value[0] for value in values] == ["A", "B", "C", "D"]
    assert lines == [2, 5, 6, 10]
    assert not read.ragged


def test_lines_with_a_stray_quotation_mark(write):
    text = 'Owner,Note,Created\nA,5" pipe,1\nB,"two\nlines",2\nC,x,3\n'
    _, values, lines, _ = rows(write(text))
    assert values[0] == ("A", '5" pipe', "1")
    assert lines == [2, 3, 5]


def test_headings_with_line_feeds_in_them(write):
    headings, _, lines, _ = rows(write('"Owner\nname",Created\nA,1\nB,2\n'))
    assert headings == ["Owner\nname", "Created"]
    assert lines == [3, 4]


def test_lines_of_many_rows_across_the_pieces_that_are_read(write, monkeypatch):
    monkeypatch.setattr("xlsmkt.crm.reading._CHUNK", 64)
    body, expected, line = [], [], 2
    for number in range(500):
        note = '"a\nb\n\n""c"""' if number % 7 == 0 else '"x, y"' if number % 3 == 0 else "plain"
        body.append(f"{number},{note}\n" + ("\n" if number % 50 == 0 else ""))
        expected.append(line)
        line += body[-1].count("\n")
    _, values, lines, _ = rows(write("Number,Note\n" + "".join(body)))
    assert [int(value[0]) for value in values] == list(range(500))
    assert lines == expected


def test_line_ends_of_old_macs(write):
    assert rows(write("Owner,Created\rA,1\rB,2\r"))[1:3] == ([("A", "1"), ("B", "2")], [2, 3])
    late = "Owner,Created\n" + "A,1\n" * 100_000 + "B,2\rC,3\n"  # only far below the part that is looked at
    assert rows(write(late))[2][-2:] == [100_002, 100_003]


def test_rows_of_the_wrong_length_are_told_with_their_record(write):
    _, values, lines, read = rows(write("A,B,C\n1,2,3\n4,5\n6,7,8\n9,10,11,12\n13,14,15\n"))
    assert [value[0] for value in values] == ["1", "6", "13"]
    assert lines == [2, 4, 6]
    assert [(text, read.lines(np.array([number]))[0]) for number, text in read.ragged] == [
        ("4,5", 3),
        ("9,10,11,12", 5),
    ]


FOOTER = """
"Leads by Source"
"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."
"Confidential Information - Do Not Distribute"
"Generated By:  Rep North  1/15/2026 9:05 AM"
"Example Ltd"
"""


def test_a_reports_footer_is_dropped_and_counted(write):
    _, values, _, read = rows(write('"Lead ID","Created Date"\n"1","1/15/2026"\n"2","1/16/2026"\n' + FOOTER))
    assert len(values) == 2
    assert not read.ragged
    assert read.footers == 5


def test_a_last_row_that_is_cut_off_is_no_footer(write):
    read = rows(write("A,B,C\n1,2,3\n4,5,6\n7,8"))[3]
    assert read.ragged == [(2, "7,8")]
    assert read.footers == 0


@pytest.mark.parametrize("row", ['2,"2026-01-03\n', '2,x\n"3,y\n', '2,"'])
def test_a_quotation_that_is_never_closed_would_swallow_rows(write, row):
    line = 3 if row != '2,x\n"3,y\n' else 4
    with pytest.raises(UserError, match=f"the quotation mark opened on line {line} is never closed"):
        rows(write(f"Lead ID,Created\n1,2026-01-02\n{row}4,2026-01-04\n5,2026-01-05\n"))


def test_a_stray_zero_byte_does_not_make_a_file_utf_16(write):
    assert rows(write(b"Owner,Created\nA\0nn,2026-01-02\n"))[0] == ["Owner", "Created"]


def test_long_values_are_read_and_a_row_that_no_table_holds_is_an_error(write):
    long = "x" * 200_000
    assert rows(write(f'Owner,Note\nA,{long}\nB,"odd\n'.replace('"odd', "odd")))[1][0] == ("A", long)
    with pytest.raises(UserError, match="a row is longer than 8 MB"):
        rows(write("Owner,Note\nA," + "x" * (20 << 20) + "\nB,y\n"))


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file(write, content):
    with pytest.raises(UserError, match=r"leads\.csv is empty"):
        read_csv(write(content), Answers())


def test_headings_and_no_row(write):
    headings, values, lines, _ = rows(write("Owner,Created\n"))
    assert (headings, values, lines) == (["Owner", "Created"], [], [])


def test_files_that_are_not_there_or_no_text(write, tmp_path):
    with pytest.raises(UserError, match="is not there"):
        read_csv(tmp_path / "none.csv", Answers())
    with pytest.raises(UserError, match="is a folder; name a file in it"):
        read_csv(tmp_path, Answers())


# --- Excel ---


def book(tmp_path, *sheets):
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, content in sheets:
        sheet = workbook.create_sheet(name)
        for row in content:
            sheet.append(row)
    path = tmp_path / "leads.xlsx"
    workbook.save(path)
    return path


def test_typed_cells_stay_typed(tmp_path):
    path = book(
        tmp_path, ("One", [["Created", "Amount", "Won"], [dt.datetime(2026, 1, 2, 3, 4), 5.5, True], ["x", None, 1]])
    )
    table = read_excel(path)
    read = table.read(["Created", "Amount", "Won"])
    assert read.columns["Created"].typed == [dt.datetime(2026, 1, 2, 3, 4), None]
    assert read.columns["Created"].texts.to_pylist() == [None, "x"]
    assert read.columns["Amount"].typed == [5.5, None]
    assert read.columns["Won"].typed == [True, 1]
    assert read.lines(read.records).tolist() == [2, 3]


def test_title_rows_empty_rows_and_a_footer_in_a_sheet(tmp_path):
    content = [
        ["Leads by Source"], ["As of 2026-01-15"], [],
        ["Lead ID", "Created Date", "Lead Source"], ["1", "2026-01-02", "Web"], [], ["2", "2026-01-03", "Web"],
        [], ["Copyright (c) 2000-2026 salesforce.com, inc."], ["Confidential Information"],
    ]  # fmt: skip
    table = read_excel(book(tmp_path, ("One", content)))
    assert table.headings == ["Lead ID", "Created Date", "Lead Source"]
    read = table.read(["Lead ID"])
    assert read.columns["Lead ID"].texts.to_pylist() == ["1", "2"]
    assert read.lines(read.records).tolist() == [5, 7]
    assert read.footers == 2


def test_the_sheet_that_is_named_else_the_first_one(tmp_path):
    path = book(tmp_path, ("One", [["A"], [1]]), ("Two", [["B"], [1]]), ("Three", []))
    assert read_excel(path).headings == ["A"]
    assert read_excel(path, "Two").headings == ["B"]
    with pytest.raises(UserError, match="no sheet 'Four'; its sheets are One, Two, Three"):
        read_excel(path, "Four")
    with pytest.raises(UserError, match="Three is empty"):
        read_excel(path, "Three")


def test_what_is_no_workbook(write, tmp_path):
    with pytest.raises(UserError, match=r"not a workbook but a text; give it the ending \.csv"):
        read_excel(write(b"Owner,Created\n", name="leads.xlsx"))
    with pytest.raises(UserError, match="is not there"):
        read_excel(tmp_path / "none.xlsx")


# --- other kinds of files ---


def archive(*names):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in names:
            made.writestr(name, "text of some length, not compressed")
    return held.getvalue()


NO_TABLES = {
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10",
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "zip": archive("letter.txt"),
    "docx": archive("[Content_Types].xml", "word/document.xml"),
    "html": b"\n<!DOCTYPE html><html><body>Please sign in</body></html>",
    "json": b'[{"Lead ID": 1, "Created": "2026-01-02"}]',
    "bytes": bytes(range(256)) * 8,
    "bytes with many zeros": bytes(value * (place % 2) for place, value in enumerate(bytes(range(256)) * 8)),
}


@pytest.mark.parametrize("ending", [".csv", ".pdf", ".xlsx", ""])
@pytest.mark.parametrize("kind", NO_TABLES)
def test_a_file_that_is_no_table_is_refused_whatever_its_ending(write, kind, ending):
    path = write(NO_TABLES[kind], name=f"file{ending}")
    with pytest.raises(UserError) as error:
        next(Files([path], Answers()).tables())
    if kind != "docx" or ending != ".xlsx":  # inside, a document looks like a damaged workbook
        assert str(error.value) == f"file{ending} is no CSV or Excel file; export it as CSV or .xlsx"
    assert "export it" in str(error.value)


def test_a_workbook_under_another_ending_is_told_from_other_archives(tmp_path):
    path = book(tmp_path, ("One", [["A"], [1]])).rename(tmp_path / "leads.csv")
    with pytest.raises(UserError, match=r"is an Excel file; give it the ending \.xlsx"):
        read_csv(path, Answers())


def test_a_damaged_workbook(tmp_path):
    path = book(tmp_path, ("One", [["A"], [1]]))
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(UserError, match=r"leads\.xlsx is damaged or no workbook .*export it again as CSV or \.xlsx"):
        read_excel(path)


@pytest.mark.parametrize("page", ["cp1250", "cp1251", "cp932"])
def test_texts_in_other_code_pages_are_no_binary_files(write, page):
    text = {"cp1250": "Žluťoučký kůň", "cp1251": "Продажи и реклама", "cp932": "東京の広告"}[page]
    assert rows(write(f"Owner,Created\n{text},2026-01-02\n" * 30, page), encoding=page)[1][0] == (text, "2026-01-02")
