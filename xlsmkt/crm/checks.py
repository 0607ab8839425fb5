"""A file's rows become rows of our tables; what cannot be counted is refused, each row with its line and reason."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xlsmkt.cell_texts import LONGEST_TEXT, shortened
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.dates import Dates, read_dates
from xlsmkt.crm.entries import DEAL_ID, FileMapping
from xlsmkt.crm.mapping import nearest
from xlsmkt.crm.model import Field
from xlsmkt.crm.numbers import read_numbers
from xlsmkt.crm.paths import shown
from xlsmkt.crm.reading import RawRows, RawTable
from xlsmkt.crm.reasons import (
    CUT,
    HUGE_NUMBER,
    LOG_COLUMNS,
    MOST_LOGGED,
    MOST_WORDS,
    NO_DATE,
    NO_NUMBER,
    NOBODY_WON,
    TOO_LONG,
    WIDTH,
    dated_by,
    in_rows,
    is_vital,
    left_blank,
    missing,
)
from xlsmkt.crm.sheet_errors import SheetError
from xlsmkt.crm.texts import RawColumn, categories, id_column, is_one_of, raw_column, text_column
from xlsmkt.errors import UserError

# Columns that go along with the rows until they are checked.
MODIFIED, FILE, RECORD = "_modified", "_file", "_record"


@dataclass
class Log:
    """What was refused, and what was changed on the way in; ``lines`` finds the line of a record, for each file."""

    files: list[str] = field(default_factory=list)
    lines: list[Callable[[np.ndarray], np.ndarray]] = field(default_factory=list)
    mappings: list[FileMapping] = field(default_factory=list)
    refused: list[pd.DataFrame] = field(default_factory=list)
    noted: list[dict[str, Any]] = field(default_factory=list)
    ignored: int = 0
    superseded: int = 0

    def add_file(self, name: str, rows: RawRows, mapping: FileMapping) -> int:
        """The number under which rows of this file are logged."""
        self.files.append(name)
        self.mappings.append(mapping)
        self.lines.append(rows.lines)
        return len(self.files) - 1

    def heading(self, file: int, ours: str) -> str:
        """The heading under which a file has a column of ours, else our own."""
        return self.mappings[file].heading(ours) or ours

    def refuse(self, files: Any, records: np.ndarray, column: str, values: list[str], reason: str) -> None:
        """Log rows as refused."""
        if len(records):
            self.refused.append(
                pd.DataFrame(
                    {
                        "file": files,
                        "record": records,
                        "Column": column[:MOST_LOGGED],
                        "Value": [value[:MOST_LOGGED] for value in values],
                        "Reason": reason,
                    }
                )
            )

    def note(self, file: int, records: np.ndarray, column: str, value: str, what: str) -> None:
        """Log, in one row, that values of some rows were changed."""
        if len(records):
            self.noted.append(
                {
                    "file": file,
                    "record": records[0],
                    "Column": column[:MOST_LOGGED],
                    "Value": value[:MOST_LOGGED],
                    "Reason": what + in_rows(len(records)),
                }
            )

    def table(self, rows: list[pd.DataFrame]) -> pd.DataFrame:
        """Log rows with their file names and lines, in the order of the files."""
        if not rows:
            return pd.DataFrame({name: pd.Series(dtype="int64" if name == "Line" else "str") for name in LOG_COLUMNS})
        log = pd.concat(rows, ignore_index=True)
        log["Line"] = 0
        for number in log["file"].unique():
            mine = (log["file"] == number).to_numpy()
            log.loc[mine, "Line"] = self.lines[number](log.loc[mine, "record"].to_numpy())
        log = log.sort_values(["file", "Line"], kind="stable", ignore_index=True)
        log["File"] = [self.files[number] for number in log["file"]]
        return log[LOG_COLUMNS]


class Builder:
    """Reads the columns that one mapping entry names and turns them into rows of our table."""

    def __init__(self, table: RawTable, mapping: FileMapping, answers: Answers, log: Log) -> None:
        for heading in mapping.headings:
            if heading not in table.headings:
                raise UserError(f"{table.name} has no column {shown(heading)!r}; {nearest(heading, table.headings)}")
        self.table, self.mapping, self.answers, self.log, self.name = table, mapping, answers, log, table.name
        self.rows = table.read(mapping.headings)
        self.file = log.add_file(table.name, self.rows, mapping)
        self.bad = np.zeros(len(self.rows.records), bool)
        self.marked: dict[str, np.ndarray] = {}
        self._dates: dict[tuple[str, str], Dates] = {}

    def build(self, lookups: dict[str, dict[str, str]], several: bool = False) -> pd.DataFrame:
        """The rows that can be counted, with columns of ours that the mapping feeds and hidden ones for the joining.

        ``lookups`` gives, for a column of ours, the name of each id; ``several`` says that other files feed the same
        table, so that versions of a row may stand in different files.
        """
        for record, text in self.rows.ragged:
            self.log.refuse(self.file, np.array([record]), "", [text], WIDTH)
        self.log.ignored += self.rows.footers
        self._leave_out()
        data: dict[str, Any] = {}
        for one in [*self.mapping.model.fields, Field(DEAL_ID)]:
            given = one.name in self.mapping.columns or one.name in self.mapping.constants
            if given or one.name in self.mapping.when:
                data[one.name] = self._column(one, lookups)
        if self.mapping.join:
            ours, theirs = next(iter(self.mapping.join.items()))
            self._errors(Field(ours), theirs, self.rows.columns[theirs])
            ids = id_column(self.rows.columns[theirs])
            self._refuse_long(ids, theirs)
            data[ours] = ids.str.replace(r"\s*;.*", "", regex=True)  # a deal of several leads is the first one's
        if self.mapping.newest_by and (several or self._has_versions(data)):
            data[MODIFIED] = self._modified()
        self._date_the_marks(data)
        self.rows.columns.clear()  # the texts are no longer needed and large
        self._dates.clear()
        data |= {FILE: np.full(len(self.bad), self.file), RECORD: self.rows.records}
        frame = pd.DataFrame(data, copy=False)
        return frame[~self.bad] if self.bad.any() else frame

    def _leave_out(self) -> None:
        """Drops the rows that the mapping ignores, and rows in which nothing stands."""
        keep = ~self._blank_rows()
        blank = int((~keep).sum())
        for heading, words in self.mapping.where.items():
            keep &= is_one_of(self.rows.columns[heading], words)
        for heading, words in self.mapping.ignore.items():
            keep &= ~is_one_of(self.rows.columns[heading], words)
        self.log.ignored += int((~keep).sum()) - blank
        if not keep.all():
            self.rows.columns = {heading: column.take(keep) for heading, column in self.rows.columns.items()}
            self.rows.records, self.bad = self.rows.records[keep], self.bad[keep]

    def _blank_rows(self) -> np.ndarray:
        """The rows in which nothing stands, in no column of the file."""
        blank = np.ones(len(self.rows.records), bool)
        columns = list(self.rows.columns.values())
        for column in columns or [RawColumn(pa.chunked_array([pa.array([""] * len(blank))]))]:
            blank &= _is_blank(column)
            if not blank.any():
                return blank
        for column in self.table.read(self.table.headings).columns.values():  # rare: look at the other columns too
            blank &= _is_blank(column)
        return blank

    def _column(self, one: Field, lookups: dict[str, dict[str, str]]) -> Any:
        headings = self.mapping.columns.get(one.name, [])
        if one.kind in ("date", "time"):
            return self._date_column(one, headings)
        if not headings:
            return self._constant(one)
        column, heading = self._first_filled(headings), " or ".join(headings)
        errors = self._errors(one, heading, column)
        if one.kind == "number":
            decimal = self.mapping.setting("decimal", one.name)
            numbers = read_numbers(column, self.name, heading, self.answers, decimal)
            self._unreadable(one, heading, column, numbers.bad & ~errors, NO_NUMBER)
            self._unreadable(one, heading, column, numbers.huge, HUGE_NUMBER)
            self._required(one, heading, np.isnan(numbers.values) & ~numbers.bad & ~numbers.huge)
            return numbers.values
        if one.name in ("Lead ID", DEAL_ID):
            ids = id_column(column)
            self._required(one, heading, ids.isna().to_numpy())
            self._refuse_long(ids, heading)
            return ids
        words = text_column(column.without(errors))
        self._required(one, heading, np.asarray(words.codes) < 0)
        names = lookups.get(one.name)
        return self._cut(words if names is None else self._named(one, words, names, heading), heading)

    def _errors(self, one: Field, heading: str, column: RawColumn) -> np.ndarray:
        """A mask of the cells that are errors of a sheet, which are refused or noted."""
        errors = np.zeros(len(column), bool)
        if column.typed is None:
            return errors
        kinds: dict[str, list[int]] = {}
        for row, value in enumerate(column.typed):
            if isinstance(value, SheetError):
                kinds.setdefault(value.what, []).append(row)
        for what, rows in kinds.items():
            mask = np.zeros(len(column), bool)
            mask[rows] = True
            self._unreadable(one, heading, column, mask, what)
            errors |= mask
        return errors

    def _refuse_long(self, ids: pd.Series, heading: str) -> None:
        """Refuses rows whose id is longer than a cell: cut, it would be another one."""
        long = (ids.str.len() > LONGEST_TEXT // 2).to_numpy(bool, na_value=False).copy()
        long[long] = [len(word) > len(shortened(word)) for word in ids[long]]
        new = long & ~self.bad
        self.log.refuse(self.file, self.rows.records[new], heading, ids[new].tolist(), TOO_LONG)
        self.bad |= new

    def _cut(self, words: pd.Categorical, heading: str) -> pd.Categorical:
        """Words without what a cell cannot hold."""
        held = list(words.categories)
        cut = [shortened(word) for word in held]
        if cut == held:
            return words
        codes = np.asarray(words.codes)
        for number in [number for number, word in enumerate(held) if word != cut[number]][:MOST_WORDS]:
            self.log.note(self.file, self.rows.records[codes == number], heading, held[number], CUT)
        return categories(list(cut), codes)

    def _first_filled(self, headings: list[str]) -> RawColumn:
        """The first value that is filled, of several columns."""
        columns = [self.rows.columns[heading] for heading in headings]
        if len(columns) == 1:
            return columns[0]
        texts = pc.coalesce(*[_blank_to_null(column.as_texts()) for column in columns])
        signs = {str(v): v for column in columns for v in column.typed or () if isinstance(v, SheetError)}
        if signs:
            return raw_column([signs.get(text, text) for text in texts.to_pylist()])
        return RawColumn(pa.chunked_array([texts]) if isinstance(texts, pa.Array) else texts)

    def _constant(self, one: Field) -> Any:
        text = self.mapping.constants[one.name]
        column = RawColumn(pa.chunked_array([pa.array([text] * len(self.rows.records), pa.string())]))
        if one.kind == "number":
            return read_numbers(column, self.name, one.name, self.answers, ".").values
        return text_column(column)

    def _named(self, one: Field, words: pd.Categorical, names: dict[str, str], heading: str) -> pd.Categorical:
        """Names for ids. Two owners of the same name are two people: they keep their ids behind the name."""
        shared = {name for name, count in Counter(names.values()).items() if count > 1 and one.name == "Owner"}
        ids = list(words.categories)
        for unknown in [word for word in ids if word not in names][:MOST_WORDS]:
            rows = self.rows.records[np.asarray(words == unknown)]
            self.log.note(self.file, rows, heading, unknown, "no name for this id; the id is kept")
        shown = [f"{names[word]} ({word})" if names.get(word) in shared else names.get(word, word) for word in ids]
        return categories(list(shown), np.asarray(words.codes))

    def _date_column(self, one: Field, headings: list[str]) -> np.ndarray:
        """The dates of a stage: the first that is filled; only in rows where the stage counts, if a rule says so."""
        count = len(self.rows.records)
        values = np.full(count, np.datetime64("NaT", "s"))
        if not headings and one.name in self.mapping.constants:
            text = pa.array([self.mapping.constants[one.name]] * count, pa.string())
            values = read_dates(RawColumn(pa.chunked_array([text])), self.name, one.name, self.answers).values
        rule = self.mapping.when.get(one.name)
        counts = is_one_of(self.rows.columns[rule.column], rule.is_) if rule else np.ones(count, bool)
        marked = np.zeros(count, bool)
        for heading in headings:
            dates = self._read_dates(one, heading)
            errors = self._errors(one, heading, self.rows.columns[heading])
            self._unreadable(one, heading, self.rows.columns[heading], dates.bad & counts & ~errors, NO_DATE)
            marked |= dates.marked & np.isnat(values)
            values = np.where(np.isnat(values), dates.values, values)
        if rule:
            values[~counts] = np.datetime64("NaT")
            marked = counts & np.isnat(values)
            if one.name == "Won" and not counts.any():
                self._nobody_won(rule.column)
        if one.kind == "date":
            values = values.astype("datetime64[D]").astype("datetime64[s]")
        if one.name != "Created":
            self.marked[one.name] = marked
        self._required(one, " or ".join(headings), np.isnat(values))
        return values

    def _nobody_won(self, heading: str) -> None:
        words = text_column(self.rows.columns[heading])
        if len(words.categories):
            held = ", ".join(list(words.categories)[:8])
            self.log.note(self.file, self.rows.records[:1], heading, held, NOBODY_WON)

    def _read_dates(self, one: Field, heading: str) -> Dates:
        order = self.mapping.setting("date_order", one.name)
        key = (heading, order or "")
        if key not in self._dates:
            self._dates[key] = read_dates(self.rows.columns[heading], self.name, heading, self.answers, order)
        return self._dates[key]

    def _has_versions(self, data: dict[str, Any]) -> bool:
        """Whether it matters when a row was changed; else a column of changes that stays open need not be settled."""
        ids = [data[name].dropna() for name in ("Lead ID", DEAL_ID) if name in data]
        return any(one.duplicated().any() for one in ids) or any(marked.any() for marked in self.marked.values())

    def _modified(self) -> np.ndarray:
        heading = self.mapping.newest_by or ""
        column = self.rows.columns[heading]
        return read_dates(column, self.name, heading, self.answers, self.mapping.setting("date_order", "")).values

    def _date_the_marks(self, data: dict[str, Any]) -> None:
        """Gives a stage that is only marked the best date there is: of closing, of the last change, of creation."""
        for stage in sorted(self.marked, key=lambda name: name != "Closed"):  # Closed first: Won takes its date
            for name in [*(["Closed"] if stage == "Won" else []), MODIFIED, "Created"]:
                waiting = self.marked[stage] & np.isnat(data[stage])
                if name in data and waiting.any():
                    days = data[name].astype("datetime64[D]").astype("datetime64[s]")
                    data[stage] = np.where(waiting, days, data[stage])
                    if name != "Closed":
                        what = dated_by("last change" if name == MODIFIED else "creation")
                        rows = self.rows.records[waiting & ~self.bad]
                        self.log.note(self.file, rows, self.log.heading(self.file, stage), "", what)

    def _unreadable(self, one: Field, heading: str, column: RawColumn, bad: np.ndarray, reason: str) -> None:
        if not bad.any():
            return
        if is_vital(one):
            self._refuse(bad, heading, column, reason)
            return
        taken = column.take(bad)
        words = text_column(taken)
        records = self.rows.records[bad]
        for number, word in enumerate(list(words.categories)[:MOST_WORDS]):
            rows = records[np.asarray(words.codes) == number]
            self.log.note(self.file, rows, heading, word, left_blank(reason))

    def _required(self, one: Field, heading: str, blank: np.ndarray) -> None:
        if one.required:
            new = blank & ~self.bad
            self.log.refuse(self.file, self.rows.records[new], heading, [""] * int(new.sum()), missing(one))
            self.bad |= new

    def _refuse(self, bad: np.ndarray, heading: str, column: RawColumn, reason: str) -> None:
        new = bad & ~self.bad
        values = column.take(new).as_texts().to_pylist()
        self.log.refuse(self.file, self.rows.records[new], heading, values, reason)
        self.bad |= new


def _is_blank(column: RawColumn) -> np.ndarray:
    blank: np.ndarray = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column.texts), ""), True).to_numpy()
    if column.typed is not None:
        blank = blank & np.array([value is None for value in column.typed], bool)
    return blank


def _blank_to_null(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), pa.scalar(None, pa.string()), texts)
