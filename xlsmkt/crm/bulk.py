"""Files of leads that are larger than memory: read once into a DuckDB table, counted there.

Rows in which every value that is needed can be read in one way only (days in ISO form, plain numbers) are typed by
DuckDB on the way in. The others are rough: their texts are kept and go through `xlsmkt.crm.checks.Builder`, as all rows
of smaller files do, so that what is refused, asked and noted is the same. What cannot be done like that raises
`NotPlain`, and the file is imported the careful way.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.checks import MODIFIED, RECORD, Builder, Log
from xlsmkt.crm.entries import DEAL_ID, FileMapping
from xlsmkt.crm.model import Field
from xlsmkt.crm.planning import Part
from xlsmkt.crm.reading import RawRows, RawTable
from xlsmkt.crm.scanning import Streamed
from xlsmkt.crm.sniffing import is_bare, without_footer
from xlsmkt.crm.statements import literal, quoted
from xlsmkt.crm.texts import RawColumn
from xlsmkt.crm.translating import ROW, Given, hits
from xlsmkt.crm.uniting import Translated, translate
from xlsmkt.crm.values import PLACEHOLDERS

MEMORY = "1200MB"  # that DuckDB may take; what is more goes to a temporary file
MOST_ROUGH = 200_000  # rows that are read the careful way


class NotPlain(Exception):  # no error: the careful way is taken
    """A file that only the careful way reads exactly."""


class Bulk:
    """A database that is gone with this object, and the tables that were read into it: in memory, or in a file where
    they are so large that compressing them pays."""

    def __init__(self, on_disk: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="xlsmkt-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": str(folder / "spill"),
            "threads": _threads(),
        }
        self.connection = duckdb.connect(str(folder / "leads.duckdb") if on_disk else ":memory:", config=settings)
        self.connection.execute("set enable_progress_bar = false")
        self.engine = ibis.duckdb.from_connection(self.connection)

    def close(self) -> None:
        """End the connection and remove the file."""
        self.connection.close()
        self._folder.cleanup()


def _threads() -> int:
    return max(1, min(4, os.cpu_count() or 1))


def suits(plan: list[Part]) -> bool:
    """Whether files can go this way: leads in large CSV files, perhaps with their deals, and nothing else."""
    return all(part.mapping.table == "Leads" and isinstance(part.table, Streamed) for part in plan)


def import_bulk(plan: list[Part], answers: Answers, log: Log, bulk: Bulk) -> Translated:
    """The leads of large files; what is refused and noted is written into ``log``.

    Raises
    ------
    NotPlain
        The careful way is needed; what stands in ``log`` by then means nothing.
    UserError
        As for the careful way.
    """
    given = [_Loaded(bulk, number, part).given(answers, log) for number, part in enumerate(plan)]
    found = translate(given)
    if found.lines_noted:
        raise NotPlain  # these notes speak of rows; the careful way knows which
    for number, row, column, value, reason in found.lines_refused:
        log.refuse(number, np.array([row - (number << 40) if row >> 40 else row]), column, [value], reason)
    if found.refused_rows > len(found.lines_refused):
        raise NotPlain
    log.superseded += found.superseded
    log.ignored += found.ignored
    return found


@dataclass
class _Uses:
    """What the columns of a file are needed for; one of dates or numbers that is also needed as text stays a text."""

    dates: list[str]
    numbers: list[str]
    ids: list[str]
    words: list[str]

    @classmethod
    def of(cls, entry: FileMapping) -> "_Uses":
        kinds: dict[str, set[str]] = {heading: set() for heading in entry.headings}
        for ours, headings in entry.columns.items():
            one = Field(ours) if ours == DEAL_ID else entry.model.field(ours)
            kind = "id" if ours in ("Lead ID", DEAL_ID) else "date" if one.kind == "time" else one.kind
            for heading in headings:
                kinds[heading].add(kind)
                if kind == "text" and len(headings) > 1:
                    kinds[heading].add("id")  # one that holds a blank is not filled
        for heading in [entry.newest_by] if entry.newest_by else []:
            kinds[heading].add("date")
        for heading in entry.join.values():
            kinds[heading].add("id")
        for heading in [*(rule.column for rule in entry.when.values()), *entry.where, *entry.ignore]:
            kinds[heading].add("text")
        for heading, found in kinds.items():
            if len(found - {"text"}) > 1 or (found & {"date", "number"} and "text" in found):
                raise NotPlain(heading)
        held = {kind: [name for name, found in kinds.items() if kind in found] for kind in ("date", "number", "id")}
        words = [name for name, found in kinds.items() if found == {"text"}]
        return cls(held["date"], held["number"], held["id"], words)


class _Loaded:
    """One file in the database: its plain rows typed, of its rough ones the texts."""

    def __init__(self, bulk: Bulk, number: int, part: Part) -> None:
        assert isinstance(part.table, Streamed)
        self.bulk, self.number, self.part, self.file = bulk, number, part, part.table
        self.entry = part.mapping
        for heading in self.entry.headings:
            if heading not in self.file.headings:
                raise NotPlain(heading)  # the careful way says what to do
        self.uses = _Uses.of(self.entry)
        self.columns = {heading: f"c{place}" for place, heading in enumerate(self.entry.headings)}
        self.ragged: list[tuple[int, str]] = []
        self.count = 0  # records of the right length
        self.records = np.empty(0, np.int64)
        self.load()

    def run(self, query: str) -> Any:
        return self.bulk.connection.execute(query).fetchall()

    # --- into the database ---

    def load(self) -> None:
        """Read the file into a table, whose ``rowid`` is the number of the record."""
        query = self.file.query(list(self.columns))
        if query:
            try:
                self.create(query, list(self.columns.values()))
                self.count = int(self.run(f"select count(*) from t{self.number}")[0][0])
                return
            except duckdb.Error:  # a record of another length: those that come in batches can be noted
                self.run(f"drop table if exists t{self.number}")
        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        self.bulk.connection.register("incoming", reader)
        try:
            names = list(self.columns.values())
            filled = ", ".join(f"nullif({name}, '')" for name in names)
            self.create(f"select {filled} from incoming", names)
        except (pa.ArrowInvalid, duckdb.Error) as error:
            raise NotPlain from error  # the careful way says what is wrong
        finally:
            self.bulk.connection.unregister("incoming")
        self.records = np.array([number for number, _ in self.ragged], np.int64)

    def create(self, query: str, names: list[str]) -> None:
        """The table of typed values, and the texts of rough rows, from a query that gives all as texts, or nulls."""
        plain = {self.columns[name]: _date_sql(self.columns[name]) for name in self.uses.dates}
        plain |= {self.columns[name]: _number_sql(self.columns[name]) for name in self.uses.numbers}
        rough = [f"({name} is not null and v{name} is null)" for name in plain]
        rough += [f"not {_is_plain_id(self.columns[name])}" for name in self.uses.ids]
        rough += [f"{self.columns[name]} is null" for name in self.required()]
        values = "".join(f", {value} v{name}" for name, value in plain.items())
        typed = [f"v{name} {name}" for name in plain]
        same = [self.columns[name] for name in self.uses.words + self.uses.ids]
        texts = ", ".join(f"coalesce({name}, '')" for name in names)
        rows = (
            f"select {', '.join([*typed, *same])}, "
            f"case when {' or '.join(rough) or 'false'} then [{texts}] end texts "
            f"from (select *{values} from ({query}) q({', '.join(names)}))"
        )
        ids = {self.columns[name] for name in self.uses.ids}  # each is another: looking for what repeats costs most
        kinds = [
            f"{name} {kind}{' using compression uncompressed' if name in ids else ''}"
            for name, kind, *_ in self.run(f"describe {rows}")
        ]
        self.run(f"create table t{self.number} ({', '.join(kinds)})")
        self.run(f"insert into t{self.number} {rows}")

    def required(self) -> list[str]:
        """Columns without which a row is refused, by the name they have in the database."""
        needed = [one.name for one in self.entry.model.fields if one.required and one.name in self.entry.columns]
        return [self.entry.columns[name][0] for name in needed if not self.entry.join]

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(name, pa.string()) for name in self.columns.values()])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The records of the table in their order; those of the wrong length are noted."""
        for batch in self.file.stream(list(self.columns), lambda number, text: self.ragged.append((number, text))):
            self.count += batch.num_rows
            yield pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)

    # --- out of it ---

    def given(self, answers: Answers, log: Log) -> Given:
        """The table for translating: its plain rows, and the rough ones as the careful way reads them."""
        self.tell_apart()
        rough = self.bulk.connection.sql(f"select {ROW}, texts from rough{self.number} order by {ROW}").to_arrow_table()
        if len(rough) > MOST_ROUGH or (len(rough) and self.entry.newest_by and self.is_rough(self.entry.newest_by)):
            raise NotPlain
        built = Builder(RawTable(self.file.name, self.file.headings, lambda wanted: self.raw(rough, wanted)),
                        self.entry, answers, log)  # fmt: skip
        if self.part.remark and self.count:
            log.note(built.file, np.array([0]), "", "", self.part.remark)
        frame = built.build({}, bool(self.entry.newest_by))
        if any("is won by this column" in note["Reason"] for note in log.noted):
            raise NotPlain
        extra = self.extra(frame) if len(frame) else None
        table = self.bulk.engine.table(f"plain{self.number}")
        return Given(table, self.entry, self.file.name, self.part.names, True, extra)

    def is_rough(self, heading: str) -> bool:
        place = list(self.columns).index(heading) + 1
        plain = _date_sql(f"texts[{place}]")
        query = f"select count(*) from rough{self.number} where texts[{place}] <> '' and {plain} is null"
        return bool(self.run(query)[0][0])

    def tell_apart(self) -> None:
        """Tells plain rows from rough ones, among them some that could be typed and still need the careful way: a stage
        that counts has no date, or a number proves the decimal sign of a column."""
        conditions = []
        for rule in self.entry.when.values():
            dates = [self.columns[name] for ours, rules in self.entry.when.items() if rules is rule
                     for name in self.entry.columns.get(ours, [])]  # fmt: skip
            held = self.run(f"select distinct {self.columns[rule.column]} from t{self.number}")
            words = hits([word for (word,) in held if word], rule.is_)
            if words:
                listed = ", ".join(literal(word) for word in words)
                undated = " and ".join(f"{name} is null" for name in dates) or "true"
                conditions.append(f"({self.columns[rule.column]} in ({listed}) and {undated})")
        rough = self.run(f"select count(*) from t{self.number} where texts is not null")[0][0]
        for heading in self.uses.numbers if rough else []:
            name = self.columns[heading]
            query = f"select min(rowid) from t{self.number} where texts is null and {name} <> floor({name})"
            found = self.run(query)[0][0]
            if found is not None:
                conditions.append(f"rowid = {found}")
        shown = [f"coalesce({_text_sql(name, heading in self.uses.dates, heading in self.uses.numbers)}, '')"
                 for heading, name in self.columns.items()]  # fmt: skip
        held = ", ".join(f"{name} as {quoted(heading)}" for heading, name in self.columns.items())
        table, more = f"from t{self.number} where texts is null", " or ".join(conditions)
        if more and not self.run(f"select 1 {table} and ({more}) limit 1"):
            more = ""  # what is not asked again for each figure costs nothing
        # said apart from the texts: of the rows that are not rough nothing is written out
        self.run(
            f"create view plain{self.number} as select rowid as {ROW}, {held} {table}"
            + (f" and not coalesce({more}, false)" if more else "")
        )
        self.run(
            f"create view rough{self.number} as select rowid as {ROW}, texts from t{self.number} "
            f"where texts is not null union all select rowid, [{', '.join(shown)}] {table} and ({more or 'false'})"
        )

    def raw(self, rough: pa.Table, wanted: list[str]) -> RawRows:
        """The rough rows as the careful way reads rows of a file."""
        if not set(wanted) <= set(self.columns):
            raise NotPlain  # a row in which nothing stands that is needed
        texts = rough["texts"].combine_chunks()
        flat = texts.flatten() if len(rough) else pa.array([], pa.string())
        width = len(self.columns)
        columns = {
            heading: RawColumn(pa.chunked_array([flat.take(pa.array(np.arange(place, len(flat), width)))]))
            for place, heading in enumerate(self.columns)
        }
        found, footers = without_footer(self.ragged, self.count + len(self.ragged))
        found = [(number, text) for number, text in found if not is_bare(text, self.file.sign)]
        kept = {heading: columns[heading] for heading in wanted}
        return RawRows(kept, self.true_record(rough[ROW].to_numpy()), self.lines, found, footers)

    def true_record(self, rows: np.ndarray) -> np.ndarray:
        """The number of a record among all those of the file, also those of the wrong length."""
        shifted = self.records - np.arange(len(self.records))
        return np.asarray(rows + np.searchsorted(shifted, rows, side="right"))

    def lines(self, records: np.ndarray) -> np.ndarray:
        """The lines on which records begin."""
        return self.file.lines(records, self.count + len(self.ragged))

    def extra(self, frame: Any) -> ibis.Table:
        """Rows that the careful way has read, as a table beside the plain ones."""
        data: dict[str, Any] = {}
        kept = frame[RECORD].to_numpy()
        true = self.records
        data[ROW] = pa.array(kept - np.searchsorted(true, kept, side="left"))
        for name in frame.columns:
            if name in (RECORD, "_file"):
                continue
            column = frame[name]
            if column.dtype.kind == "M":
                kind = "" if name == MODIFIED else self.entry.model.field(name).kind
                moments = column.to_numpy("datetime64[s]")
                data[name] = pa.array(moments.astype("datetime64[D]") if kind == "date" else moments)
                if kind != "date":
                    data[name] = data[name].cast(pa.timestamp("us"))
            elif column.dtype.kind == "f":
                data[name] = pa.array(column.to_numpy(), from_pandas=True)
            else:
                data[name] = pa.array(column.astype(object).where(column.notna(), None), pa.string())
        self.bulk.connection.register("built", pa.table(data))
        self.run(f"create table r{self.number} as from built")
        self.bulk.connection.unregister("built")
        return self.bulk.engine.table(f"r{self.number}")


