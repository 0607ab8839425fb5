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
import ibis.expr.datatypes as dt
import pyarrow as pa

from xlsmkt.cell_texts import LONGEST_TEXT
from xlsmkt.crm.amounts import LARGEST
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.dates import read_dates
from xlsmkt.crm.entries import DEAL_ID, FileMapping, When
from xlsmkt.crm.mapping import nearest
from xlsmkt.crm.model import Field
from xlsmkt.crm.moments import EARLIEST, FALSE, LATEST, TRUE
from xlsmkt.crm.numbers import read_numbers
from xlsmkt.crm.paths import shown
from xlsmkt.crm.reasons import HUGE_NUMBER, NO_DATE, NO_NUMBER, TOO_LONG, dated_by, is_vital, left_blank, missing
from xlsmkt.crm.texts import RawColumn
from xlsmkt.crm.values import PLACEHOLDERS, plain, tidied
from xlsmkt.errors import UserError

# Hidden columns that go along with the rows; ROW is the order of import, where there is one.
ROW, MODIFIED, REFUSED, COLUMN, VALUE = "_row", "_modified", "_refused", "_column", "_value"
KINDS = {"text": "string", "number": "float64", "date": "date", "time": "timestamp"}
IDS = ("Lead ID", DEAL_ID)
_NUMBERS = itertools.count()
_TEXTS = ("text", "word")

