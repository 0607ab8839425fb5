"""Tables of a database become rows of ours where they lie: what a mapping says, as expressions of ibis.

The same rules as `xlsmkt.crm.checks` and `xlsmkt.crm.joining` have for files, as far as typed columns go: of texts,
days are read in ISO form and numbers in plain digits. Every expression runs on DuckDB, PostgreSQL, Spark, Snowflake and
BigQuery alike. `xlsmkt.crm.uniting` makes leads of the rows.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis
from ibis.common.exceptions import IbisError

from xlsmkt.crm.entries import DEAL_ID, FileMapping, When
from xlsmkt.crm.expressions import (
    any_of,
    both,
    constant,
    is_huge,
    is_iso,
    moments_in_texts,
    moments_of,
    not_meant,
    numbers_of,
    text_of,
    tidy,
    tidy_of,
    too_long,
    trimmed,
    without,
    without_blanks,
)
from xlsmkt.crm.mapping import nearest
from xlsmkt.crm.model import Field
from xlsmkt.crm.paths import shown
from xlsmkt.crm.reasons import HUGE_NUMBER, NO_DATE, NO_NUMBER, TOO_LONG, dated_by, is_vital, left_blank, missing
from xlsmkt.crm.values import plain, tidied
from xlsmkt.errors import UserError

# Hidden columns that go along with the rows; ROW is the order of import, where there is one.
ROW, MODIFIED, REFUSED, COLUMN, VALUE = "_row", "_modified", "_refused", "_column", "_value"
KINDS = {"text": "string", "number": "float64", "date": "date", "time": "timestamp"}
IDS = ("Lead ID", DEAL_ID)
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Given:
    """A table to translate: its entry, the name it has in the log, and for columns of ours the names of their ids.

    A column ``_row`` (int64) of the table, if there is one, says in which order its rows are to be imported.
    """

    table: ibis.Table
    mapping: FileMapping
    name: str
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tidy: bool = False  # no value needs a look: each is of its kind or null, and those that must be there are
    # further rows of this table that were read already: columns of ours and hidden ones
    extra: ibis.Table | None = None


@dataclass(frozen=True)
class Blanked:
    """Values of one column that are left blank since they cannot be read."""

    heading: str
    reason: str
    rows: Any  # a mask
    value: Any  # texts


@dataclass(frozen=True)
class Rows:
    """The rows of a table, read.

    Attributes
    ----------
    kept
        The rows of the source that the mapping does not leave out.
    data
        The columns of ours that the entry feeds, and the hidden ones; over ``kept``.
    faults
        What makes that a row cannot be counted: for each the rows, the reason, the heading and the value. The first
        that fits a row counts.
    blanked
        What is left blank in rows that are counted; over ``kept``.
    nobody_won
        The column that says who is won and the words it holds, if none of them does.
    """

    kept: ibis.Table
    data: dict[str, Any]
    faults: list[tuple[Any, str, str, Any]]
    blanked: list[Blanked]
    nobody_won: tuple[str, str] | None = None

    def counted(self, found: list[int]) -> ibis.Table:
        """The rows that can be counted, when only the faults with these numbers were found.

        The others are not asked for again, for of many conditions PostgreSQL expects that they leave hardly a row, and
        sorts on disk what would fit into memory.
        """
        rows = [self.faults[number][0] for number in found]
        table = self.kept.filter(*map(not_meant, rows)) if rows else self.kept
        return table.select(**self.data)

    def refused(self) -> ibis.Table:
        """Those that cannot, and beside the same columns the reason (``_refused``), the heading and the value."""
        told = {
            name: ibis.cases(*((fault[0], fault[place]) for fault in self.faults), else_=ibis.null("string"))
            for place, name in ((1, REFUSED), (2, COLUMN), (3, VALUE))
        }
        return self.kept.filter(any_of([rows for rows, *_ in self.faults])).select(**self.data, **told)


def rows_of(table: ibis.Table, entry: FileMapping, is_tidy: bool = False) -> Rows:
    """The rows of a table as rows of ours; words as they stand, without blanks around them.

    Asks the engine for the different words of columns by which rows are left out or stages count.

    Raises
    ------
    UserError
        The table has no column that the entry names.
    """
    for heading in entry.headings:
        if heading not in table.columns:
            raise UserError(f"{shown(entry.path)} has no column {shown(heading)!r}; {nearest(heading, table.columns)}")
    for heading, words in entry.where.items():
        table = table.filter(is_one_of(table, heading, words))
    for heading, words in entry.ignore.items():
        table = table.filter(~is_one_of(table, heading, words))
    return _Reader(table, entry, is_tidy).rows()


def names_of(table: ibis.Table, key: str, value: str) -> dict[str, str]:
    """The names that a table gives for ids."""
    for heading in (key, value):
        if heading not in table.columns:
            raise UserError(f"no column {shown(heading)!r} holds the names; {nearest(heading, table.columns)}")
    pairs = table.select(key=tidy(text_of(table[key])), value=tidy(text_of(table[value]))).drop_null().to_pyarrow()
    return dict(zip(pairs["key"].to_pylist(), pairs["value"].to_pylist(), strict=True))


class _Reader:
    """Reads the columns of one table."""

    def __init__(self, table: ibis.Table, entry: FileMapping, is_tidy: bool) -> None:
        self.source, self.entry, self.is_tidy = table, entry, is_tidy
        self.table, self.places = _prepared(table, entry, is_tidy)
        self.faults: list[tuple[Any, str, str, Any]] = []  # rows, reason, heading, value; the first that fits counts
        self.blanked: list[Blanked] = []
        self.marked: dict[str, Any] = {}
        self.nobody_won: tuple[str, str] | None = None

    def rows(self) -> Rows:
        entry, data = self.entry, dict[str, Any]()
        for one in [*entry.model.fields, Field(DEAL_ID)]:
            if one.name in entry.columns or one.name in entry.constants or one.name in entry.when:
                data[one.name] = self.column(one)
        for ours, theirs in entry.join.items():
            ids = self.word(theirs)
            if self.source[theirs].type().is_string() and not self.is_tidy:
                ids = tidy(ids.re_replace(";.*", ""))
            self.fault(too_long(self.table[theirs], ids), TOO_LONG, theirs, ids)
            data[ours] = ids  # a deal of several leads is the first one's
        if entry.newest_by:
            moment, bad, _ = self.moments(entry.newest_by)
            data[MODIFIED] = without(moment, bad).truncate("s")
        if not self.is_tidy:
            self.date_the_marks(data)
        data = {name: value.date() if self.kind(name) == "date" else value for name, value in data.items()}
        if ROW in self.table.columns:
            data[ROW] = self.table[ROW].cast("int64")
        return Rows(self.table, data, self.faults, self.blanked, self.nobody_won)

    def text(self, heading: str) -> Any:
        """A column of theirs as texts without blanks around them."""
        return self.table[f"_text{self.places[heading]}"] if heading in self.places else trimmed(self.table[heading])

    def word(self, heading: str) -> Any:
        """A column of theirs as texts, null where they say that there is nothing."""
        if self.is_tidy:
            return text_of(self.table[heading])
        return self.table[f"_word{self.places[heading]}"] if heading in self.places else tidy_of(self.table[heading])

    def moments(self, heading: str) -> tuple[Any, Any, Any]:
        """A column of theirs as moments; the rows that hold none; those that say only that it happened."""
        column = self.table[heading]
        if heading in self.places:
            moment, bad, mark = (self.table[f"_{what}{self.places[heading]}"] for what in ("moment", "bad", "mark"))
            return moment, bad, mark
        return (column, None, None) if self.is_tidy and column.type().is_timestamp() else moments_of(column)

    def kind(self, name: str) -> str:
        known = name in self.entry.model.columns
        return self.entry.model.field(name).kind if known else ""

    def fault(self, rows: Any, reason: str, heading: str, value: Any) -> None:
        if not self.is_tidy and rows is not None:
            self.faults.append((rows, reason, heading, value))

    def unreadable(self, one: Field, heading: str, rows: Any, reason: str, value: Any) -> None:
        if is_vital(one):
            self.fault(rows, reason, heading, value)
        elif not self.is_tidy and rows is not None:
            self.blanked.append(Blanked(heading, left_blank(reason), rows, value))

    def required(self, one: Field, heading: str, value: Any) -> None:
        if one.required:
            self.fault(value.isnull(), missing(one), heading, ibis.literal(""))

    def column(self, one: Field) -> Any:
        headings = self.entry.columns.get(one.name, [])
        if one.kind in ("date", "time"):
            return self.date_column(one, headings)
        if not headings:
            return constant(one, self.entry.constants[one.name])
        heading = " or ".join(headings)
        if one.kind == "number":
            return self.number_column(one, headings, heading)
        if headings[1:]:
            text = tidy(self.first_filled(headings))
        elif one.required or one.name in IDS:
            text = self.word(headings[0])
        else:
            return text_of(self.table[headings[0]])  # its different words are fetched, and made tidy then
        self.required(one, heading, text)
        if one.name in IDS:
            long = [too_long(self.table[name], self.text(name)) for name in headings]
            self.fault(any_of(long), TOO_LONG, heading, text)
        return text

    def first_filled(self, headings: list[str]) -> Any:
        return ibis.coalesce(*(self.text(name).nullif("") for name in headings))

    def number_column(self, one: Field, headings: list[str], heading: str) -> Any:
        typed = [name for name in headings if not self.source[name].type().is_string()]
        if self.is_tidy and len(typed) == len(headings):
            value = ibis.coalesce(*(self.table[name] for name in headings))
            self.required(one, heading, value)
            return value
        if typed:
            read = [numbers_of(self.word(name) if name not in typed else self.table[name], ".") for name in headings]
            value = ibis.coalesce(*(number for number, *_ in read))
            bad = both(value.isnull(), any_of([bad for _, bad, _ in read]))
            may_be_huge = any(huge for *_, huge in read)
        else:
            word = tidy(self.first_filled(headings)) if headings[1:] else self.word(headings[0])
            value, bad, may_be_huge = numbers_of(word, self.entry.setting("decimal", one.name) or ".")
        text = self.first_filled(headings)
        self.unreadable(one, heading, bad, NO_NUMBER, text)
        if may_be_huge:
            self.unreadable(one, heading, is_huge(value), HUGE_NUMBER, text)
            value = value if is_vital(one) else without(value, is_huge(value))
        self.required(one, heading, value)
        return value

    def date_column(self, one: Field, headings: list[str]) -> Any:
        """The moments of a stage: the first that is filled; only in rows where the stage counts."""
        value, marked = None, None
        if one.name in self.entry.constants and not headings:
            value = constant(one, self.entry.constants[one.name])
        rule = self.entry.when.get(one.name)
        counts = self.counts(one, rule) if rule else None
        for heading in headings:
            moment, bad, mark = self.moments(heading)
            if not is_vital(one) or headings[1:]:  # elsewhere its row is refused
                moment = without(moment, bad)
            bad = bad if counts is None else both(bad, counts)
            self.unreadable(one, heading, bad, NO_DATE, self.text(heading))
            marked = any_of([marked, mark if value is None else both(mark, value.isnull())])
            value = moment if value is None else ibis.coalesce(value, moment)
        value = ibis.null("timestamp") if value is None else value
        value = value.truncate("s") if one.kind == "time" and headings and not self.is_tidy else value
        if counts is not None:
            value = ibis.ifelse(counts, value, ibis.null("timestamp"))
            marked = counts
        if one.name != "Created" and marked is not None:
            self.marked[one.name] = marked.fill_null(False)
        self.required(one, " or ".join(headings), value)
        return value

    def counts(self, one: Field, rule: When) -> Any:
        held = words_held(self.source, rule.column)
        words = hits(held, rule.is_)
        if one.name == "Won" and held and not words:
            self.nobody_won = rule.column, ", ".join(word.strip() for word in held[:8])
        return text_of(self.table[rule.column]).isin(words).fill_null(False)

    def date_the_marks(self, data: dict[str, Any]) -> None:
        """Gives a stage that is only marked the best date there is: of closing, of the last change, of creation."""
        for stage in sorted(self.marked, key=lambda name: name != "Closed"):  # Closed first: Won takes its date
            for name in [*(["Closed"] if stage == "Won" else []), MODIFIED, "Created"]:
                if name in data:
                    waiting = self.marked[stage] & data[stage].isnull()
                    data[stage] = ibis.ifelse(waiting, data[name].truncate("D"), data[stage])
                    if name != "Closed":
                        what = dated_by("last change" if name == MODIFIED else "creation")
                        fine = [~rows.fill_null(False) for rows, *_ in self.faults]
                        heading = self.entry.heading(stage) or stage
                        counted = ibis.and_(waiting, *fine)
                        self.blanked.append(Blanked(heading, what, counted, ibis.literal("")))


def _prepared(table: ibis.Table, entry: FileMapping, is_tidy: bool) -> tuple[ibis.Table, dict[str, int]]:
    """The table with what its texts say that stand for days and numbers as columns of their own, and their numbers.

    Made in layers, each a subquery, for otherwise every use of a text would repeat all of its expression. A table with
    columns for its days and numbers needs none.
    """
    kinds = {ours: "text" if ours == DEAL_ID else entry.model.field(ours).kind for ours in entry.columns}
    dated = [name for ours, held in entry.columns.items() for name in held if kinds[ours] in ("date", "time")]
    dated = list(dict.fromkeys([*dated, *([entry.newest_by] if entry.newest_by else [])]))
    dated = [heading for heading in dated if table[heading].type().is_string()]
    numbers = [name for ours, held in entry.columns.items() for name in held if kinds[ours] == "number"]
    texts = [heading for heading in dict.fromkeys([*dated, *numbers]) if table[heading].type().is_string()]
    places = {heading: place for place, heading in enumerate(texts)}
    if not places:
        return table, places
    if is_tidy:
        same = {f"_{what}{place}": table[name] for name, place in places.items() for what in ("text", "word")}
        table = table.mutate(**same)
    else:
        table = layer(table.mutate(**{f"_text{place}": table[name].strip() for name, place in places.items()}))
        words = {place: without_blanks(table[f"_text{place}"]) for place in places.values()}
        table = layer(table.mutate(**{f"_word{place}": word for place, word in words.items()}))
    if not dated:
        return table, places
    of_days = [places[heading] for heading in dated]
    table = layer(table.mutate(**{f"_iso{place}": is_iso(table[f"_word{place}"]) for place in of_days}))
    found: dict[str, Any] = {}
    for place in of_days:
        read = moments_in_texts(table[f"_word{place}"], table[f"_iso{place}"])
        found |= {f"_{what}{place}": one for what, one in zip(("moment", "bad", "mark"), read, strict=True)}
    return layer(table.mutate(**found)), places


def layer(table: ibis.Table) -> ibis.Table:
    """The same rows as a subquery of their own."""
    try:
        engine = table.get_backend()
    except IbisError:  # a table that lies nowhere
        return table.view()
    if engine.name != "duckdb":
        return table.view()
    name = f"_layer{next(_NUMBERS)}"  # DuckDB would compute all of a subquery with a name, for each query again
    engine.con.execute(f"create temporary view {name} as {ibis.to_sql(table)}")
    return engine.table(name)


def is_one_of(table: ibis.Table, heading: str, words: list[str]) -> Any:
    """The rows that hold one of these words, whatever their case and signs: asks for the different words there are."""
    return text_of(table[heading]).isin(hits(words_held(table, heading), words)).fill_null(False)


def words_held(table: ibis.Table, heading: str) -> list[str]:
    """The different texts of a column that say something."""
    held: list[str | None] = table.select(word=text_of(table[heading])).distinct().to_pyarrow()["word"].to_pylist()
    return sorted(word for word in held if word is not None and tidied(word) is not None)


def hits(held: list[str], words: list[str]) -> list[str]:
    """Those of the texts in a column that are one of the words of a mapping."""
    wanted = {plain(word) for word in words}
    return [word for word in held if plain(tidied(word) or "") in wanted]
