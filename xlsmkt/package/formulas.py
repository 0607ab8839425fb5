"""Formula elements of cells: shared formulas written out, references followed, formulas moved with their cell."""

import re
from collections.abc import Callable

from xlsmkt.package.cells import markup_escaped, unescaped
from xlsmkt.package.references import Follow, column_letters, followed, parse_area, translated
from xlsmkt.package.rows import Syntax

_ATTRIBUTE = re.compile(rb'\s([\w:.-]+)="([^"]*)"')


class FormulaKeeper:
    """Rewrites the formulas of one sheet, cell by cell in the order of the file.

    Shared formulas are written out: their members may part company.
    """

    def __init__(self, s: Syntax, sheet: str, follow: Follow) -> None:
        self._s, self._sheet, self._follow = s, sheet, follow
        self._shared: dict[bytes, tuple[int, int, str]] = {}

    def learn(self, row: int, column: int, inner: bytes) -> None:
        """Take note of a shared formula whose own cell will vanish."""
        match = self._s.formula.search(inner)
        if match and match[2] and b'"shared"' in match[1]:
            si = dict(_ATTRIBUTE.findall(match[1])).get(b"si", b"")
            self._shared[si] = (row, column, unescaped(match[2]))

    def inside(self, row: int, column: int, inner: bytes, absolute_only: bool = False) -> bytes:
        """The inside of a cell that stood at this place, with its formula brought up to date."""
        match = self._s.formula.search(inner)
        if not match:
            return inner
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        text = unescaped(match[2] or b"")
        kind = attributes.get(b"t")
        if kind == b"shared":
            si = attributes.get(b"si", b"")
            if text:
                self._shared[si] = (row, column, text)
            elif si in self._shared:
                top, left, master = self._shared[si]
                text = translated(master, row - top, column - left)
        new = followed(text, self._sheet, self._follow, absolute_only)
        changed = kind == b"shared" or new != text
        if kind == b"shared":
            attributes = {name: value for name, value in attributes.items() if name not in (b"t", b"si", b"ref")}
        elif b"ref" in attributes:
            area = self._follow(self._sheet, parse_area(attributes[b"ref"].decode()), False)
            ref = str(area).encode()
            changed = changed or ref != attributes[b"ref"]
            attributes[b"ref"] = ref
        if not changed:
            return inner
        return inner[: match.start()] + formula_element(self._s, attributes, new) + inner[match.end() :]

    def row(self, number: int, row: bytes) -> bytes:
        """A whole row whose cells stay where they are."""
        s = self._s
        if s.has_formula not in row:
            return row

        def one(match: re.Match[bytes]) -> bytes:
            inner = match[3]
            if not inner or s.has_formula not in inner:
                return match[0]
            start = match.start(3) - match.start()
            column = _number(match[1])
            return match[0][:start] + self.inside(number, column, inner) + match[0][start + len(inner) :]

        return s.cell.sub(one, row)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def formula_element(s: Syntax, attributes: dict[bytes, bytes], text: str) -> bytes:
    """``<f>text</f>`` with its attributes."""
    written = b"".join(b' %s="%s"' % pair for pair in attributes.items())
    return b"<%sf%s>%s</%sf>" % (s.prefix, written, markup_escaped(text).encode(), s.prefix)


def copied_down(s: Syntax, inner: bytes, column: int, old_row: int) -> Callable[[int], bytes] | None:
    """The formula element of a cell as it reads in other rows: a function of the row; None without a formula."""
    match = s.formula.search(inner)
    if not match or not match[2]:
        return None
    attributes = dict(_ATTRIBUTE.findall(match[1]))
    text = unescaped(match[2])
    array = attributes.get(b"t") == b"array"
    attributes = {name: value for name, value in attributes.items() if name not in (b"t", b"si", b"ref", b"ca")}
    letters = column_letters(column).encode()
    if translated(text, 1, 0) == text and not array:
        element = formula_element(s, attributes, text)
        return lambda row: element

    def at(row: int) -> bytes:
        if array:
            attributes[b"t"], attributes[b"ref"] = b"array", b"%s%d" % (letters, row)
        return formula_element(s, attributes, translated(text, row - old_row, 0))

    return at
