"""The sheet Attribution: the sample's credits counted again by pandas, and what it shows of other data."""

import datetime as dt
from unittest.mock import patch

import pandas as pd
import pytest

from xlsmkt.crm.model import LEADS
from xlsmkt.errors import CellError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.readings import to_serial
from xlsmkt.template import credits
from xlsmkt.template.building import build
from xlsmkt.template.page import Page

PERIOD = (pd.Timestamp("2025-10-21"), pd.Timestamp("2026-10-20"))
FIRST = credits.CHOSEN.first[0] + 2
LAST = FIRST + credits.CHOSEN.room - 1
MODELS = list(credits.MODELS)


@pytest.fixture(scope="module")
def sold(demo):
    """The touches of the leads won in the period, in the order of their times, with the lead's amount."""
    leads = pd.read_csv(demo / "sample" / "leads.csv", dtype={"Lead ID": str}, parse_dates=["Close Date"])
    leads = leads[(leads["Stage"] == "Closed Won") & leads["Close Date"].between(*PERIOD)]
    leads = leads[leads["Lead ID"].astype(int) < 90000]  # rows that the import refuses
    leads["Opportunity Amount"] = leads["Opportunity Amount"].astype(float)  # of the others one is a text
    touches = pd.read_csv(demo / "sample" / "touches.csv", dtype={"Lead ID": str}, parse_dates=["Timestamp"])
    joined = touches.merge(leads[["Lead ID", "Opportunity Amount"]], on="Lead ID")
    return joined.sort_values("Timestamp", kind="stable").rename(columns={"Opportunity Amount": "amount"})


def table(book, columns):
    rows = book.range("Attribution", f"{columns.split(':')[0]}{FIRST}:{columns.split(':')[1]}{LAST}")
    return [row for row in rows if row[0] not in (None, "")]


def credited(book, model):
    letter = credits.model_column(model)
    channels = [row[0] for row in table(book, "B:B")]
    return dict(zip(channels, [row[0] for row in table(book, f"{letter}:{letter}")], strict=True))


@pytest.mark.parametrize("model, which", [("first", "head"), ("last", "tail")])
def test_one_touch_earns_all(book, sold, model, which):
    counts = getattr(sold.groupby("Lead ID"), which)(1)["Channel"].value_counts()
    shown = credited(book, model)
    assert {channel: credit for channel, credit in shown.items() if credit} == {**counts, "All": counts.sum()}


def test_all_touches_earn_alike(book, sold):
    share = 1 / sold.groupby("Lead ID")["Channel"].transform("size")
    credit, value = share.groupby(sold["Channel"]).sum(), (share * sold["amount"]).groupby(sold["Channel"]).sum()
    rows = {row[0]: row[1:] for row in table(book, "B:D")}
    assert {c: row[0] for c, row in rows.items() if c != "All"} == pytest.approx(credit.to_dict())
    # values are in whole cents that add up to the revenue
    assert {c: row[1] for c, row in rows.items() if c != "All"} == pytest.approx(value.to_dict(), abs=0.01)
    assert rows["All"] == [sold["Lead ID"].nunique(), sold.groupby("Lead ID")["amount"].first().sum()]
    assert credited(book, "linear") == pytest.approx({channel: row[0] for channel, row in rows.items()})


def test_the_channels_that_touched_earn_alike(book, sold):
    pairs = sold.drop_duplicates(["Lead ID", "Channel"])
    share = 1 / pairs.groupby("Lead ID")["Channel"].transform("size")
    expected = share.groupby(pairs["Channel"]).sum().to_dict()
    assert credited(book, "Shapley") == pytest.approx({**expected, "All": sold["Lead ID"].nunique()})


@pytest.mark.parametrize("model", MODELS)
def test_every_model_shares_out_the_same_customers(book, sold, model):
    shown = credited(book, model)
    assert shown.pop("All") == sold["Lead ID"].nunique() == pytest.approx(sum(shown.values()))


