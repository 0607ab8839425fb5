"""The jobs of an office: formulas typed into cells, workbooks computed and printed, the function wizard."""

import re
import zipfile

import pytest
import xlsxwriter

from xlsmkt.errors import UserError

# An OpenDocument file with a macro that writes a file when a formula calls it.
WITH_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<office:document office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:ooo="http://openoffice.org/2004/office"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"
 xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0">
<office:scripts><office:script script:language="ooo:Basic"><ooo:libraries><ooo:library-embedded ooo:name="Standard">
<ooo:module ooo:name="Module1"><ooo:source-code>Function Doubled(x)
 Open "{file}" For Output As #1
 Close #1
 Doubled = 2 * x
End Function</ooo:source-code></ooo:module></ooo:library-embedded></ooo:libraries></office:script></office:scripts>
<office:body><office:spreadsheet><table:table table:name="One"><table:table-row>
<table:table-cell table:formula="of:=DOUBLED(2)"/><table:table-cell table:formula="of:=1+1"/>
</table:table-row></table:table></office:spreadsheet></office:body></office:document>
"""


# --- formulas typed into cells ---


@pytest.mark.parametrize(
    ("formula", "shows"),
    [
        ("=1+2", [[3]]),
        ("1+2", [[3]]),
        ('="a,b;c{d}"&"!"', [["a,b;c{d}!"]]),
        ('="say ""no"""', [['say "no"']]),
        ("={1,2;3,4}", [[1, 2], [3, 4]]),
        ("={1;2;3}*{10,20}", [[10, 20], [20, 40], [30, 60]]),
        ('=IF({TRUE,FALSE},"yes",)', [["yes", 0]]),
        ('=""', [[None]]),
        ("=DATE(2024,2,29)", [[45351]]),
        ("=1/0", [[{"error": "#DIV/0!"}]]),
        ("=10^400", [[{"error": "#NUM!"}]]),
        ('="a"+1', [[{"error": "#VALUE!"}]]),
        ("=NA()", [[{"error": "#N/A"}]]),
        ('=INDIRECT("A0")', [[{"error": "#REF!"}]]),
        ("=NO_SUCH_FUNCTION(1)", [[{"error": "#NAME?"}]]),
        ("=IF({1;0;1},NA(),5)", [[{"error": "#N/A"}], [5], [{"error": "#N/A"}]]),
        ("=LN()", [[{"error": "Err:511"}]]),
        ("=LEADS_NEEDED({20;30}, 5%)", [[400], [600]]),
        ("=A1:B3", [[5, "x"], [True, 0], [{"error": "#DIV/0!"}, 7]]),
        ("=Sheet1!A1*2", [[10]]),
        ("='Sheet1'!B3", [[7]]),
        ("=Goal+SUM(Column)", [[27]]),
    ],
)
def test_evaluate(office, formula, shows):
    cells = {"A1": 5, "A2": True, "A3": "=1/0", "B1": "x", "B2": None, "B3": "=3+4"}
    names = {"Goal": 20, "Column": "=Sheet1!$B$1:$B$3"}
    assert office.run("evaluate", formulas=[formula], cells=cells, names=names) == [shows]


def test_evaluate_plain_formulas(office):
    """Without an array formula Calc shows the first cell of an array."""
    assert office.run("evaluate", formulas=["={4,5;6,7}", "=1/0"], plain=True) == [[[4]], [[{"error": "#DIV/0!"}]]]


def test_results_do_not_stay(office):
    assert office.run("evaluate", formulas=["={1;2;3}", "=9", "={1,2}"]) == [[[1], [2], [3]], [[9]], [[1, 2]]]


