"""CSV files as they come: encoding, delimiter, heading row, rows of the wrong length, the line of each row."""

import contextlib
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.encodings import as_utf8, whole_file
from xlsmkt.crm.paths import name_of, shown
from xlsmkt.crm.quotes import QUOTE, refuse_damage
from xlsmkt.crm.reasons import ROW_TOO_LONG, broken_csv, empty_file
from xlsmkt.crm.sniffing import HEAD, MOST_IN_ROW, Look, is_bare, look_at, offset, without_footer
from xlsmkt.crm.texts import RawColumn
from xlsmkt.errors import UserError

_CHUNK = 1 << 24


@dataclass
class RawRows:
    """Rows of a file: the columns asked for, and where each row stands."""

    columns: dict[str, RawColumn]
    records: np.ndarray  # for each row its number among the records of the file
    lines: Callable[[np.ndarray], np.ndarray]  # record numbers -> lines of the file, counted from 1
    ragged: list[tuple[int, str]] = field(default_factory=list)  # record number and text of rows of the wrong length
    footers: int = 0  # lines below the data that are a report's footer


@dataclass
class RawTable:
    """A table of a source: its name, its headings, and a way to read some of its columns."""

    name: str
    headings: list[str]
    read: Callable[[list[str]], RawRows]
    remark: str = ""  # what was left out, for the import log


def read_csv(path: Path, answers: Answers, encoding: str | None = None, delimiter: str | None = None) -> RawTable:
    """The table in a CSV file.

    Raises
    ------
    UserError
        The file is missing, empty, no text, or written in a code page that cannot be told.
    """
    body = as_utf8(path, answers, encoding, _mapped)
    head = body[:HEAD].tobytes()
    if not head.strip():
        raise UserError(empty_file(name_of(path)))
    look = look_at(head.decode("utf-8", "ignore"), len(head) == len(body), delimiter)
    rows = pa.py_buffer(body[offset(head, look.first_line) :])
    return RawTable(name_of(path), look.headings, _Body(name_of(path), rows, look).read)


def _mapped(path: Path) -> memoryview:
    """The bytes of a file, mapped where possible: a file may be larger than the memory."""
    if path.stat().st_size:
        with contextlib.suppress(UnicodeEncodeError):  # a name that is not UTF-8
            return memoryview(pa.memory_map(str(path)).read_buffer()).cast("B")
    return whole_file(path)


# --- rows ---


@dataclass
class _Body:
    """The rows below the headings, as UTF-8."""

    name: str
    data: pa.Buffer
    look: Look
    checked: bool = False

    def read(self, wanted: list[str]) -> RawRows:
        """The columns with these headings."""
        ragged: list[tuple[int, str]] = []
        places = [self.look.headings.index(heading) for heading in wanted]
        if len(self.data) < HEAD and not self.data.to_pybytes().strip():
            table = pa.table({str(place): pa.array([], pa.string()) for place in places or [0]})
        else:
            self._check_quotes()
            try:
                table = self._parse(places or [0], ragged, threads=True)
                if ragged:
                    table = self._parse(places or [0], ragged, threads=False)  # only then it counts the rows
            except pa.ArrowInvalid as error:
                raise UserError(
                    broken_csv(self.name, ROW_TOO_LONG if "straddling" in str(error) else shown(error))
                ) from None
        count = table.num_rows + len(ragged)
        records = np.delete(np.arange(count), [number - 1 for number, _ in ragged])
        found, footers = without_footer([(number - 1, text) for number, text in ragged], count)
        found = [(number, text) for number, text in found if not is_bare(text, self.look.sign)]
        columns = {head: RawColumn(table.column(str(place))) for head, place in zip(wanted, places, strict=True)}
        return RawRows(columns, records, lambda numbers: self._lines(count)[numbers], found, footers)

    def _check_quotes(self) -> None:
        """A quotation that is closed too late, or never, would swallow rows below it."""
        if self.checked:
            return
        if not _plainly_sound(np.frombuffer(self.data, np.uint8), ord(self.look.sign)):
            refuse_damage(self.name, self.data.to_pybytes(), self.look)
        self.checked = True

    def _rows_slowly(self) -> Iterator[tuple[int, list[str]]]:
        """Each record with the line on which it begins, as Python's own reader sees them."""
        data = io.BytesIO(self.data.to_pybytes())
        reader = csv.reader(io.TextIOWrapper(data, "utf-8", newline=""), delimiter=self.look.sign)
        before = 0
        for row in reader:
            if row:
                yield before + self.look.first_line, row
            before = reader.line_num

    def _parse(self, places: list[int], ragged: list[tuple[int, str]], threads: bool) -> pa.Table:
        def note(row: Any) -> str:
            ragged.append((row.number or 0, row.text))
            return "skip"

        ragged.clear()
        names = [str(place) for place in range(len(self.look.headings))]
        kept = [str(place) for place in dict.fromkeys(places)]
        return pacsv.read_csv(
            pa.BufferReader(self.data),
            pacsv.ReadOptions(column_names=names, use_threads=threads, block_size=MOST_IN_ROW),
            pacsv.ParseOptions(delimiter=self.look.sign, newlines_in_values=True, invalid_row_handler=note),
            pacsv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False, include_columns=kept
            ),
        )

    def _lines(self, count: int) -> np.ndarray:
        """The line on which each record begins. A record may hold line feeds, between quotation marks; blank lines
        count as lines, not as records."""
        starts, lines = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)]
        quotes = feeds_before = 0
        data = np.frombuffer(self.data, np.uint8)
        for begin in range(0, len(data), _CHUNK):
            chunk = data[begin : begin + _CHUNK]
            feeds, marks = np.flatnonzero(chunk == 10), np.flatnonzero(chunk == 34)
            even = (np.searchsorted(marks, feeds) + quotes) % 2 == 0  # a record ends where all quotations are closed
            starts.append(feeds[even] + begin + 1)
            lines.append(np.flatnonzero(even) + feeds_before + 1)
            quotes += len(marks)
            feeds_before += len(feeds)
        start, line = np.concatenate(starts), np.concatenate(lines)
        length = np.append(start[1:], len(data) + 1) - 1 - start
        first = data[np.minimum(start, max(len(data) - 1, 0))] if len(data) else start
        line = line[(length > 1) | ((length == 1) & (first != 13))]
        if len(line) == count:
            return np.asarray(line + self.look.first_line)
        # a quotation mark inside a plain value misleads the count above: read once more, slowly
        begins = [begin for begin, _ in self._rows_slowly()]
        return np.array(begins + begins[-1:] * (count - len(begins)))


def _plainly_sound(data: np.ndarray, sign: int) -> bool:
    """Whether every quotation begins and ends with a value; False only says that a closer look is needed."""
    ends = np.zeros(256, bool)
    ends[[sign, 10, 13, QUOTE]] = True
    count = 0
    for begin in range(0, len(data), _CHUNK):
        marks = np.flatnonzero(data[begin : begin + _CHUNK] == QUOTE) + begin
        opening, closing = marks[count % 2 :: 2], marks[1 - count % 2 :: 2]
        before, after = opening[opening > 0] - 1, closing[closing < len(data) - 1] + 1
        if not (ends[data[before]].all() and ends[data[after]].all()):
            return False
        count += len(marks)
    return count % 2 == 0
