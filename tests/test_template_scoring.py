"""The sheets Scoring and Scores: the sample's figures counted again by pandas, and what they show of other data."""

import datetime as dt

import pandas as pd
import pytest
from computed_books import computed, spill

from xlsmkt.crm.model import LEADS
from xlsmkt.errors import CellError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.readings import to_serial
from xlsmkt.template import scoring, scoring_rules
from xlsmkt.template.building import build

AS_OF = pd.Timestamp("2026-10-20")
CYCLE_AGO = AS_OF - pd.Timedelta(days=61)
COLUMNS = {
    "Company size": "No. of Employees", "Industry": "Industry", "Country": "Country", "Job title": "Title",
    "Lead type": "Lead Type", "Source": "Lead Source", "Campaign": "Campaign Name",
}  # fmt: skip


def points(lead):
    """The rules of the template, each read by hand."""
    earned = 0.0
    for attribute, test, value, worth, _ in scoring_rules.RULES:
        cell = lead[COLUMNS[attribute]]
        if test == "ideal":
            size = float(cell)
            earned += worth * min(size, value) / max(size, value)
        elif test == "contains":
            earned += worth * (value in cell.lower())
        elif test == "is one of":
            earned += worth * (cell in value.split("; "))
        else:
            assert test == "is"
            earned += worth * (cell == value)
    return earned


@pytest.fixture(scope="module")
def leads(demo):
    frame = pd.read_csv(demo / "sample" / "leads.csv", dtype=str, keep_default_na=False)
    frame = frame[frame["Lead ID"].astype(int) < 90000]  # the four rows that the import refuses
    frame["day"] = pd.to_datetime(frame["Created Date"]).dt.normalize()
    frame["won"] = frame["Stage"] == "Closed Won"
    frame["score"] = [points(lead) for lead in frame.to_dict("records")]
    return frame


def spilled(book, sheet, call):
    """The first spilled table of more than one column whose formula has this call in it."""
    cell = next(
        c
        for c in book.cells(sheet, bodies=False)
        if ":" in (c.array or "") and len(set(c.array.split(":"))) == 2 and call in (c.formula or "")
    )
    heading, *rows = book.range(sheet, cell.array)
    return heading, rows


def test_every_lead_has_its_score_in_the_row_it_has_on_leads(book, leads):
    heading, rows = spilled(book, "Scores", "LEAD_SCORE(")
    assert heading == ["Explicit", "Implicit", "Score"]
    by_id = dict(zip(leads["Lead ID"], leads["score"], strict=True))
    ids = [str(lead) for lead in book.column("Leads", "Lead ID")]
    assert [row[2] for row in rows] == pytest.approx([by_id[lead] for lead in ids])
    assert [row[0] + row[1] for row in rows] == pytest.approx([row[2] for row in rows])


def test_bands_hold_the_leads_of_one_sales_cycle_ago(book, leads):
    _, rows = spilled(book, "Scoring", "SCORE_BANDS(")
    old = leads[leads["day"] <= CYCLE_AGO]
    assert rows[-1][:4] == ["All", len(old), old["won"].sum(), pytest.approx(old["won"].mean())]
    assert len(rows) == 6
    edges = []
    for name, count, customers, rate, share, lift in rows[:-1]:
        low, _, high = name.partition(" to ")
        inside = old[old["score"].round(1).between(float(low), float(high))]
        assert abs(len(inside) - count) <= 60  # scores whose rounding crosses the edge of a band
        assert [rate, share, lift] == pytest.approx(
            [customers / count, customers / old["won"].sum(), customers / count / old["won"].mean()]
        )
        edges.append(float(low))
    assert edges == sorted(edges, reverse=True)
    assert sum(row[1] for row in rows[:-1]) == len(old)


