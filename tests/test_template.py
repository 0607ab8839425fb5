"""The template: the same bytes at every build, every promised name and table, only formulas that every host knows."""

import datetime as dt
import re
import zipfile
from unittest.mock import patch

import openpyxl
import pytest
from lxml import etree

from xlsmkt.catalogue import CATALOGUE, cell_function
from xlsmkt.crm.model import TABLES
from xlsmkt.functions import customers_needed, leads_needed, weighted_close_rate
from xlsmkt.template.building import build
from xlsmkt.units import Count

MAIN = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
SHEETS = [
    "Start", "Inputs", "Dashboard", "Marketing SLA", "Sales SLA", "Funnel", "Close rates", "Lead targets", "KPIs",
    "Scoring", "Attribution", "Leads", "Daily", "Spend", "Web", "Touches", "Import log", "Totals", "Scores",
    "Functions",
]  # fmt: skip
INPUT_NAMES = {
    "Revenue_Goal", "Expected_Revenue", "Agreed_Deal_Size", "Customers_Goal", "Agreed_Close_Rate", "Sales_Cycle_Months",
    "Sales_Cycle_Days", "Quota", "As_Of", "Holidays", "Lead_Goal", "Custom_Goal", "Goal_Method", "SLA_Month",
    "SLA_Days", "SLA_Tolerance", "Worked_Goal", "Min_Attempts", "Max_Hours", "Opens", "Closes", "Gross_Margin",
    "Customers_Start", "Customers_Now", "Customers_New", "Customer_Revenue",
}  # fmt: skip
HEADLINE_NAMES = {
    "Now_Actual", "Now_Goal_To_Date", "Now_Gap", "Now_Month_Goal", "Now_Projection", "Now_Weighted_Rate",
    "Now_Leads_Needed", "Now_Status", "Now_Worked_Rate", "Now_Connected_Rate", "Now_Median_Hours", "Now_Within_Hours",
    "Now_Given_Up", "Now_Reps_Met", "Now_Sales_Status", "Now_Cost_Per_Lead", "Now_Acquisition_Cost",
    "Now_Marketing_ROI",
}  # fmt: skip
# what is typed on the sheets KPIs, Scoring and Attribution
CHOICE_NAMES = {
    "KPI_From", "KPI_To", "Sales_Cost", "Score_Threshold", "Call_Days", "Call_Owner", "Call_Length",
    "Suggest_Attribute", "Attribution_From", "Attribution_To", "Attribution_Model", "Half_Life",
}  # fmt: skip
START_NAMES = {"Data_Until", "Last_Refresh", "Last_Source", "Rows_Taken", "Rows_Refused", "Leads_Note"}
# what Excel 2013, LibreOffice 7.4 and the engine of the command line all know
NATIVE = {
    "AND", "CHOOSE", "COUNTIF", "COUNTIFS", "DATE", "DAY", "EDATE", "EOMONTH", "FIXED", "IF", "IFERROR", "INDEX",
    "INT", "ISERROR", "ISNA", "ISNUMBER", "ISTEXT", "MATCH", "MAX", "MEDIAN", "MIN", "MONTH", "N", "NA",
    "NETWORKDAYS", "NOT", "OR", "ROUND", "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "YEAR",
}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    build(path)
    return path


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def parts(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def formulas(parts):
    """Every formula of cells and table columns: (part, cell or column, formula)."""
    found = []
    for name, content in parts.items():
        if name.startswith(("xl/worksheets/sheet", "xl/tables/table")):
            tree = etree.fromstring(content)
            cells = tree.iterfind(".//m:c[m:f]", MAIN)
            found += [(name, cell.get("r"), cell.findtext("m:f", None, MAIN)) for cell in cells]
            found += [
                (name, column.get("name"), column.findtext("m:calculatedColumnFormula", None, MAIN))
                for column in tree.iterfind(".//m:tableColumn[m:calculatedColumnFormula]", MAIN)
            ]
    return found


def refers_to(book, name):
    sheet, cell = book.defined_names[name].attr_text.rsplit("!", 1)
    return book[sheet.strip("'")][cell.replace("$", "")]


def without_texts(formula):
    return re.sub(r'"[^"]*"', '""', formula)


def test_two_builds_give_the_same_bytes(path, tmp_path):
    build(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_sheets_stand_in_the_order_of_use(book):
    assert book.sheetnames == SHEETS


def test_every_promised_name_is_there(book):
    assert set(book.defined_names) >= INPUT_NAMES | HEADLINE_NAMES | CHOICE_NAMES | START_NAMES


def test_every_input_of_the_functions_is_a_name_of_the_template(book):
    inputs = {p.input_name for entry in CATALOGUE.values() for p in entry.parameters if p.input_name}
    assert inputs <= set(book.defined_names)


def test_no_name_is_that_of_a_function(book):
    """Excel may take NAME(...) for the defined name."""
    assert not {name.upper() for name in book.defined_names} & set(CATALOGUE)


def test_refresh_finds_blank_constant_cells_on_start(book):
    cells = [refers_to(book, name) for name in START_NAMES]
    assert {cell.parent.title for cell in cells} == {"Start"}
    assert [cell.value for cell in cells] == [None] * len(cells)


def test_the_inputs_shipped_ask_for_400_leads(book):
    goal, deal, expected, rate = (
        refers_to(book, name).value
        for name in ("Revenue_Goal", "Agreed_Deal_Size", "Expected_Revenue", "Agreed_Close_Rate")
    )
    assert leads_needed(customers_needed(goal, deal, expected), rate) == 400


def test_the_lead_types_shipped_agree_with_the_close_rate(book):
    sheet = book["Inputs"]
    rows = [[cell.value for cell in row] for row in sheet[sheet.tables["Lead_types"].ref]]
    assert rows[0] == ["Lead type", "Close rate", "Mix", "Points", "Value"]
    assert sum(row[2] for row in rows[1:]) == pytest.approx(1)
    rates, mix = [row[1] for row in rows[1:]], [row[2] for row in rows[1:]]
    assert weighted_close_rate(rates, mix) == pytest.approx(refers_to(book, "Agreed_Close_Rate").value)


@pytest.mark.parametrize(
    "name, columns", [("Reps", ["Rep", "Quota"]), ("Days_off", ["Holiday"]), ("Funnel_stages", ["Stage", "Usual rate"])]
)
def test_tables_of_inputs(book, name, columns):
    sheet = book["Inputs"]
    assert [cell.value for cell in sheet[sheet.tables[name].ref][0]] == columns


def test_as_of_follows_the_data_until_somebody_types_over_it(book):
    assert refers_to(book, "As_Of").value == "=Data_Until"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_data_tables_have_the_columns_of_the_model(book, table):
    sheet = book[table.sheet]
    made = sheet.tables[table.name]
    assert [column.name for column in made.tableColumns] == table.columns
    assert sheet.freeze_panes == "B2"


def test_every_formula_calls_only_functions_that_all_hosts_know(formulas):
    called = {
        name for _, _, formula in formulas for name in re.findall(r"([A-Z][A-Z0-9_.]*)\(", without_texts(formula))
    }
    assert called <= NATIVE | set(CATALOGUE)


def test_no_formula_takes_a_whole_column(formulas):
    assert not [place for place in formulas if re.search(r"\$?[A-Z]{1,3}:\$?[A-Z]{1,3}\b", without_texts(place[2]))]


def test_names_in_formulas_exist(book, formulas):
    known = {name.casefold() for name in (*book.defined_names, *CATALOGUE, *NATIVE, "TRUE", "FALSE")}
    known |= {name.casefold() for sheet in book for name in sheet.tables}
    known |= {sheet.casefold() for sheet in book.sheetnames}
    for part, cell, formula in formulas:
        bare = re.sub(r"\[[^\[\]]*\]", "", re.sub(r"\[[^\[\]]*\]", "", re.sub(r"'[^']*'!", "", without_texts(formula))))
        words = set(re.findall(r"\b[A-Za-z]\w*_\w+|\b[A-Z][a-z]\w+", bare))
        assert {word.casefold() for word in words} <= known, f"{part} {cell}: {formula}"


def test_nothing_is_computed_on_opening(parts):
    settings = etree.fromstring(parts["xl/workbook.xml"]).find("m:calcPr", MAIN)
    assert settings.get("fullCalcOnLoad") is None
    assert settings.get("calcId") == "191029"


def test_our_functions_stand_in_dynamic_array_cells(parts):
    """In a plain formula Excel would show them with an @ before them."""
    for name, content in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            for cell in etree.fromstring(content).iterfind(".//m:c[m:f]", MAIN):
                formula = cell.find("m:f", MAIN)
                in_table = "[#This Row]" in formula.text
                if not in_table and set(re.findall(r"([A-Z][A-Z0-9_]*)\(", formula.text)) & set(CATALOGUE):
                    assert (cell.get("cm"), formula.get("t")) == ("1", "array"), f"{name} {cell.get('r')}"


def test_no_formula_names_a_whole_table(book, parts):
    """Excel shows ``Leads`` for it, but a file must say ``Leads[#Data]``: the bare name is read as a defined name."""
    tables = "|".join(name for sheet in book for name in sheet.tables)
    bare = re.compile(rf"(?<![\w.!'\"])(?:{tables})(?![\w\[!'\"(])")
    assert bare.search("LEAD_SCORE(Leads[#Headers],Leads,Scoring_rules[#Data])")
    for name, content in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            for cell in etree.fromstring(content).iterfind(".//m:c[m:f]", MAIN):
                formula = re.sub(r'"[^"]*"', '""', cell.find("m:f", MAIN).text or "")
                formula = re.sub(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]", "[]", formula)  # columns may bear such names
                assert not bare.search(formula), f"{name} {cell.get('r')}: {formula}"


def test_no_dynamic_array_stands_in_merged_cells(book, parts):
    for sheet in book:
        merged = {cell for area in sheet.merged_cells.ranges for row in sheet[area.coord] for cell in row}
        assert not [
            cell for cell in merged if isinstance(getattr(cell, "value", None), openpyxl.worksheet.formula.ArrayFormula)
        ]


def test_the_reference_lists_every_function(book):
    sheet = book["Functions"]
    listed = {row[1].value: row for row in sheet.iter_rows(min_row=6) if row[1].value in CATALOGUE}
    assert list(listed) == list(CATALOGUE)
    for name, entry in CATALOGUE.items():
        row = next(row for row in sheet.iter_rows(min_row=6) if row[1].value == name)
        assert [row[column].value for column in (3, 4, 6)] == [entry.category_title, f"={entry.usage}", entry.summary]
        assert all(parameter.name in row[9].value for parameter in entry.parameters)
        assert row[13].value in [example.formula for example in entry.examples]


def test_a_new_function_appears_without_an_edit_here(tmp_path):
    with patch.dict(CATALOGUE):

        @cell_function
        def leads_doubled(leads: Count) -> Count:
            """Twice the leads.

            Parameters
            ----------
            leads
                The leads.

            Examples
            --------
            >>> leads_doubled(2)
            4
            """
            return leads * 2

        build(tmp_path / "more.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "more.xlsx")["Functions"]
    row = next(row for row in sheet.iter_rows() if row[1].value == "LEADS_DOUBLED")
    assert row[15].value.text == "=LEADS_DOUBLED(2)"


def test_data_given_fill_the_tables(tmp_path):
    daily = {
        "Date": [dt.date(2026, 1, 5), dt.date(2026, 1, 6)],
        "Lead type": ["=HYPERLINK(1)", "Webinar"],
        "Leads": [3, None],
    }
    build(tmp_path / "filled.xlsx", {"Daily": daily})
    sheet = openpyxl.load_workbook(tmp_path / "filled.xlsx")["Daily"]
    assert sheet.tables["Daily"].ref == "A1:N3"
    assert [sheet["A2"].value.date(), sheet["B2"].value, sheet["G2"].value] == [dt.date(2026, 1, 5), "=HYPERLINK(1)", 3]
    assert sheet["B2"].data_type == "s"
    assert sheet["G3"].value is None


def test_inputs_refuse_what_does_not_fit(book):
    guarded = {cell for rule in book["Inputs"].data_validations.dataValidation for cell in str(rule.sqref).split()}
    for name in INPUT_NAMES - {"Customers_Goal", "Lead_Goal", "Holidays"}:
        assert refers_to(book, name).coordinate in guarded, name


def test_every_sheet_prints_one_page_wide_with_a_page_number(book):
    for sheet in book:
        assert "&P" in sheet.oddFooter.right.text, sheet.title
        if sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage:
            assert sheet.page_setup.fitToWidth in (None, 1), sheet.title  # 1 is what Excel takes when it is left out
        else:
            paper = 297 / 25.4 - sheet.page_margins.left - sheet.page_margins.right
            assert sheet.page_setup.orientation == "landscape"
            assert inches_wide(sheet) * sheet.page_setup.scale / 100 <= paper, sheet.title


def inches_wide(sheet):
    """The width of the columns that hold something, in a font whose digits are 7 pixels wide."""
    columns = range(1, sheet.max_column + 1)
    named = {n: d.width for d in sheet.column_dimensions.values() for n in range(d.min, d.max + 1)}
    return sum(int(named.get(column, 8.43) * 7 + 0.5) for column in columns) / 96


def test_pages_of_figures_show_no_gridlines(book):
    for sheet in book:
        assert (sheet.sheet_view.showGridLines is not False) == (sheet.title in [table.sheet for table in TABLES]), (
            sheet.title
        )
