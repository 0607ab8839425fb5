"""The dashboard is read from wherever users have moved it; what is no dashboard is refused in one sentence."""

import shutil
import zipfile

import openpyxl
import pytest
from report_pages import AREAS, REPS, figures, page_of, small_book

from xlsmkt.errors import UserError
from xlsmkt.report.charts import chart_svg, chart_words, has_chart
from xlsmkt.report.reading import read_dashboard

SPILLED = {"Page_Reps": "$B$12"}


def told(dashboard):
    """What a dashboard shows, block by block."""
    return {block.key: [cell.text for cell in block.cells()] for block in dashboard.blocks}


SMALL = {
    "marketing": ["Leads to date", "312", "of 400", "Gap", "-34.5", "90% of the goal"],
    "reps": ["Owner", "Worked %", "Goal", "Rep North 1", "95.0%", "90.0%", "Rep South 1", "50.0%", "90.0%"],
}


def test_a_dashboard_is_read_block_by_block(tmp_path):
    dashboard = read_dashboard(small_book(tmp_path / "b.xlsx"))
    assert told(dashboard) == SMALL
    assert (dashboard.headline.text, dashboard.headline.ref) == ("SLA behind: 312 of 346 leads to date", "Dashboard!B2")
    gap = dashboard.block("marketing").tiles[1]
    assert (gap.figure.ref, gap.figure.value, gap.tone) == ("Dashboard!D7", -34.5, "warning")
    assert dashboard.block("funnel") is None


