"""The template in LibreOffice Calc: every computed cell shows what the headless engine gives it."""

import csv
import re
import zipfile

import pytest
from hosts import calc_value
from lxml import etree

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.sample import LAST_DAY
from xlsmkt.demo import new_demo_book
from xlsmkt.errors import CellError
from xlsmkt.hosts.engine.formula import parse
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.readings import to_serial
from xlsmkt.refresh import refresh_book
from xlsmkt.template.shipped import shipped_template

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TOLERANCE = 1e-9
# Names with a meaning of their own: in the tables, in criteria, in other alphabets.
RENAMED = {
    "Webinar": "Müllers Änderung",
    "Whitepaper": "All",
    "Referral": "ümlaut*",
    "Newsletter": "<5",
    "Organic search": "Öffentlich & Straße",
    "Social": "all",
    "E-mail": "=Post",
    "Events": "Fair?",
    "Paid search": "2024",
    "Website": "All (group)",
    "Rep North 1": "Jürgen Weiß",
    "Rep West 1": "All",
    "Rep West 2": "(none)",
}


def refreshed(path, files):
    new_demo_book(path)
    refresh_book(path, lambda _, told: import_files(files, today=LAST_DAY, progress=told), compute, lambda *told: None)
    return path


def samples(demo):
    return sorted((demo / "sample").glob("*.csv"))


def as_refreshed(demo, folder):
    return demo / "sla.xlsx"


def with_macros(demo, folder):
    return refreshed(folder / "sla.xlsm", samples(demo))


def as_shipped(demo, folder):
    return shipped_template()


def with_other_names(demo, folder):
    """Leads, channels and reps of other names, seen from a day in the past, with other methods."""
    files = []
    for sample in samples(demo):
        files.append(folder / sample.name)
        with sample.open(encoding="utf-8", newline="") as old, files[-1].open("w", encoding="utf-8", newline="") as new:
            csv.writer(new).writerows([RENAMED.get(value, value) for value in row] for row in csv.reader(old))
    path = refreshed(folder / "sla.xlsx", files)
    edit = Edit.open(path)
    for name, value in {"As_Of": to_serial(LAST_DAY) - 130, "Goal_Method": "12 months ago", "SLA_Days": "calendar",
                        "Attribution_Model": "time decay", "Suggest_Attribute": "Company size"}.items():  # fmt: skip
        edit.set_named_value(name, value)
    compute(edit)
    edit.save(path)
    return path


def with_few_rows(demo, folder):
    """A lead, and one row of everything else."""
    files = []
    for sample in samples(demo):
        files.append(folder / sample.name)
        lines = sample.read_text("utf-8").splitlines()
        files[-1].write_text("\n".join([lines[0], lines[201], ""]), "utf-8")
    return refreshed(folder / "sla.xlsx", files)


def without_values(path, folder):
    """A copy in which the formulas show nothing yet, so that what Calc shows is what it has computed."""
    copy = folder / f"bare{path.suffix}"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb"(<f[ >][^<]*</f>|<f [^>]*/>)<v>[^<]*</v>", rb"\1", part)
            new.writestr(name, part)
    return copy


def same(ours, theirs):
    """Whether two cells show the same. Where a format or an array hides it, Calc tells of a truth value 1 or 0."""
    ours, theirs = ("" if value is None else value for value in (ours, theirs))
    if isinstance(ours, CellError) or isinstance(theirs, CellError):
        return getattr(ours, "sign", None) == getattr(theirs, "sign", None)
    if isinstance(theirs, bool) and not isinstance(ours, bool):
        return False
    if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
        return abs(ours - theirs) <= TOLERANCE * max(1, abs(ours))
    return ours == theirs


MADE = [as_refreshed, with_macros, as_shipped, with_other_names, with_few_rows]


@pytest.mark.parametrize("made", MADE)
def test_every_cell_shows_what_the_headless_engine_gives(office, demo, tmp_path, made):
    path = made(demo, tmp_path)
    with zipfile.ZipFile(path) as file:
        assert ("xl/vbaProject.bin" in file.namelist()) == (made is with_macros)
    sheets = office.run("compute", path=str(without_values(path, tmp_path)))["sheets"]
    formulas, cells, different = 0, 0, []
    with Book.open(path) as book:
        for sheet in book.sheet_names:
            shown = {(row, column): calc_value(value) for row, column, value in sheets[sheet]}
            for cell in book.cells(sheet):
                if not cell.formula:
                    continue
                formulas += 1
                for y, row in enumerate(book.range(sheet, cell.array) if cell.array else [[cell.value]], cell.row):
                    for x, ours in enumerate(row, cell.column):
                        cells += 1
                        if not same(ours, shown.get((y, x))):
                            different.append((sheet, y, x, cell.formula, ours, shown.get((y, x))))
    assert different == []
    assert formulas > 2000 and cells > 8000


