"""A file's rows become rows of our tables; what cannot be counted is refused, each row with its line and reason."""

import re
from dataclasses import dataclass, field
from typing import Any

from xlsmkt.cell_texts import shortened
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.entries import DEAL_ID, FileMapping
from xlsmkt.crm.model import Field
from xlsmkt.crm.plain.columns import (
    DAY,
    Column,
    Moments,
    Rows,
    errors_of,
    is_blank,
    is_one_of,
    read_moments,
    read_numbers,
    read_texts,
)
from xlsmkt.crm.plain.log import Log, Place
from xlsmkt.crm.plain.tables import PlainTable
from xlsmkt.crm.reasons import (
    CUT,
    HUGE_NUMBER,
    MOST_WORDS,
    NO_DATE,
    NO_NUMBER,
    NOBODY_WON,
    TOO_LONG,
    WIDTH,
    dated_by,
    is_vital,
    left_blank,
    missing,
)
from xlsmkt.crm.sheet_errors import SheetError
from xlsmkt.crm.values import written

MODIFIED = "_modified"  # goes along with the rows until versions of a row are told apart
_IDS = ("Lead ID", DEAL_ID)
_FURTHER_LEADS = re.compile(r"\s*;.*")


@dataclass
class Frame:
    """Rows of a table of ours: columns of moments in seconds since 1970, numbers and texts, None for a blank."""

    columns: dict[str, list[Any]]
    places: list[Place]
    words: dict[str, list[str]] = field(default_factory=dict)  # different words of a column, as they first appeared

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: list[int]) -> "Frame":
        """Some of the rows; the order of words stays that of all."""
        columns = {name: [column[row] for row in rows] for name, column in self.columns.items()}
        return Frame(columns, [self.places[row] for row in rows], self.words)


