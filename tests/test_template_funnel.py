"""The sheet Funnel by source: every figure counted again from the export, and what odd data show."""

import datetime as dt

import pandas as pd
import pytest

from xlsmkt.crm.importing import import_files
from xlsmkt.crm.model import DAILY, WEB
from xlsmkt.crm.sample import LAST_DAY, write_sample
from xlsmkt.errors import CellError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.refresh import refresh_book
from xlsmkt.template import funnel_by_source as by_source
from xlsmkt.template.building import build

DAYS = {"now": ("2026-01-01", "2026-10-20"), "before": ("2025-01-01", "2025-10-20")}
LEADS = ("Visits", "Leads", "Revenue pipeline", "Revenue won")
AS_OF = dt.date(2026, 3, 10)
HEADINGS = (
    *LEADS, "Visit to lead", "Lead to MQL", "Leads worked", "Worked to connected", "MQL to opportunity",
    "Opportunity to customer", "Lead to customer", "Average deal size",
)  # fmt: skip
SLOW = {"Lead to MQL", "MQL to opportunity", "Opportunity to customer", "Lead to customer", "Average deal size"}


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("funnel") / "empty.xlsx"
    build(path)
    edit = Edit.open(path)
    compute(edit)
    edit.save(path)
    return path


@pytest.fixture(scope="module")
def sample(empty):
    """The folder of the sample export and the workbook refreshed from it."""
    folder = empty.parent / "sample"
    files = write_sample(folder)
    path = folder / "sla.xlsx"
    path.write_bytes(empty.read_bytes())
    refresh_book(
        path, lambda _, told: import_files(files, today=LAST_DAY, progress=told), compute, lambda part, words: None
    )
    return folder


@pytest.fixture(scope="module")
def exported(sample):
    leads = pd.read_csv(sample / "leads.csv", dtype=str)
    leads = leads[leads["Lead ID"].astype(int) < 90000]  # the four rows that the import refuses
    leads["amount"] = leads["Opportunity Amount"].astype(float).where(leads["Stage"] == "Closed Won")
    return leads, pd.read_csv(sample / "web.csv")


def filled(empty, path, daily, web=()):
    """A workbook of rows (day, source, leads, customers, revenue) and (day, source, visits), seen on 10 March 2026."""
    rows = [(day, "", source, "", "", "", n, n, n, n, won, n, n, revenue) for day, source, n, won, revenue in daily]
    edit = Edit.open(empty)
    edit.replace_rows("Daily", dict(zip(DAILY.columns, map(list, zip(*rows, strict=True)), strict=True)))
    if web:
        days, sources, visits = map(list, zip(*web, strict=True))
        blank = [None] * len(web)
        edit.replace_rows(
            "Web", {**dict.fromkeys(WEB.columns, blank), "Date": days, "Source": sources, "Visits": visits}
        )
    until = next(name.refers_to for name in edit.names if name.name == "Data_Until").lstrip("=").replace("$", "")
    sheet, cell = until.split("!")
    edit.set_cell(sheet, int(cell[1:]), ord(cell[0]) - 64, AS_OF)
    compute(edit)
    edit.save(path)
    return path


def lines(path):
    """Each source's three lines: this year, last year, the change; by the names of the metrics."""
    with Book.open(path) as book:
        heading, *rows = book.range(
            "Funnel", f"B{by_source.HEADING}:N{by_source.ALL + 3 * (by_source.SOURCES + 1) - 1}"
        )
    assert tuple(heading[1:]) == HEADINGS
    found = {}
    for number in range(0, len(rows), 3):
        if rows[number][0] not in (None, ""):
            assert [rows[number + 1][0], rows[number + 2][0]] == [by_source.BEFORE, by_source.CHANGE]
            found[rows[number][0]] = [dict(zip(HEADINGS, row[1:], strict=True)) for row in rows[number : number + 3]]
    return found


def shown(path, cell, sheet="Funnel"):
    with Book.open(path) as book:
        return book.range(sheet, f"{cell}:{cell}")[0][0]


def recounted(exported, days, source=None):
    """The metrics of a source, from the two files; of all leads without one."""
    leads, web = exported
    if source:
        leads, web = leads[leads["Lead Source"] == source], web[web["Source"] == source]
    made = leads[leads["Created Date"].str[:10].between(*days)]
    won = leads[leads["Close Date"].str[:10].between(*days)]["amount"].sum()
    visits = web[web["Date"].between(*days)]["Visits"].sum()
    worked, connected = made["First Response Date"].count(), made["Connected Date"].count()
    mqls, opportunities, customers = made["MQL Date"].count(), made["Converted Date"].count(), made["amount"].count()
    figures = (
        visits, len(made), len(made) * 0.05 * 5000, won, len(made) / visits, mqls / len(made), worked / len(made),
        connected / worked, opportunities / mqls, customers / opportunities, customers / len(made),
        made["amount"].sum() / customers,
    )  # fmt: skip
    return dict(zip(HEADINGS, map(float, figures), strict=True))


