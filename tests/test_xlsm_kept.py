"""The command line on a workbook with macros: the data change, what belongs to Excel keeps its bytes."""

import re
import shutil
import zipfile
from itertools import pairwise

import pytest

from xlsmkt import cli
from xlsmkt.build import ROOT

SAMPLE = [str(ROOT / "workbook" / "sample" / f"{name}.csv") for name in ("leads", "spend", "web", "touches")]
# Sheets with data and figures, tables that grow, charts over what grows.
MEANT = re.compile(r"xl/(worksheets/sheet\d+|tables/table\d+|charts/chart\d+)\.xml")
OF_A_SHEET = re.compile(rb"<sheetPr.*?(?:/>|</sheetPr>)|<legacyDrawing[^>]*/>")


def parts_of(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """The parts of a workbook: new, refreshed, refreshed again with fewer leads, computed."""
    book = tmp_path_factory.mktemp("kept") / "sla.xlsm"
    fewer = book.with_name("leads.csv")
    with open(SAMPLE[0], "rb") as leads:
        fewer.write_bytes(b"".join(leads.readlines()[:500]))
    shutil.copy(ROOT / "workbook" / "xlsmkt.xlsm", book)
    found = [parts_of(book)]
    for command in (["refresh", "--from", *SAMPLE], ["refresh", "--from", str(fewer)], ["compute"]):
        assert cli.main([command[0], str(book), *command[1:]]) == 0
        found.append(parts_of(book))
    return found


def rows_of(parts):
    """The rows of the sheet Leads."""
    return len(re.findall(rb"<row ", parts["xl/worksheets/sheet12.xml"]))


def test_the_data_did_change(versions):
    assert [rows_of(parts) > 300 for parts in versions] == [False, True, True, True]
    assert rows_of(versions[1]) > 10 * rows_of(versions[2])


def test_only_data_figures_and_charts_change(versions):
    for before, after in pairwise(versions):
        assert list(after) == list(before), "the parts and their order"
        changed = [name for name in before if before[name] != after[name]]
        assert [name for name in changed if not MEANT.fullmatch(name)] == []


def test_what_belongs_to_excel_is_kept(versions):
    first, last = versions[0], versions[-1]
    kept = ["xl/vbaProject.bin", "xl/workbook.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels",
            *(f"xl/drawings/vmlDrawing{number}.vml" for number in (1, 2, 3)),
            "xl/worksheets/sheet21.xml"]  # fmt: skip
    assert b"RefreshCRM" in first["xl/drawings/vmlDrawing1.vml"] and b"<definedNames>" in first["xl/workbook.xml"]
    assert b"shxlwingsconf" in first["xl/worksheets/sheet21.xml"]
    for name in kept:
        assert last[name] == first[name], name


def test_sheets_keep_their_code_name_and_button(versions):
    first, last = versions[0], versions[-1]
    sheets = [name for name in first if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 21
    for name in sheets:
        assert OF_A_SHEET.findall(last[name]) == OF_A_SHEET.findall(first[name])
        assert b'codeName="sh' in OF_A_SHEET.findall(first[name])[0]
    assert sum(b"<legacyDrawing " in last[name] for name in sheets) == 3
