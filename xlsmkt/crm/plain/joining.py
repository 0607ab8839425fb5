"""Rows of several files become one table: one below the other, the newest version of a lead, deals beside leads."""

import datetime as dt
import math
from collections import Counter
from typing import Any

from xlsmkt.crm.entries import DEAL_ID, FileMapping
from xlsmkt.crm.model import LEADS, DataTable
from xlsmkt.crm.plain.columns import DAY
from xlsmkt.crm.plain.log import Log, Place
from xlsmkt.crm.plain.rows import MODIFIED, Frame
from xlsmkt.crm.reasons import NO_LEAD_NAMED, NO_SUCH_LEAD, too_early

_EPOCH = dt.date(1970, 1, 1).toordinal()


def day_of(moment: int) -> dt.date:
    """The day of a moment in seconds since 1970."""
    return dt.date.fromordinal(moment // DAY + _EPOCH)


def stack(frames: list[Frame], model: DataTable) -> Frame:
    """The rows of several files under each other, with all columns of a table; words in one spelling."""
    columns: dict[str, list[Any]] = {}
    words = {}
    for name in [*model.columns, MODIFIED, DEAL_ID]:
        given = [frame.columns.get(name) for frame in frames]
        if name in model.columns or any(column is not None for column in given):
            blank = [column or [None] * len(frame) for column, frame in zip(given, frames, strict=True)]
            columns[name] = [value for column in blank for value in column]
        if name in model.columns and model.field(name).kind == "text" and name != "Lead ID":
            met = dict.fromkeys(word for frame in frames for word in frame.words.get(name, []))
            columns[name], words[name] = _one_spelling(columns[name], list(met))
    return Frame(columns, [place for frame in frames for place in frame.places], words)


def _one_spelling(column: list[str | None], words: list[str]) -> tuple[list[str | None], list[str]]:
    """The same words, but ``google`` and ``Google`` as one: the spelling met most often, the first one of equals.
    ``words`` are the different ones in their order."""
    counts = Counter(column)
    best: dict[str, str] = {}
    for word in words:
        folded = word.casefold()
        if folded not in best or counts[word] > counts[best[folded]]:
            best[folded] = word
    spelled = {word: best[word.casefold()] for word in words}
    return [None if word is None else spelled[word] for word in column], list(best.values())


def newest(frame: Frame, key: str, log: Log) -> Frame:
    """The newest version of each row that has an id: by its last change if that is known, else the last one."""
    ids = frame.columns.get(key)
    if ids is None:
        return frame
    changed = frame.columns.get(MODIFIED)
    last: dict[str, int] = {}
    for row, one in enumerate(ids):
        if one is not None and (one not in last or changed is None or _not_older(changed[row], changed[last[one]])):
            last[one] = row
    kept = [row for row, one in enumerate(ids) if one is None or last[one] == row]
    log.superseded += len(frame) - len(kept)
    return frame if len(kept) == len(frame) else frame.take(kept)


def _not_older(moment: int | None, other: int | None) -> bool:
    return other is None or (moment is not None and moment >= other)


def finished_leads(leads: Frame, deals: list[tuple[FileMapping, Frame]], log: Log) -> Frame:
    """The newest version of each lead, with its deals, and without those that end before they begin."""
    leads = newest(leads, "Lead ID", log)
    own = {stage: leads.columns[stage] for stage in ("Won", "Closed")}
    for entry, frame in deals:
        brought = [name for name in entry.columns if name in LEADS.columns]
        brought += [name for name in entry.when if name not in brought]
        leads = _add_deals(leads, newest(frame, DEAL_ID, log), next(iter(entry.join)), brought, log)
    columns = leads.columns
    closed = zip(columns["Closed"], columns["Won"], strict=True)
    columns["Closed"] = [won if one is None else one for one, won in closed]
    gone: set[int] = set()
    for stage in ("Won", "Closed"):
        dealt = next((f"{heading} ({one.path})" for one, _ in deals if (heading := one.heading(stage))), "")
        moments = columns[stage]
        early = [
            row
            for row, (moment, created) in enumerate(zip(moments, columns["Created"], strict=True))
            if moment is not None and moment < created and row not in gone
        ]
        joined = {row for row in early if dealt and moments[row] != own[stage][row]}
        for rows, column in (([row for row in early if row not in joined], ""), (sorted(joined), dealt)):
            days = [(leads.places[row], str(day_of(moments[row]))) for row in rows]
            log.refuse_each(days, stage, too_early(stage), column)
        gone |= set(early)
    return leads.take([row for row in range(len(leads)) if row not in gone]) if gone else leads


def _add_deals(leads: Frame, deals: Frame, key: str, brought: list[str], log: Log) -> Frame:
    """The leads with what their deals say of them. A lead's won deals count, else its open ones, else its lost ones:
    their amounts are added up; the first date wins. A deal whose lead is not there is refused."""
    lead_ids, deal_ids = leads.columns.get(key) or [None] * len(leads), deals.columns[key]
    short = _lengths(lead_ids), _lengths(deal_ids)
    if sorted(map(sorted, short)) == [[15], [18]]:  # Salesforce writes 15 characters in reports and 18 elsewhere
        lead_ids, comparable = [one and one[:15] for one in lead_ids], [one and one[:15] for one in deal_ids]
    else:
        comparable = deal_ids
    known = set(lead_ids) - {None}
    groups: dict[str, list[int]] = {}
    loose: list[tuple[Place, str]] = []
    lost: list[tuple[Place, str]] = []
    for row, one in enumerate(comparable):
        if one is None:
            loose.append((deals.places[row], ""))
        elif one not in known:
            lost.append((deals.places[row], deal_ids[row]))
        else:
            groups.setdefault(one, []).append(row)
    log.refuse_each(loose, key, NO_LEAD_NAMED)
    log.refuse_each(lost, key, NO_SUCH_LEAD)
    counted = {one: _that_count(deals, rows, brought) for one, rows in groups.items()}
    columns = dict(leads.columns)
    for name in brought:
        found = {one: _together(name, [deals.columns[name][row] for row in rows]) for one, rows in counted.items()}
        said = [None if one is None else found.get(one) for one in lead_ids]
        columns[name] = [old if new is None else new for old, new in zip(columns[name], said, strict=True)]
    return Frame(columns, leads.places, leads.words)


def _that_count(deals: Frame, rows: list[int], brought: list[str]) -> list[int]:
    """Of the deals of a lead those that count: the won ones, else the open ones, else the lost ones."""
    won = [deals.columns["Won"][row] is not None if "Won" in brought else False for row in rows]
    is_open = (
        [deals.columns["Closed"][row] is None for row in rows] if "Closed" in brought else [not one for one in won]
    )
    ranks = [2 if one else 1 if still else 0 for one, still in zip(won, is_open, strict=True)]
    return [row for row, rank in zip(rows, ranks, strict=True) if rank == max(ranks)]


def _together(name: str, values: list[Any]) -> Any:
    filled = [value for value in values if value is not None]
    if not filled:
        return None
    return math.fsum(filled) if name == "Amount" else min(filled)


def _lengths(ids: list[str | None]) -> set[int]:
    return {len(one) for one in ids if one is not None}