def test_spend_and_roi_are_those_of_the_period(book, demo):
    spend = pd.read_csv(demo / "sample" / "spend.csv", parse_dates=["Date"])
    spend = spend[spend["Date"].between(*PERIOD)]
    by_channel = {**spend.groupby("Channel")["Cost"].sum(), "All": spend["Cost"].sum()}
    margin = book.named_value("Gross_Margin")
    for channel, credit, value, cost, per_customer, roi in table(book, "B:G"):
        assert cost == pytest.approx(by_channel.get(channel, 0))
        if cost:
            assert [per_customer, roi] == pytest.approx([cost / credit, (value * margin - cost) / cost])
        else:
            assert [per_customer, roi] == ["–", "–"]


def test_the_charts_show_the_first_channels(book):
    rows = book.range("Totals", "CC8:CH15")
    shown = table(book, "B:C")[:-1][:8]
    assert [row[:2] for row in rows][: len(shown)] == shown
    assert [row[3] for row in rows][: len(shown)] == [credited(book, "last")[row[0]] for row in shown]


def computed(path, rows=None, **typed):
    edit = Edit.open(path)
    for name, columns in (rows or {}).items():
        edit.replace_rows(name, columns)
    for name, value in typed.items():
        sheet, cell = next(n.refers_to for n in edit.names if n.name == name).lstrip("=").split("!")
        _, column, row = cell.split("$")
        edit.set_cell(sheet.strip("'"), int(row), ord(column) - ord("A") + 1, value)
    assert compute(edit).kept == []
    edit.save(path)
    return Book.open(path)


def test_another_model_changes_the_table_and_keeps_the_comparison(demo, book, tmp_path):
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes((demo / "sla.xlsx").read_bytes())
    markov = computed(copy, Attribution_Model="Markov")
    rows = table(markov, "B:C")
    assert dict(map(tuple, rows)) == pytest.approx(credited(book, "Markov"))
    assert credited(markov, "linear") == pytest.approx(credited(book, "linear"))
    assert [row[1] for row in rows[:-1]] == sorted((row[1] for row in rows[:-1]), reverse=True)


def test_a_new_workbook_says_what_to_import(tmp_path):
    build(tmp_path / "new.xlsx")
    book = computed(tmp_path / "new.xlsx")
    assert not [cell for cell in book.cells("Attribution") if isinstance(cell.value, CellError)]
    assert book.range("Attribution", "B4:B4")[0][0].startswith("There are no touches yet. Refresh with a file of them")
    assert [book.range("Attribution", f"{cell}:{cell}")[0][0] for cell in ("B12", "D12", "F12")] == ["–"] * 3


# --- other data ---

PERIOD_CELLS = {"Attribution_From": "C6", "Attribution_To": "C7"}
DAY = to_serial(dt.date(2026, 6, 1))


def small_book(tmp_path, amounts=(100, None), touched=("L1", "L1", "L2"), channels=("Fair", "Web", "Web"), **typed):
    """Leads won on 1 June 2026, a touch a day before, and 50 of spend on a channel without a touch."""
    path = tmp_path / "small.xlsx"
    over = {cell: typed.pop(name) for name, cell in PERIOD_CELLS.items() if name in typed}
    draw = Page.formula

    def formula(page, cell, written, *args, **more):
        """A user types over a formula of the sheet's period, or clears it."""
        if page.sheet.get_name() == "Attribution" and cell in over:
            page.value(cell, over[cell] and to_serial(over[cell]), "input")
        else:
            draw(page, cell, written, *args, **more)

    with patch.object(Page, "formula", formula):
        build(path)
    number = len(amounts)
    leads = {name: [None] * number for name in LEADS.columns}
    leads |= {"Lead ID": [f"L{n + 1}" for n in range(number)], "Created": [DAY - 40] * number}
    leads |= {"Won": [DAY] * number, "Amount": list(amounts)}
    touches = {"Lead ID": list(touched), "Time": [DAY - 9.0 + n % 8 for n in range(len(touched))]}
    touches["Channel"] = list(channels)
    spend = {"Date": [DAY - 9, DAY - 9], "Channel": ["Radio", "Web"], "Campaign": [None, None], "Cost": [50, 10]}
    rows = {"Leads": leads, "Touches": touches, "Spend": spend}
    return computed(path, rows, **{"Data_Until": dt.date(2026, 7, 1), **typed})


def at(book, *cells):
    values = (book.range("Attribution", f"{cell}:{cell}")[0][0] for cell in cells)
    return ["" if value is None else value for value in values]


