"""The new values of a table column: held compactly, written thousands at a time, given as a list when asked for."""

import datetime
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from xlsmkt.cell_texts import LONGEST_TEXT
from xlsmkt.package.cells import Writer, as_read

_FEW = 20_000  # different texts that are written once each and then looked up
_EXACT = 1 << 53  # larger integers are not all numbers of a cell
# Texts that need no care: printable ASCII without markup, without blanks that XML would drop, without "_x0041_".
_NEEDS_CARE = r'[^ -~]|[&<>"]|_x|^ | $|  '

joined = pc.binary_join_element_wise
Endings = Callable[[int, int], pa.Array]
"""Gives, for the values first to last (not included), what follows place and style of each cell; null for a blank."""


class Column(Protocol):
    """The values of one column."""

    def __len__(self) -> int: ...

    def endings(self, writer: Writer) -> Endings:
        """How the cells end."""
        ...

    def as_list(self) -> list[object]:
        """The values as they are read back once they are written."""
        ...


def column_of(values: Sequence[object] | pa.Array, date1904: bool) -> Column:
    """The column with these values: a sequence of Python values, or an Arrow array."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return _of_array(values) or Mixed(values.to_pylist(), date1904)
    kinds = set(map(type, values)) - {type(None)}
    try:
        if kinds == {str}:
            return Texts(pa.array(values, pa.string()).dictionary_encode())
        if kinds <= {float, int}:
            return _of_array(pa.array(values, pa.float64())) or Mixed(values, date1904)
    except (pa.ArrowException, ValueError, OverflowError):  # half characters, integers beyond the exact ones
        pass
    return Mixed(values, date1904)


def _of_array(values: pa.Array) -> Column | None:
    kind = values.type
    if pa.types.is_dictionary(kind) and _is_text(kind.value_type):
        return Texts(values)
    if _is_text(kind):
        return Texts(values.dictionary_encode())
    if pa.types.is_floating(kind):
        values = values.cast(pa.float64())
        if not pc.any(pc.is_inf(values)).as_py():  # an infinite one becomes an error
            return Numbers(pc.if_else(pc.is_nan(values), None, values))
    if pa.types.is_integer(kind) and (pc.max(pc.abs(values)).as_py() or 0) < _EXACT:
        return Numbers(values.cast(pa.float64()))
    return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


class Numbers:
    """Numbers, all finite; null for a blank."""

    def __init__(self, values: pa.Array) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def endings(self, writer: Writer) -> Endings:
        """How the cells end."""
        before, after = f"><{writer.p}v>", f"</{writer.p}v></{writer.p}c>"
        return lambda first, last: joined(before, self._values.slice(first, last - first).cast(pa.string()), after, "")

    def as_list(self) -> list[object]:
        """The numbers; equal ones share one object, so a million cells of dates stay small."""
        coded = self._values.dictionary_encode()
        return _looked_up(coded.indices, coded.dictionary.to_pylist())


class Texts:
    """Texts, each different one held once."""

    def __init__(self, values: pa.Array) -> None:
        self._codes: pa.Array = values.indices
        self._texts: pa.Array = values.dictionary.cast(pa.large_string())

    def __len__(self) -> int:
        return len(self._codes)

    def endings(self, writer: Writer) -> Endings:
        """How the cells end."""

        def codes(first: int, last: int) -> pa.Array:
            return self._codes.slice(first, last - first)

        if len(self._texts) > _FEW:
            return lambda first, last: _text_endings(self._texts.take(codes(first, last)), writer)
        known = pa.array([_ending(writer, text) for text in self._texts.to_pylist()], pa.string())
        return lambda first, last: known.take(codes(first, last))

    def as_list(self) -> list[object]:
        """The texts; equal ones share one object."""
        texts = self._texts.to_pylist()
        for i in pc.indices_nonzero(_careful(self._texts)).to_pylist():
            texts[i] = as_read([texts[i]], False)[0]
        return _looked_up(self._codes, texts)


class Mixed:
    """Values of any kind."""

    def __init__(self, values: Sequence[object], date1904: bool) -> None:
        self._values, self._date1904 = values, date1904

    def __len__(self) -> int:
        return len(self._values)

    def endings(self, writer: Writer) -> Endings:
        """How the cells end."""
        known: dict[object, str | None] = {}

        def one(value: object) -> str | None:
            if not isinstance(value, str | datetime.date):  # those repeat; numbers: 1, 1.0 and True would be one key
                return _ending(writer, value)
            if value not in known:
                if len(known) > _FEW:
                    known.clear()
                known[value] = _ending(writer, value)
            return known[value]

        return lambda first, last: pa.array(list(map(one, self._values[first:last])), pa.string())

    def as_list(self) -> list[object]:
        """The values as they are read back."""
        return as_read(self._values, self._date1904)


def _ending(writer: Writer, value: object) -> str | None:
    ending = writer.ending(value)
    return None if ending == "/>" else ending


def _careful(texts: pa.Array) -> pa.Array:
    """Which texts are not written letter for letter."""
    length = pc.binary_length(texts)
    unusual = pc.or_(pc.equal(length, 0), pc.greater(length, LONGEST_TEXT))
    return pc.or_(unusual, pc.match_substring_regex(texts, _NEEDS_CARE))


def _text_endings(texts: pa.Array, writer: Writer) -> pa.Array:
    texts, p = texts.cast(pa.string()), writer.p
    endings = joined(f' t="inlineStr"><{p}is><{p}t>', texts, f"</{p}t></{p}is></{p}c>", "")
    careful = _careful(texts).fill_null(False)
    if not pc.any(careful).as_py():
        return endings
    special = pa.array([_ending(writer, text) for text in texts.filter(careful).to_pylist()], pa.string())
    return pc.replace_with_mask(endings, careful, special)


def _looked_up(codes: pa.Array, values: list[Any]) -> list[object]:
    """The values that the codes stand for; None for a null."""
    values = [*values, None]
    blank = len(values) - 1
    return [values[code] for code in codes.cast(pa.int64()).fill_null(blank).to_numpy().tolist()]
