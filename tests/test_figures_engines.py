"""The same figures on DuckDB, PostgreSQL and Spark over the same million leads, beside pandas reckoning them alone."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from xlsmkt.crm.delivering import deliver, figure
from xlsmkt.crm.figures import TOLD_APART, last_day, leads_to_show
from xlsmkt.crm.model import COUNTED_BY

pytestmark = pytest.mark.xdist_group("engines")  # Spark and PostgreSQL start once
STAGES = {"MQLs": "MQL", "SQLs": "SQL", "Opportunities": "Opportunity", "Customers": "Won", "Connected": "Connected"}


@pytest.fixture(scope="module")
def frame(lead_rows):
    """The leads for pandas: texts as categories in the order of Python's strings, a blank before them as ""."""
    frame = lead_rows.to_pandas(date_as_object=False)
    for name in ("Lead type", "Source", "Campaign", "Industry", "Country", "Owner"):
        words = frame[name].astype(object).fillna("")
        frame[name] = pd.Categorical(words, sorted(set(words)))
    return frame


def assert_agree(engines, name, expected, **options):
    """Each engine gives what is expected."""
    for engine, leads in engines.items():
        assert_same(figure(name, leads, **options), expected, engine)


def assert_same(found, expected, engine):
    """The same rows in the same order; numbers agree to 1e-9."""
    assert list(found) == list(expected), engine
    assert len(found) == len(expected) > 1, engine
    for name in expected:
        ours, theirs = found[name], expected[name]
        if ours.dtype == "category":
            words = np.array(["", *ours.cat.categories], object)  # the code of a blank is -1
            np.testing.assert_array_equal(words[ours.cat.codes + 1], theirs.to_numpy(object), f"{engine}: {name}")
        elif ours.dtype.kind == "M":
            np.testing.assert_array_equal(ours.to_numpy(), theirs.to_numpy("datetime64[s]"), f"{engine}: {name}")
        else:
            np.testing.assert_allclose(ours.to_numpy(float), theirs.to_numpy(float), 1e-9, err_msg=f"{engine}: {name}")


def counted(frame, **by):
    """Leads, stages and revenue by groups in order, as pandas adds them up."""
    data = {"Leads": 1}
    data |= {name: frame[stage].notna().astype(int) for name, stage in STAGES.items()}
    data["Worked"] = (frame["First worked"].notna() | frame["Attempts"].gt(0) | frame["Connected"].notna()).astype(int)
    data["Revenue"] = (frame["Amount"] * frame["Won"].notna()).fillna(0)
    marks = pd.DataFrame(data, index=frame.index)
    return marks.assign(**by).groupby(list(by), observed=True)[list(data)].sum().reset_index()


MONTH = dt.date(2024, 2, 1), dt.date(2024, 2, 29)


def of_a_month(frame):
    return frame[frame["Created"].between(*map(pd.Timestamp, MONTH))]


def leads_of_a_month(engines):
    return {name: leads.filter(leads["Created"].between(*MONTH)) for name, leads in engines.items()}


def words_of(frame, names):
    return {name: frame[name] for name in names}


def month(days):
    return days.dt.to_period("M").dt.to_timestamp()


def months(days):
    return days.dt.year * 12 + days.dt.month


# --- a test for each figure ---


def daily_by_pandas(frame, words):
    expected = counted(frame, Date=frame["Created"], **words_of(frame, words))
    expected = expected.assign(**dict.fromkeys(set(COUNTED_BY) - set(words), ""))
    return expected[["Date", *COUNTED_BY, "Leads", *list(STAGES)[:4], "Worked", "Connected", "Revenue"]]


def test_daily(engines, frame):
    words = ["Lead type", "Source"]
    assert_agree(engines, "daily", daily_by_pandas(frame, words), words=words)


def test_daily_by_all_words(engines, frame):
    assert_agree(engines, "daily", daily_by_pandas(frame, COUNTED_BY))


@pytest.mark.parametrize("by", TOLD_APART)
def test_close_rates(engines, frame, by):
    expected = counted(frame, **words_of(frame, [by]))
    expected["Close rate"] = expected["Customers"] / expected["Leads"]
    assert_agree(engines, "close-rates", expected[[by, "Leads", "Customers", "Close rate", "Revenue"]], by=by)


def test_funnel(engines, frame):
    expected = counted(frame, Month=month(frame["Created"]))
    expected = expected[["Month", "Leads", "MQLs", "SQLs", "Opportunities", "Customers"]]
    expected["Lead to MQL"] = expected["MQLs"] / expected["Leads"]
    expected["MQL to SQL"] = expected["SQLs"] / expected["MQLs"]
    expected["SQL to opportunity"] = expected["Opportunities"] / expected["SQLs"]
    expected["Opportunity to customer"] = expected["Customers"] / expected["Opportunities"]
    expected["Lead to customer"] = expected["Customers"] / expected["Leads"]
    assert_agree(engines, "funnel", expected)