# --- workbooks computed ---


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workbook whose stored results are all wrong."""
    path = tmp_path_factory.mktemp("made") / "made.xlsx"
    with xlsxwriter.Workbook(path) as book:
        one, two, hidden = (book.add_worksheet(name) for name in ("One", "It's two", "Hidden"))
        one.write_row("A1", [2, "text", True])
        one.write_formula("A2", "=A1*3", value=0)
        one.write_formula("B2", '=B1&"!"', value="")
        one.write_formula("C2", "=A1>1", value=False)
        one.write_formula("D2", '=""', value="x")
        one.write_formula("E2", "=1/0", value=1)
        one.write_formula("F2", "=DATE(2024,2,29)", book.add_format({"num_format": "yyyy-mm-dd"}), 0)
        one.write_array_formula("A4:B5", "{=A1*{1,2;3,4}}", value=0)
        one.write_formula("A7", "=LEADS_NEEDED(20, 5%)", value=0)
        two.write_formula("C3", "=One!A2+1", value=0)
        two.print_area("A1:C3")
        hidden.write("A1", "not for print")
        hidden.print_area("A1:B2")
        hidden.hide()
    return path


def test_compute(office, made):
    before = made.read_bytes()
    computed = office.run("compute", path=str(made))
    cells = {(name, row, column): value for name, cells in computed["sheets"].items() for row, column, value in cells}
    assert cells == {
        ("One", 1, 3): True,  # a truth value that was typed in is a formula to Calc
        ("One", 2, 1): 6, ("One", 2, 2): "text!", ("One", 2, 3): True, ("One", 2, 4): "",
        ("One", 2, 5): {"error": "#DIV/0!"}, ("One", 2, 6): 45351,
        ("One", 4, 1): 2, ("One", 4, 2): 4, ("One", 5, 1): 6, ("One", 5, 2): 8,
        ("One", 7, 1): 400,
        ("It's two", 3, 3): 7,
    }  # fmt: skip
    assert cells["One", 2, 3] is True
    assert computed["sheets"]["Hidden"] == []
    assert made.read_bytes() == before and [made] == list(made.parent.iterdir())


@pytest.mark.parametrize(("sheet", "pages"), [(None, 2), ("One", 1), ("It's two", 1), ("Hidden", 1)])
def test_pages(office, made, tmp_path, sheet, pages):
    computed = office.run("compute", path=str(made), pdf=str(tmp_path / "ö.pdf"), sheet=sheet, values=False)
    assert computed["sheets"] == {}
    assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "ö.pdf").read_bytes())) == pages


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"pdf": "no/such/folder.pdf"}, r"There is no folder for .*no.such.folder.pdf: check the name"),
        ({"pdf": "."}, "cannot be written: close it elsewhere, or give another name"),
        ({"pdf": "x.pdf", "sheet": "Three"}, "There is no sheet Three: name one of One, It's two, Hidden"),
    ],
)
def test_pages_that_cannot_be_printed(office, made, tmp_path, arguments, told):
    with pytest.raises(UserError, match=told):
        office.run("compute", path=str(made), **arguments | {"pdf": str(tmp_path / arguments["pdf"])})
    assert not list(tmp_path.iterdir())


def damaged(made, folder, how):
    """A file that is no workbook any more."""
    path, whole = folder / "book.xlsx", made.read_bytes()
    if how == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif how == "flipped":
        with zipfile.ZipFile(made) as file:
            at = file.getinfo("xl/worksheets/sheet1.xml").header_offset + 100
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    elif how == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("a.txt", "b")
    elif how == "text":
        path.write_bytes(b"a,b\n1,2\n")
    elif how == "empty":
        path.touch()
    elif how == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("cut", "book.xlsx is damaged or incomplete: take an earlier copy"),
        ("flipped", "book.xlsx is damaged or incomplete: take an earlier copy"),
        ("zip", "book.xlsx is damaged, protected by a password or not a workbook: save it"),
        ("text", "book.xlsx is damaged, protected by a password or not a workbook: save it"),
        ("empty", "book.xlsx is empty: take an earlier copy"),
        ("folder", "book.xlsx is a folder: name the workbook in it"),
        ("missing", "There is no file .*book.xlsx: check the name"),
    ],
)
def test_what_is_no_workbook_is_refused(office, made, tmp_path, how, told):
    with pytest.raises(UserError, match=told):
        office.run("compute", path=str(damaged(made, tmp_path, how)))
    assert office.run("compute", path=str(made))["sheets"]["One"]  # it goes on working


def test_the_wizard_knows_our_functions(office):
    told = {function["name"]: function for function in office.run("describe")}["LEADS_NEEDED"]
    assert told["description"] == "Leads that marketing must make to win a number of customers."
    assert [(one["name"], one["optional"]) for one in told["arguments"]][:2] == [
        ("customers", True),
        ("close_rate", True),
    ]


# --- what a document brings ---


def test_no_macro_of_a_document_runs(office, tmp_path):
    (tmp_path / "macro.fods").write_text(WITH_MACRO.format(file=tmp_path / "written"), "utf-8")
    computed = office.run("compute", path=str(tmp_path / "macro.fods"))
    assert computed["sheets"] == {"One": [[1, 1, {"error": "#VALUE!"}], [1, 2, 2]]}
    assert not (tmp_path / "written").exists()
