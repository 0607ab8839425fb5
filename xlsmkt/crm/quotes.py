"""Quotation marks of a CSV file: a stray one swallows the rows below it, as one long value."""

import re

import numpy as np
import pyarrow as pa

_CHUNK = 1 << 24
_QUOTE = 34


def first_damage(body: pa.Buffer, sign: str) -> tuple[int, str] | None:
    """The first quotation that is not closed at the end of a value: the line, counted from 0, on which it is opened,
    and what is wrong with it; None in a sound file. ``sign`` is the delimiter."""
    data = np.frombuffer(body, np.uint8)
    if not len(data) or _plainly_sound(data, ord(sign)):
        return None
    text, cut = body.to_pybytes(), re.escape(sign.encode())
    # One value after the other: quoted, with what follows the closing mark; opened and never closed; plain.
    value = re.compile(rb'"(?:[^"]|"")*+"(?!")([^\r\n%b]*)|(")|[^\r\n%b]+' % (cut, cut))
    for found in value.finditer(text):
        opened = text.count(b"\n", 0, found.start()) if found[2] or (found[1] or b"").strip(b" \t") else -1
        if found[2]:
            return opened, "is never closed"
        if opened >= 0:
            closed = opened + found[0].count(b"\n")
            return opened, "is closed in the middle of a value" + ("" if closed == opened else " further down")
    return None


def _plainly_sound(data: np.ndarray, sign: int) -> bool:
    """Whether every quotation begins and ends with a value; False only says that a closer look is needed."""
    ends = np.zeros(256, bool)
    ends[[sign, 10, 13, _QUOTE]] = True
    count = 0
    for begin in range(0, len(data), _CHUNK):
        marks = np.flatnonzero(data[begin : begin + _CHUNK] == _QUOTE) + begin
        opening, closing = marks[count % 2 :: 2], marks[1 - count % 2 :: 2]
        before, after = opening[opening > 0] - 1, closing[closing < len(data) - 1] + 1
        if not (ends[data[before]].all() and ends[data[after]].all()):
            return False
        count += len(marks)
    return count % 2 == 0