# --- SQL ---


def _date_sql(name: str) -> str:
    """The moment of a text in ISO form, null for any other text.

    The checks are those that cost least, ten million times: what they let through and is no moment, casting finds.
    """
    shape = (
        f"{name} between '1900' and '22' and case strlen({name}) when 10 then {name} like '____-__-__' "
        f"when 16 then {name} like '____-__-__%:__' when 19 then {name} like '____-__-__%:__:__' "
        f"else strlen({name}) > 19 and {name} like '____-__-__T__:__:__%' and "
        f"regexp_full_match(substr({name}, 20), '([.,][0-9]+)?(Z|[+-][0-9][0-9](:?[0-9][0-9])?)?') end"
    )
    text = f"case when strlen({name}) > 19 then left({name}, 19) else {name} end"
    return f"case when {shape} then try_cast({text} as timestamp) end"


def _number_sql(name: str) -> str:
    """The number of a text that is one in any case, null for any other."""
    shape = f"regexp_full_match({name}, '-?[0-9]{{1,15}}([.][0-9]{{1,2}}|[.][0-9]{{4,9}})?')"
    return f"case when {shape} then try_cast({name} as double) end"


def _is_plain_id(name: str) -> str:
    words = ", ".join(literal(word) for word in PLACEHOLDERS if word)
    # what begins with another digit than 0000-00-00 is none of them, and needs no look at its lower case
    is_word = f"not {name} between '0000-01' and ':' and lower({name}) in ({words})"
    return f"(regexp_full_match({name}, '[!-:<-~]{{1,100}}') and not ({is_word}))"


def _text_sql(name: str, is_date: bool, is_number: bool) -> str:
    if is_date:
        return f"strftime({name}, '%Y-%m-%d %H:%M:%S')"
    return f"cast({name} as varchar)" if is_number else name