def no_errors(book):
    sheets = ("Attribution", "Totals", "Dashboard")
    return not [cell for sheet in sheets for cell in book.cells(sheet) if isinstance(cell.value, CellError)]


def test_a_customer_without_an_amount_is_credited(tmp_path):
    book = small_book(tmp_path)
    rows = {row[0]: row[1:] for row in table(book, "B:G")}
    assert rows["Web"][:3] == [pytest.approx(1.5), 50, 10]
    assert rows["Fair"][:3] == [pytest.approx(0.5), 50, 0]
    assert rows["All"] == [2, 100, 60, 30, pytest.approx((100 * book.named_value("Gross_Margin") - 60) / 60)]
    assert at(book, "B4", "B12", "B13", "D12") == ["", 2, "of 2 won in the period", 100]
    assert at(book, "B14") == ["Won without an amount, and credited without revenue: 1"]
    for model in MODELS:
        assert credited(book, model)["All"] == 2
    assert no_errors(book)


def test_the_roi_of_customers_without_an_amount_is_not_known(tmp_path):
    book = small_book(tmp_path, amounts=(100, None), channels=("Fair", "Fair", "Web"))
    rows = {row[0]: row[1:] for row in table(book, "B:G")}
    assert rows["Web"] == [1, 0, 10, 10, "–"]
    book = small_book(tmp_path, amounts=(None, None))
    assert [row[5] for row in table(book, "B:G")] == ["–"] * 3
    assert no_errors(book)


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"Attribution_From": dt.date(2026, 6, 30), "Attribution_To": dt.date(2026, 5, 1)},
         "The period ends before it begins: type other days."),
        ({"Attribution_From": None}, "Type the first and the last day of the period."),
        ({"Attribution_To": None}, "Type the first and the last day of the period."),
        ({"Attribution_From": dt.date(2026, 6, 2)}, "No lead was won in this period: choose other days."),
        ({"touched": ("M1", "M1", "M2")},
         "No touch belongs to a lead won in this period: compare the lead IDs of the two files."),
        ({"Attribution_Model": "best"}, 'There is no model "best": choose one from the list.'),
        ({"Attribution_Model": None}, "Choose a model from the list."),
        ({"Attribution_Model": "time decay", "Half_Life": 0},
         "Time decay needs a half-life: type more than 0 days, such as 7."),
    ],
)  # fmt: skip
def test_without_credit_nobody_is_named_and_the_sheet_says_why(tmp_path, changed, words):
    book = small_book(tmp_path, **changed)
    assert at(book, "B4", "F12") == [words, "–"]
    assert no_errors(book)
    if "model" in words or "half-life" in words:
        assert table(book, "B:D") == [["All", 0, 0]]
        assert at(book, f"B{FIRST - 2}")[0].startswith("Spend of the same days")
        assert not any(value for row in book.range("Totals", "CC8:CH15") for value in row)
    else:
        assert at(book, "D12") == ["–"]


@pytest.mark.parametrize("half_life", [None, 0])
def test_without_a_half_life_the_other_models_stand(tmp_path, half_life):
    book = small_book(tmp_path, Half_Life=half_life)
    assert at(book, "B4", "D9") == ["", "Type more than 0 days, such as 7: time decay needs them."]
    assert set(credited(book, "time decay").values()) == {"–"}
    assert credited(book, "linear") == pytest.approx({"Web": 1.5, "Fair": 0.5, "All": 2})
    assert no_errors(book)


def test_a_hundred_channels_have_all_their_figures(tmp_path):
    names = [f"Channel {number:03}" for number in range(99)] + ["All"]
    book = small_book(tmp_path, amounts=[10] * 100, touched=[f"L{n + 1}" for n in range(100)], channels=names)
    rows = table(book, "B:G")
    assert len(rows) == 101
    assert [row[1] for row in rows] == [1] * 100 + [100]
    assert rows[-1][:4] == ["All", 100, 1000, 60]
    for model in MODELS:
        letter = credits.model_column(model)
        shown = [row[0] for row in book.range("Attribution", f"{letter}{FIRST}:{letter}{FIRST + 100}")]
        assert shown == pytest.approx([1] * 100 + [100])
    assert no_errors(book)