def test_a_sheet_of_another_name_and_blocks_that_were_moved_are_followed(tmp_path):
    """LibreOffice or Excel rewrite the names when cells move; here openpyxl does both."""
    path = small_book(tmp_path / "b.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["Dashboard"]
    sheet.title = "O'Neil & co, every day"
    sheet.move_range("B6:E8", rows=40, cols=3)
    for name, area in {**AREAS, "Page_Marketing": "$E$46:$H$48"}.items():
        book.defined_names[name].attr_text = f"'O''Neil & co, every day'!{area}"
    book.save(path)
    dashboard = read_dashboard(path)
    assert told(dashboard) == SMALL
    assert dashboard.block("marketing").tiles[0].figure.ref == "O'Neil & co, every day!E47"
    assert len(figures(page_of(path, tmp_path / "page.html"))) == 16


def test_the_names_of_a_copied_sheet_do_not_count(tmp_path):
    path = small_book(tmp_path / "b.xlsx")
    book = openpyxl.load_workbook(path)
    copied = book.copy_worksheet(book["Dashboard"])
    copied["B7"] = 999
    copied.defined_names.add(
        openpyxl.workbook.defined_name.DefinedName("Page_Marketing", attr_text=f"'{copied.title}'!$B$6:$E$8")
    )
    book.save(path)
    assert told(read_dashboard(path)) == SMALL


@pytest.mark.parametrize("gone", ["=Dashboard!#REF!", "=#REF!", "=Gone!$B$6:$E$8", "=SUM(Dashboard!$B$6:$E$8)", None])
def test_a_block_that_was_deleted_is_left_out(tmp_path, gone):
    path = small_book(tmp_path / "b.xlsx")
    data = path.read_bytes()
    book = openpyxl.load_workbook(path)
    if gone is None:
        del book.defined_names["Page_Marketing"]
    else:
        book.defined_names["Page_Marketing"].attr_text = gone.lstrip("=")
    book.save(path)
    assert path.read_bytes() != data
    assert told(read_dashboard(path)) == {"reps": SMALL["reps"]}


def test_a_table_is_as_long_as_it_spills(tmp_path):
    cells = [("H2", "=ROW(A1)", "0")]
    path = small_book(tmp_path / "b.xlsx", cells, {**AREAS, **SPILLED})
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    start = sheet.index(b'<c r="B12"')
    end = sheet.index(b"</c>", start)
    anchor = b'<c r="B12" t="str"><f t="array" ref="B12:D14">REPS()</f><v>Owner</v>'
    parts["xl/worksheets/sheet1.xml"] = sheet[:start] + anchor + sheet[end:]
    with zipfile.ZipFile(path, "w") as target:
        for name, data in parts.items():
            target.writestr(name, data)
    assert told(read_dashboard(path)) == SMALL


def test_rows_and_columns_without_anything_are_left_out(tmp_path):
    path = small_book(
        tmp_path / "b.xlsx", reps=[REPS[0], ("", "", ""), REPS[1]], names={**AREAS, "Page_Reps": "$B$12:$H$99"}
    )
    assert told(read_dashboard(path)) == SMALL


def test_errors_are_shown_as_their_sign_and_leave_a_gap_in_the_chart(tmp_path):
    path = small_book(tmp_path / "b.xlsx", [("C13", "=NA()", "0.0%"), ("B7", "=1/0", "0")])
    book = openpyxl.load_workbook(path)
    book["Dashboard"]["C13"], book["Dashboard"]["B7"] = "#N/A", "#DIV/0!"
    book.save(path)
    dashboard = read_dashboard(path)
    assert dashboard.block("marketing").tiles[0].figure.text == "#DIV/0!"
    reps = dashboard.block("reps")
    assert [row[1].text for row in reps.rows] == ["#N/A", "50.0%"]
    assert chart_svg(reps).count("50.0%") == 2  # the words of the chart and the bar
    assert "Rep North 1 #N/A, promised 90.0%" in chart_words(reps)


def test_without_a_figure_there_is_no_chart(tmp_path):
    path = small_book(tmp_path / "b.xlsx", reps=[("Rep North 1", "–", "–")])
    reps = read_dashboard(path).block("reps")
    assert not has_chart(reps) and chart_svg(reps) is None and chart_words(reps) == ""


def refused(path):
    with pytest.raises(UserError) as caught:
        read_dashboard(path)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


def test_a_workbook_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(path)
    assert refused(path) == (
        "other.xlsx has no dashboard that can be sent: make a new workbook with 'xlsmkt new' and refresh it."
    )


def test_a_workbook_that_was_never_computed_is_refused(tmp_path):
    path = small_book(tmp_path / "raw.xlsx")
    book = openpyxl.load_workbook(path)
    for cell in ("B7", "D7", "C13"):
        book["Dashboard"][cell] = "=1+1"  # openpyxl writes no values beside formulas
    book.save(path)
    assert refused(path) == "raw.xlsx was not computed: run 'xlsmkt compute raw.xlsx', or save it in Excel."


def test_a_workbook_without_data_is_refused(tmp_path):
    path = small_book(tmp_path / "new.xlsx", [("H1", 0, "d mmm yyyy;;–")], {**AREAS, "As_Of": "$H$1"})
    assert "new.xlsx holds no data yet: run 'xlsmkt refresh new.xlsx --from" in refused(path)


def test_what_is_no_workbook_is_refused(tmp_path):
    whole = small_book(tmp_path / "whole.xlsx").read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "locked.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    (tmp_path / "text.xlsx").write_text("Lead ID,Created\n", "utf-8")
    shutil.copy(tmp_path / "whole.xlsx", tmp_path / "torn.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as source, zipfile.ZipFile(tmp_path / "torn.xlsx", "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data[:300] if name == "xl/styles.xml" else data)
    words = {"cut": "damaged", "locked": "password", "text": "not a workbook", "torn": "damaged", "none": "no file"}
    for name, word in words.items():
        assert word in refused(tmp_path / f"{name}.xlsx")


def test_warnings_of_the_workbook_stand_at_the_top(tmp_path):
    cells = [("B3", "Data only until 1 Oct 2026.", "@"), ("H1", "The refresh failed: no login.", "@")]
    names = {**AREAS, "Page_Warning": "$B$3", "Refresh_Failed": "$H$1"}
    page = page_of(small_book(tmp_path / "b.xlsx", cells, names), tmp_path / "page.html")
    told = [element.text_content() for element in page.xpath("//header//p[@class='notice']/span[@data-cell]")]
    assert told == ["The refresh failed: no login.", "Data only until 1 Oct 2026."]
    assert [element.text for element in page.xpath("//h1")] == ["SLA behind: 312 of 346 leads to date"]
    assert page.xpath("//h2/text()") == ["Marketing: the leads it promised", "Leads worked, rep by rep"]