@pytest.mark.parametrize(
    "ours, theirs", [(1, 1 + 1e-8), (1, True), (0, ""), ("All", ""), (None, CellError("")), (True, 0), ("a", "A")]
)
def test_what_differs_is_told_apart(ours, theirs):
    assert not same(ours, theirs)


# --- what computing does not show: the rules for colours, and lookups that find nothing in the sample ---

LOOKUPS = ("SUMIF", "COUNTIF", "MATCH", "VLOOKUP", "LOOKUP")
OURS = re.compile(rf"=?(?:{'|'.join(CATALOGUE)})\(")


@pytest.fixture(scope="module")
def texts(book):
    """The cells that hold a text of a table of ours."""
    found = set()
    for sheet in book.sheet_names:
        for cell in book.cells(sheet, bodies=False):
            if cell.array and OURS.match(cell.formula or ""):
                for y, row in enumerate(book.range(sheet, cell.array), cell.row):
                    found |= {(sheet, y, x) for x, v in enumerate(row, cell.column) if v and isinstance(v, str)}
    return found


def conditions(book):
    """The formulas of the conditional formats."""
    with zipfile.ZipFile(book.path) as file:
        for number, sheet in enumerate(book.sheet_names, 1):
            rules = etree.fromstring(file.read(f"xl/worksheets/sheet{number}.xml"))
            for rule in rules.iter(f"{MAIN}cfRule"):
                for formula in rule.iterfind(f"{MAIN}formula"):
                    yield sheet, formula.text


def names_texts(node, sheet, texts):
    """Whether a part of a formula is nothing but cells of which one holds a text of a table of ours."""
    area = node.reference and node.reference.area
    rows = area and range(area.top, min(area.bottom, area.top + 2000) + 1)
    return bool(area) and any((node.reference.sheet or sheet, row, area.left) in texts for row in rows)


def unfound(formula, sheet, texts):
    """The parts of a formula that look for a text where Calc finds none."""
    for node in parse(formula.removeprefix("=")).walk():
        searched = compared(node) if node.kind == "operation" else node.children[:2] if node.name in LOOKUPS else ()
        if any(names_texts(part, sheet, texts) for part in searched):
            yield formula[node.start : node.end]


def compared(node):
    """What an operation compares with a text, unless & has made a text of it."""
    flat = ["", "", *node.flat, "", ""]
    for at, sign in enumerate(flat):
        sides = flat[at - 1 : at + 2 : 2]
        if sign in ("=", "<>") and any(getattr(side, "kind", "") == "text" and side.value for side in sides):
            yield from (side for side in sides if not isinstance(side, str) and "&" not in flat[at - 2 : at + 3 : 4])


def test_no_formula_looks_for_a_text_of_a_table_that_is_none_to_calc(book, texts):
    formulas = [(s, c.formula) for s in book.sheet_names for c in book.cells(s, bodies=False) if c.formula]
    rules = list(conditions(book))
    assert len(texts) > 500 and len(rules) > 60
    assert [(s, part) for s, formula in (*formulas, *rules) for part in unfound(formula, s, texts)] == []


@pytest.mark.parametrize(
    "formula, finds",
    [
        ('IF(Scoring!$H$13="All",1,2)', True),
        ('IF(Scoring!$H$13&""="All",1,2)', False),
        ('SUMPRODUCT(("All"<>$R$8:$R$20)*1)', True),
        ('IF($R$8="",1,2)', False),
        ('SUMIF($R$8:$R$20,"All",$S$8:$S$20)', True),
        ("COUNTIF(Lead_types[Lead type],$R$8:$R$20)", True),
        ('SUMIF($R$8:$R$20&"",Lead_types[Lead type],$S$8:$S$20)', False),
    ],
)
def test_such_a_formula_is_found(texts, formula, finds):
    assert bool(list(unfound(formula, "Totals", texts))) == finds
