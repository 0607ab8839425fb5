"""The records of a CRM as tables to import: which entries read them, which fields they need, words for their values."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xlsmkt.crm.api import ApiField, ApiObject, ApiSource
from xlsmkt.crm.entries import FileMapping, When
from xlsmkt.crm.mapping import load_mapping, nearest
from xlsmkt.crm.paths import name_of, shown
from xlsmkt.crm.planning import Part
from xlsmkt.crm.reading import RawRows, RawTable
from xlsmkt.crm.scanning import Streamed
from xlsmkt.crm.store import Store
from xlsmkt.crm.texts import RawColumn, id_column
from xlsmkt.crm.values import plain
from xlsmkt.errors import UserError

LARGE = 200_000  # records from which on they do not lie in memory as a whole
_MOST_TOLD = 30  # fields that a message lists


class Records:
    """What an import reads of a CRM: the entries of the user's mapping, and those of the source for other objects."""

    def __init__(self, source: ApiSource, mapping: Path | None) -> None:
        self.source = source
        self.objects = {one.name: one for one in source.objects}
        own = self._own_entries(mapping) if mapping else []
        named = {entry.path for entry in own}
        entries = [*own, *(entry for entry in source.mapping if entry.path not in named)]
        paths = [path for entry in entries for path in (entry.path, *(one.path for one in entry.lookup.values()))]
        self.fields: dict[str, dict[str, ApiField]] = {path: source.fields(path) for path in dict.fromkeys(paths)}
        for entry in own:
            assert mapping is not None
            self._check(entry, name_of(mapping))
        self.entries = [
            entry if any(entry is one for one in own) else known for entry in entries if (known := self._known(entry))
        ]

    @property
    def wanted(self) -> dict[str, list[str]]:
        """The fields that are needed of each object."""
        wanted: dict[str, list[str]] = {}
        for entry in self.entries:
            wanted.setdefault(entry.path, []).extend(entry.headings)
            for rule in entry.lookup.values():
                wanted.setdefault(rule.path, []).extend([rule.key, rule.value])
        return {name: list(dict.fromkeys(fields)) for name, fields in wanted.items()}

    def title(self, name: str) -> str:
        """What an object is called in the import log."""
        return f"{self.source.title} {name}"

    def parts(self, store: Store) -> list[Part]:
        """The tables to import, as the store holds them."""
        large = any(store.count(entry.path) > LARGE for entry in self.entries)
        return [
            Part(self._table(entry, store, large), self._in_words(entry), self._names(entry, store))
            for entry in self.entries
        ]

    def name_rows(self, store: Store, log: list[pd.DataFrame]) -> None:
        """Put ids that are no numbers, and so no lines, behind the name of their object in the import log."""
        for one in self.objects.values():
            title = self.title(one.name)
            if not any((rows["File"] == title).any() for rows in log):
                continue
            ids = _ids(store, one)
            for rows in log if not _are_numbers(ids) else ():
                mine = rows["File"] == title
                rows.loc[mine, "File"] = [f"{title} {ids[int(line) - 1]}" for line in rows.loc[mine, "Line"]]
                rows["Line"] = rows["Line"].astype(object).where(~mine, None)

    def _own_entries(self, mapping: Path) -> list[FileMapping]:
        """The entries of a mapping file that name objects of the source."""
        known = {name.casefold(): name for name in self.objects}
        entries = []
        for entry in load_mapping(mapping):
            if entry.path.casefold() not in known:
                continue
            entry = dataclasses.replace(entry, path=known[entry.path.casefold()])
            for ours, rule in entry.lookup.items():
                if rule.path.casefold() not in known:
                    raise UserError(
                        f"{name_of(mapping)}: lookup.{ours}.path is {shown(rule.path)!r}, which {self.source.title} "
                        f"does not have; {nearest(rule.path, list(self.objects))}"
                    )
                entry.lookup[ours] = dataclasses.replace(rule, path=known[rule.path.casefold()])
            entries.append(entry)
        if not entries:
            raise UserError(
                f"{name_of(mapping)} has no entry for {self.source.title}; write path = "
                f"{' or '.join(repr(name) for name in self.objects)} in one"
            )
        return entries

    def _check(self, entry: FileMapping, mapping: str) -> None:
        """Refuse fields of a user's entry that the CRM does not have."""
        asked = [(entry.path, heading) for heading in entry.headings]
        asked += [(rule.path, one) for rule in entry.lookup.values() for one in (rule.key, rule.value)]
        for path, heading in asked:
            there = self.fields[path]
            if heading not in there:
                labelled = [one.name for one in there.values() if one.label.casefold() == heading.casefold()]
                hint = f"did you mean {shown(labelled[0])}?" if labelled else nearest(heading, list(there))
                if len(there) > _MOST_TOLD and not hint.startswith("did"):
                    hint = f"check its name in {self.source.title}"
                raise UserError(f"{mapping}: {self.title(path)} has no field {shown(heading)!r}; {hint}")

    def _known(self, entry: FileMapping) -> FileMapping | None:
        """An entry of the source itself without the fields that this account does not have; None if it cannot do."""
        there = self.fields[entry.path]
        columns = {
            ours: kept for ours, theirs in entry.columns.items() if (kept := [one for one in theirs if one in there])
        }
        if any(theirs not in there for theirs in entry.join.values()):
            return None
        for one in entry.model.fields if not entry.join else ():
            if one.required and one.name in entry.columns and one.name not in columns:
                raise UserError(
                    f"{self.title(entry.path)}: the field {entry.columns[one.name][0]} for {one.name} is not to be "
                    "read; give the connection the right to read it, or name another field in a mapping"
                )
        return dataclasses.replace(
            entry,
            columns=columns,
            when={ours: rule for ours, rule in entry.when.items() if rule.column in there},
            lookup={
                ours: rule
                for ours, rule in entry.lookup.items()
                if ours in columns and {rule.key, rule.value} <= set(self.fields[rule.path])
            },
            where={column: words for column, words in entry.where.items() if column in there},
            ignore={column: words for column, words in entry.ignore.items() if column in there},
            newest_by=entry.newest_by if entry.newest_by in there else None,
        )

    def _in_words(self, entry: FileMapping) -> FileMapping:
        """The entry with the words of a list of choices beside its values: a mapping may name either."""

        def both(column: str, words: list[str]) -> list[str]:
            options = self.fields[entry.path][column].options
            wanted = {plain(word) for word in words}
            return [*words, *(label for value, label in options.items() if plain(value) in wanted)]

        return dataclasses.replace(
            entry,
            when={ours: When(rule.column, both(rule.column, rule.is_)) for ours, rule in entry.when.items()},
            where={column: both(column, words) for column, words in entry.where.items()},
            ignore={column: both(column, words) for column, words in entry.ignore.items()},
        )

    def _table(self, entry: FileMapping, store: Store, large: bool) -> RawTable:
        one, fields = self.objects[entry.path], self.fields[entry.path]
        looked_up = {heading for ours in entry.lookup for heading in entry.columns[ours]}
        ids = {one.id, *looked_up, *entry.join.values()}
        options = {heading: {} if heading in ids else fields[heading].options for heading in entry.headings}
        title, headings = self.title(one.name), store.columns(one.name)

        def read(wanted: list[str]) -> RawRows:
            table = store.texts(one.name, one.id, wanted or [one.id])
            columns = {each: RawColumn(in_words(table.column(each), options.get(each, {}))) for each in wanted}
            return RawRows(columns, np.arange(table.num_rows), lambda rows: _lines(store, one)[rows])

        def stream(wanted: list[str], _note: object) -> Iterator[pa.RecordBatch]:
            for batch in store.stream(one.name, one.id, wanted):
                columns = [
                    in_words(pa.chunked_array([column]), options[each]).combine_chunks()
                    for each, column in zip(wanted, batch.columns, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(columns, names=wanted)

        if large:
            return Streamed(title, headings, read, stream=stream, lines=lambda rows, _count: _lines(store, one)[rows])
        return RawTable(title, headings, read)

    def _names(self, entry: FileMapping, store: Store) -> dict[str, dict[str, str]]:
        """For columns of ours that hold ids, the name of each."""
        names = {}
        for ours, rule in entry.lookup.items():
            table = store.texts(rule.path, self.objects[rule.path].id, list(dict.fromkeys([rule.key, rule.value])))
            keys, values = (id_column(RawColumn(table.column(one))) for one in (rule.key, rule.value))
            known = keys.notna() & values.notna()
            names[ours] = dict(zip(keys[known], values[known], strict=True))
        return names


def in_words(column: pa.ChunkedArray, options: Mapping[str, str]) -> pa.ChunkedArray:
    """A column with the words that users see for each value; of several values, ``a;b``, each.

    The store keeps the values themselves: a word that is changed in the CRM changes no record, so none would be read
    again.
    """
    if not options:
        return column
    encoded = column.combine_chunks().dictionary_encode()
    words = [_word(value, options) for value in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(words, pa.string()).take(encoded.indices)])


def _word(value: str, options: Mapping[str, str]) -> str:
    if value in options:
        return options[value]
    parts = [one.strip() for one in value.split(";")]
    return "; ".join(options[one] for one in parts) if all(one in options for one in parts) else value


def _lines(store: Store, one: ApiObject) -> np.ndarray:
    """Where the import log has the line of a file: the id of each record, or its place if ids are no numbers."""
    ids = _ids(store, one)
    lines: np.ndarray = ids.cast(pa.int64()).to_numpy() if _are_numbers(ids) else np.arange(1, len(ids) + 1)
    return lines


def _ids(store: Store, one: ApiObject) -> pa.ChunkedArray:
    """The ids of all records, in the order of the store."""
    return store.texts(one.name, one.id, [one.id]).column(0)


def _are_numbers(ids: pa.ChunkedArray) -> bool:
    """Whether all ids are numbers that a cell holds exactly."""
    return bool(pc.all(pc.match_substring_regex(ids, "^[0-9]{1,15}$")).as_py())
