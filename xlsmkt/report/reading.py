"""Reading the dashboard from a computed workbook: the blocks that its defined names stand for, cell by cell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from xlsmkt.errors import CellError, UserError
from xlsmkt.report.shown import shown

if TYPE_CHECKING:
    from xlsmkt.package import Book, Name
    from xlsmkt.package.references import Area

Tone = Literal["good", "warning", ""]


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of the workbook: where it is ("Dashboard!B7"), what it holds, and the text that it shows."""

    ref: str
    value: object
    text: str
    tone: Tone = ""

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def number(self) -> float | None:
        """The value, if it is a number."""
        return float(self.value) if isinstance(self.value, (int, float)) and not isinstance(self.value, bool) else None


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure with its label and a note."""

    label: Shown
    figure: Shown
    note: Shown

    @property
    def tone(self) -> Tone:
        """Good or a warning, by the figure."""
        return self.figure.tone


@dataclass(frozen=True, slots=True)
class Block:
    """A strip of tiles, or a table with its headings."""

    key: str  # "marketing", "days"...
    title: str
    kind: Literal["tiles", "table"]
    tiles: tuple[Tile, ...] = ()
    headings: tuple[Shown, ...] = ()
    rows: tuple[tuple[Shown, ...], ...] = ()
    note: Shown = field(default_factory=lambda: Shown("", None, ""))  # such as the period; mostly blank

    def cells(self) -> Iterator[Shown]:
        """Every cell of the block."""
        yield from [self.note] if self.note else []
        for tile in self.tiles:
            yield from (tile.label, tile.figure, tile.note)
        for row in (self.headings, *self.rows):
            yield from row

    def column(self, *headings: str) -> list[Shown] | None:
        """The column below the first of these headings that there is."""
        known = [heading.text.casefold() for heading in self.headings]
        for heading in headings:
            if heading.casefold() in known:
                at = known.index(heading.casefold())
                return [row[at] for row in self.rows]
        return None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard of a workbook shows, in the order of the page."""

    title: str
    month: Shown
    as_of: Shown
    headline: Shown
    warning: Shown  # mostly blank
    refresh_failed: Shown  # mostly blank
    blocks: tuple[Block, ...]

    def block(self, key: str) -> Block | None:
        """A block by its key; None if the workbook has it no more."""
        return next((block for block in self.blocks if block.key == key), None)


# name of the area, title, kind; in the order of the page
BLOCKS: dict[str, tuple[str, str, Literal["tiles", "table"]]] = {
    "marketing": ("Page_Marketing", "Marketing: the leads it promised", "tiles"),
    "marketing_more": ("Page_Marketing_More", "Marketing: what the goal rests on", "tiles"),
    "sales": ("Page_Sales", "Sales: the leads it works", "tiles"),
    "sales_more": ("Page_Sales_More", "Sales: how it works them", "tiles"),
    "days": ("Page_Days", "This month, day by day", "table"),
    "months": ("Page_Months", "This year, month by month", "table"),
    "standing": ("Page_Standing", "Where the month stands", "table"),
    "compared": ("Page_Compared", "This month beside this year", "table"),
    "reps": ("Page_Reps", "Leads worked, rep by rep", "table"),
    "funnel": ("Page_Funnel", "Funnel of the leads made, and its bottleneck", "table"),
    "close_rates": ("Page_Close_Rates", "Close rates by lead type, of leads a sales cycle old", "table"),
    "calls": ("Page_Calls", "To call next: the best leads that nobody has worked", "table"),
    "channels": ("Page_Channels", "Channels", "table"),
}
_MOST_ROWS, _MOST_COLUMNS = 500, 40  # of a block: a name may stand for a whole sheet
# How the dashboard words a state, and the columns in which a figure below zero is bad.
_TONES: dict[Tone, re.Pattern[str]] = {
    "warning": re.compile(r"(behind\b|bottleneck\b|at a loss\b|no$)", re.IGNORECASE),
    "good": re.compile(r"(ahead|on track|paid back|yes)$", re.IGNORECASE),
}
_BAD_BELOW_ZERO = re.compile(r"(Gap|ROI)\b", re.IGNORECASE)


def read_dashboard(path: Path) -> Dashboard:
    """The dashboard of a workbook as it was computed last; UserError if there is none in it."""
    from xlsmkt.package import Book

    with Book.open(path) as book:
        reader = _Reader(book)
        read = {key: reader.block(key) for key in BLOCKS}
        blocks = tuple(block for block in read.values() if block is not None)
        if not reader.found:
            raise UserError(
                f"{path.name} has no dashboard that can be sent: make a new workbook with 'xlsmkt new' and refresh it."
            )
        dashboard = Dashboard(
            title="Marketing and sales SLA",
            month=reader.cell("SLA_Month"),
            as_of=reader.cell("SLA_Date") or reader.cell("As_Of"),
            headline=reader.sentence("Page_Headline"),
            warning=reader.cell("Page_Warning"),
            refresh_failed=reader.cell("Refresh_Failed"),
            blocks=blocks,
        )
        if reader.formulas_without_a_value():
            raise UserError(f"{path.name} was not computed: run 'xlsmkt compute {path.name}', or save it in Excel.")
        if reader.cell("As_Of").value == 0:
            raise UserError(f"{path.name} holds no data yet: run 'xlsmkt refresh {path.name} --from YOUR_EXPORT.csv'.")
    return dashboard


