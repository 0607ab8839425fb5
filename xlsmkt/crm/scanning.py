"""Large CSV files: looked through once in pieces, so that they never lie in memory as a whole."""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.formats import refuse_binary, refuse_other_kinds
from xlsmkt.crm.paths import name_of
from xlsmkt.crm.reading import RawRows, RawTable, read_csv
from xlsmkt.crm.sniffing import HEAD, MOST_IN_ROW, Look, look_at, offset
from xlsmkt.crm.statements import literal

LARGE = 64 << 20  # bytes from which on a CSV file is read in bulk
HUGE = 512 << 20  # bytes from which on its rows are kept on disk
_PIECE = 1 << 24
_BLANK_LINE = re.compile(rb"\n\n")  # far faster than looking for these two bytes


Note = Callable[[int, str], None]
"""Is told the number of a record of the wrong length, counted from 0, and its text."""


@dataclass
class Streamed(RawTable):
    """A table whose rows come in batches: of texts, for the headings asked for, in their order; "" is blank.

    ``lines`` gives the lines of records that are logged, from their numbers and the number of all records. ``query``
    reads the same rows in DuckDB's SQL, far faster, if all are of the right length; "" where that cannot be.
    """

    stream: Callable[[list[str], Note], Iterator[pa.RecordBatch]] = field(kw_only=True)
    lines: Callable[[np.ndarray, int], np.ndarray] = field(default=lambda records, _count: records + 1, kw_only=True)
    is_huge: bool = field(default=False, kw_only=True)  # too large for memory
    query: Callable[[list[str]], str] = field(default=lambda _headings: "", kw_only=True)
    sign: str = field(default=",", kw_only=True)  # between the values of a record of the wrong length


@dataclass
class _Large:
    """A large CSV file in UTF-8 whose quotation marks are sound."""

    path: Path
    look: Look
    start: int  # where the rows begin, in bytes
    even: bool  # every line is a record: no quotation marks, no blank lines
    read: Callable[[list[str]], RawRows]  # the careful way

    def stream(self, headings: list[str], note: Note) -> Iterator[pa.RecordBatch]:
        """The rows of the right length."""

        def skip(row: Any) -> str:
            note((row.number or 0) - 1, row.text)
            return "skip"

        names = [str(place) for place in range(len(self.look.headings))]
        kept = [str(self.look.headings.index(heading)) for heading in headings]
        texts = {name: pa.string() for name in names}
        with pa.OSFile(str(self.path)) as source:
            source.seek(self.start)
            yield from pacsv.open_csv(
                source,
                pacsv.ReadOptions(column_names=names, use_threads=False, block_size=MOST_IN_ROW),
                pacsv.ParseOptions(delimiter=self.look.sign, newlines_in_values=True, invalid_row_handler=skip),
                pacsv.ConvertOptions(column_types=texts, strings_can_be_null=False, include_columns=kept),
            )

    def query(self, headings: list[str]) -> str:
        """The rows, for DuckDB: of one width each, or it fails."""
        if set("*?[") & set(str(self.path)) or not str(self.path).isprintable():
            return ""  # for DuckDB a pattern, or no name at all
        names = [f"c{place}" for place in range(len(self.look.headings))]
        shape = ", ".join(f"{name}: 'VARCHAR'" for name in names)
        kept = ", ".join(names[self.look.headings.index(heading)] for heading in headings)
        return (
            f"select {kept} from read_csv({literal(str(self.path))}, columns = {{{shape}}}, auto_detect = false, "
            f"delim = {literal(self.look.sign)}, quote = '\"', escape = '\"', header = false, "
            f"skip = {self.look.first_line - 1}, force_not_null = [{', '.join(names)}], max_line_size = {MOST_IN_ROW})"
        )

    def lines(self, records: np.ndarray, _count: int) -> np.ndarray:
        """The lines on which records begin."""
        return np.asarray(records + self.look.first_line) if self.even else self.read([]).lines(records)


def large_csv(
    path: Path, answers: Answers, encoding: str | None, delimiter: str | None, least: int = LARGE
) -> Streamed | None:
    """The table in a large CSV file; None for one that is small, or needs a closer look.

    Raises
    ------
    UserError
        The file is no text.
    """
    try:
        if path.stat().st_size < least:
            return None
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return None
    begin = 3 if head.startswith(codecs.BOM_UTF8) else 0
    head = head[begin:]
    if (
        0 in head[:4096]
        or head.startswith((b"\xff\xfe", b"\xfe\xff"))
        or not head.strip()
        or re.search(rb"\r(?!\n)", head[:-1])
    ):
        return None
    refuse_other_kinds(path, head[:4096])
    refuse_binary(name_of(path), head[:4096].decode("utf-8", "replace"))
    look = look_at(head.decode("utf-8", "ignore"), path.stat().st_size == len(head) + begin, delimiter)
    start = begin + offset(head, look.first_line)
    found = _sound(path, start, ord(look.sign))
    if found is None:
        return None

    def read(wanted: list[str]) -> RawRows:
        return read_csv(path, answers, encoding, delimiter).read(wanted)

    large = _Large(path, look, start, found, read)
    is_huge = path.stat().st_size > HUGE
    return Streamed(
        name_of(path),
        look.headings,
        read,
        stream=large.stream,
        query=large.query,
        lines=large.lines,
        sign=look.sign,
        is_huge=is_huge,
    )


def _sound(path: Path, start: int, sign: int) -> bool | None:
    """Whether every line below the headings is a record; None for a file that is not UTF-8 or has odd quotations."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes, even, before = 0, True, b"\n"
    ends = np.zeros(256, bool)
    ends[[sign, 10, 13, 34]] = True
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(_PIECE):
            whole = before + piece
            count = piece.count(b'"')
            if count:
                while whole[-1:] == b'"' and (more := file.read(1)):  # so that what follows a mark is always seen
                    piece, whole = piece + more, whole + more
                count = piece.count(b'"')
                data = np.frombuffer(whole, np.uint8)
                marks = np.flatnonzero(data == 34)
                marks = marks[marks > 0]
                opening, closing = marks[quotes % 2 :: 2], marks[1 - quotes % 2 :: 2]
                after = closing[closing < len(data) - 1] + 1
                if not (ends[data[opening - 1]].all() and ends[data[after]].all()):
                    return None
                quotes, even = quotes + len(marks), False
            if not piece.isascii() or decoder.getstate()[0]:
                try:
                    decoder.decode(piece)
                except UnicodeDecodeError:
                    return None
            if b"\r" in whole:  # a line end of its own is not counted
                lone = whole.count(b"\r") - whole.endswith(b"\r") != whole.count(b"\r\n")
                even = even and not lone and b"\n\r\n" not in whole
            even = even and _BLANK_LINE.search(whole) is None
            before = whole[-2:]
            if b'"' in before:
                before = before[-1:]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return None if quotes % 2 else even
