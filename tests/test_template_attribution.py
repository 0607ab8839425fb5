"""The sheet Attribution: the sample's credits counted again by pandas, and what it shows of other data."""

import pandas as pd
import pytest

from xlsmkt.errors import CellError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.package.named_cells import named_value
from xlsmkt.template import credits
from xlsmkt.template.building import build

PERIOD = (pd.Timestamp("2025-10-21"), pd.Timestamp("2026-10-20"))
FIRST = credits.CHOSEN.first[0] + 2
LAST = FIRST + credits.CHOSEN.room - 1
MODELS = list(credits.MODELS)


@pytest.fixture(scope="module")
def book(demo):
    return Book.open(demo / "sla.xlsx")


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
    margin = named_value(book, "Gross_Margin")
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


def computed(path, **typed):
    edit = Edit.open(path)
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
