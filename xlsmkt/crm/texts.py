"""Columns as they were read, and the texts in them: trimmed, blank where a CRM writes a word for blank."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xlsmkt.crm.values import PLACEHOLDERS, UNPRINTABLE, plain, written


@dataclass
class RawColumn:
    """A column of a file: texts, and for an Excel file the typed cells, each list null where the other one speaks."""

    texts: pa.ChunkedArray
    typed: list[Any] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, keep: np.ndarray) -> "RawColumn":
        """The rows that a mask keeps."""
        typed = None if self.typed is None else [value for value, kept in zip(self.typed, keep, strict=True) if kept]
        return RawColumn(self.texts.filter(pa.array(keep)), typed)

    def without(self, errors: np.ndarray) -> "RawColumn":
        """The same column, blank in the rows of a mask of typed cells."""
        if self.typed is None or not errors.any():
            return self
        return RawColumn(self.texts, [None if out else v for v, out in zip(self.typed, errors, strict=True)])

    def as_texts(self) -> pa.ChunkedArray:
        """All values as texts, typed cells as they would be typed."""
        if self.typed is None:
            return self.texts
        merged = [
            text if value is None else written(value)
            for text, value in zip(self.texts.to_pylist(), self.typed, strict=True)
        ]
        return pa.chunked_array([pa.array(merged, pa.string())])

    def sample(self, most: int = 500) -> list[str]:
        """Different texts among the first rows, blanks left out."""
        typed = None if self.typed is None else self.typed[:most]
        texts, _ = distinct(RawColumn(self.texts.slice(0, most), typed).as_texts())
        return [text for text in texts.to_pylist() if text]

    def distinct(self) -> tuple[pa.Array, np.ndarray]:
        """The different texts, trimmed, blanks null; and for each row which one it holds (-1 for none)."""
        return distinct(self.texts)


def raw_column(values: list[Any]) -> RawColumn:
    """A column from the cells of a sheet."""
    texts = [value if isinstance(value, str) else None for value in values]
    typed = [None if isinstance(value, str) else value for value in values]
    column = pa.chunked_array([pa.array(texts, pa.string())])
    return RawColumn(column, typed if any(value is not None for value in typed) else None)


def distinct(texts: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """The different texts of a column, tidied (null for a blank), and the index of each row's text (-1 where null)."""
    if texts.nbytes > 1 << 30:  # more than 32-bit offsets can address in one piece
        texts = texts.cast(pa.large_string())
    whole = texts.combine_chunks()  # one piece: far faster to encode than many
    encoded = whole.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return tidy(encoded.dictionary), codes


def tidy(texts: pa.Array | pa.ChunkedArray) -> Any:
    """Texts trimmed and without unprintable characters; null where they say that there is nothing."""
    if pc.any(pc.match_substring_regex(texts, UNPRINTABLE)).as_py():
        texts = pc.replace_substring_regex(texts, UNPRINTABLE, "")
    texts = pc.utf8_trim_whitespace(texts)
    # placeholders are short: only short texts need a second look
    blank = pc.is_in(pc.utf8_lower(texts), pa.array(PLACEHOLDERS))
    return pc.if_else(blank, pa.scalar(None, pa.string()), texts)


def text_column(column: RawColumn) -> pd.Categorical:
    """A column of words, as categories in the order in which they first appear."""
    texts, codes = distinct(column.as_texts())
    return categories(texts.to_pylist(), codes)


def categories(words: list[str | None], codes: np.ndarray) -> pd.Categorical:
    """Categories from words (None for a blank, repeats allowed) and the index of each row's word."""
    numbers: dict[str, int] = {}
    target = [-1 if word is None else numbers.setdefault(word, len(numbers)) for word in words]
    moved = np.append(np.array(target, np.int32), np.int32(-1))[codes]
    return pd.Categorical.from_codes(moved, pd.Index(list(numbers), dtype="str"))


def id_column(column: RawColumn) -> pd.Series:
    """A column of ids: nearly every one different, upper and lower case apart."""
    return pd.Series(tidy(column.as_texts()).to_pandas(), dtype="str")


def one_spelling(values: pd.Categorical) -> pd.Categorical:
    """The same words, but ``google`` and ``Google`` as one: the spelling met most often, the first one of equals."""
    words = list(values.categories)
    counts = np.bincount(np.asarray(values.codes) + 1, minlength=len(words) + 1)[1:]
    best: dict[str, tuple[int, str]] = {}
    for word, count in zip(words, counts, strict=True):
        folded = word.casefold()
        if folded not in best or count > best[folded][0]:
            best[folded] = (int(count), word)
    return categories([best[word.casefold()][1] for word in words], np.asarray(values.codes))


def is_one_of(column: RawColumn, words: Iterable[str]) -> np.ndarray:
    """A mask of the rows that hold one of these words, whatever their case and signs."""
    texts, codes = distinct(column.as_texts())
    wanted = {plain(word) for word in words}
    hits = np.array([text is not None and plain(text) in wanted for text in texts.to_pylist()] + [False], bool)
    result: np.ndarray = hits[codes]
    return result
