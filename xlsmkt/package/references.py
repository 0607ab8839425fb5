"""A1 references: areas, and the references inside a formula."""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384


class Area(NamedTuple):
    """A rectangle of cells, 1-based and inclusive."""

    left: int
    top: int
    right: int
    bottom: int

    def holds(self, row: int, column: int) -> bool:
        """True if the cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def meets(self, other: "Area") -> bool:
        """True if the two share a cell."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )

    def within_columns(self, other: "Area") -> bool:
        """True if no column of this area lies outside the other's columns."""
        return other.left <= self.left and self.right <= other.right

    def __str__(self) -> str:
        first = f"{column_letters(self.left)}{self.top}"
        if (self.left, self.top) == (self.right, self.bottom):
            return first
        return f"{first}:{column_letters(self.right)}{self.bottom}"

    def as_range(self) -> str:
        """Both corners, even for one cell: ``A1:A1``."""
        return f"{column_letters(self.left)}{self.top}:{column_letters(self.right)}{self.bottom}"


@cache
def column_letters(number: int) -> str:
    """``column_letters(28) == "AB"``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@cache
def column_number(letters: str) -> int:
    """``column_number("AB") == 28``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


_CORNER = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9][0-9]{0,6})\Z")


def parse_area(text: str) -> Area:
    """The area of ``A1``, ``$A$1:$B$9``; ValueError for anything else (names, whole columns)."""
    first, _, second = text.partition(":")
    one, two = _CORNER.match(first), _CORNER.match(second or first)
    if not one or not two:
        raise ValueError(f"{text!r} is not an area of cells")
    columns = sorted((column_number(one[2]), column_number(two[2])))
    rows = sorted((int(one[4]), int(two[4])))
    return Area(columns[0], rows[0], columns[1], rows[1])


# One pass over a formula. Everything that could be mistaken for a reference (texts, structured references, names,
# function names, references into other workbooks) has an alternative of its own.
_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}"
_SHEET = r"(?:'(?:[^']|'')*'|(?:\[[^\[\]]+\])?[^\W\d][\w.]*(?::[^\W\d][\w.]*)?)!"
_TOKEN = re.compile(
    rf"""
    "(?:[^"]|"")*"
    | (?P<sheet>{_SHEET})?
      (?: (?P<cells>{_CELL}(?::{_CELL})?)
        | (?P<columns>\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}})
        | (?P<rows>\$?[0-9]{{1,7}}:\$?[0-9]{{1,7}}) )(?![\w.(\[!])
    | {_SHEET}
    | \[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\]
    | [^\W\d][\w.\\?]*
    | [0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?
    """,
    re.VERBOSE | re.DOTALL,
)


def sheet_of(prefix: str) -> str:
    """The sheet name in ``'My sheet'!`` or ``Sheet1!``."""
    name = prefix[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


@cache
def _translated_corner(corner: str, down: int, right: int) -> str:
    match = _CORNER.match(corner)
    assert match
    column = column_number(match[2]) + (0 if match[1] else right)
    row = int(match[4]) + (0 if match[3] else down)
    if not (1 <= column <= MAX_COLUMN and 1 <= row <= MAX_ROW):
        return "#REF!"
    return f"{match[1]}{column_letters(column)}{match[3]}{row}"


def translated(formula: str, down: int, right: int) -> str:
    """The formula as it reads when its cell is copied ``down`` rows and ``right`` columns further."""
    if not down and not right:
        return formula

    def one(match: re.Match[str]) -> str:
        sheet = match["sheet"] or ""
        if match["cells"]:
            corners = [_translated_corner(corner, down, right) for corner in match["cells"].split(":")]
        elif match["columns"]:
            corners = [_translated_corner(corner + "$1", 0, right)[:-2] for corner in match["columns"].split(":")]
        elif match["rows"]:
            corners = [_translated_corner("$A" + corner, down, 0)[2:] for corner in match["rows"].split(":")]
        else:
            return match[0]
        if any(corner.startswith("#") or not corner for corner in corners):
            return "#REF!"
        return sheet + ":".join(corners)

    return _TOKEN.sub(one, formula)


_RELATIVE_ROW = re.compile(r"[A-Za-z][0-9]")

# Where an area of a sheet has gone: (sheet name, area, written as a range?) -> area
Follow = Callable[[str, Area, bool], Area]


def followed(formula: str, own_sheet: str, follow: Follow, absolute_only: bool = False) -> str:
    """The formula with each reference replaced by where its area has gone.

    ``absolute_only``: references with a relative row are left; in the formula of a table column they mean "this row".
    """

    def one(match: re.Match[str]) -> str:
        cells = match["cells"]
        if not cells or (absolute_only and _RELATIVE_ROW.search(cells)):
            return match[0]
        old = parse_area(cells)
        new = follow(sheet_of(match["sheet"]) if match["sheet"] else own_sheet, old, ":" in cells)
        if new == old:
            return match[0]
        corners = cells.split(":")
        if len(corners) == 1 and (new.left, new.top) != (new.right, new.bottom):
            corners *= 2
        places = ((new.left, new.top), (new.right, new.bottom))
        written = [_with_dollars(corner, *place) for corner, place in zip(corners, places, strict=False)]
        return (match["sheet"] or "") + ":".join(written)

    return _TOKEN.sub(one, formula)


def _with_dollars(pattern: str, column: int, row: int) -> str:
    match = _CORNER.match(pattern)
    assert match
    return f"{match[1]}{column_letters(column)}{match[3]}{row}"


def followed_list(areas: str, sheet: str, follow: Follow) -> str:
    """A list of areas parted by blanks (``sqref``), each replaced by where it has gone.

    One cell counts as a range here: Excel writes the format of a single row as ``A2``, not ``A2:A2``.
    """
    result = []
    for text in areas.split():
        try:
            old = parse_area(text)
        except ValueError:  # whole columns or rows
            result.append(text)
            continue
        new = follow(sheet, old, True)
        result.append(text if new == old else str(new))
    return " ".join(result)
