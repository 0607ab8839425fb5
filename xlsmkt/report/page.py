"""The dashboard as one web page that stands alone: no script, and nothing fetched from anywhere."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from xlsmkt.report.charts import NARROW, WIDE, chart_svg
from xlsmkt.report.reading import Block, Dashboard
from xlsmkt.report.shown import BIDI

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# The sections of the page in order: its blocks (tiles of one team are one section), its share of twelve columns.
SECTIONS = (
    (("marketing", "marketing_more"), 8),
    (("sales", "sales_more"), 4),
    (("days",), 6),
    (("months",), 6),
    (("standing",), 12),
    (("compared",), 12),
    (("reps",), 12),
    (("close_rates",), 12),
    (("funnel",), 8),
    (("calls",), 4),
    (("channels",), 8),
)
FOLDED = ("days", "months")  # their charts say it; the figures are there for who opens them
_SENTENCE = 24  # signs from which on a text is one
_NARROW_TABLE = 4  # columns that fit on the screen of a telephone


@dataclass(frozen=True)
class Section:
    """A section of the page: its heading, its blocks and its width."""

    key: str
    title: str
    span: int
    blocks: tuple[Block, ...]
    charts: "tuple[Markup, ...]"  # the same chart twice: for a wide and for a narrow screen
    folded: bool


def html_page(dashboard: Dashboard) -> str:
    """The page, with every figure as its cell shows it and the cell's place in ``data-cell``."""
    title = BIDI.sub("", dashboard.headline.text) or dashboard.title
    sections = [section for keys, span in SECTIONS if (section := _section(dashboard, keys, span))]
    return _environment().get_template("page.html.jinja").render(dashboard=dashboard, title=title, sections=sections)


def numeric(block: Block) -> list[bool]:
    """Which columns of a table hold figures, to be set to the right."""
    columns = zip(*block.rows, strict=True)
    return [any(cell.number is not None for cell in column) for column in columns]


def worded(block: Block) -> list[bool]:
    """Which columns of a table hold sentences, which need room."""
    return [any(len(cell.text) > _SENTENCE for cell in column) for column in zip(*block.rows, strict=True)]


def is_wide(block: Block) -> bool:
    """Whether a table may need more room than a telephone has."""
    return len(block.headings) > _NARROW_TABLE


def _section(dashboard: Dashboard, keys: tuple[str, ...], span: int) -> Section | None:
    from markupsafe import Markup

    blocks = tuple(block for key in keys if (block := dashboard.block(key)))
    if not blocks:
        return None
    drawn = [chart_svg(block, width) for block in blocks for width in (WIDE, NARROW)]
    charts = tuple(Markup(svg) for svg in drawn if svg)  # matplotlib and lxml escape their texts
    return Section(keys[0], blocks[0].title, span, blocks, charts, bool(charts) and keys[0] in FOLDED)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(loader=PackageLoader("xlsmkt.report"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    made.globals.update(numeric=numeric, worded=worded, is_wide=is_wide)
    return made