class _Reader:
    """The named places of a workbook."""

    def __init__(self, book: "Book") -> None:
        self._book = book
        self._names = {name.name.casefold(): name for name in book.names if name.sheet is None}
        self._areas: set[tuple[str, Area]] = set()
        self.found = False

    def cell(self, name: str) -> Shown:
        """The cell that a name stands for; a blank one if there is none."""
        place = self._place(name)
        if place is None:
            return Shown("", None, "")
        sheet, area = place
        return self._cells(sheet, area._replace(right=area.left, bottom=area.top))[0][0]

    def sentence(self, name: str) -> Shown:
        """The same; blank for an error, which nobody wants as a title."""
        cell = self.cell(name)
        return replace(cell, text="") if isinstance(cell.value, CellError) else cell

    def block(self, key: str) -> Block | None:
        """A block of the page; None if the workbook has it no more, or nothing stands in it."""
        name, title, kind = BLOCKS[key]
        place = self._place(name)
        if place is None:
            return None
        self.found = True
        sheet, area = place
        rows = self._cells(sheet, self._spilled(sheet, area))
        if kind == "tiles":
            tiles = tuple(_tiles(rows))
            return Block(key, title, kind, tiles=tiles) if tiles else None
        filled = [row for row in rows[1:] if any(row)]
        kept = [at for at, heading in enumerate(rows[0]) if heading or any(row[at] for row in filled)]
        if not filled:
            return None
        headings = tuple(rows[0][at] for at in kept)
        body = tuple(tuple(_toned(row[at], rows[0][at]) for at in kept) for row in filled)
        return Block(key, title, kind, headings=headings, rows=body, note=self.cell(f"{name}_Note"))

    def formulas_without_a_value(self) -> bool:
        """Whether a block holds formulas that were saved without what they came to, and nothing else."""
        found = False
        for sheet, area in self._areas:
            for cell in self._book.cells(sheet, bodies=False):
                if cell.formula is not None and area.holds(cell.row, cell.column):
                    if cell.value is not None:
                        return False
                    found = True
        return found

    def _place(self, name: str) -> "tuple[str, Area] | None":
        from xlsmkt.package.references import parse_area, sheet_of

        known: Name | None = self._names.get(name.casefold())
        if known is None:
            return None
        before, mark, cells = known.refers_to.lstrip("=").rpartition("!")
        sheet = sheet_of(before + mark) if mark else ""
        try:
            area = parse_area(cells)
        except ValueError:  # the cells were deleted: #REF!
            return None
        if sheet not in self._book.sheet_names:
            return None
        return sheet, _cut(area)

    def _spilled(self, sheet: str, area: "Area") -> "Area":
        """The area of the table that spills from the first cell, where one does."""
        from xlsmkt.package.references import parse_area

        for cell in self._book.cells(sheet, bodies=False):
            if (cell.row, cell.column) == (area.top, area.left):
                return _cut(parse_area(cell.array)) if cell.array and ":" in cell.array else area
            if cell.row > area.top:
                break
        return area

    def _cells(self, sheet: str, area: "Area") -> list[list[Shown]]:
        from xlsmkt.package.references import column_letters

        self._areas.add((sheet, area))
        book, ref = self._book, str(area)
        formats = book.number_formats(sheet, ref)
        return [
            [
                Shown(
                    f"{sheet}!{column_letters(area.left + across)}{area.top + down}",
                    value,
                    shown(value, formats[down][across], book.date1904),
                    _tone(value),
                )
                for across, value in enumerate(row)
            ]
            for down, row in enumerate(book.range(sheet, ref))
        ]


def _cut(area: "Area") -> "Area":
    """As much of an area as a block has at most."""
    right, bottom = area.left + _MOST_COLUMNS - 1, area.top + _MOST_ROWS - 1
    return area._replace(right=min(area.right, right), bottom=min(area.bottom, bottom))


def _tiles(rows: list[list[Shown]]) -> Iterator[Tile]:
    blank = [Shown("", None, "")] * len(rows[0])
    labels, figures, notes = [*rows, blank, blank][:3]
    for label, figure, note in zip(labels, figures, notes, strict=True):
        if label:
            yield Tile(label, _toned(figure, label), note)


def _toned(cell: Shown, heading: Shown) -> Shown:
    bad = cell.number is not None and cell.number < 0 and _BAD_BELOW_ZERO.match(heading.text)
    return replace(cell, tone="warning") if bad else cell


def _tone(value: object) -> Tone:
    if isinstance(value, CellError):
        return "warning"
    if isinstance(value, str):
        return next((tone for tone, words in _TONES.items() if words.match(value.strip())), "")
    return ""
