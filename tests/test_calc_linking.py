"""Files made for Excel come alive in Calc, and what Calc saves for Excel has Excel's names."""

import os
import re
import zipfile

import openpyxl
import pytest
import xlsxwriter

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.cli import main
from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside import linking
from xlsmkt.hosts.calc.inside.linking import is_unlinked, plain, plain_names, plain_part
from xlsmkt.template.shipped import shipped_template

CALL = "LEADS_NEEDED(20,5%)"
SPELLINGS = [
    CALL,
    "leads_needed(20,5%)",
    "Leads_Needed (20,5%)",
    "_xldudf_LEADS_NEEDED(20,5%)",
    "_xldudf_XLSMKT_LEADS_NEEDED(20,5%)",
    "_xll.LEADS_NEEDED(20,5%)",
    "_xludf.LEADS_NEEDED(20,5%)",
    "_xlfn.LEADS_NEEDED(20,5%)",
    "_xlfn._xludf.LEADS_NEEDED(20,5%)",
    "XLSMKT.LEADS_NEEDED(20,5%)",
    "xlsmkt.xlsm!LEADS_NEEDED(20,5%)",
    "'xlsmkt.xlsm'!LEADS_NEEDED(20,5%)",
    "'C:\\Mara''s add-ins\\xlsmkt.xlam'!LEADS_NEEDED(20,5%)",
    "ORG.XLSMKT.ADDIN.LEADSNEEDED(20,5%)",
]
OTHERS = [
    '"LEADS_NEEDED(20)"',
    '"say ""LEADS_NEEDED(20)"""',
    "'LEADS_NEEDED(x)'!A1",
    "'its ''LEADS_NEEDED(x)'!A1",
    "Sales[leads_needed (a)]",
    "Sales[[#This Row],[leads_needed(a)]]",
    "Sales['[leads_needed(a)]",
    "MY_LEADS_NEEDED(20)",
    "MY.leads_needed(20)",
    "leads_needed_more(20)",
    "leads_needed*2",
    "SUM(leads_needed,1)",
]


@pytest.fixture(scope="module")
def saved(office, tmp_path_factory):
    """What Calc tells of opening a workbook and saving it as another file, and that file."""
    folder = tmp_path_factory.mktemp("saved")

    def save(source, to):
        return office.run("save_as", path=str(source), to=str(folder / to)), folder / to

    return save


def formulas(path):
    """Sheet and cell -> formula."""
    book = openpyxl.load_workbook(path)
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f")
    return {(cell.parent.title, cell.coordinate): getattr(cell.value, "text", cell.value) for cell in cells}


def calls(formula):
    """The functions of ours that a formula calls by their plain names, in order."""
    return [name for name in re.findall(r"[\w.]+(?=\()", formula) if name in CATALOGUE]


