"""Where cells have gone when a table or a spill changed its size, and the references that follow them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xlsmkt.package.cells import markup_escaped, unescaped
from xlsmkt.package.references import MAX_ROW, Area, Follow, followed, followed_list


@dataclass(frozen=True)
class TableMove:
    """A table body that changed its last row, and the cells below it that moved.

    ``old``, ``last``: the body as it was, and its new last row. ``totals``: totals rows, which follow the body's end.
    ``below``: how many rows the cells under the table moved down.
    """

    sheet: str
    old: Area
    last: int
    totals: int
    below: int

    def row(self, row: int) -> int:
        """Where a row of the table's columns has gone."""
        if row <= self.old.bottom:
            return row
        if row <= self.old.bottom + self.totals:
            return row + self.last - self.old.bottom
        return min(row + self.below, MAX_ROW)

    def __call__(self, sheet: str, area: Area, is_range: bool) -> Area:
        """Where an area has gone: the whole body grows and shrinks with the table, cells below it have moved."""
        old = self.old
        if sheet.casefold() != self.sheet.casefold() or area.right < old.left or area.left > old.right:
            return area
        if is_range and area.top <= old.top and area.bottom == old.bottom:
            return area._replace(bottom=self.last)
        if area.within_columns(old):
            top, bottom = self.row(area.top), self.row(area.bottom)
            if top <= bottom:
                return area._replace(top=top, bottom=bottom)
        return area


@dataclass(frozen=True)
class SpillMove:
    """A spilled result that changed its size."""

    sheet: str
    old: Area
    new: Area

    def __call__(self, sheet: str, area: Area, is_range: bool) -> Area:
        """Ranges over the rows of the result, with or without its first and last, keep their distance to its end."""
        old, new = self.old, self.new
        if not is_range or sheet.casefold() != self.sheet.casefold() or area.top not in (old.top, old.top + 1):
            return area
        widest = max(old.right, new.right)
        if area.left < old.left or area.right > widest:
            return area
        if old.top == old.bottom:  # a single row: of a range that shrank with the result to one row, too
            if area.top != area.bottom:
                return area
            bottom = new.bottom
        elif area.bottom in (old.bottom, old.bottom - 1):
            bottom = area.bottom + new.bottom - old.bottom
        else:
            return area
        right = new.right if area.left == old.left < area.right == old.right else area.right
        return area._replace(bottom=max(bottom, area.top), right=right)


def follow_all(tables: Sequence[TableMove], spills: Sequence[SpillMove]) -> Follow:
    """Several moves as one: the tables, one after the other, then the spills, which moved at the same time."""

    def follow(sheet: str, area: Area, is_range: bool) -> Area:
        for table in tables:
            area = table(sheet, area, is_range)
        for spill in spills:
            new = spill(sheet, area, is_range)
            if new != area:
                return new
        return area

    return follow


# Elements that hold a formula or a list of areas, whatever their prefix: chart series (c:f), sparklines and x14 rules
# (xm:f, xm:sqref), conditional formats, validations, defined names, calculated columns.
_FORMULAS = b"f|formula|formula1|formula2|definedName|calculatedColumnFormula|totalsRowFormula|sqref"
_TEXT = re.compile(rb"(<((?:[\w.-]+:)?(?:" + _FORMULAS + rb"))(?:\s[^<>]*)?>)([^<>]+)(</\2>)")
_SQREF = re.compile(rb"""(\s(sqref|ref)=["'])([^"']+)(["'])""")
_SPARKLINE = re.compile(rb"(<((?:[\w.-]+:)?sparkline)>.*?</\2>)", re.DOTALL)


def follow_text(xml: bytes, sheet: str, follow: Follow, stretch_single: bool = False) -> bytes:
    """The part of a file with the references in its formula elements replaced by where they have gone.

    ``stretch_single``: a single cell counts as a range, as in a chart over a table of one row.
    """
    ranged: Follow = (lambda name, area, is_range: follow(name, area, True)) if stretch_single else follow

    def one(match: re.Match[bytes]) -> bytes:
        text = unescaped(match[3])
        if match[2].endswith(b"sqref") and "!" not in text:
            new = followed_list(text, sheet, ranged)
        else:
            new = followed(text, sheet, ranged, absolute_only=match[2].endswith(b"calculatedColumnFormula"))
        return match[0] if new == text else match[1] + markup_escaped(new).encode() + match[4]

    return _TEXT.sub(one, xml)


def follow_areas(xml: bytes, sheet: str, follow: Follow) -> bytes:
    """The ``ref`` and ``sqref`` attributes brought up to date."""
    return _SQREF.sub(lambda match: _areas(match, sheet, follow), xml)


def follow_tail(tail: bytes, sheet: str, follow: Follow) -> bytes:
    """What stands after the rows of a worksheet: formats, validations, merged cells, links, sparklines."""
    pieces = _SPARKLINE.split(tail)
    # split() gives: between, sparkline, its element name, between, ...
    for i in range(0, len(pieces), 3):
        pieces[i] = follow_text(follow_areas(pieces[i], sheet, follow), sheet, follow)
    for i in range(1, len(pieces), 3):
        pieces[i] = _sparkline(pieces[i], sheet, follow)
        pieces[i + 1] = b""
    return b"".join(pieces)


def _areas(match: re.Match[bytes], sheet: str, follow: Follow) -> bytes:
    text = unescaped(match[3])
    # A format on one cell belongs to the whole body of a table of one row; a link or a merged cell does not.
    exact: Follow = follow if match[2] == b"sqref" else (lambda name, area, _: follow(name, area, ":" in text))
    new = followed_list(text, sheet, exact)
    return match[0] if new == text else match[1] + new.encode() + match[4]


def _sparkline(element: bytes, sheet: str, follow: Follow) -> bytes:
    """A sparkline's data stretch, its own cell does not."""
    start = element.find(b"sqref>")
    start = element.rfind(b"<", 0, start)
    data = follow_text(element[:start], sheet, follow, stretch_single=True)
    return data + follow_text(element[start:], sheet, lambda name, area, _: follow(name, area, False))
