"""The leads counted: Daily, and the last day that the data speak of."""

import datetime as dt

import numpy as np
import pandas as pd

from xlsmkt.crm.model import COUNTED, COUNTED_BY, DAILY, MOST_ROWS
from xlsmkt.crm.plain.counting import as_many_words_as_fit
from xlsmkt.crm.reasons import leads_left_out


def count_days(leads: pd.DataFrame, words: list[str] | None = None) -> pd.DataFrame:
    """Daily: for each day of creation and combination of words, what became of the leads of that day.

    A lead is worked when it has a date of first work or at least one attempt. ``words`` are the columns to tell apart;
    the others are left blank.
    """
    days, created = np.unique(leads["Created"].to_numpy("datetime64[D]"), return_inverse=True)
    kept = COUNTED_BY if words is None else words
    key = created.astype(np.int64)
    largest = max(len(days), 1)
    for name in kept:
        width = len(leads[name].cat.categories) + 1
        if largest > 2**62 // width:  # would not fit in 64 bits: number the combinations met so far
            key = pd.factorize(key, sort=True)[0]
            largest = len(key)
        key = key * width + leads[name].cat.codes.to_numpy() + 1
        largest *= width
    group, combinations = pd.factorize(key, sort=True)
    size = len(combinations)
    row = np.zeros(size, np.int64)
    row[group] = np.arange(len(key))  # any row of a group: all agree in day and words

    data: dict[str, object] = {"Date": days[created[row]].astype("datetime64[s]")}
    for name in COUNTED_BY:
        codes = leads[name].cat.codes.to_numpy()[row] if name in kept else np.full(size, -1)
        data[name] = pd.Categorical.from_codes(codes, leads[name].cat.categories)
    data["Leads"] = np.bincount(group, minlength=size)
    for name, stage in COUNTED.items():
        data[name] = np.bincount(group, leads[stage].notna().to_numpy(), size).astype(np.int64)
    worked = (leads["First worked"].notna() | (leads["Attempts"] > 0) | leads["Connected"].notna()).to_numpy()
    data["Worked"] = np.bincount(group, worked, size).astype(np.int64)
    revenue = leads["Amount"].where(leads["Won"].notna(), 0.0).fillna(0.0).to_numpy()
    data["Revenue"] = np.bincount(group, revenue, size)
    return pd.DataFrame(data)[DAILY.columns]


def daily_that_fits(leads: pd.DataFrame, most: int = MOST_ROWS) -> tuple[pd.DataFrame, str]:
    """Daily, with as many columns of words told apart as a sheet has rows for; and a sentence when some are not."""
    return as_many_words_as_fit(lambda words: count_days(leads, words), most)


def leads_that_fit(leads: pd.DataFrame, most: int = MOST_ROWS) -> tuple[pd.DataFrame, str]:
    """The open and the most recent leads, in their order, as many as a sheet holds; a sentence when some are not."""
    if len(leads) <= most:
        return leads, ""
    is_open = (leads["Closed"].isna() & leads["Won"].isna()).to_numpy()
    best = np.lexsort((leads["Created"].to_numpy(), is_open))[-most:]
    return leads.iloc[np.sort(best)], leads_left_out(len(leads), most)


def last_day(frame: pd.DataFrame, today: dt.date) -> dt.date | None:
    """The last day in a table that is not after today."""
    limit = np.datetime64(today, "D")
    latest = []
    for column in frame.select_dtypes("datetime"):
        days = frame[column].to_numpy("datetime64[D]")
        days = days[days <= limit]
        if len(days):
            latest.append(days.max())
    if not latest:
        return None
    day: dt.date = max(latest).item()
    return day