def parts(path):
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def book_of(path, **contents):
    """A file of some parts below xl/, which is all that plain names need of a workbook."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in contents.items():
            book.writestr(f"xl/{name}.xml", content)
    return path


# --- formula texts ---


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_means_the_plain_name(spelling):
    assert re.sub(r"\s", "", plain(f"=1+{spelling}")) == f"=1+{CALL}"


@pytest.mark.parametrize("text", OTHERS)
def test_what_only_looks_like_a_call_stays(text):
    assert plain(text) == text
    assert plain(f"{text}&leads_needed(1)&{text}") == f"{text}&LEADS_NEEDED(1)&{text}"
    assert not is_unlinked(text)


def test_names_within_each_other():
    assert plain("sum(_xll.roi(leads_needed(1),2),ORG.XLSMKT.ADDIN.LEADSNEEDEDBYTYPE(1))") == (
        "sum(_xll.roi(LEADS_NEEDED(1),2),LEADS_NEEDED_BY_TYPE(1))"
    )


def test_only_what_calc_does_not_link_is_unlinked():
    assert is_unlinked("=SUM(1;leads_needed(20))") and is_unlinked("={LEADS_NEEDED(20)}")
    assert not is_unlinked("=ORG.XLSMKT.ADDIN.LEADSNEEDED(20)")


# --- the saved file ---


@pytest.mark.parametrize(
    "xml",
    [
        b'<f aca="false">%s</f>',
        b'<x:f t="array" ref="A1:A3">SUM(1,%s)</x:f>',
        b'<definedName name="a" hidden="false">%s</definedName>',
        b"<formula>A1&gt;%s</formula>",
        b"<formula1>%s</formula1><formula2>2*%s</formula2>",
        b"<calculatedColumnFormula>%s</calculatedColumnFormula>",
        b"<xm:f>%s</xm:f>",
        b'<cfvo type="formula" val="%s"/>',
        b"<f>&quot;a&quot;&amp;%s&amp;&quot;b&quot;</f>",
        b"<f>&apos;It&apos;&apos;s&apos;!A1+%s</f>",
    ],
)
def test_formulas_wherever_a_file_has_them(xml):
    ours = xml.replace(b"%s", b"ORG.XLSMKT.ADDIN.LEADSNEEDED(20,5%)")
    assert plain_part(ours) == xml.replace(b"%s", CALL.encode())


@pytest.mark.parametrize(
    "xml",
    [
        b"<v>ORG.XLSMKT.ADDIN.LEADSNEEDED(20)</v>",
        b"<t>ORG.XLSMKT.ADDIN.LEADSNEEDED(20)</t>",
        b"<f>&quot;ORG.XLSMKT.ADDIN.LEADSNEEDED(20)&quot;</f>",
        b'<f>"ORG.XLSMKT.ADDIN.LEADSNEEDED(20)"</f>',
        b"<f>ORG.XLSMKT.ADDIN.SOMETHINGELSE(20)</f>",
        b"<f/><v>1</v>",
    ],
)
def test_what_is_no_formula_stays(xml):
    assert plain_part(xml) == xml


def test_the_rest_of_the_file_stays(tmp_path):
    long = b"".join(b"<c><f>ORG.XLSMKT.ADDIN.LEADSNEEDED(A%d)</f><v>7</v></c>\r\n" % row for row in range(60_000))
    book = book_of(tmp_path / "b.xlsx", sheet1=long, sheet2=b"<f>SUM(1)</f>", text="<t>é</t>")
    os.chmod(book, 0o640)
    os.utime(book, ns=(1_600_000_000_123_456_789, 1_500_000_000_123_456_789))
    assert plain_names(str(book))
    assert parts(book) == {
        "xl/sheet1.xml": long.replace(b"ORG.XLSMKT.ADDIN.LEADSNEEDED", b"LEADS_NEEDED"),
        "xl/sheet2.xml": b"<f>SUM(1)</f>",
        "xl/text.xml": "<t>é</t>".encode(),
    }
    # by its time LibreOffice tells whether another program has changed the file
    assert book.stat().st_mtime_ns == 1_500_000_000_123_456_789
    assert book.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["b.xlsx"]


def test_a_file_with_plain_names_is_not_written_again(tmp_path):
    book = book_of(tmp_path / "b.xlsx", sheet1=f"<f>{CALL}</f>", text="<t>ORG.XLSMKT.ADDIN.LEADSNEEDED(1)</t>")
    before = book.read_bytes(), book.stat().st_ino
    assert not plain_names(str(book))
    assert (book.read_bytes(), book.stat().st_ino) == before


def test_a_link_to_the_file_stays_a_link(tmp_path):
    book = book_of(tmp_path / "b.xlsx", sheet1="<f>ORG.XLSMKT.ADDIN.LEADSNEEDED(1)</f>")
    (tmp_path / "link.xlsx").symlink_to(book)
    assert plain_names(str(tmp_path / "link.xlsx"))
    assert (tmp_path / "link.xlsx").is_symlink()
    assert parts(book) == {"xl/sheet1.xml": b"<f>LEADS_NEEDED(1)</f>"}


def test_a_damaged_file_is_left_as_it_is(tmp_path):
    book = book_of(tmp_path / "b.xlsx", sheet1="<f>ORG.XLSMKT.ADDIN.LEADSNEEDED(1)</f>" * 1000)
    damaged = book.read_bytes()
    damaged = damaged[:60] + bytes(byte ^ 255 for byte in damaged[60:80]) + damaged[80:]
    book.write_bytes(damaged)
    with pytest.raises(UserError, match=r"^The formulas in b\.xlsx keep [^.]+\.$"):
        plain_names(str(book))
    assert book.read_bytes() == damaged and os.listdir(tmp_path) == ["b.xlsx"]


def test_a_file_that_cannot_be_replaced_is_left_as_it_is(tmp_path, monkeypatch):
    book = book_of(tmp_path / "b.xlsx", sheet1="<f>ORG.XLSMKT.ADDIN.LEADSNEEDED(1)</f>")
    before = book.read_bytes()

    def in_use(*paths):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(linking.os, "replace", in_use)
    with pytest.raises(UserError, match=r"Permission denied.+close it elsewhere"):
        plain_names(str(book))
    assert book.read_bytes() == before and os.listdir(tmp_path) == ["b.xlsx"]


# --- in Calc ---


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """A workbook that names our functions in every spelling and in every place that a formula can have."""
    path = tmp_path_factory.mktemp("rich") / "rich.xlsx"
    with xlsxwriter.Workbook(path) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        one = book.add_worksheet("One")
        for row, spelling in enumerate(SPELLINGS):
            one.write_formula(row, 0, f"={spelling}")
        one.write_formula("B1", f"={CALL}+Whole")
        one.write_formula("B2", "=Local")
        one.write_formula("B3", '=IF("LEADS_NEEDED(1)"="",0,leads_needed(1,1))')
        one.write_formula("C1", "=DATE(2026,1,1)+LEADS_NEEDED(20,5%)", date)
        one.merge_range("C3:D4", "", date)
        one.write_formula("C3", "=LEADS_NEEDED(20,5%)", date)
        one.add_table("F1:G3", {"name": "Deals", "columns": [
            {"header": "Won (a)"}, {"header": "Leads", "formula": "=LEADS_NEEDED(Deals[[#This Row],[Won (a)]],5%)"},
        ], "data": [[20], [30]]})  # fmt: skip
        one.write_array_formula("I1:I2", "{=LEADS_NEEDED(Deals[Won (a)],5%)}")
        book.define_name("Whole", "=_xldudf_LEADS_NEEDED(1,100%)")
        book.define_name("One!Local", "=LEADS_NEEDED(2,100%)")
        one.conditional_format("K1:K3", {"type": "formula", "criteria": f"=K1>{CALL}", "format": date})
        one.conditional_format("L1", {"type": "cell", "criteria": "between", "minimum": f"={CALL}",
                                      "maximum": "=leads_needed(30,5%)", "format": date})  # fmt: skip
        one.data_validation("M1:M3", {"validate": "custom", "value": f"=M1<{CALL}"})
        one.data_validation("N1", {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": f"={CALL}"})
        for name, protect, hide in (("Protected", "secret", False), ("Hidden", None, True)):
            sheet = book.add_worksheet(name)
            sheet.write_formula("A1", f"={CALL}")
            sheet.write_formula("A2", f"={CALL}")
            sheet.write_array_formula("B1:B2", "{=LEADS_NEEDED({20;30},5%)}")
            if protect:
                sheet.protect(protect)
            if hide:
                sheet.hide()
    return path


@pytest.fixture(scope="module")
def rich_saved(saved, rich):
    return saved(rich, "rich.xlsx")


def test_nobody_sees_that_formulas_were_linked(rich_saved):
    told, _ = rich_saved
    assert told["relinked"] and not told["left"]
    assert not told["modified"] and not told["undo"]


def test_every_spelling_computes(rich_saved):
    _, path = rich_saved
    one = openpyxl.load_workbook(path, data_only=True)["One"]
    assert [one.cell(row, 1).value for row in range(1, len(SPELLINGS) + 1)] == [400] * len(SPELLINGS)
    assert [one[cell].value for cell in ("B1", "B2", "B3")] == [401, 2, 1]
    assert [one[cell].value for cell in ("G2", "G3", "I1", "I2")] == [400, 600, 400, 600]


def test_excel_finds_plain_names_everywhere(rich_saved):
    _, path = rich_saved
    book = openpyxl.load_workbook(path)
    one = book["One"]
    assert {one.cell(row, 1).value for row in range(1, len(SPELLINGS) + 1)} == {f"={CALL}"}
    assert one["B3"].value == '=IF("LEADS_NEEDED(1)"="",0,LEADS_NEEDED(1,1))'
    assert (one["I1"].value.ref, one["I1"].value.text) == ("I1:I2", "=LEADS_NEEDED(Deals[Won (a)],5%)")
    assert book.defined_names["Whole"].value == "LEADS_NEEDED(1,100%)"
    assert one.defined_names["Local"].value == "LEADS_NEEDED(2,100%)"
    rules = [rule.formula for ranges in one.conditional_formatting for rule in ranges.rules]
    assert sorted(rules) == [[f"K1>{CALL}"], [CALL, "LEADS_NEEDED(30,5%)"]]
    validations = one.data_validations.dataValidation
    assert sorted((str(v.sqref), v.formula1, v.formula2) for v in validations) == [
        ("M1:M3", f"M1<{CALL}", "0"),
        ("N1", "1", CALL),
    ]
    assert not any(b"ORG.XLSMKT" in part.upper() for part in parts(path).values())


def test_what_is_not_the_formula_stays(rich_saved):
    _, path = rich_saved
    book = openpyxl.load_workbook(path, data_only=True)
    one = book["One"]
    assert [one[cell].number_format for cell in ("C1", "C3", "A1")] == ["yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd", "General"]
    assert [str(area) for area in one.merged_cells.ranges] == ["C3:D4"]
    for name in ("Protected", "Hidden"):
        assert [book[name][cell].value for cell in ("A1", "A2", "B1", "B2")] == [400, 400, 400, 600]
    assert book["Protected"].protection.sheet and book["Protected"].protection.password
    assert book["Hidden"].sheet_state == "hidden"


def test_a_workbook_without_our_functions_is_not_touched(saved, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "other.xlsx") as book:
        book.add_worksheet().write_formula("A1", "=SUM(1,2)")
    told, _ = saved(tmp_path / "other.xlsx", "other.xlsx")
    assert told == {"relinked": 0, "left": 0, "modified": False, "undo": [], "renamed": False}


@pytest.mark.parametrize("edition", [".xlsx", ".xlsm"])
def test_the_template_makes_the_round_trip(office, saved, edition):
    template = shipped_template(edition)
    told, path = saved(template, f"template-{edition[1:]}.xlsx")
    assert not told["left"] and not told["modified"]

    before, after = formulas(template), formulas(path)
    named = {place: calls(text) for place, text in before.items() if calls(text)}
    assert len(named) > 100
    assert {place: calls(after[place]) for place in named} == named
    assert not any(b"ORG.XLSMKT" in part.upper() for part in parts(path).values())

    assert office.run("compute", path=str(path)) == office.run("compute", path=str(template))


def test_what_calc_saved_can_be_refreshed(saved, tmp_path, capsys):
    _, path = saved(shipped_template(".xlsx"), "refreshed.xlsx")
    before = formulas(path)
    (tmp_path / "leads.csv").write_text("Id,Created,Lead type\n1,2026-05-04,Demo\n2,2026-05-05,Trial\n", "utf-8")
    assert main(["refresh", str(path), "--from", str(tmp_path / "leads.csv")]) == 0
    assert "Taken: 2 rows of Leads" in capsys.readouterr().out
    assert formulas(path).keys() >= before.keys()


def test_documents_of_calc_itself_stay_alive(office, saved):
    template = shipped_template(".xlsx")
    _, path = saved(template, "template.ods")
    again = office.run("compute", path=str(path))
    assert again["relinked"] == 0
    assert again["sheets"] == office.run("compute", path=str(template))["sheets"]