def test_cohorts(engines, frame):
    created, since = months(frame["Created"]), months(frame["Won"]) - months(frame["Created"])
    won = months(frame["Won"]).dropna()
    last = int(max(created.max(), won.max()))
    # months of the data that have neither a lead nor a customer are left out; so late in them there are some
    distances = set(since.dropna()) | set(created - created.min()) | set(won - created.min())
    rows = []
    for first in sorted(set(created)):
        mine = since[created == first]
        day = pd.Timestamp((int(first) - 1) // 12, (int(first) - 1) % 12 + 1, 1)
        for distance in sorted(int(one) for one in distances if one <= last - first):
            customers = int((mine <= distance).sum())
            rows.append((day, distance, len(mine), customers, customers / len(mine)))
    columns = ["Month", "Months since", "Leads", "Customers", "Close rate"]
    assert_agree(engines, "cohorts", pd.DataFrame(rows, columns=columns))


def test_cycle(engines, frame):
    won = frame[frame["Won"].notna()]
    days = pd.DataFrame({"days": (won["Won"] - won["Created"]).dt.days, "Lead type": won["Lead type"]})
    expected = days.groupby("Lead type", observed=True)["days"].agg(["count", "median", "mean"]).reset_index()
    expected.columns = ["Lead type", "Customers", "Median days", "Mean days"]
    assert_agree(engines, "cycle", expected)


@pytest.mark.parametrize(
    "options",
    [{}, {"as_of": dt.date(2025, 6, 30), "min_attempts": 3, "max_hours": 6.5}],
    ids=["all", "as of a day"],
)
def test_reps(engines, frame, options):
    assert_agree(engines, "reps", reps_by_pandas(frame, **options), **options)


def reps_by_pandas(frame, as_of=dt.date(2100, 1, 1), min_attempts=5, max_hours=24):
    end = pd.Timestamp(as_of) + pd.Timedelta("23:59:59")
    leads = frame[(frame["Owner"] != "") & ~(frame["Assigned"] > end)]
    tries = leads["Attempts"].fillna(0)
    reached = leads["Connected"] <= end
    worked = (leads["First worked"] <= end) | (leads["First worked"].isna() & ((tries > 0) | reached))
    reached &= worked
    hours = (leads["First worked"] - leads["Assigned"]).dt.total_seconds().clip(lower=0).where(worked) / 3600
    each = pd.DataFrame(
        {
            "Owner": leads["Owner"],
            "worked": worked,
            "reached": reached,
            "enough": worked & ~reached & (tries >= min_attempts),
            "missed": ~worked & ((end - leads["Assigned"]).dt.total_seconds() > max_hours * 3600),
            "in time": hours <= max_hours,
            "hours": hours,
        }
    )
    reps = each.groupby("Owner", observed=True)
    sums, size, hours = reps[["worked", "reached", "enough", "missed", "in time"]].sum(), reps.size(), reps["hours"]
    table = pd.DataFrame(
        {
            "Leads": size,
            "Worked": sums["worked"],
            "Worked %": sums["worked"] / size,
            "Connected %": sums["reached"] / sums["worked"],
            "Tried enough": sums["enough"],
            "Given up early": sums["worked"] - sums["reached"] - sums["enough"],
            "Median hours": hours.median(),
            "Within hours %": sums["in time"] / (hours.count() + sums["missed"]),
        }
    )
    return table.reset_index()


# --- what goes into a workbook ---


@pytest.fixture(scope="module")
def ranked(frame):
    """The leads, those first that a sheet shows first."""
    is_open = frame["Closed"].isna() & frame["Won"].isna()
    return frame.assign(is_open=is_open).sort_values(["is_open", "Created", "_row"], ascending=False)


def test_leads_to_show(engines, ranked):
    for engine, leads in engines.items():
        shown = leads_to_show(leads, 12_345)[["_row"]].to_pyarrow()["_row"].to_pylist()
        assert sorted(shown) == sorted(ranked["_row"].head(12_345)), engine


def test_last_day(engines, frame):
    dated = [frame[name].dropna().to_numpy("datetime64[D]") for name in frame.select_dtypes("datetime")]
    days = np.unique(np.concatenate(dated)).tolist()
    for engine, leads in engines.items():
        for today in (dt.date(2025, 3, 10), dt.date(2099, 1, 1), dt.date(1999, 1, 1)):
            expected = max((day for day in days if day <= today), default=None)
            assert last_day(leads, today).to_pyarrow()["Last day"].to_pylist() == [expected], (engine, today)


def test_what_is_delivered(engines, frame, ranked):
    frame, ranked = of_a_month(frame), of_a_month(ranked)
    daily = counted(frame, Date=frame["Created"], **words_of(frame, ["Lead type", "Source", "Campaign"]))
    shown = ranked.head(1_500).sort_values("_row")  # in the order of import
    for engine, leads in leads_of_a_month(engines).items():
        delivered = deliver(leads, today=dt.date(2024, 3, 10), most_rows=2_000, most_leads=1_500)
        assert delivered.last_day == dt.date(2024, 3, 10)
        assert delivered.taken == {"Leads": len(frame)}
        assert delivered.note == (
            f"There are {len(frame):,} leads; the sheet Leads holds the 1,500 that are open or most recent, and Daily "
            "counts them all. Daily does not tell Industry and Owner apart, to fit on a sheet."
        )
        found = delivered.tables["Daily"]
        assert_same(found[list(daily)], daily, engine)
        assert found["Owner"].isna().all() and found["Industry"].isna().all()
        found = delivered.tables["Leads"]
        assert found["Lead ID"].fillna("").tolist() == shown["Lead ID"].fillna("").tolist(), engine
        assert found["Job title"].astype("str").fillna("").tolist() == shown["Job title"].fillna("").tolist(), engine
        rest = found.drop(columns=["Lead ID", "Job title"])
        assert_same(rest, shown[list(rest)], engine)
