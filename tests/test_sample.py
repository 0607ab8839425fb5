"""The sample export: taken whole by the import, and telling enough for every sheet. Figures are counted by pandas."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from xlsmkt.crm.importing import import_files
from xlsmkt.crm.sample import BROKEN_LEADS, FIRST_DAY, LAST_DAY, SOURCES, write_sample

TYPE_POINTS = {"Demo request": 10, "Referral": 10, "Webinar": 5, "Whitepaper": 2, "Newsletter": 0}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def imported(files):
    return import_files(files, today=LAST_DAY)


@pytest.fixture(scope="module")
def leads(files):
    frame = pd.read_csv(files[0], dtype=str).iloc[: -len(BROKEN_LEADS)].copy()
    for heading in ("Created Date", "Assigned Date", "First Response Date", "Connected Date", "Converted Date"):
        frame[heading] = pd.to_datetime(frame[heading])
    frame["won"] = frame["Stage"] == "Closed Won"
    frame["worked"] = frame["First Response Date"].notna()
    frame["Call Attempts"] = frame["Call Attempts"].astype(int)
    frame["Opportunity Amount"] = frame["Opportunity Amount"].astype(float)
    return frame


@pytest.fixture(scope="module")
def touches(files):
    return pd.read_csv(files[3], dtype={"Lead ID": str}, parse_dates=["Timestamp"])


def lines(path):
    return path.read_text("utf-8").count("\n") - 1


def test_the_import_takes_every_file_without_a_mapping(files, imported):
    assert [path.name for path in files] == ["leads.csv", "spend.csv", "web.csv", "touches.csv"]
    counts = dict(zip(("Leads", "Spend", "Web", "Touches"), map(lines, files), strict=True))
    assert imported.taken == {**counts, "Leads": counts["Leads"] - len(BROKEN_LEADS)}
    assert len(imported.refused) == len(BROKEN_LEADS)
    assert len(imported.noted) == 0
    assert imported.until == LAST_DAY


def test_what_each_column_is_taken_for(imported, leads, touches):
    taken = imported.tables["Touches"]
    assert taken["Time"].tolist() == touches["Timestamp"].tolist()
    assert taken["Channel"].tolist() == touches["Channel"].tolist()
    assert set(taken["Lead ID"]) <= set(imported.tables["Leads"]["Lead ID"])
    assert imported.tables["Leads"]["Assigned"].tolist() == leads["Assigned Date"].tolist()
    assert imported.tables["Leads"]["First worked"].tolist() == leads["First Response Date"].tolist()


def test_nothing_is_later_than_the_last_day_or_earlier_than_the_first(leads, touches):
    assert leads["Created Date"].dt.date.agg(["min", "max"]).tolist() == [FIRST_DAY, LAST_DAY]
    for column in (leads["Assigned Date"], leads["First Response Date"], touches["Timestamp"]):
        assert column.max().date() <= LAST_DAY


# --- the leads ---


def test_leads_come_as_they_came_before_there_were_touches(leads):
    """Days, types and sources of the first sample: figures that people have seen stay."""
    assert len(leads) == 7796
    who = leads["Created Date"].dt.strftime("%Y-%m-%d %H:%M") + leads["Lead Type"] + leads["Lead Source"]
    assert hashlib.sha256("\n".join(who).encode()).hexdigest()[:16] == "a1432520565e54aa"


def test_one_lead_in_twenty_becomes_a_customer_of_five_thousand(leads):
    assert leads["won"].mean() == pytest.approx(0.05, abs=0.005)
    assert leads.loc[leads["won"], "Opportunity Amount"].mean() == pytest.approx(5000, rel=0.05)


def auc(points, won):
    """The chance that a customer has more points than another lead, ties counting half: by comparing every pair."""
    good, other = (points[won.eq(mark)].to_numpy() for mark in (True, False))
    return ((good[:, None] > other).sum() + 0.5 * (good[:, None] == other).sum()) / (len(good) * len(other))


def test_what_a_lead_is_predicts_whether_it_closes(leads):
    """Rules that a marketer would write down do better than chance, and far from perfectly."""
    old = leads[leads["Created Date"] < "2026-08-21"]  # had a sales cycle to close
    size = old["No. of Employees"].astype(int)
    fit = (
        size.between(45, 400) * 10
        + old["Title"].isin(["Managing director", "Head of sales"]) * 10
        + old["Title"].eq("Marketing manager") * 5
        + old["Industry"].isin(["Software", "Manufacturing", "Financial services"]) * 5
        + old["Country"].eq("Germany") * 3
    )
    assert 0.58 < auc(fit, old["won"]) < 0.68
    assert 0.68 < auc(fit + old["Lead Type"].map(TYPE_POINTS), old["won"]) < 0.78


# --- the reps' work ---


def by_rep(leads):
    groups = leads.dropna(subset=["Lead Owner"]).groupby("Lead Owner")
    return groups.agg(leads=("worked", "size"), worked=("worked", "mean"), connected=("Connected Date", "count"))


def test_nine_of_ten_leads_are_worked_and_half_the_reps_keep_the_promise(leads):
    assert leads["worked"].mean() == pytest.approx(0.9, abs=0.03)
    for begin in ("2024-10-01", "2026-01-01"):
        kept = by_rep(leads[leads["Created Date"] >= begin])["worked"] >= 0.9
        assert len(kept) == 6 and kept.sum() == 3


def test_a_call_list_of_two_months_is_neither_empty_nor_endless(leads):
    recent = leads[leads["Created Date"] >= pd.Timestamp(LAST_DAY) - pd.Timedelta(days=59)]
    assert 40 <= (~recent["worked"]).sum() <= 120
    last_week = leads[leads["Created Date"] >= pd.Timestamp(LAST_DAY) - pd.Timedelta(days=6)]
    assert (~last_week["worked"]).mean() > 2 * (~leads["worked"]).mean()


def test_reps_differ(leads):
    tried = leads[leads["worked"] & leads["Connected Date"].isna()].groupby("Lead Owner")["Call Attempts"]
    enough = tried.apply(lambda calls: (calls >= 5).mean())
    assert enough["Rep West 1"] < 0.1 and enough["Rep North 2"] > 0.9
    waits = (leads["First Response Date"] - leads["Assigned Date"]).groupby(leads["Lead Owner"]).median()
    assert waits.idxmax() == "Rep South 2" and waits.idxmin() == "Rep North 2"
    reps = by_rep(leads)
    reached = reps["connected"] / (reps["worked"] * reps["leads"])
    assert reached.idxmin() == "Rep West 1"


def test_first_calls_fall_into_opening_hours_but_for_some(leads):
    calls = leads["First Response Date"].dropna()
    within = (calls.dt.day_of_week < 5) & calls.dt.hour.between(9, 16)
    assert 0.93 < within.mean() < 0.99
    assert calls.dt.hour.between(7, 20).all()


def test_work_comes_in_its_order(leads):
    worked = leads[leads["worked"]]
    assert (worked["Assigned Date"] >= worked["Created Date"]).all()
    assert (worked["First Response Date"] >= worked["Assigned Date"]).all()
    reached = worked.dropna(subset=["Connected Date"])
    assert (reached["Connected Date"] >= reached["First Response Date"].dt.normalize()).all()
    assert (worked["Call Attempts"] >= 1).all() and (leads.loc[~leads["worked"], "Call Attempts"] == 0).all()
    sold = leads[leads["Converted Date"].notna()]
    assert (sold["worked"] & (sold["Connected Date"] <= pd.to_datetime(sold["SQL Date"]))).all()


# --- what the channels cost and bring ---


def test_channels_differ_in_cost_and_return_but_believably(files, leads):
    year = leads[leads["Created Date"] >= "2026-01-01"]
    spend = pd.read_csv(files[1]).query("Date >= '2026-01-01'").groupby("Channel")["Cost"].sum()
    returns = year[year["won"]].groupby("Lead Source")["Opportunity Amount"].sum() / spend - 1
    per_lead = spend / year.groupby("Lead Source").size()
    assert set(returns.index) == {source.name for source in SOURCES}
    assert returns.between(-0.5, 9).all() and returns.min() < 0 and returns.max() > 3
    assert per_lead.max() > 3 * per_lead.min()


def test_touches_lead_from_before_the_lead_to_the_opportunity(leads, touches):
    assert 8000 < len(touches) < 15000
    assert touches["Timestamp"].is_monotonic_increasing
    recent = leads[leads["Created Date"] > pd.Timestamp(LAST_DAY) + pd.Timedelta(hours=23) - pd.Timedelta(days=365)]
    assert set(touches["Lead ID"]) == set(recent["Lead ID"])
    assert touches.groupby("Lead ID").size().between(1, 6).all()
    joined = touches.merge(recent, on="Lead ID")
    assert (joined["Timestamp"] <= joined["Converted Date"].fillna(pd.Timestamp("2027-01-01"))).all()
    first_two = joined.groupby("Lead ID").head(2)
    own = first_two["Channel"].eq(first_two["Lead Source"]).groupby(first_two["Lead ID"]).any()
    assert own.all()
    assert set(touches["Channel"]) == {*(source.name for source in SOURCES), "Website", "Retargeting"}


def test_ways_of_giving_credit_disagree(leads, touches):
    """Among the customers' touches social begins and e-mail ends more often than not; events are in between."""
    won = touches[touches["Lead ID"].isin(leads.loc[leads["won"], "Lead ID"])]
    paths = won.groupby("Lead ID")["Channel"]
    first, last = (ends.value_counts(normalize=True) for ends in (paths.first(), paths.last()))
    equally = (1 / paths.transform("size")).groupby(won["Channel"]).sum() / won["Lead ID"].nunique()
    assert first.idxmax() == "Social" and first["Social"] > 3 * last["Social"]
    assert last.idxmax() == "E-mail" and last["E-mail"] > 3 * first["E-mail"]
    assert equally["Events"] > 1.5 * last["Events"]
    touched = touches.drop_duplicates(["Lead ID", "Channel"])
    closes = touched["Lead ID"].isin(won["Lead ID"]).groupby(touched["Channel"]).mean()
    assert closes["Events"] > 2 * closes["Retargeting"]
    assert np.isclose(equally.sum(), 1)