def test_the_share_of_pairs_is_that_of_ranks(book, leads):
    old = leads[leads["day"] <= CYCLE_AGO]
    ranks = old["score"].round(9).rank()
    customers, others = old["won"].sum(), (~old["won"]).sum()
    auc = (ranks[old["won"]].sum() - customers * (customers + 1) / 2) / (customers * others)  # Mann and Whitney
    assert book.range("Scoring", "H9:H9")[0][0] == round(100 * auc)
    assert auc > 0.6  # the template's rules suit its sample


@pytest.fixture(scope="module")
def waiting(leads):
    unworked = leads[(leads["First Response Date"] == "") & (leads["Call Attempts"].isin(["", "0"]))]
    unworked = unworked[(unworked["Close Date"] == "") & (unworked["day"] > AS_OF - pd.Timedelta(days=60))]
    return unworked.sort_values("score", ascending=False, kind="stable")


def test_the_call_list_holds_the_open_leads_that_nobody_has_worked(book, waiting):
    _, rows = spilled(book, "Scoring", "LEAD_QUEUE(")
    assert len(rows) == min(50, len(waiting))
    assert [row[2] for row in rows] == pytest.approx(waiting["score"].tolist()[: len(rows)])
    owner = dict(zip(waiting["Lead ID"], waiting["Lead Owner"], strict=True))
    score = dict(zip(waiting["Lead ID"], waiting["score"], strict=True))
    threshold = book.named_value("Score_Threshold")
    for _, lead, shown, rep, step in rows:
        assert [shown, rep] == [pytest.approx(score[lead]), owner[lead] or "(none)"]
        assert step == ("call" if shown >= threshold else "nurture")


def test_the_tiles_count_all_who_wait(book, waiting):
    ready = (waiting["score"] >= book.named_value("Score_Threshold") - 1e-9).sum()
    assert [book.range("Scoring", f"{cell}:{cell}")[0][0] for cell in ("O9", "Q9")] == [ready, len(waiting) - ready]


def test_about_a_quarter_of_the_leads_is_sales_ready(book, leads):
    assert 0.2 < (leads["score"] >= book.named_value("Score_Threshold")).mean() < 0.35


def test_points_are_suggested_by_industry(book, leads):
    _, rows = spilled(book, "Scoring", "SUGGESTED_POINTS(")
    old = leads[leads["day"] <= CYCLE_AGO].groupby("Industry")["won"].agg(["size", "sum"])
    assert {row[0]: row[1:3] for row in rows[:-1]} == {name: [n, won] for name, (n, won) in old.iterrows()}
    assert rows[0][5] == 10


# --- other data ---

SMALL = ["L1", "L2", "L3", "L4", "L5"]


def small_book(tmp_path, attribute="Industry", typed=None, rules=None, **changed):
    """Five leads made long ago or just now, in a new template; ``typed`` over its inputs and ``rules`` for its own."""
    path = tmp_path / "small.xlsx"
    build(path)
    edit = Edit.open(path)
    rows = {name: [None] * 5 for name in LEADS.columns}
    rows |= {
        "Lead ID": SMALL,
        "Created": [to_serial(dt.date(2026, 1, 5))] * 3 + [to_serial(dt.date(2026, 6, 25))] * 2,
        "Lead type": ["Demo request", "Demo request", "Newsletter", "Demo request", "Newsletter"],
        "Industry": ["Retail", "", "Retail", "", ""],
        "Company size": [9, 1000, None, 300, 60],
        "Won": [to_serial(dt.date(2026, 3, 1)), None, None, None, None],
        **changed,
    }
    edit.replace_rows("Leads", rows)
    if rules:
        columns = ("Attribute", "Test", "Value", "Points", "Kind")
        edit.replace_rows("Scoring_rules", dict(zip(columns, map(list, zip(*rules, strict=True)), strict=True)))
    inputs = {"Data_Until": dt.date(2026, 7, 1), "Suggest_Attribute": attribute, **(typed or {})}
    for name, value in inputs.items():
        edit.set_cell(*place(edit, name), value)
    assert compute(edit).kept == []
    edit.save(path)
    return Book.open(path)