_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?"
ISO = (
    r"^(19|20|21)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    rf"([T ]{_CLOCK} ?(Z|UTC|[+-][0-9][0-9](:?[0-9][0-9])?)?)?$"
)
_NO_DAYS = ["02-30", "02-31", "04-31", "06-31", "09-31", "11-31"]
_LEAP_YEARS = [str(year) for year in range(1904, 2200, 4) if year != 2100]
_PLAIN_NUMBER = r"^[+-]?([0-9]{1,30}([.][0-9]*)?|[.][0-9]+)$"


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
    extra: ibis.Table | None = (
        None  # further rows of this table that were read already: columns of ours and hidden ones
    )


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
    table
        The columns of ours that the entry feeds, the hidden ones, and for a row that cannot be counted the reason
        (``_refused``), the heading and the value; these are null in the other rows.
    kept
        The rows of the source that the mapping does not leave out.
    blanked
        What is left blank in rows that are counted; over ``kept``.
    nobody_won
        The column that says who is won and the words it holds, if none of them does.
    """

    table: ibis.Table
    kept: ibis.Table
    blanked: list[Blanked]
    nobody_won: tuple[str, str] | None = None


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
            ids = self.read("word", theirs)
            if self.source[theirs].type().is_string():
                ids = tidy(ids.re_replace(";.*", ""))
            self.fault(_too_long(ids), TOO_LONG, theirs, ids)
            data[ours] = ids  # a deal of several leads is the first one's
        if entry.newest_by:
            data[MODIFIED] = self.read("moment", entry.newest_by)
        if not self.is_tidy:
            self.date_the_marks(data)
        data = {name: value.date() if self.kind(name) == "date" else value for name, value in data.items()}
        if ROW in self.table.columns:
            data[ROW] = self.table[ROW].cast("int64")
        for place, name in ((1, REFUSED), (2, COLUMN), (3, VALUE)):
            cases = [(fault[0], fault[place]) for fault in self.faults]
            data[name] = ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string")
        return Rows(layer(self.table.select(**data)), self.table, self.blanked, self.nobody_won)

    def read(self, what: str, heading: str) -> Any:
        """A column of theirs as "text", "word", "moment" ("bad", "mark")."""
        return self.table[f"_{what}{self.places[heading]}"]

    def kind(self, name: str) -> str:
        known = name in self.entry.model.columns
        return self.entry.model.field(name).kind if known else ""

    def fault(self, rows: Any, reason: str, heading: str, value: Any) -> None:
        if not self.is_tidy:
            self.faults.append((rows.fill_null(False), reason, heading, value))

    def unreadable(self, one: Field, heading: str, rows: Any, reason: str, value: Any) -> None:
        if is_vital(one):
            self.fault(rows, reason, heading, value)
        elif not self.is_tidy:
            self.blanked.append(Blanked(heading, left_blank(reason), rows.fill_null(False), value))

    def required(self, one: Field, heading: str, value: Any) -> None:
        if one.required:
            self.fault(value.isnull(), missing(one), heading, ibis.literal(""))

    def column(self, one: Field) -> Any:
        headings = self.entry.columns.get(one.name, [])
        if one.kind in ("date", "time"):
            return self.date_column(one, headings)
        if not headings:
            return _constant(one, self.entry.constants[one.name])
        heading = " or ".join(headings)
        typed = [name for name in headings if not self.source[name].type().is_string()]
        text = ibis.coalesce(*(self.read("text", name).nullif("") for name in headings))
        if self.is_tidy and one.kind == "number" and len(typed) == len(headings):
            value = ibis.coalesce(*(self.table[name] for name in headings))
            self.required(one, heading, value)
            return value
        if one.kind != "number":
            return self.words(one, heading, tidy(text) if headings[1:] else self.read("word", headings[0]))
        if typed:
            read = [numbers_of(self.table[name], ".") for name in headings]
            value = ibis.coalesce(*(number for number, _ in read))
            bad = value.isnull() & _any([bad for _, bad in read])
        else:
            word = tidy(text) if headings[1:] else self.read("word", headings[0])
            value, bad = numbers_of(word, self.entry.setting("decimal", one.name) or ".")
        huge = value.abs() > LARGEST
        self.unreadable(one, heading, bad, NO_NUMBER, text)
        self.unreadable(one, heading, huge, HUGE_NUMBER, text)
        value = ibis.ifelse(huge, ibis.null("float64"), value)
        self.required(one, heading, value)
        return value

    def words(self, one: Field, heading: str, text: Any) -> Any:
        self.required(one, heading, text)
        if one.name in IDS:
            self.fault(_too_long(text), TOO_LONG, heading, text)
        return text

    def date_column(self, one: Field, headings: list[str]) -> Any:
        """The moments of a stage: the first that is filled; only in rows where the stage counts."""
        value = _constant(one, self.entry.constants[one.name]) if one.name in self.entry.constants else None
        value = ibis.null("timestamp") if value is None or headings else value
        rule = self.entry.when.get(one.name)
        counts = self.counts(one, rule) if rule else None
        marked: Any = ibis.literal(False)
        for heading in headings:
            moment, bad, mark = (self.read(what, heading) for what in ("moment", "bad", "mark"))
            text = self.read("text", heading)
            self.unreadable(one, heading, bad if counts is None else bad & counts, NO_DATE, text)
            marked = marked | (mark & value.isnull())
            value = ibis.coalesce(value, moment)
        if counts is not None:
            value = ibis.ifelse(counts, value, ibis.null("timestamp"))
            marked = counts
        if one.name != "Created" and (headings or rule):
            self.marked[one.name] = marked
        self.required(one, " or ".join(headings), value)
        return value

    def counts(self, one: Field, rule: When) -> Any:
        held = words_held(self.source, rule.column)
        if one.name == "Won" and held and not hits(held, rule.is_):
            self.nobody_won = rule.column, ", ".join(held[:8])
        return self.read("text", rule.column).isin([word.strip() for word in hits(held, rule.is_)]).fill_null(False)

    def date_the_marks(self, data: dict[str, Any]) -> None:
        """Gives a stage that is only marked the best date there is: of closing, of the last change, of creation."""
        for stage in sorted(self.marked, key=lambda name: name != "Closed"):  # Closed first: Won takes its date
            for name in [*(["Closed"] if stage == "Won" else []), MODIFIED, "Created"]:
                if name in data:
                    waiting = self.marked[stage] & data[stage].isnull()
                    data[stage] = ibis.ifelse(waiting, data[name].truncate("D"), data[stage])
                    if name != "Closed":
                        what = dated_by("last change" if name == MODIFIED else "creation")
                        counted = waiting & ~_any([rows for rows, *_ in self.faults])
                        heading = self.entry.heading(stage) or stage
                        self.blanked.append(Blanked(heading, what, counted, ibis.literal("")))


def _prepared(table: ibis.Table, entry: FileMapping, is_tidy: bool) -> tuple[ibis.Table, dict[str, int]]:
    """The table with what its columns say as columns of their own, and the number by which each heading has them.

    Made in layers, each a subquery, for otherwise every use of a text would repeat all of its expression.
    """
    places = {heading: place for place, heading in enumerate(entry.headings)}
    dated = [heading for ours, held in entry.columns.items() for heading in held if _is_dated(entry, ours)]
    dated = list(dict.fromkeys([*dated, *([entry.newest_by] if entry.newest_by else [])]))
    texts = {heading: text_of(table[heading]) for heading in places}
    if is_tidy:
        table = table.mutate(**{f"_{what}{places[name]}": text for name, text in texts.items() for what in _TEXTS})
    else:
        table = layer(table.mutate(**{f"_text{places[name]}": text.strip() for name, text in texts.items()}))
        words = {place: without_blanks(table[f"_text{place}"]) for place in places.values()}
        table = layer(table.mutate(**{f"_word{place}": word for place, word in words.items()}))
    texts = {heading: table[f"_word{places[heading]}"] for heading in dated if table[heading].type().is_string()}
    table = layer(table.mutate(**{f"_iso{places[heading]}": is_iso(text) for heading, text in texts.items()}))
    found: dict[str, Any] = {}
    for heading in dated:
        place = places[heading]
        if is_tidy and table[heading].type().is_timestamp():
            read = table[heading], ibis.literal(False), ibis.literal(False)
        elif heading in texts:
            read = moments_in_texts(table[f"_word{place}"], table[f"_iso{place}"])
        else:
            read = moments_of(table[heading])
        found |= {f"_{what}{place}": one for what, one in zip(("moment", "bad", "mark"), read, strict=True)}
    return layer(table.mutate(**found)), places


def layer(table: ibis.Table) -> ibis.Table:
    """The same rows as a subquery of their own."""
    engine = table.get_backend()
    if engine.name != "duckdb":
        return table.view()
    name = f"_layer{next(_NUMBERS)}"  # DuckDB would compute all of a subquery with a name, for each query again
    engine.con.execute(f"create temporary view {name} as {ibis.to_sql(table)}")
    return engine.table(name)


def _is_dated(entry: FileMapping, ours: str) -> bool:
    return ours != DEAL_ID and entry.model.field(ours).kind in ("date", "time")


# --- single columns ---


def text_of(column: Any) -> Any:
    """A column as the texts that somebody would type."""
    kind: dt.DataType = column.type()
    if kind.is_string():
        return column
    if kind.is_boolean():
        return ibis.cases((column, "TRUE"), (~column, "FALSE"), else_=ibis.null("string"))
    if kind.is_floating() or kind.is_decimal():
        whole = (column == column.floor()) & (column.abs() < 1e15)
        return ibis.ifelse(whole, column.cast("int64").cast("string"), column.cast("string"))
    return column.cast("string")


def tidy(text: Any) -> Any:
    """Texts trimmed; null where they say that there is nothing."""
    return without_blanks(text.strip())


def without_blanks(text: Any) -> Any:
    """Null where a text says that there is nothing."""
    return ibis.ifelse(text.lower().isin(PLACEHOLDERS), ibis.null("string"), text)


def _too_long(text: Any) -> Any:
    return text.length() > LONGEST_TEXT


def _any(masks: list[Any]) -> Any:
    result = masks[0]
    for mask in masks[1:]:
        result = result | mask
    return result


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


def moments_of(column: Any) -> tuple[Any, Any, Any]:
    """The moments of a typed column in seconds; the rows whose value is none; those that say only that it happened."""
    kind: dt.DataType = column.type()
    none, no = ibis.null("timestamp"), ibis.literal(False)
    if kind.is_temporal() and not kind.is_time() and not kind.is_interval():
        moment = column.cast("timestamp")
        known = moment.date().between(ibis.literal(EARLIEST), ibis.literal(LATEST))
        moment = moment if kind.is_date() else moment.truncate("s")
        return ibis.ifelse(known, moment, none), (~known).fill_null(False), no
    if kind.is_boolean():
        return none, no, column.fill_null(False)
    if kind.is_numeric():
        return none, (~column.isin([0, 1])).fill_null(False), (column == 1).fill_null(False)
    return none, column.notnull(), no  # nothing that could be a moment


def is_iso(text: Any) -> Any:
    """Whether a text is a day in ISO form that exists, perhaps with a time."""
    day = text.substr(5, 5)
    exists = ~day.isin(_NO_DAYS) & ((day != "02-29") | text.substr(0, 4).isin(_LEAP_YEARS))
    return (text.re_search(ISO) & exists).fill_null(False)


def moments_in_texts(text: Any, iso: Any) -> tuple[Any, Any, Any]:
    """What `moments_of` gives, for texts; ``iso`` says in which of them a day stands."""
    clock = ibis.ifelse(text.length() == 10, "00:00", text.substr(11, 5))
    seconds = ibis.ifelse(text.substr(16, 1) == ":", text.substr(17, 2), "00")
    written = text.substr(0, 10) + " " + clock + ":" + seconds
    moment = ibis.ifelse(iso, written, ibis.null("string")).cast("timestamp")
    mark = text.lower().isin(TRUE).fill_null(False)
    return moment, (text.notnull() & ~iso & ~mark & ~text.lower().isin(FALSE)).fill_null(False), mark


def numbers_of(column: Any, decimal: str) -> tuple[Any, Any]:
    """The numbers of a column, and the rows whose value is none; texts must be tidy."""
    kind: dt.DataType = column.type()
    if kind.is_boolean():
        return column.ifelse(1.0, 0.0), ibis.literal(False)
    if kind.is_floating():
        return ibis.ifelse(column.isnan(), ibis.null("float64"), column.cast("float64")), ibis.literal(False)
    if kind.is_numeric():
        return column.cast("float64"), ibis.literal(False)
    text = column
    digits = text.replace(".", "").replace(",", ".") if decimal == "," else text
    is_number = digits.re_search(_PLAIN_NUMBER).fill_null(False)
    bare = ibis.ifelse(digits.startswith("+"), digits.substr(1), digits)
    value = ibis.ifelse(is_number, bare, ibis.null("string")).cast("float64")
    return value, (text.notnull() & ~is_number).fill_null(False)


def _constant(one: Field, text: str) -> Any:
    column, answers = RawColumn(pa.chunked_array([pa.array([text])])), Answers()
    if one.kind == "number":
        return ibis.literal(float(read_numbers(column, "", one.name, answers, ".").values[0]))
    if one.kind in ("date", "time"):
        return ibis.literal(read_dates(column, "", one.name, answers).values[0].item(), type="timestamp")
    return ibis.literal(column.distinct()[0][0].as_py(), type="string")
