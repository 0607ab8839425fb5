"""The editions for Excel on Mac and the web, as sheets: formulas, button, the sheet to paste into, what Start says."""

import re
import zipfile

import openpyxl
import pytest
from libreoffice import convert
from lxml import etree

from xlsmkt.build import ROOT
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.hosts.calc.inside.linking import for_web, plain
from xlsmkt.hosts.engine.calls import our_function
from xlsmkt.hosts.engine.formula import parse
from xlsmkt.hosts.headless import evaluate
from xlsmkt.hosts.lite.workbook import write_web_workbook
from xlsmkt.package import Book
from xlsmkt.template.functions_sheet import example_of
from xlsmkt.template.web import SERVER

LITE = ROOT / "workbook" / "xlsmkt-lite.xlsx"
XLSX = ROOT / "workbook" / "xlsmkt.xlsx"
MAIN = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
DRAWING = {
    "xdr": "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
}
PASTE = "Paste CRM export here"
OURS = re.compile(rf"(?<![\w.])(_xldudf_)?({'|'.join(sorted(CATALOGUE, key=len, reverse=True))})(?=\()")


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(LITE)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    return write_web_workbook(tmp_path_factory.mktemp("server") / "team.xlsx", SERVER)


def formulas(path):
    """Every formula of a file: where it stands, its text. Sheets by name, since their numbers differ."""
    found = {}
    with zipfile.ZipFile(path) as file:
        names = [item.get("name") for item in etree.fromstring(file.read("xl/workbook.xml")).find("m:sheets", MAIN)]
        for number, name in enumerate(names, 1):
            for cell in etree.fromstring(file.read(f"xl/worksheets/sheet{number}.xml")).iterfind(".//m:c[m:f]", MAIN):
                found[name, cell.get("r")] = cell.findtext("m:f", None, MAIN)
        for part in file.namelist():
            if part.startswith("xl/tables/"):
                table = etree.fromstring(file.read(part))
                for column in table.iterfind(".//m:tableColumn[m:calculatedColumnFormula]", MAIN):
                    text = column.findtext("m:calculatedColumnFormula", None, MAIN)
                    found[table.get("name"), column.get("name")] = text
    return found


def texts_taken_out(formula):
    return re.sub(r'"(?:[^"]|"")*"', '""', formula or "")


# --- formulas and values ---


@pytest.mark.parametrize("edition", ["lite", "server"])
def test_every_formula_is_there_and_names_our_functions_as_excel_on_the_web_does(edition, server):
    ours, other = formulas(LITE if edition == "lite" else server), formulas(XLSX)
    assert ours.keys() == other.keys()
    count = 0
    for place, formula in ours.items():
        assert (formula or "").replace("_xldudf_", "") == (other[place] or ""), place
        calls = OURS.findall(texts_taken_out(formula))
        assert all(prefix for prefix, _ in calls), place
        assert len(calls) == (formula or "").count("_xldudf_"), place
        count += len(calls)
    assert count == sum(len(OURS.findall(texts_taken_out(formula))) for formula in other.values()) > 150
    assert ("Lead_types", "Points") in ours, "a column of a table that computes"


def test_no_other_place_of_the_file_names_our_functions():
    """Conditional formats, validations and names would need the prefix, too."""
    with zipfile.ZipFile(LITE) as file:
        for part in file.namelist():
            if part.startswith("xl/") and part.endswith(".xml"):
                for element in etree.fromstring(file.read(part)).iter(
                    "{*}formula", "{*}formula1", "{*}formula2", "{*}definedName"
                ):
                    assert not OURS.search(texts_taken_out(element.text))


@pytest.mark.parametrize(
    "formula, spelt",
    [
        ("leads_needed (1,2)", "_xldudf_LEADS_NEEDED (1,2)"),
        (
            "SUM(LEADS_NEEDED(1,2),_xldudf_LEADS_NEEDED(1,2))",
            "SUM(_xldudf_LEADS_NEEDED(1,2),_xldudf_LEADS_NEEDED(1,2))",
        ),
        ('"LEADS_NEEDED(1,2)"&MY_LEADS_NEEDED(1)', '"LEADS_NEEDED(1,2)"&MY_LEADS_NEEDED(1)'),
        ("Leads[LEADS_NEEDED(]+'LEADS_NEEDED('!A1", "Leads[LEADS_NEEDED(]+'LEADS_NEEDED('!A1"),
    ],
)
def test_texts_and_names_of_others_are_left_alone(formula, spelt):
    assert for_web(formula) == spelt
    assert for_web(spelt) == spelt and for_web(plain(spelt)) == spelt


