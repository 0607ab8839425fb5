"""Rows of several files become one table: one below the other, the newest version of a lead, deals beside leads."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from xlsmkt.crm.checks import FILE, MODIFIED, RECORD, Log
from xlsmkt.crm.entries import DEAL_ID
from xlsmkt.crm.model import DataTable
from xlsmkt.crm.reasons import NO_LEAD_NAMED, NO_SUCH_LEAD
from xlsmkt.crm.texts import one_spelling


def stack(frames: list[pd.DataFrame], model: DataTable) -> pd.DataFrame:
    """The rows of several files under each other, with all columns of a table; words in one spelling."""
    count = sum(len(frame) for frame in frames)
    hidden = [MODIFIED, FILE, RECORD, DEAL_ID]
    data: dict[str, Any] = {}
    for name in [*model.columns, *hidden]:
        parts = [(frame.get(name), len(frame)) for frame in frames]
        if all(part is None for part, _ in parts) and name in hidden:
            continue
        kind = "hidden" if name in hidden else model.field(name).kind
        if kind in ("date", "time") or name == MODIFIED:
            blank: Any = np.datetime64("NaT", "s")
            data[name] = _joined(parts, blank, "datetime64[s]")
        elif kind == "number" or name in (FILE, RECORD):
            is_number = kind == "number"
            data[name] = _joined(parts, np.nan if is_number else 0, "float64" if is_number else "int64")
        elif name in ("Lead ID", DEAL_ID):
            series = [pd.Series(np.nan, range(size), dtype="str") if part is None else part for part, size in parts]
            data[name] = pd.concat([s.astype("str") for s in series], ignore_index=True) if series else []
        else:
            data[name] = _words([part for part, _ in parts], [size for _, size in parts])
    return pd.DataFrame(data, index=pd.RangeIndex(count), copy=False)


def _joined(parts: list[tuple[Any, int]], blank: Any, dtype: str) -> np.ndarray:
    columns = [
        np.full(size, blank, dtype) if part is None else part.to_numpy().astype(dtype, copy=False)
        for part, size in parts
    ]
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def _words(parts: list[Any], sizes: list[int]) -> pd.Categorical:
    none = pd.Categorical.from_codes(np.empty(0, np.int8), pd.Index([], dtype="str"))
    columns = [
        pd.Categorical.from_codes(np.full(size, -1), none.categories)
        if part is None
        else part.array
        if isinstance(part.dtype, pd.CategoricalDtype)
        else pd.Categorical(part)
        for part, size in zip(parts, sizes, strict=True)
    ]
    return one_spelling(union_categoricals(columns) if columns else none)


def newest(frame: pd.DataFrame, key: str, log: Log) -> pd.DataFrame:
    """The newest version of each row that has an id: by its last change if that is known, else the last one."""
    if key not in frame:
        return frame
    named = frame[key].notna()
    if not frame.loc[named, key].duplicated().any():
        return frame
    ordered = frame.sort_values(MODIFIED, kind="stable", na_position="first") if MODIFIED in frame else frame
    old = ordered[key].duplicated(keep="last") & ordered[key].notna()
    log.superseded += int(old.sum())
    return frame.drop(index=ordered.index[old])


def refuse_each(log: Log, rows: pd.DataFrame, ours: str, values: list[str], reason: str, column: str = "") -> None:
    """Refuse rows, perhaps of several files, because of their values in a column of ours (or in ``column``)."""
    given = np.array(values, object)
    for file in rows[FILE].unique():
        mine = (rows[FILE] == file).to_numpy()
        heading = column or log.heading(int(file), ours)
        log.refuse(file, rows[RECORD].to_numpy()[mine], heading, given[mine].tolist(), reason)


def add_deals(leads: pd.DataFrame, deals: pd.DataFrame, key: str, brought: list[str], log: Log) -> pd.DataFrame:
    """The leads with what their deals say of them. A lead's won deals count, else its open ones, else its lost ones:
    their amounts are added up; the first date wins. A deal whose lead is not there is refused."""
    loose = deals[deals[key].isna()]
    refuse_each(log, loose, key, [""] * len(loose), NO_LEAD_NAMED)
    deals = deals.drop(index=loose.index)
    ids = _comparable(leads[key], deals[key])
    unknown = ~ids[1].isin(ids[0])
    lost = deals[unknown]
    refuse_each(log, lost, key, lost[key].astype(object).tolist(), NO_SUCH_LEAD)
    deals = deals[~unknown].assign(_id=ids[1][~unknown])
    if not len(deals):
        return leads
    is_won = deals["Won"].notna() if "Won" in brought else pd.Series(False, deals.index)
    is_open = deals["Closed"].isna() if "Closed" in brought else ~is_won
    deals["_rank"] = np.where(is_won, 2, np.where(is_open, 1, 0))
    deals = deals[deals["_rank"] == deals.groupby("_id")["_rank"].transform("max")]
    how = {name: "sum" if name == "Amount" else "first" if name in _FIRST else "min" for name in brought}
    groups = deals.groupby("_id", sort=False)
    result = leads.copy()
    for name, way in how.items():
        found = groups[name].sum(min_count=1) if way == "sum" else groups[name].agg(way)
        values = ids[0].map(found)
        if name in _FIRST:
            texts = values.astype(object).where(values.notna(), leads[name].astype(object))
            result[name] = pd.Categorical(texts)
        else:
            result[name] = values.where(values.notna(), leads[name]).astype(leads[name].dtype)
    return result


_FIRST = ("Lead type", "Source", "Campaign", "Industry", "Country", "Job title", "Owner")


def _comparable(left: pd.Series, right: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Ids of two files. Salesforce writes its ids with 15 characters in reports and with 18 elsewhere."""
    lengths = left.str.len().dropna().unique(), right.str.len().dropna().unique()
    if {tuple(lengths[0]), tuple(lengths[1])} == {(15,), (18,)}:
        return left.str[:15], right.str[:15]
    return left, right


def add_up(frame: pd.DataFrame, model: DataTable) -> pd.DataFrame:
    """One row for the rows of the same day and words, their numbers added up."""
    numbers = [field.name for field in model.fields if field.kind == "number" and frame[field.name].notna().any()]
    keys = [field.name for field in model.fields if field.kind != "number"]
    summed = frame.groupby(keys, observed=True, dropna=False, sort=True)[numbers].sum(min_count=1).reset_index()
    return summed.reindex(columns=model.columns)