class Builder:
    """Reads the columns that one mapping entry names and turns them into rows of our table."""

    def __init__(self, table: PlainTable, mapping: FileMapping, answers: Answers, log: Log) -> None:
        self.table, self.mapping, self.answers, self.log = table, mapping, answers, log
        self.file = log.add_file(mapping)
        self.bad: Rows = set()
        self.marked: dict[str, Rows] = {}
        self.texts: dict[str, Column] = {}
        self.places: list[Place] = []
        self._moments: dict[str, Moments] = {}

    def build(self, several: bool) -> Frame:
        """The rows that can be counted; ``several`` says that other files feed the same table, so that versions of a
        row may stand in different files."""
        for line, text in self.table.ragged:
            self.log.refuse([(Place(self.file, line), text)], "", WIDTH)
        self.log.ignored += self.table.footers
        self._take_rows()
        data: dict[str, list[Any]] = {}
        for one in [*self.mapping.model.fields, Field(DEAL_ID)]:
            if one.name in self.mapping.columns or one.name in self.mapping.when:
                data[one.name] = self._column(one)
        if self.mapping.join:
            ours, theirs = next(iter(self.mapping.join.items()))
            self._errors(Field(ours), theirs, self.texts[theirs])
            ids = read_texts(self.texts[theirs])
            self._refuse_long(ids, theirs)
            # a deal of several leads is the first one's
            data[ours] = [_FURTHER_LEADS.sub("", one) if one else one for one in ids]
        newest_by = self.mapping.newest_by
        if newest_by and (several or self._has_versions(data)):
            data[MODIFIED] = self._read_moments(newest_by).values
        self._date_the_marks(data)
        texts = [one.name for one in self.mapping.model.fields if one.kind == "text" and one.name in data]
        words = {name: list(dict.fromkeys(word for word in data[name] if word is not None)) for name in texts}
        frame = Frame(data, self.places, words)
        return frame.take([row for row in range(len(frame)) if row not in self.bad]) if self.bad else frame

    def _take_rows(self) -> None:
        """Takes the columns that are needed, without rows that are left out and rows in which nothing stands."""
        columns = list(zip(*self.table.rows, strict=True)) or [() for _ in self.table.headings]
        blank = list(range(len(self.table.rows)))
        for column in columns:
            blank = [row for row in blank if is_blank(column[row])]
            if not blank:
                break
        gone = set(blank)
        for heading, words in self.mapping.ignore.items():
            hits = is_one_of(list(columns[self.table.headings.index(heading)]), words)
            ignored = {row for row, hit in enumerate(hits) if hit} - gone
            self.log.ignored += len(ignored)
            gone |= ignored
        kept = [row for row in range(len(self.table.rows)) if row not in gone]
        self.places = [Place(self.file, self.table.lines[row]) for row in kept]
        for heading in self.mapping.headings:
            column = columns[self.table.headings.index(heading)]
            self.texts[heading] = [column[row] for row in kept] if gone else list(column)

    # --- one column ---

    def _column(self, one: Field) -> list[Any]:
        headings = self.mapping.columns.get(one.name, [])
        if one.kind in ("date", "time"):
            return self._date_column(one, headings)
        (heading,) = headings  # aliases fill only dates from several columns
        column = self.texts[heading]
        errors = self._errors(one, heading, column)
        if one.kind == "number":
            numbers = read_numbers(column, self.table.name, heading, self.answers)
            self._unreadable(one, heading, column, numbers.bad - errors, NO_NUMBER)
            self._unreadable(one, heading, column, numbers.huge, HUGE_NUMBER)
            self._required(one, heading, _blanks(numbers.values) - numbers.bad - numbers.huge)
            return numbers.values
        if one.name in _IDS:
            ids = read_texts(column)
            self._required(one, heading, _blanks(ids))
            self._refuse_long(ids, heading)
            return ids
        words = read_texts([None if isinstance(cell, SheetError) else cell for cell in column] if errors else column)
        self._required(one, heading, _blanks(words))
        return self._cut(words, heading)

    def _date_column(self, one: Field, headings: list[str]) -> list[int | None]:
        """The dates of a stage: the first that is filled; only in rows where the stage counts, if a rule says so."""
        values: list[int | None] = [None] * len(self.places)
        rule = self.mapping.when.get(one.name)
        counts = is_one_of(self.texts[rule.column], rule.is_) if rule else [True] * len(values)
        marked: Rows = set()
        for heading in headings:
            found = self._read_moments(heading)
            errors = self._errors(one, heading, self.texts[heading])
            bad = {row for row in found.bad - errors if counts[row]}
            self._unreadable(one, heading, self.texts[heading], bad, NO_DATE)
            marked |= {row for row in found.marked if values[row] is None}
            values = [new if old is None else old for old, new in zip(values, found.values, strict=True)]
        if rule:
            values = [value if count else None for value, count in zip(values, counts, strict=True)]
            marked = {row for row in _blanks(values) if counts[row]}
            if one.name == "Won" and not any(counts):
                self._nobody_won(rule.column)
        if one.kind == "date":
            values = [value if value is None else value - value % DAY for value in values]
        if one.name != "Created":
            self.marked[one.name] = marked
        self._required(one, " or ".join(headings), _blanks(values))
        return values

    def _nobody_won(self, heading: str) -> None:
        held = list(dict.fromkeys(word for word in read_texts(self.texts[heading]) if word is not None))
        if held:
            self.log.note(self.places[:1], heading, ", ".join(held[:8]), NOBODY_WON)

    def _read_moments(self, heading: str) -> Moments:
        if heading not in self._moments:
            self._moments[heading] = read_moments(self.texts[heading], self.table.name, heading, self.answers)
        return self._moments[heading]

    def _has_versions(self, data: dict[str, list[Any]]) -> bool:
        """Whether it matters when a row was changed; else a column of changes that stays open need not be settled."""
        ids = [[one for one in data[name] if one is not None] for name in _IDS if name in data]
        return any(len(set(one)) < len(one) for one in ids) or any(self.marked.values())

    def _date_the_marks(self, data: dict[str, list[Any]]) -> None:
        """Gives a stage that is only marked the best date there is: of closing, of the last change, of creation."""
        for stage in sorted(self.marked, key=lambda name: name != "Closed"):  # Closed first: Won takes its date
            for name in [*(["Closed"] if stage == "Won" else []), MODIFIED, "Created"]:
                waiting = sorted(row for row in self.marked[stage] if data[stage][row] is None)
                if name in data and waiting:
                    data[stage] = list(data[stage])
                    for row in waiting:
                        moment = data[name][row]
                        data[stage][row] = None if moment is None else moment - moment % DAY
                    if name != "Closed":
                        places = [self.places[row] for row in waiting if row not in self.bad]
                        heading = self.log.heading(self.file, stage)
                        self.log.note(places, heading, "", dated_by("last change" if name == MODIFIED else "creation"))

    # --- what cannot be taken ---

    def _errors(self, one: Field, heading: str, column: Column) -> Rows:
        """The cells that are errors of a sheet, which are refused or noted."""
        found = errors_of(column)
        for what, rows in found.items():
            self._unreadable(one, heading, column, rows, what)
        return set().union(*found.values())

    def _refuse_long(self, ids: list[str | None], heading: str) -> None:
        """Refuses rows whose id is longer than a cell: cut, it would be another one."""
        long = {row for row, word in enumerate(ids) if word and len(word) > len(shortened(word))}
        self._refuse({row: ids[row] or "" for row in long}, heading, TOO_LONG)

    def _cut(self, words: list[str | None], heading: str) -> list[str | None]:
        """Words without what a cell cannot hold."""
        fit = {word: shortened(word) for word in dict.fromkeys(words) if word is not None}
        cut = [word for word in fit if fit[word] != word]
        for long in cut[:MOST_WORDS]:
            places = [place for place, word in zip(self.places, words, strict=True) if word == long]
            self.log.note(places, heading, long, CUT)
        return [None if word is None else fit[word] for word in words] if cut else words

    def _unreadable(self, one: Field, heading: str, column: Column, bad: Rows, reason: str) -> None:
        texts = {row: column[row] if isinstance(column[row], str) else written(column[row]) for row in bad}
        if is_vital(one):
            self._refuse(texts, heading, reason)
            return
        rows_of: dict[str, list[Place]] = {}
        rows = sorted(bad)
        for row, word in zip(rows, read_texts([texts[row] for row in rows]), strict=True):
            if word is not None:
                rows_of.setdefault(word, []).append(self.places[row])
        for word, places in list(rows_of.items())[:MOST_WORDS]:
            self.log.note(places, heading, word, left_blank(reason))

    def _required(self, one: Field, heading: str, blank: Rows) -> None:
        if one.required:
            self._refuse(dict.fromkeys(blank, ""), heading, missing(one))

    def _refuse(self, values: dict[int, str], heading: str, reason: str) -> None:
        """Refuses rows, each with its value, unless they are refused already."""
        new = sorted(values.keys() - self.bad)
        self.log.refuse([(self.places[row], values[row]) for row in new], heading, reason)
        self.bad |= set(new)


def _blanks(values: list[Any]) -> Rows:
    return {row for row, value in enumerate(values) if value is None}
