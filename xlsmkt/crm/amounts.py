"""What a text means as a number; the decimal sign is settled for a column from all its values."""

import math
import re

from xlsmkt.crm.asking import Answers, Question

_WHOLE = r"^[+-]?\d+$"
_POINT = r"^[+-]?(?:\d*\.(?:\d|\d\d|\d{4,})|\d{4,}\.\d{3}|0\.\d{3})$"
_COMMA = r"^[+-]?(?:\d*,(?:\d|\d\d|\d{4,})|\d{4,},\d{3}|0,\d{3})$"
_POINT_GROUPED = r"^[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d*$"
_COMMA_GROUPED = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d*$"
SIGNS = r"^[$€£] ?| ?[€£]$"

_SPACES = re.compile(r"[\s'’\u00a0\u202f]")
_CURRENCY = re.compile(
    r"^(?:[A-Z]{0,3}\$|[A-Z]{3}|[^\w.,()+-]|(?:rs|kr|fr)\.?|r|zł)(?=[\d.,$+-])|(?:[A-Z]{3}|[^\w.,()+%-]|kr\.?|fr\.|zł)$",
    re.I,
)
LARGEST = 1e15  # a sheet keeps 15 digits
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "mm": 1e6, "mn": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12}
_BODY = re.compile(r"(\d[\d.,]*|[.,]\d+)(?:e([+-]?\d{1,3}))?([a-z]{0,3})(%?)$", re.I)

SURE = ((_WHOLE, ""), (_POINT, "."), (_COMMA, ","), (_POINT_GROUPED, "."), (_COMMA_GROUPED, ","))
"""Patterns of texts that can mean one number only, each with the decimal sign that it proves."""

_SURE = tuple((re.compile(pattern, re.ASCII), sign) for pattern, sign in SURE)
_BARE = re.compile(SIGNS)


def sure_number(text: str) -> tuple[str, float] | None:
    """The decimal sign that a text proves and its number, if a glance tells; else see `number_readings`.

    >>> sure_number("$1,117.5"), sure_number("12"), sure_number("1.234")
    (('.', 1117.5), ('', 12.0), None)
    """
    text = _BARE.sub("", text)
    for pattern, sign in _SURE:
        if pattern.match(text):
            return sign, float(text.replace("," if sign == "." else ".", "").replace(",", "."))
    return None


def settled_numbers(texts: list[str], file: str, heading: str, answers: Answers) -> list[float | None]:
    """The number of each text, None for one that is none; the decimal sign settled from all of them.

    Raises
    ------
    UserError
        Some texts can be read in two ways (1.234), nothing in the others tells, and nobody can be asked.
    """
    readings = [dict([sure]) if (sure := sure_number(text)) else number_readings(text) for text in texts]
    proved = {sign for one in readings if len(one) == 1 for sign in one if sign}
    unsure = [(text, one) for text, one in zip(texts, readings, strict=True) if len(one) > 1]
    answer = settled_sign(*unsure[0], proved, file, heading, answers) if unsure else ""
    return [one[answer] if len(one) > 1 else next(iter(one.values()), None) for one in readings]


def settled_sign(
    text: str,
    readings: dict[str, float],
    proved: set[str],
    file: str,
    heading: str,
    answers: Answers,
    given: str | None = None,
) -> str:
    """The decimal sign of a column that holds a text with several readings: the one that others prove, else asked."""
    if len(proved) == 1:
        (sign,) = proved
        return sign
    words = {sign: f"{number:.15g}" for sign, number in readings.items()}
    return answers.answer(Question(file, heading, text, words, "--decimal", "decimal"), given or answers.decimal)


def number_readings(text: str) -> dict[str, float]:
    """What a text can mean as a number, by decimal sign; the sign "" when there is none to be told.

    >>> number_readings("1.234,56 €"), number_readings("(1,200.5)"), number_readings("R$ 100.000")
    ({',': 1234.56}, {'.': -1200.5}, {'.': 100.0, ',': 100000.0})
    >>> number_readings("$1,117.10K"), number_readings("12 000"), number_readings("a lot")
    ({'.': 1117100.0}, {'': 12000.0}, {})
    """
    text = _SPACES.sub("", text).replace("−", "-")
    sign = 1.0
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1.0, text[1:-1]
    for _ in range(2):  # a minus may stand before or after the currency
        if text[:1] in ("-", "+"):
            sign, text = -sign if text[0] == "-" else sign, text[1:]
        text = _CURRENCY.sub("", text)
    if text.endswith("-"):
        sign, text = -sign, text[:-1]
    found = _BODY.match(text)
    if not found or found[3].lower() not in _SCALES:
        return {}
    exponent = int(found[2] or 0)
    scale = sign * _SCALES[found[3].lower()] * (10.0 ** min(exponent, 300)) / (100 if found[4] else 1)
    digits = found[1]
    readings = {}
    for point, thousands in ((".", ","), (",", ".")):
        plain = re.fullmatch(rf"\d*(?:\{point}\d*)?", digits)
        grouped = re.fullmatch(rf"[1-9]\d{{0,2}}(?:\{thousands}\d{{2,3}})*\{thousands}\d{{3}}(?:\{point}\d*)?", digits)
        if plain or grouped:
            number = float(digits.replace(thousands, "").replace(point, ".")) * scale
            readings[point] = round(number, 9) if abs(number) <= LARGEST else math.copysign(math.inf, number)
    if len(set(readings.values())) == 1 and len(readings) == 2:
        return {"": readings["."]}
    return readings
