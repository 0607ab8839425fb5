"""What of the leads goes into the workbook: Daily, the leads that fit on a sheet, the last day they speak of."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xlsmkt.crm.figures import FIGURES, ROW, daily, last_day, leads_to_show
from xlsmkt.crm.model import COUNTED_BY, DAILY, LEADS, MOST_ROWS
from xlsmkt.crm.plain.counting import as_many_words_as_fit
from xlsmkt.crm.reasons import leads_left_out
from xlsmkt.errors import UserError


@dataclass(frozen=True)
class Delivered:
    """The tables that leads bring into a workbook.

    Attributes
    ----------
    tables
        Leads and Daily: days and moments as datetime64, numbers as float64, counts as int64, words as categories;
        blanks NaT or NaN.
    taken
        The number of leads that were counted, by the table's name.
    last_day
        The last day, not after today, of which the leads speak; None without leads.
    note
        A sentence about what does not fit on a sheet, or "".
    """

    tables: dict[str, pd.DataFrame]
    taken: dict[str, int]
    last_day: dt.date | None
    note: str


def deliver(
    leads: ibis.Table,
    *,
    today: dt.date,
    most_rows: int = MOST_ROWS,
    most_leads: int = MOST_ROWS,
    frame: pd.DataFrame | None = None,
) -> Delivered:
    """Count the leads where they lie, and bring what a workbook holds of them.

    Parameters
    ----------
    leads
        All the leads, as `xlsmkt.crm.figures` takes them.
    today
        Later days do not count as days of which the leads speak.
    most_rows
        Rows that a sheet holds.
    most_leads
        Leads that the sheet Leads is to hold, at most ``most_rows``.
    frame
        The same leads, where they are at hand already: taken as they are if all fit.
    """
    most_leads = min(most_leads, most_rows)
    days, words_note = daily_that_fits(leads, most_rows)
    count = int(days["Leads"].sum())
    fits = count <= most_leads
    shown = frame[LEADS.columns] if frame is not None and fits else _leads_shown(leads, most_leads, fits)
    day = last_day_of(frame, today) if frame is not None else _last_day(leads, today)
    notes = ["" if fits else leads_left_out(count, most_leads), words_note]
    return Delivered(
        {LEADS.name: shown.reset_index(drop=True), DAILY.name: days},
        {LEADS.name: count},
        day,
        " ".join(filter(None, notes)),
    )


def daily_that_fits(leads: ibis.Table, most: int = MOST_ROWS) -> tuple[pd.DataFrame, str]:
    """Daily in order, with as many columns of words told apart as a sheet has rows for; a sentence about the others."""
    # a row more than fits tells that it does not; how many more there are need not travel
    table, note = as_many_words_as_fit(lambda words: daily(leads, words).limit(most + 1).to_pyarrow(), most)
    return _in_order(_frame(table), ["Date", *COUNTED_BY]), note


def figure(name: str, leads: ibis.Table, **options: Any) -> pd.DataFrame:
    """One of `xlsmkt.crm.figures.FIGURES`, in order of its columns from left to right, blanks first."""
    if name not in FIGURES:
        raise UserError(f"there are no figures called {name}; give one of {', '.join(FIGURES)}")
    frame = _frame(FIGURES[name](leads, **options).to_pyarrow())
    return _in_order(frame, list(frame.columns))


def last_day_of(frame: pd.DataFrame, today: dt.date) -> dt.date | None:
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


def _last_day(leads: ibis.Table, today: dt.date) -> dt.date | None:
    day: dt.date | None = last_day(leads).to_pyarrow()[0][0].as_py()  # engines know the greatest of a column
    if day is not None and day > today:
        day = last_day(leads, today).to_pyarrow()[0][0].as_py()
    return day


def leads_of(frame: pd.DataFrame) -> ibis.Table:
    """The expression of leads that are at hand, read by DuckDB where they lie in memory."""
    columns = {field.name: _array(frame[field.name], field.kind) for field in LEADS.fields}
    table = pa.table({**columns, ROW: np.arange(len(frame))})
    engine = ibis.duckdb.connect()
    engine.con.register("leads", table)
    return engine.table("leads")


def _array(column: "pd.Series[Any]", kind: str) -> pa.Array:
    if kind == "date":
        return pa.array(column.to_numpy("datetime64[D]"))
    if kind == "time":
        return pa.array(column.to_numpy("datetime64[s]"))
    if kind == "number":
        return pa.array(column.to_numpy(np.float64), from_pandas=True)
    return pa.array(column.array, from_pandas=True)


def _leads_shown(leads: ibis.Table, most: int, all_fit: bool) -> pd.DataFrame:
    """The leads for the sheet, in the order of import where that is known, else by day and id."""
    table = (leads if all_fit else leads_to_show(leads, most)).to_pyarrow()
    frame = _frame(table.select(LEADS.columns), LEADS.id)
    if ROW in table.column_names:
        return frame.iloc[np.argsort(table[ROW].to_numpy(), kind="stable")]
    return frame.iloc[np.lexsort([_coded(table[LEADS.id])[0], frame["Created"].to_numpy()])]


def _in_order(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Rows in order of the first of these columns, then the next ones; words by their code points, blanks first."""
    keys = [_sort_key(frame[name]) for name in reversed(columns)]
    return frame.iloc[np.lexsort(keys)].reset_index(drop=True)


def _sort_key(column: "pd.Series[Any]") -> np.ndarray:
    if column.dtype == "category":
        return column.cat.codes.to_numpy()
    if column.dtype.kind == "M":
        days = column.to_numpy("datetime64[D]").astype(np.int64)
        days -= days.min(initial=0)
        return days.astype(np.min_scalar_type(days.max(initial=0)))  # small numbers are sorted much faster
    return column.to_numpy()


def _frame(table: pa.Table, unlike: str = "") -> pd.DataFrame:
    """What an engine gave, as the import holds its tables; nothing of it becomes a Python object on the way.

    Texts become categories, but for those of the column ``unlike``, which are all different.
    """
    data: dict[str, Any] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_temporal(column.type):
            data[name] = column.cast(pa.timestamp("s"), safe=False).to_numpy()
        elif not pa.types.is_string(column.type):
            data[name] = column.to_numpy()
        elif name == unlike:
            data[name] = pd.Series(column.to_pandas(), dtype="str")
        else:
            codes, words = _coded(column)
            data[name] = pd.Categorical.from_codes(codes, pd.Index(words.to_pandas(), dtype="str"))
    return pd.DataFrame(data, copy=False)


def _coded(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """For each text its place among the different ones in code point order (that of UTF-8's bytes too); blanks -1."""
    encoded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    place = np.empty(len(order) + 1, np.int32)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return place[encoded.indices.fill_null(len(order)).to_numpy()], encoded.dictionary.take(pa.array(order))