def test_it_shows_the_same_as_the_edition_for_every_program(book):
    ours, other = openpyxl.load_workbook(LITE, data_only=True), openpyxl.load_workbook(XLSX, data_only=True)
    assert [name for name in ours.sheetnames if name != PASTE] == other.sheetnames
    assert ours.sheetnames.index(PASTE) == 2, "beside Inputs"
    changed = {
        (sheet.title, cell.value, ours[sheet.title][cell.coordinate].value)
        for sheet in other
        for row in sheet.iter_rows()
        for cell in row
        if ours[sheet.title][cell.coordinate].value != cell.value and sheet.title != "Start"
    }
    typed = {(before, after) for sheet, before, after in changed if sheet == "Functions"}
    assert {(sheet, before) for sheet, before, _ in changed if sheet != "Functions"} == {
        ("Inputs", "The files, or the connection, that Refresh imports. Blank: you say which ones each time."),
        ("Inputs", "Or one connection, by its name, such as hubspot: xlsmkt connect makes one, xlsmkt sources lists "
         "them."),
        ("Inputs", "Mapping"),
        ("Inputs", "Several files with ; between, * for any letters, paths from this workbook's folder on. A mapping "
         "(TOML) is for exports with unusual headings."),
    }  # fmt: skip
    # what a workbook's input would fill must be given
    assert (
        "=LEADS_NEEDED([customers], [close_rate], [confidence])",
        "=LEADS_NEEDED(customers, close_rate, [confidence])",
    ) in typed
    assert {re.sub(r"[\[\]]", "", before) for before, _ in typed} == {
        re.sub(r"[\[\]]", "", after) for _, after in typed
    }
    names, theirs = set(book.defined_names), set(openpyxl.load_workbook(XLSX).defined_names)
    assert names - theirs == {"Paste_Here", "Paste_Days", "Paste_Decimal"}
    assert theirs - names == {"CRM_Mapping"}


def calls_without_inputs():
    """The calls that leave out an argument for which a workbook has an input."""
    book = Book.open(LITE)
    for sheet in book.sheet_names:
        for cell in book.cells(sheet):
            for node in parse(cell.formula).walk() if cell.formula else ():
                entry = our_function(node.name) if node.kind == "call" else None
                for place, parameter in enumerate(entry.parameters if entry else ()):
                    given = place < len(node.children) and node.children[place].kind != "omitted"
                    if parameter.input_name and not given:
                        yield sheet, entry


def test_no_formula_waits_for_an_input_that_a_function_cannot_read_there():
    """Only examples on Functions leave such arguments out, and they show what they are to show without a workbook."""
    found = list(calls_without_inputs())
    assert {sheet for sheet, _ in found} == {"Functions"}
    examples = {entry.name: (entry, example_of(entry)) for _, entry in found}
    assert len(examples) == 8
    sheet = openpyxl.load_workbook(LITE, data_only=True)["Functions"]
    rows = list(sheet.iter_rows(values_only=True))
    for entry, example in examples.values():
        [computed] = evaluate([example.formula])  # no workbook there, either
        assert example.agrees(computed.rows)
        if entry.returns_table:
            [top] = [number for number, row in enumerate(rows) if row[3] == example.formula and row[1] == entry.name]
            width = len(example.shows[0])
            cells = [list(row[3 : 3 + width]) for row in rows[top + 1 : top + 1 + len(example.shows)]]
        else:
            [cells] = [[[row[15]]] for row in rows if row[1] == entry.name]
        assert example.agrees(cells), entry.name


# --- the button ---


def drawings(path):
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            if name.startswith("xl/drawings/drawing"):
                relations = name.replace("drawings/", "drawings/_rels/") + ".rels"
                links = etree.fromstring(file.read(relations)) if relations in file.namelist() else ()
                yield etree.fromstring(file.read(name)), {link.get("Id"): dict(link.attrib) for link in links}