def place(book, name):
    sheet, cell = next(n.refers_to for n in book.names if n.name == name).lstrip("=").split("!")
    _, column, row = cell.split("$")
    return sheet.strip("'"), int(row), ord(column) - ord("A") + 1


def test_young_leads_wait_and_old_ones_are_judged(tmp_path):
    book = small_book(tmp_path)
    assert [row[0:2] for row in spilled(book, "Scoring", "LEAD_QUEUE(")[1]] == [[1, "L4"], [None, "L5"]]
    assert spilled(book, "Scoring", "SCORE_BANDS(")[1][-1][:3] == ["All", 3, 1]
    # Suggested points are for values; a lead without one is a group of its own
    assert {row[0]: row[1] for row in spilled(book, "Scoring", "SUGGESTED_POINTS(")[1]} == {
        "Retail": 2, "(none)": 1, "All": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    "sign",
    [
        {"First worked": to_serial(dt.date(2026, 6, 26))},
        {"Attempts": 1},
        {"Connected": to_serial(dt.date(2026, 6, 26))},
    ],
)
def test_a_lead_that_was_touched_tried_or_reached_waits_for_no_call(tmp_path, sign):
    book = small_book(tmp_path, **{name: [None] * 3 + [value, None] for name, value in sign.items()})
    assert [row[1] for row in spilled(book, "Scoring", "LEAD_QUEUE(")[1]] == ["L5"]


@pytest.mark.parametrize(
    "attribute, groups",
    [
        ("Company size", {"1 to 9": 1, "1,000 or more": 1}),
        ("Lead type", {"Demo request": 2, "Newsletter": 1}),
        ("Campaign", {"(none)": 3}),
    ],
)
def test_points_are_suggested_for_the_chosen_attribute(tmp_path, attribute, groups):
    _, rows = spilled(small_book(tmp_path, attribute), "Scoring", "SUGGESTED_POINTS(")
    assert {row[0]: row[1] for row in rows[:-1]} == groups
    assert attribute in scoring.ATTRIBUTES


def test_more_leads_at_the_next_refresh_are_all_scored_and_judged(tmp_path):
    small_book(tmp_path)
    edit = Edit.open(tmp_path / "small.xlsx")
    rows = {name: [None] * 400 for name in LEADS.columns}
    rows |= {"Lead ID": [f"M{n}" for n in range(400)], "Created": [to_serial(dt.date(2026, 1, 5))] * 400}
    rows |= {"Company size": list(range(1, 401)), "Won": [None, to_serial(dt.date(2026, 3, 1))] * 200}
    edit.replace_rows("Leads", rows)
    assert compute(edit).kept == []
    edit.save(tmp_path / "more.xlsx")
    book = Book.open(tmp_path / "more.xlsx")
    assert len(spilled(book, "Scores", "LEAD_SCORE(")[1]) == 400
    assert spilled(book, "Scoring", "SCORE_BANDS(")[1][-1][:3] == ["All", 400, 200]


def test_a_new_workbook_shows_no_errors_and_no_figures(tmp_path):
    build(tmp_path / "new.xlsx")
    edit = Edit.open(tmp_path / "new.xlsx")
    assert compute(edit).kept == []
    edit.save(tmp_path / "new.xlsx")
    book = Book.open(tmp_path / "new.xlsx")
    for sheet in ("Scoring", "Scores"):
        assert not [cell for cell in book.cells(sheet) if isinstance(cell.value, CellError)]
    tiles = [book.range("Scoring", f"{cell}:{cell}")[0][0] for cell in ("H9", "J9", "L9", "O9", "Q9")]
    assert tiles == ["–"] * 5


TILES = ("H9", "J9", "L9", "O9", "Q9")
GOOD_RULE = ("Industry", "is", "Retail", 30, "explicit")


