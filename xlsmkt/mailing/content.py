"""What a mail shows of the dashboard: its blocks, in the width of a mail; every text as the cell shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from xlsmkt.mailing.addresses import plain
from xlsmkt.report.reading import Block, Dashboard, Shown, Tile

MOST_COLUMNS = 6  # that a mail has room for
MOST_ROWS = 12
_CHARTS_ONLY = ("days",)  # a table of a month is for the workbook
_ORDER = ("marketing", "sales", "days", "compared", "standing", "months", "reps", "funnel", "close_rates", "channels",
          "calls", "marketing_more", "sales_more")  # fmt: skip
_COLUMNS = {
    "compared": ("Figure", "Month to date", "Goal to date", "Year to date", "Goal to date"),
    "funnel": ("Stage", "Month to date", "Year to date", "Rate, 12 months", "Usual"),
    "reps": ("Owner", "Leads", "Worked %", "Connected %", "Median hours", "SLA met"),
    "close_rates": ("Group", "Leads", "Customers", "Close rate", "Low", "High"),
}
_IN_WORDS = "In words"  # a column with a sentence about its row


@dataclass(frozen=True)
class Row:
    """A row of a table, and the sentence about it, where there is one."""

    cells: Sequence[Shown]
    words: Shown | None = None


@dataclass(frozen=True)
class Section:
    """A piece of the mail: tiles, or a table whose first column names the rows."""

    key: str
    title: str
    tiles: Sequence[Tile] = ()
    headings: Sequence[Shown] = ()
    rows: Sequence[Row] = ()
    left_out: int = 0  # rows that only the workbook has

    @property
    def left(self) -> set[int]:
        """The columns that begin on the left: the first one, and those that hold no number."""
        columns = zip(*(row.cells for row in self.rows), strict=True)
        return {0} | {at for at, column in enumerate(columns) if all(one.number is None for one in column)}


def sections(dashboard: Dashboard) -> list[Section]:
    """The blocks of the dashboard in the order of the mail."""
    blocks = [dashboard.block(key) for key in _ORDER]
    return [_section(block) for block in blocks if block]


def _section(block: Block) -> Section:
    if block.kind == "tiles":
        return Section(block.key, block.title, tiles=block.tiles)
    if block.key in _CHARTS_ONLY:
        return Section(block.key, block.title)
    words: Sequence[Shown | None] = block.column(_IN_WORDS) or [None for _ in block.rows]
    table = [block.headings, *block.rows]
    if len(block.rows) < MOST_COLUMNS < len(block.headings):  # few things, much about each: what is told goes down
        table = list(zip(*table, strict=True))
        words = [None for _ in block.headings]
    columns = _columns(table[0], _COLUMNS.get(block.key, ()))
    headings, *body = [[row[at] for at in columns] for row in table]
    rows = [Row(cells, told or None) for cells, told in zip(body, words, strict=False)]
    kept = rows if len(rows) <= MOST_ROWS + 1 else rows[:MOST_ROWS]  # "1 more" takes the room of that one
    return Section(block.key, block.title, headings=headings, rows=kept, left_out=len(rows) - len(kept))


def _columns(headings: Sequence[Shown], wanted: Sequence[str]) -> list[int]:
    """Where the wanted columns stand, in this order; the first columns, if one of them is not there."""
    there = [heading.text.casefold() for heading in headings]
    found: list[int] = []
    for heading in wanted:
        begin = found[-1] + 1 if found else 0  # two columns may be called the same
        if heading.casefold() not in there[begin:]:
            found = []
            break
        found.append(there.index(heading.casefold(), begin))
    return found or [at for at, heading in enumerate(there) if heading != _IN_WORDS.casefold()][:MOST_COLUMNS]


def as_text(dashboard: Dashboard) -> list[str]:
    """The mail for a reader that shows no HTML: lines."""
    lines = [str(dashboard.headline) or dashboard.title, "", about(dashboard)]
    lines += ["", *notes(dashboard)]
    for section in sections(dashboard):
        if section.tiles or section.rows:
            lines += ["", section.title, "-" * len(section.title)]
        told = [(tile.label.text, tile.figure.text, tile.note.text) for tile in section.tiles]
        lines += _aligned(told, {0, 2})
        if section.rows:
            cells = [section.headings, *(row.cells for row in section.rows)]
            heading, *rows = _aligned([[cell.text for cell in row] for row in cells], section.left)
            lines.append(heading)
            for text, row in zip(rows, section.rows, strict=True):
                lines += [text, f"    {row.words}"] if row.words else [text]
        if section.left_out:
            lines.append(f"{section.left_out} more in the workbook")
    return lines


def about(dashboard: Dashboard) -> str:
    """What the mail is about: which month, and the day of its figures."""
    month = f", {dashboard.month}" if dashboard.month else ""
    return f"{dashboard.title}{month}{f'; figures as of {dashboard.as_of}' if dashboard.as_of else ''}"


def notes(dashboard: Dashboard) -> list[str]:
    """What must be read before the figures: why they may be old or wrong."""
    return list(dict.fromkeys(one for one in (str(dashboard.warning), str(dashboard.refresh_failed)) if one))


def _aligned(rows: Sequence[Sequence[str]], left: set[int]) -> list[str]:
    """Rows with each column in its place: words to the left, numbers to the right."""
    cells = [[plain(cell, 60) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(widths[at]) if at in left else cell.rjust(widths[at]) for at, cell in enumerate(row))
        for row in cells
    ]
