"""Cell errors: what a function raises, and the sign that each host shows for it."""

from typing import Dict, Optional, Type


class CellError(Exception):
    """A value that cannot be computed; the message says what to mend in the sheet."""

    sign = "#VALUE!"

    def __repr__(self) -> str:
        return self.sign

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CellError) and other.sign == self.sign

    def __hash__(self) -> int:
        return hash(self.sign)


class WrongType(CellError):
    """A value of the wrong kind: text where a number is expected, columns of different length."""


class OutOfRange(CellError):
    """A number that the function does not accept (a close rate of 120 %)."""

    sign = "#NUM!"


class DividedByZero(CellError):
    """A ratio whose lower half is zero or empty."""

    sign = "#DIV/0!"


class NotAvailable(CellError):
    """An input that the sheet does not hold yet, or a question that its data cannot answer."""

    sign = "#N/A"


class Propagated(CellError):
    """An error that a cell brought along (#REF!, #NAME?, ...) and that the result shows again."""

    def __init__(self, sign: str) -> None:
        super().__init__(f"an argument is {sign}; mend that cell first")
        self.sign = sign


# Signs that a spreadsheet program may hand over in a cell.
SIGNS = ("#VALUE!", "#NUM!", "#DIV/0!", "#N/A", "#REF!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!",
         "#BLOCKED!", "#CONNECT!", "#GETTING_DATA", "#UNKNOWN!")  # fmt: skip

_OURS: Dict[str, Type[CellError]] = {kind.sign: kind for kind in (WrongType, OutOfRange, DividedByZero, NotAvailable)}


def error_kind(sign: str) -> Type[CellError]:
    """The kind of error that shows ``sign``: ``error_kind("#NUM!") is OutOfRange``."""
    return _OURS[sign]


def error_in_cell(value: object) -> Optional[CellError]:
    """The error that a cell holds, whether as an error or as its sign in text; None for any other value."""
    if isinstance(value, CellError):
        return Propagated(value.sign)
    if isinstance(value, str) and value[:1] == "#" and value in SIGNS:
        return Propagated(value)
    return None


def quoted(value: object, most: int = 60) -> str:
    """As much of what a cell holds as a sentence quotes.

    >>> quoted("soon"), len(quoted("x" * 1000))
    ('soon', 60)
    """
    text = str(value)
    return text if len(text) <= most else text[: most - 3] + "..."


class UserError(Exception):
    """Something that a user can mend; the message is one sentence that says what to do next."""
