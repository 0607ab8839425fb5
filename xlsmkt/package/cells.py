"""Cell values to XML and back."""

import datetime
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache

from xlsmkt.cell_texts import LONGEST_TEXT
from xlsmkt.errors import CellError, Propagated, error_kind
from xlsmkt.keeping import serial
from xlsmkt.package.rows import Syntax, syntax

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|\r")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def escaped(text: str) -> str:
    """Text for the inside of an element or attribute; signs that XML cannot hold become ``_x0001_``."""
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    return markup_escaped(text)


def markup_escaped(text: str) -> str:
    """Only ``& < > "`` are escaped: for text that came out of XML (formulas)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def unescaped(data: bytes) -> str:
    """The text inside an element."""
    text = data.decode("utf-8", "replace")
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    return text


def _entity(match: re.Match[str]) -> str:
    if match[1]:
        return _NAMED[match[1]]
    return chr(int(match[2]) if match[2] else int(match[3], 16))


def plain_text(data: bytes) -> str:
    """The text of a ``t`` or ``v`` element, with ``_x0001_`` resolved."""
    text = unescaped(data)
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text


@cache
def error_value(sign: str) -> CellError:
    """The error that a cell with this sign holds."""
    try:
        return error_kind(sign)(f"an argument is {sign}; mend that cell first")
    except KeyError:
        return Propagated(sign)


_TYPE = re.compile(rb'\st="(\w+)"')


def read_value(attributes: bytes, inner: bytes, s: Syntax, strings: Callable[[], Sequence[str]]) -> object:
    """The value of a cell from its attributes and its inside: float, str, bool, CellError or None."""
    if not inner:
        return None
    found = _TYPE.search(attributes)
    kind = found[1] if found else b"n"
    if kind == b"inlineStr":
        return "".join(plain_text(text) for text in s.texts.findall(s.phonetic.sub(b"", inner)))
    match = s.value.search(inner)
    if not match or (not match[1] and kind != b"str"):
        return None
    raw = match[1] or b""
    if kind == b"n":
        return float(raw)
    if kind == b"s":
        return strings()[int(raw)]
    if kind == b"str":
        return plain_text(raw)
    if kind == b"b":
        return raw.strip() in (b"1", b"true")
    if kind == b"e":
        return error_value(unescaped(raw))
    if kind == b"d":
        return serial(datetime.datetime.fromisoformat(raw.decode().rstrip("Z")), False)
    return unescaped(raw)


def as_read(values: Sequence[object], date1904: bool) -> list[object]:
    """The values of a column as they are read back once they are written."""
    writer, s = Writer("", date1904), syntax(b"")
    known: dict[object, object] = {None: None, "": None}

    def one(value: object) -> object:
        kind, inner = writer.content(value)
        return read_value(kind.encode(), inner.encode(), s, list)

    result: list[object] = []
    for value in values:
        if (type(value) is float and math.isfinite(value)) or type(value) is bool:
            result.append(value)
        elif isinstance(value, int | float | Decimal):
            result.append(one(value))
        else:  # texts and dates repeat
            if value not in known:
                known[value] = one(value)
            result.append(known[value])
    return result


class Writer:
    """Writes cells for one sheet: its prefix and its calendar."""

    def __init__(self, prefix: str, date1904: bool) -> None:
        self.p, self.date1904 = prefix, date1904

    def ending(self, value: object, result: bool = False) -> str:
        """What follows the place and the style: `` t="b"><v>1</v></c>``; ``/>`` for a blank.

        ``result``: the value of a formula, whose text is no inline string.
        """
        kind, inner = self.content(value, result)
        return f"{kind}>{inner}</{self.p}c>" if inner else "/>"

    def content(self, value: object, result: bool = False) -> tuple[str, str]:
        """The type attribute (with a blank before it) and the inside of a cell."""
        p = self.p
        if type(value) is float and value - value == 0:  # most values
            return "", f"<{p}v>{value!r}</{p}v>"
        if isinstance(value, Decimal):
            return self._number(value)  # its not-a-number is an error, and one of them does not even compare
        if value is None or _is_missing(value):
            return "", ""
        if isinstance(value, bool):
            return ' t="b"', f"<{p}v>{int(value)}</{p}v>"
        if isinstance(value, int | float):
            return self._number(value)
        if isinstance(value, str):
            return self._text(value, result)
        if isinstance(value, CellError):
            return ' t="e"', f"<{p}v>{markup_escaped(value.sign)}</{p}v>"
        if isinstance(value, datetime.date):
            moment = value if isinstance(value, datetime.datetime) else datetime.datetime(*value.timetuple()[:3])
            try:
                return "", f"<{p}v>{serial(moment, self.date1904)!r}</{p}v>"
            except ValueError:
                return self._text(value.isoformat(), result)
        if isinstance(value, datetime.timedelta):
            return "", f"<{p}v>{value / datetime.timedelta(days=1)!r}</{p}v>"
        if isinstance(value, datetime.time):
            seconds = (value.hour * 60 + value.minute) * 60 + value.second + value.microsecond / 1e6
            return "", f"<{p}v>{seconds / 86400!r}</{p}v>"
        if hasattr(value, "item"):  # a numpy scalar
            return self.content(value.item(), result)
        raise TypeError(f"a cell cannot hold {value!r}")

    def _number(self, value: float | Decimal) -> tuple[str, str]:
        number = value if isinstance(value, int) and abs(value) < 1 << 53 else _as_float(value)
        if not math.isfinite(number):
            return ' t="e"', f"<{self.p}v>#NUM!</{self.p}v>"
        return "", f"<{self.p}v>{number!r}</{self.p}v>"

    def _text(self, text: str, result: bool) -> tuple[str, str]:
        p = self.p
        if len(text) > LONGEST_TEXT:
            text = text[:LONGEST_TEXT]
        if result:
            return ' t="str"', f"<{p}v>{escaped(text)}</{p}v>"
        if not text:
            return "", ""
        space = ' xml:space="preserve"' if text != text.strip() or "\n" in text or "  " in text else ""
        return ' t="inlineStr"', f"<{p}is><{p}t{space}>{escaped(text)}</{p}t></{p}is>"


def _is_missing(value: object) -> bool:
    """True for not-a-number and for what pandas puts where nothing is: they are not equal to themselves."""
    try:
        return bool(value != value)  # noqa: PLR0124
    except TypeError:  # pandas' NA has no truth
        return True


def _as_float(value: float | Decimal) -> float:
    try:
        return float(value)
    except (OverflowError, ValueError):  # too large; a signalling not-a-number
        return math.inf
