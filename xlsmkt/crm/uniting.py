"""Translated rows become leads: one table below the other, the newest version of each, deals beside them, refusals.

What `xlsmkt.crm.joining` does with frames, as expressions that run where the data lie; only counts, distinct words and
the rows that are refused are fetched.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import ibis
import numpy as np
import pandas as pd

from xlsmkt.cell_texts import shortened
from xlsmkt.crm.entries import DEAL_ID, FileMapping
from xlsmkt.crm.expressions import not_meant, replaced
from xlsmkt.crm.model import LEADS, DataTable
from xlsmkt.crm.reasons import (
    CUT,
    LOG_COLUMNS,
    LONE_DEALS,
    MOST_LOGGED,
    MOST_WORDS,
    NO_LEAD_NAMED,
    NO_SUCH_LEAD,
    NOBODY_WON,
    in_rows,
    too_early,
)
from xlsmkt.crm.translating import COLUMN, IDS, KINDS, MODIFIED, REFUSED, ROW, VALUE, Given, Rows, layer, rows_of
from xlsmkt.crm.values import tidied
from xlsmkt.errors import UserError

FILE = "_file"
MOST_LISTED = 100_000  # refused rows that are listed one by one
_FIRST = tuple(one.name for one in LEADS.fields if one.kind == "text" and one.name != "Lead ID")


@dataclass
class Translated:
    """What tables of a database hold for us.

    Attributes
    ----------
    leads
        All leads that count: the columns of LEADS, and ``_row`` if the tables have it. None if no table holds leads.
    tables
        Spend, Web and Touches, fetched: frames as in `xlsmkt.crm.importing.Imported`.
    refused, noted
        The import log; ``refused`` lists at most `MOST_LISTED` rows of each kind, ``refused_rows`` counts them all.
    """

    leads: ibis.Table | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    refused: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LOG_COLUMNS))
    noted: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LOG_COLUMNS))
    refused_rows: int = 0
    superseded: int = 0
    ignored: int = 0
    # the same lines with the number of the table given and ``_row``, instead of a name and a line
    lines_refused: list[list[Any]] = field(default_factory=list)
    lines_noted: list[list[Any]] = field(default_factory=list)


def translate(given: list[Given]) -> Translated:
    """What the tables hold for us, in the order in which they are given.

    Raises
    ------
    UserError
        A table has no column that its entry names, or there are deals without leads.
    """
    log = _Log(given)
    read: dict[str, list[tuple[int, ibis.Table]]] = {}
    deals: list[tuple[int, ibis.Table]] = []
    for number, one in enumerate(given):
        rows = rows_of(one.table, one.mapping, one.tidy)
        counted = rows.counted(log.add(number, rows))
        if one.extra is not None:
            counted = ibis.union(counted, one.extra.select(*counted.columns).cast(counted.schema()))
        counted = layer(counted)
        if one.mapping.join:
            deals.append((number, _spelled([(number, counted)], log, one_spelling=False)[0][1]))
        else:
            read.setdefault(one.mapping.table, []).append((number, counted))
    result = Translated()
    if "Leads" in read:
        result.leads = layer(_leads(layer(stacked(_spelled(read.pop("Leads"), log), LEADS)), deals, log))
    elif deals:
        raise UserError(LONE_DEALS)
    for parts in read.values():
        model = given[parts[0][0]].mapping.model
        summed = [(number, _summed(table, given[number].mapping)) for number, table in _spelled(parts, log)]
        result.tables[model.name] = frame_of(stacked(summed, model), model)
    result.lines_refused, result.lines_noted = log.refused, log.noted
    result.refused, result.noted = log.table(log.refused), log.table(log.noted)
    result.refused_rows, result.superseded, result.ignored = log.refused_rows, log.superseded, log.ignored
    return result


class _Log:
    """What was refused, changed and left out."""

    def __init__(self, given: list[Given]) -> None:
        self.given = given
        self.refused: list[list[Any]] = []
        self.noted: list[list[Any]] = []
        self.refused_rows = self.superseded = self.ignored = 0

    def add(self, number: int, rows: Rows) -> list[int]:
        """Count what reading a table came to: the numbers of the faults that were found."""
        sums = {f"blank{place}": one.rows.sum() for place, one in enumerate(rows.blanked)}
        sums |= {f"fault{place}": mask.sum() for place, (mask, *_) in enumerate(rows.faults)}
        found = rows.kept.aggregate(kept=rows.kept.count(), **sums).to_pyarrow().to_pylist()[0]
        if self.given[number].mapping.where or self.given[number].mapping.ignore:
            self.ignored += int(self.given[number].table.count().to_pyarrow().as_py()) - found["kept"]
        for place, one in enumerate(rows.blanked):
            if found[f"blank{place}"]:
                words = rows.kept.filter(one.rows).select(word=one.value).group_by("word").agg(n=ibis._.count())
                for line in words.order_by(ibis.desc("n")).limit(MOST_WORDS).to_pyarrow().to_pylist():
                    self.note(number, one.heading, line["word"], one.reason, line["n"])
        if rows.nobody_won:
            self.note(number, *rows.nobody_won, NOBODY_WON, 1)
        faults = [place for place in range(len(rows.faults)) if found[f"fault{place}"]]
        if faults:
            self.refuse(number, rows.refused())
        return faults

    def refuse(self, number: int, rows: ibis.Table) -> None:
        """Log rows as refused; they have the columns of reason, heading and value."""
        kept = [name for name in (ROW, DEAL_ID, "Lead ID") if name in rows.columns]
        ordered = rows.order_by(ROW) if ROW in kept else rows
        lines = ordered.select(*kept, REFUSED, COLUMN, VALUE).limit(MOST_LISTED + 1).to_pyarrow().to_pylist()
        is_more = len(lines) > MOST_LISTED
        self.refused_rows += int(rows.count().to_pyarrow().as_py()) if is_more else len(lines)
        for line in lines[:MOST_LISTED]:
            value = (line[VALUE] or "")[:MOST_LOGGED]
            if ROW not in kept:
                value = _named(value, line, bool(self.given[number].mapping.join))
            self.refused.append([number, line.get(ROW), line[COLUMN][:MOST_LOGGED], value, line[REFUSED]])

    def note(self, number: int, heading: str, value: str, what: str, count: int) -> None:
        """Log that values of some rows were changed."""
        self.noted.append([number, None, heading[:MOST_LOGGED], value[:MOST_LOGGED], what + in_rows(count)])

    def table(self, lines: list[list[Any]]) -> pd.DataFrame:
        named = [[self.given[number].name, *line] for number, *line in lines]
        return pd.DataFrame(named, columns=LOG_COLUMNS).astype({"Line": object})


def _named(value: str, line: dict[str, Any], is_deal: bool) -> str:
    """A value for the log with the id of its lead or deal: a row of a database has no line by which it is found."""
    for heading, what in ((DEAL_ID, "deal"), ("Lead ID", "lead"))[0 if is_deal else 1 :]:
        if (found := line.get(heading)) and found != value:
            named = f"{what} {found[:MOST_LOGGED]}"
            return f"{value} ({named})" if value else named
    return value


# --- words ---


def _spelled(parts: list[tuple[int, ibis.Table]], log: _Log, one_spelling: bool = True) -> list[tuple[int, ibis.Table]]:
    """The same rows with names for ids, and each word in the spelling that is met most often."""
    tables = dict(parts)
    model = log.given[parts[0][0]].mapping.model
    fields = [one for one in model.fields if one.kind == "text" and one.name not in IDS]
    held = {n: words_of(table, [one.name for one in fields if one.name in table.columns]) for n, table in parts}
    for one in fields:
        shown: dict[int, dict[str, str | None]] = {}  # for each part: what its words become
        counts: Counter[str] = Counter()
        for number in tables:
            if one.name in held[number]:
                words = held[number][one.name]
                shown[number] = _shown(words, one.name, number, log)
                for word, count in words.items():
                    if (new := shown[number][word]) is not None:
                        counts[new] += count
        best: dict[str, str] = {}
        for word, count in counts.items():
            folded = word.casefold()
            if folded not in best or count > counts[best[folded]]:
                best[folded] = word
        for number, become in shown.items():
            final = {old: best[new.casefold()] if new and one_spelling else new for old, new in become.items()}
            tables[number] = replaced(tables[number], one.name, final)
    return list(tables.items())


def words_of(table: ibis.Table, names: list[str]) -> dict[str, dict[str, int]]:
    """The different words of some columns and how often each stands there; those met first come first."""
    result: dict[str, dict[str, int]] = {name: {} for name in names}
    if not names:
        return result
    first = table[ROW].min() if ROW in table.columns else ibis.literal(0, type="int64")
    counted = []
    for name in names:
        words = table.filter(table[name].notnull()).group_by(word=table[name]).agg(n=ibis._.count(), first=first)
        counted.append(words.mutate(name=ibis.literal(name)).select("name", "word", "n", "first"))
    found = (ibis.union(*counted) if counted[1:] else counted[0]).to_pyarrow().to_pylist()
    for line in sorted(found, key=lambda line: (line["first"], line["word"])):
        result[line["name"]][line["word"]] = line["n"]
    return result


def _shown(held: dict[str, int], name: str, number: int, log: _Log) -> dict[str, str | None]:
    """What each word becomes: without what no cell can hold, and the name where it is an id."""
    one = log.given[number]
    names = one.names.get(name)
    shared = {shown for shown, n in Counter((names or {}).values()).items() if n > 1 and name == "Owner"}
    result: dict[str, str | None] = {}
    unknown = 0
    for word, count in held.items():
        new = tidied(word)
        if new is not None and names is not None:
            if new in names:
                new = f"{names[new]} ({new})" if names[new] in shared else names[new]
            elif (unknown := unknown + 1) <= MOST_WORDS:
                log.note(number, one.mapping.heading(name), new, "no name for this id; the id is kept", count)
        if new is not None and (cut := shortened(new)) != new:
            log.note(number, one.mapping.heading(name), new, CUT, count)
            new = cut
        result[word] = new
    return result


# --- rows ---


def stacked(parts: Iterable[tuple[int, ibis.Table]], model: DataTable) -> ibis.Table:
    """The rows of several tables under each other, with all columns of a table of ours."""
    parts = list(parts)
    hidden = {DEAL_ID: "string", MODIFIED: "timestamp"}
    hidden = {name: kind for name, kind in hidden.items() if any(name in table.columns for _, table in parts)}
    kinds = {one.name: KINDS[one.kind] for one in model.fields} | hidden
    ordered = all(ROW in table.columns for _, table in parts)
    tables = []
    for number, table in parts:
        data = {
            name: table[name].cast(kind) if name in table.columns else ibis.null(kind) for name, kind in kinds.items()
        }
        data[FILE] = ibis.literal(number, type="int64")
        if ordered:
            data[ROW] = table[ROW] + (number << 40)
        tables.append(table.select(**data))
    return ibis.union(*tables) if tables[1:] else tables[0]


def newest(table: ibis.Table, key: str, log: _Log) -> ibis.Table:
    """The newest version of each row that has an id: by its last change if that is known, else the last one."""
    if key not in table.columns:
        return table
    found = table.aggregate(rows=table[key].count(), ids=table[key].nunique()).to_pyarrow().to_pylist()[0]
    if found["rows"] == found["ids"]:
        return table
    log.superseded += found["rows"] - found["ids"]
    order = [MODIFIED] if MODIFIED in table.columns else []
    others = [name for name in table.columns if name not in (MODIFIED, FILE, ROW, key)]
    order += [name for name in (FILE, ROW) if name in table.columns]
    order += [] if ROW in table.columns else others
    place = ibis.row_number().over(group_by=key, order_by=[table[name].desc() for name in order])
    ranked = table.mutate(_place=place)
    return ranked.filter((ranked["_place"] == 0) | ranked[key].isnull()).drop("_place")


def _leads(leads: ibis.Table, deals: list[tuple[int, ibis.Table]], log: _Log) -> ibis.Table:
    """The newest version of each lead, with its deals, and without those that end before they begin."""
    leads = newest(leads, "Lead ID", log)
    leads = leads.mutate(_own_Won=leads["Won"], _own_Closed=leads["Closed"])
    for number, table in deals:
        leads = _add_deals(leads, newest(table, DEAL_ID, log), number, log)
    leads = leads.mutate(Closed=ibis.coalesce(leads["Closed"], leads["Won"]))
    won, closed = (leads[stage] < leads["Created"] for stage in ("Won", "Closed"))
    early = {"Won": won, "Closed": closed & not_meant(won)}
    counted = leads.aggregate(**{stage: rows.sum() for stage, rows in early.items()}).to_pyarrow().to_pylist()[0]
    for stage in [stage for stage in early if counted[stage]]:
        _refuse_early(leads.filter(leads[stage] < leads["Created"]), stage, deals, log)
        leads = leads.filter(leads[stage].isnull() | (leads[stage] >= leads["Created"]))
    return leads.select(*LEADS.columns, *([ROW] if ROW in leads.columns else []))


def _refuse_early(leads: ibis.Table, stage: str, deals: list[tuple[int, ibis.Table]], log: _Log) -> None:
    """Log leads as refused since a stage is before their creation; that of a deal is a column of the deals."""
    entries = [log.given[number].mapping for number, _ in deals]
    dealt = next((f"{heading} ({one.path})" for one in entries if (heading := one.heading(stage))), "")
    own = (leads[stage] == leads[f"_own_{stage}"]).fill_null(False)
    numbers = [n for n, one in enumerate(log.given) if one.mapping.table == LEADS.name and not one.mapping.join]
    if numbers[1:]:
        numbers = leads[FILE].as_table().distinct().to_pyarrow()[FILE].to_pylist()
    for number in numbers:
        heading = log.given[number].mapping.heading(stage) or stage
        shown = ibis.ifelse(own, heading, dealt or heading)
        told = {REFUSED: ibis.literal(too_early(stage)), COLUMN: shown, VALUE: leads[stage].cast("string")}
        lines = leads.mutate(**told).filter(leads[FILE] == number)
        log.refuse(number, lines.mutate(**{ROW: lines[ROW] - (number << 40)}) if ROW in lines.columns else lines)


def _add_deals(leads: ibis.Table, deals: ibis.Table, number: int, log: _Log) -> ibis.Table:
    """The leads with what their deals say of them, as `xlsmkt.crm.joining.add_deals` has it."""
    entry = log.given[number].mapping
    key, heading = next(iter(entry.join.items()))
    brought = list(dict.fromkeys(name for name in [*entry.columns, *entry.when] if name in LEADS.columns))

    def refuse(rows: ibis.Table, reason: str) -> None:
        named = {REFUSED: ibis.literal(reason), COLUMN: ibis.literal(heading), VALUE: rows[key]}
        log.refuse(number, rows.mutate(**named))

    refuse(deals.filter(deals[key].isnull()), NO_LEAD_NAMED)
    deals = deals.filter(deals[key].notnull())
    if key == DEAL_ID and key not in leads.columns:
        leads = leads.mutate(**{key: ibis.null("string")})
    cut = {_length(leads, key), _length(deals, key)} == {15, 18}  # Salesforce writes its ids in two lengths
    leads, deals = (one.mutate(_id=one[key].substr(0, 15) if cut else one[key]) for one in (leads, deals))
    refuse(deals.anti_join(leads, "_id"), NO_SUCH_LEAD)
    won = deals["Won"].notnull() if "Won" in brought else ibis.literal(False)
    is_open = deals["Closed"].isnull() if "Closed" in brought else ~won
    ranked = deals.mutate(_rank=ibis.cases((won, 2), (is_open, 1), else_=0))
    ranked = ranked.mutate(_best=ranked["_rank"].max().over(group_by="_id"))
    counting = ranked.filter(ranked["_rank"] == ranked["_best"])
    said = {f"_{place}": _together(counting, name) for place, name in enumerate(brought)}
    groups = counting.group_by("_id").agg(**said).rename(_deal="_id")
    joined = leads.left_join(groups, leads["_id"] == groups["_deal"])
    new = {
        name: ibis.coalesce(joined[f"_{place}"].cast(KINDS[LEADS.field(name).kind]), joined[name])
        for place, name in enumerate(brought)
    }
    return joined.mutate(**new).select(*[name for name in leads.columns if name != "_id"])


def _together(deals: ibis.Table, name: str) -> Any:
    """What the deals of a lead say together: amounts are added up, the first date and the first word count."""
    if name == "Amount":
        return deals[name].sum()
    if name in _FIRST and ROW in deals.columns:
        return deals[name].argmin(deals[ROW], where=deals[name].notnull())
    return deals[name].min()


def _length(table: ibis.Table, key: str) -> int:
    """The length that all ids have; 0 if they differ."""
    lengths = table[key].length()
    shortest, longest = table.aggregate(low=lengths.min(), high=lengths.max()).to_pyarrow().to_pylist()[0].values()
    return shortest if shortest == longest and shortest is not None else 0


def _summed(table: ibis.Table, entry: FileMapping) -> ibis.Table:
    """One row for the rows of the same day and words, their numbers added up."""
    if not entry.sum:
        return table
    numbers = [one.name for one in entry.model.fields if one.kind == "number" and one.name in table.columns]
    keys = [one.name for one in entry.model.fields if one.kind != "number" and one.name in table.columns]
    return table.group_by(keys).agg(**{name: table[name].sum() for name in numbers}).order_by(keys)


def frame_of(table: ibis.Table, model: DataTable) -> pd.DataFrame:
    """Rows of a table of ours, fetched, in order of import where there is one."""
    rows = (table.order_by(ROW) if ROW in table.columns else table).select(*model.columns).to_pyarrow()
    data: dict[str, Any] = {}
    for one in model.fields:
        column = rows[one.name].to_pandas()
        if one.kind in ("date", "time"):
            data[one.name] = column.astype("datetime64[s]")
        elif one.kind == "number":
            data[one.name] = column.to_numpy(np.float64)
        else:
            data[one.name] = column.astype("str") if one.name in IDS else pd.Categorical(column.astype("str"))
    return pd.DataFrame(data)