def test_every_metric_of_every_source_is_that_of_the_export(sample, exported):
    found = lines(sample / "sla.xlsx")
    assert set(found) == {"All", *exported[0]["Lead Source"].dropna()}
    for name, (now, before, change) in found.items():
        source = None if name == "All" else name
        expected = [recounted(exported, days, source) for days in DAYS.values()]
        assert [now, before] == [pytest.approx(figures, rel=1e-9) for figures in expected], name
        for heading, grown in change.items():
            if heading in SLOW:
                assert grown is None
            else:
                assert grown == pytest.approx(expected[0][heading] / expected[1][heading] - 1, abs=1e-9), heading


def test_sources_stand_in_the_order_of_their_leads_below_all_leads(sample):
    found = lines(sample / "sla.xlsx")
    leads = [now["Leads"] for now, _, _ in found.values()]
    assert next(iter(found)) == "All"
    assert leads[1:] == sorted(leads[1:], reverse=True)


def test_all_is_the_column_of_the_year_and_what_the_sources_add_up_to(sample):
    path = sample / "sla.xlsx"
    found = lines(path)
    with Book.open(path) as book:
        above = {row[0]: row[4:6] for row in book.range("Funnel", "B10:G22")}
        spilled = next(c for c in book.cells("Funnel") if c.formula and c.formula.startswith("FUNNEL_BY("))
        counts = book.range("Funnel", spilled.array)[-1]
    for number in (0, 1):
        every = found["All"][number]
        for heading in HEADINGS:
            if heading not in ("Visits", "Revenue won"):
                label = "Revenue pipeline of these leads" if heading == "Revenue pipeline" else heading
                assert every[heading] == pytest.approx(above[label][number]), heading
        for heading in LEADS:
            added = sum(each[number][heading] for name, each in found.items() if name != "All")
            assert every[heading] == pytest.approx(added), heading
        assert every["Leads"] == counts[1 + 6 * number]
    assert counts[0] == "All"


def test_an_empty_template_has_all_leads_of_nothing_and_no_error(empty):
    found = lines(empty)
    assert list(found) == ["All"]
    now, before, change = found["All"]
    assert [now[heading] for heading in LEADS] == [before[heading] for heading in LEADS] == [0] * 4
    assert {now[heading] for heading in HEADINGS[4:]} == {"–"}
    assert {grown for heading, grown in change.items() if heading not in SLOW} == {"–"}
    with Book.open(empty) as book:
        assert not [cell for cell in book.cells("Funnel") if isinstance(cell.value, CellError)]


def test_odd_sources(empty, tmp_path):
    """Leads of no source, a source of last year only, visits of a source without leads, and a refund."""
    daily = [
        (dt.date(2024, 11, 1), "Fair", 1, 0, 0.0),
        (dt.date(2025, 2, 3), "Fair", 4, 1, 900.0),
        (dt.date(2025, 2, 3), "web", 10, 2, 100.0),
        (dt.date(2026, 2, 3), "Web", 20, 5, -50.0),
        (dt.date(2026, 2, 3), None, 7, 1, 70.0),
    ]
    web = [(dt.date(2025, 1, 1), "Web", 100), (dt.date(2026, 2, 3), "WEB", 400), (dt.date(2026, 2, 4), None, 70)]
    web.append((dt.date(2026, 2, 4), "Nobody", 1234))
    path = filled(empty, tmp_path / "odd.xlsx", daily, web)
    found = lines(path)
    assert list(found) == ["All", "web", "(none)", "Fair"]  # the spelling seen first
    assert [now["Leads"] for now, _, _ in found.values()] == [27, 20, 7, 0]
    assert [before["Leads"] for _, before, _ in found.values()] == [14, 10, 0, 4]
    assert [now["Visits"] for now, _, _ in found.values()] == [1704, 400, 70, 0]
    assert [now["Average deal size"] for now, _, _ in found.values()] == [pytest.approx(20 / 6), -10, 70, "–"]
    assert [now["Visit to lead"] for now, _, _ in found.values()] == [pytest.approx(27 / 1704), 0.05, 0.1, "–"]
    assert [change["Leads"] for _, _, change in found.values()] == [pytest.approx(27 / 14 - 1), 1, "–", -1]
    assert shown(path, f"B{by_source.TITLE + 2}").startswith(
        "Visits of sources that have no leads count in All only: 1,234"
    )


def test_no_change_where_the_data_begin_within_the_year_before(empty, tmp_path):
    daily = [(day, "Web", 10, 1, 100.0) for day in (dt.date(2025, 2, 3), dt.date(2026, 2, 3))]
    found = lines(filled(empty, tmp_path / "late.xlsx", daily))
    assert [found["Web"][line]["Leads"] for line in range(3)] == [10, 10, "–"]


def test_a_new_source_appears_by_itself_and_more_than_there_is_room_for_are_told(empty, tmp_path):
    daily = [(dt.date(2026, 2, 3), f"Source {number}", number, 1, 10.0) for number in range(1, 64)]
    path = filled(empty, tmp_path / "many.xlsx", daily)
    found = lines(path)
    assert list(found) == ["All", *(f"Source {number}" for number in range(63, 23, -1))]
    assert found["All"][0]["Leads"] == sum(range(1, 64))
    assert shown(path, f"B{by_source.TITLE + 2}") == "There are more than 40 sources: the largest are shown."
