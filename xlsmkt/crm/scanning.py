"""Large CSV files: looked through once in pieces, so that they never lie in memory as a whole."""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

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
    reads the same rows in DuckDB's SQL, far faster, if all are of the right length: blanks are nulls there; "" where
    that cannot be.
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
    read: Callable[[list[str]], RawRows]  # the careful way
    is_even: bool | None = None  # whether every line is a record; looked up where lines are asked for

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
            f"skip = {self.look.first_line - 1}, max_line_size = {MOST_IN_ROW})"
        )

    def lines(self, records: np.ndarray, _count: int) -> np.ndarray:
        """The lines on which records begin."""
        if not len(records):
            return records
        if self.is_even is None:
            self.is_even = _is_even(self.path, self.start)
        return np.asarray(records + self.look.first_line) if self.is_even else self.read([]).lines(records)


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
    if not _is_sound(path, start, ord(look.sign)):
        return None

    def read(wanted: list[str]) -> RawRows:
        return read_csv(path, answers, encoding, delimiter).read(wanted)

    large = _Large(path, look, start, read)
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


def _is_sound(path: Path, start: int, sign: int) -> bool:
    """Whether what stands below the headings is UTF-8 whose quotation marks are around whole values."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes, before = 0, b"\n"
    ends = np.zeros(256, bool)
    ends[[sign, 10, 13, 34]] = True
    with path.open("rb") as file:
        for piece in _pieces(file, start):
            if b'"' in piece:
                while piece[-1:] == b'"' and (more := file.read(1)):  # so that what follows a mark is always seen
                    piece += more
                data = np.frombuffer(before + piece, np.uint8)
                marks = np.flatnonzero(data == 34)
                opening, closing = marks[quotes % 2 :: 2], marks[1 - quotes % 2 :: 2]
                after = closing[closing < len(data) - 1] + 1
                if not (ends[data[opening - 1]].all() and ends[data[after]].all()):
                    return False
                quotes += len(marks)
            if not piece.isascii() or decoder.getstate()[0]:
                try:
                    decoder.decode(piece)
                except UnicodeDecodeError:
                    return False
            before = piece[-1:]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return quotes % 2 == 0


def _is_even(path: Path, start: int) -> bool:
    """Whether every line below the headings is a record: no quotation marks, no blank lines, no strange line ends."""
    before = b"\n"
    with path.open("rb") as file:
        for piece in _pieces(file, start):
            whole = before + piece
            if b'"' in piece or _BLANK_LINE.search(whole):
                return False
            if b"\r" in whole and (
                b"\n\r\n" in whole or whole.count(b"\r") - whole.endswith(b"\r") != whole.count(b"\r\n")
            ):
                return False
            before = whole[-2:]
    return True


def _pieces(file: BinaryIO, start: int) -> Iterator[bytes]:
    file.seek(start)
    while piece := file.read(_PIECE):
        yield piece