@pytest.mark.parametrize("edition", ["lite", "server"])
def test_the_button_is_a_named_shape_that_leads_to_the_cell_it_covers(edition, server):
    found = [(drawing, links) for drawing, links in drawings(LITE if edition == "lite" else server)
             if drawing.find(".//xdr:sp", DRAWING) is not None]  # fmt: skip
    [(drawing, links)] = found
    [shape] = drawing.iterfind(".//xdr:sp", DRAWING)
    [named] = shape.iterfind("xdr:nvSpPr/xdr:cNvPr", DRAWING)
    assert (named.get("name"), named.get("descr")) == ("btn_refresh", "Refresh")
    [click] = named.iterfind("a:hlinkClick", DRAWING)
    link = links[click.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")]
    assert link["Target"] == "#Start!C8" and "TargetMode" not in link
    assert link["Type"] == "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    ends = [[int(number.text) for number in drawing.find(f".//xdr:{end}", DRAWING)] for end in ("from", "to")]
    assert ends == [[2, 0, 7, 0], [3, 0, 8, 0]], "column, offset, row, offset: C8 and nothing else"
    assert shape.find(".//a:prstGeom", DRAWING).get("prst") == "roundRect"
    assert "".join(shape.itertext()).strip() == "Refresh"


def test_the_script_of_main_py_waits_for_that_button():
    with zipfile.ZipFile(LITE) as file:
        assert (
            "button=\\&quot;[btn_refresh]Start!C8\\&quot;" in file.read("xl/webextensions/webextension1.xml").decode()
        )


# --- sheets ---


def test_the_sheet_to_paste_into_has_room_and_no_format_that_collides(book):
    sheet = book[PASTE]
    refers = {name: book.defined_names[name].attr_text for name in ("Paste_Here", "Paste_Days", "Paste_Decimal")}
    assert refers == {
        "Paste_Here": f"'{PASTE}'!$A$11", "Paste_Days": f"'{PASTE}'!$B$6", "Paste_Decimal": f"'{PASTE}'!$B$7",
    }  # fmt: skip
    assert sheet.max_row == 10 and not sheet.merged_cells.ranges and not sheet.tables
    assert len(list(sheet.conditional_formatting)) == 0
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    chosen = {cell: [found.value for found in sheet[source.replace("$", "")][0]] for cell, source in lists.items()}
    assert chosen == {"B6": ["day first", "month first", "year first"], "B7": [".", ","]}
    assert (sheet["B6"].value, sheet["B7"].value, sheet["B6"].number_format) == (None, None, "@")
    for column in sheet.column_dimensions.values():
        assert column.number_format == "General"


def test_start_says_what_to_do_in_each_edition(book, server):
    said = {}
    for name, made in (("lite", book), ("server", openpyxl.load_workbook(server))):
        said[name] = " ".join(str(cell.value) for row in made["Start"].iter_rows() for cell in row if cell.value)
        assert PASTE in said[name] and "Click Refresh" in said[name] and "--from" not in said[name]
    for words in ("install the free xlwings Lite", "Trust and Continue", "Files, Import/Export"):
        assert words in said["lite"] and words not in said["server"]
    assert "xlwings Server" in said["server"] and "xlwings Server" not in said["lite"]


def test_the_workbook_for_the_server_holds_no_python(server):
    with zipfile.ZipFile(server) as file:
        assert [name for name in file.namelist() if "webextension" in name] == []


@pytest.fixture(scope="module")
def opened(soffice, tmp_path_factory):
    """The workbook as LibreOffice has opened it."""
    saved = convert(soffice, LITE, tmp_path_factory.mktemp("opened"), "fods", recalculate=False)
    return etree.parse(str(saved), etree.XMLParser(huge_tree=True))


def attribute(element, name):
    return next((value for key, value in element.attrib.items() if etree.QName(key).localname == name), None)


def test_libreoffice_opens_it_and_shows_the_figures_and_the_button(opened, book):
    tables = {attribute(table, "name"): table for table in opened.iterfind(".//{*}spreadsheet/{*}table")}
    assert list(tables) == book.sheetnames
    [shape] = [shape for shape in tables["Start"].iter() if attribute(shape, "name") == "btn_refresh"]
    assert "".join(shape.itertext()).strip().startswith("Refresh")
    shown = openpyxl.load_workbook(LITE, data_only=True)
    goal = shown["Inputs"]["C10"].value
    assert goal == 20  # 100,000 of revenue in deals of 5,000
    values = [attribute(cell, "value") for cell in tables["Inputs"].iter("{*}table-cell")]
    assert str(goal) in values