def at(book, *cells):
    values = (book.range("Scoring", f"{cell}:{cell}")[0][0] for cell in cells)
    return ["" if value is None else value for value in values]


@pytest.mark.parametrize(
    "rules, changed",
    [
        ([("Industri", "is", "Retail", 30, "explicit")], {}),
        ([GOOD_RULE, ("Industry", "are", "Retail", 30, "explicit")], {}),
        ([("Industry", "is", "Retail", "many", "explicit")], {}),
        ([("Industry", "is", "Retail", 30, "fit")], {}),
        ([("Company size", "at least", 50, 30, "explicit")], {"Company size": [9, "1,234", None, 300, 60]}),
    ],
)
def test_rules_that_cannot_be_read_are_said_to_be_so(tmp_path, rules, changed):
    book = small_book(tmp_path, rules=rules, **changed)
    assert at(book, "B4")[0].startswith("The rules cannot be read: look for an attribute that is no heading of Leads")
    assert at(book, "O7") == [""]
    assert at(book, *TILES) == ["–"] * 5
    assert not any(value for row in book.range("Scoring", "O18:S30") for value in row)
    assert spilled(book, "Scoring", "SCORE_BANDS(")[1] == [["All", 0, 0, None, None, None]]  # and its format hides it
    assert isinstance(book.range("Scores", "A1:A1")[0][0], CellError)
    for sheet in ("Scoring", "Dashboard"):
        assert not [cell for cell in book.cells(sheet) if isinstance(cell.value, CellError)]
    assert not any(value for row in book.range("Dashboard", "O48:Q59") for value in row)


def test_rules_that_can_be_read_bring_no_warning(tmp_path):
    book = small_book(tmp_path, rules=[GOOD_RULE])
    assert at(book, "B4", "O7", "O9", "Q9") == ["", "", 0, 2]


@pytest.mark.parametrize(
    "name, words",
    [("Score_Threshold", "Type the score from which a lead is called."), ("Call_Days", "Type how many days back.")],
)
def test_without_a_score_to_call_from_or_days_nobody_is_listed(tmp_path, name, words):
    book = small_book(tmp_path, typed={name: None})
    assert at(book, "O7", "O9", "Q9") == [words, "–", "–"]
    assert spilled(book, "Scoring", "LEAD_QUEUE(")[1] == [] or at(book, "P18") == [""]
    assert at(book, "H9") != ["–"]  # the scores are judged all the same
    assert not any(value for row in book.range("Dashboard", "O48:Q59") for value in row)


def test_a_rep_who_has_no_lead_in_the_list_is_named(tmp_path):
    owners = {"Owner": ["North", None, None, "North", "South"]}
    book = small_book(tmp_path, typed={"Call_Owner": "Nort"}, **owners)
    assert at(book, "O7") == ["No lead of the list is Nort's: look how Leads writes the owner."]
    book = small_book(tmp_path, typed={"Call_Owner": "south"}, **owners)
    assert at(book, "O7", "P18", "P19") == ["", "L5", ""]


def test_a_range_to_the_end_of_the_sheet_takes_in_what_spills_in_the_same_computation(tmp_path):
    def fill(book, sheet):
        data = book.add_worksheet("Data")
        data.write_column("A1", ["Customers", 1, 2, 3, 4, 5, 6])
        data.add_table(0, 0, 6, 0, {"name": "T", "columns": [{"header": "Customers"}]})
        spill(book.add_worksheet("Long"), "A1", "=CLOSE_RATE(T[Customers],10)")
        spill(sheet, "A1", "=WEIGHTED_CLOSE_RATE(Long!$A$1:$A$1048576,T[Customers])")

    shown = computed(tmp_path / "long.xlsx", fill)
    assert shown("A1") == pytest.approx((1 + 4 + 9 + 16 + 25 + 36) / 10 / 21)
