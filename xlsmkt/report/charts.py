"""The charts of the dashboard, drawn by matplotlib: as SVG for the page, whose colours follow the theme, or as PNG."""

import io
import logging
import math
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlsmkt.report.reading import Block, Shown
from xlsmkt.report.shown import BIDI
from xlsmkt.template import styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What each colour is for: the page gives it another one in the dark. No two may be the same.
COLOURS = {
    styles.INK: "ink",
    styles.GREY: "grey",
    styles.LINE: "line",
    styles.ACCENT: "accent",
    styles.ACCENT_MID: "accent-mid",
    "#B9D3E0": "accent-soft",
    styles.WARNING: "warning",
    "#FEFEFE": "surface",
}
_SOFT, _SURFACE = "#B9D3E0", "#FEFEFE"
_FONTS = ["DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Microsoft YaHei", "Yu Gothic", "PingFang SC"]
_LOOK: Any = {
    "font.family": ["sans-serif"],
    "font.sans-serif": _FONTS,
    "font.size": 11,
    "text.parse_math": False,  # a lead source may hold two dollar signs
    "text.color": styles.INK,
    "axes.edgecolor": styles.LINE,
    "axes.labelcolor": styles.GREY,
    "axes.unicode_minus": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": styles.LINE,
    "grid.linewidth": 0.7,
    "xtick.color": styles.LINE,
    "ytick.color": styles.LINE,
    "xtick.labelcolor": styles.GREY,
    "ytick.labelcolor": styles.GREY,
    "xtick.major.size": 0,
    "xtick.major.pad": 6,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "xlsmkt",  # the same figures make the same file
}
_LONGEST, _SHORT = 22, 14  # signs of a label
_MOST = 40  # rows of a chart: more are told by the table alone
WIDE, NARROW = 640, 360  # in pixels


@dataclass(frozen=True)
class Chart:
    """How a block is drawn: the headings of what it draws, first the labels; its height in pixels; its words."""

    draw: Callable[["Axes", "_Columns", "_Names"], None]
    headings: tuple[tuple[str, ...], ...]
    height: Callable[[int], int]
    words: Callable[["_Columns"], str]
    sideways: bool = False  # the labels stand on the left


_Columns = list[list[Shown]]  # first the labels
_Names = Sequence[str]  # the headings of the others


def has_chart(block: Block) -> bool:
    """Whether there is something to draw of a block."""
    return _drawn(block) is not None


def chart_words(block: Block) -> str:
    """What the chart of a block shows, for those who do not see it."""
    drawn = _drawn(block)
    return BIDI.sub("", drawn[0].words(drawn[1])) if drawn else ""


def chart_svg(block: Block, width: int = WIDE) -> str | None:
    """The chart as an ``<svg>`` element to stand in a page, with ``var(--accent)`` and the like as its colours."""
    unsaid = dict.fromkeys(("Date", "Creator", "Type", "Format"))
    data = _saved(block, width, format="svg", transparent=True, metadata=unsaid)
    return _inline(data, f"{block.key}-{width}", chart_words(block)) if data else None


def chart_png(block: Block, width: int = WIDE, scale: float = 2) -> bytes | None:
    """The chart as a picture, ``scale`` times as many pixels as it is wide on paper; white behind."""
    return _saved(block, width, format="png", dpi=72 * scale, facecolor=styles.WHITE, metadata={"Software": None})


def _saved(block: Block, width: int, **how: Any) -> bytes | None:
    """The chart of a block as a file; None for a block that has none."""
    drawn = _drawn(block)
    if drawn is None:
        return None
    with _quiet():
        data = io.BytesIO()
        _figure(block, *drawn, width).savefig(data, **how)
    return data.getvalue()


@contextmanager
def _quiet() -> Iterator[None]:
    """Our look, and no word about fonts and folders on the way: a label in a script without a font is a small fault."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import matplotlib

        with matplotlib.rc_context(_LOOK):
            yield


def _drawn(block: Block) -> tuple[Chart, _Columns] | None:
    """The chart of a block and the columns that it draws; None if there is no chart, or nothing in it."""
    chart = CHARTS.get(block.key)
    if chart is None or len(block.rows) > _MOST:
        return None
    columns = [block.column(*headings) for headings in chart.headings]
    if not block.headings or columns[0] is None:
        columns[0] = [row[0] for row in block.rows]
    found = [column for column in columns if column is not None]
    if len(found) < len(columns) or all(cell.number is None for column in found[1:2] for cell in column):
        return None
    return chart, found


def _figure(block: Block, chart: Chart, columns: _Columns, width: int) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, chart.height(len(columns[0])) / 72), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.03)  # type: ignore[union-attr, call-arg]
    axes = figure.add_subplot()
    chart.draw(axes, columns, [_heading(block, headings) for headings in chart.headings[1:]])
    if chart.sideways:
        axes.grid(axis="y", visible=False)
        axes.spines["bottom"].set_visible(False)
    else:
        axes.grid(axis="x", visible=False)
        _thin(axes, [_label(cell.text) for cell in columns[0]], width)
    return figure


def _heading(block: Block, headings: tuple[str, ...]) -> str:
    wanted = [heading.casefold() for heading in headings]
    return next((_label(cell.text) for cell in block.headings if cell.text.casefold() in wanted), "")


def _label(text: str, longest: int = _LONGEST) -> str:
    words = " ".join(BIDI.sub("", text).split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def _thin(axes: "Axes", labels: list[str], width: int) -> None:
    """As many labels below the columns as there is room for."""
    longest = max(map(len, labels), default=1)
    step = max(1, math.ceil(len(labels) * (longest * 7 + 10) / (width - 40)))
    axes.set_xticks(range(0, len(labels), step), labels[::step])


# --- the charts ---


def _waterfall(axes: "Axes", columns: _Columns, names: _Names) -> None:
    amounts, to_date, goal = (_numbers(column) for column in columns[1:])
    starts = [end - amount for amount, end in zip(amounts, to_date, strict=True)]
    places = range(len(amounts))
    axes.bar(places, amounts, bottom=starts, color=styles.ACCENT, width=0.72, label="Leads of the day")
    axes.plot(places, goal, color=styles.WARNING, linestyle="--", linewidth=1.8, label=names[2])
    _upright(axes)


def _months(axes: "Axes", columns: _Columns, names: _Names) -> None:
    before, now, goal = (_numbers(column) for column in columns[1:])
    places = range(len(now))
    axes.bar([at - 0.2 for at in places], before, width=0.38, color=_SOFT, label=names[0])
    axes.bar([at + 0.2 for at in places], now, width=0.38, color=styles.ACCENT, label=names[1])
    axes.plot(places, goal, color=styles.WARNING, linestyle="--", linewidth=1.8, label=names[2])
    _upright(axes)


def _reps(axes: "Axes", columns: _Columns, names: _Names) -> None:
    worked, goal = (_numbers(column) for column in columns[1:])
    places = range(len(worked))
    met = [not share < promised for share, promised in zip(worked, goal, strict=True)]
    axes.barh(places, worked, height=0.66, color=[styles.ACCENT if kept else _SOFT for kept in met])
    axes.plot(goal, places, linestyle="", marker="|", markersize=17, markeredgewidth=2.6, color=styles.WARNING,
              label="Promised")  # fmt: skip
    for at, (share, kept, cell) in enumerate(zip(worked, met, columns[1], strict=True)):
        inside = kept and share > 0.2
        axes.annotate(cell.text, (0, at), xytext=(6, 0), textcoords="offset points", va="center_baseline",
                      color=_SURFACE if inside else styles.INK, weight="bold", fontsize=10.5)  # fmt: skip
    _listed(axes, columns[0])
    axes.set_xlim(0, max([1.0, *(share for share in (*worked, *goal) if share > 1)]) * 1.02)
    axes.xaxis.set_major_formatter(_percent)
    _legend(axes)


def _intervals(axes: "Axes", columns: _Columns, names: _Names) -> None:
    rate, low, high = (_numbers(column) for column in columns[1:])
    places = range(len(rate))
    axes.hlines(places, low, high, color=styles.ACCENT_MID, linewidth=5, label="95% sure: between")
    axes.plot(rate, places, linestyle="", marker="o", markersize=9, color=styles.ACCENT,
              markeredgecolor=_SURFACE, markeredgewidth=1.2, label=names[0])  # fmt: skip
    _listed(axes, columns[0])
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(_percent)
    _legend(axes)


def _upright(axes: "Axes") -> None:
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.margins(x=0.015, y=0.08)
    axes.locator_params(axis="y", nbins=5)
    _legend(axes)


def _listed(axes: "Axes", labels: list[Shown]) -> None:
    narrow = axes.figure.get_figwidth() < WIDE / 72  # type: ignore[union-attr]
    axes.set_yticks(range(len(labels)), [_label(cell.text, _SHORT if narrow else _LONGEST) for cell in labels])
    axes.tick_params(axis="y", labelcolor=styles.INK)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.locator_params(axis="x", nbins=3 if narrow else 5)


def _percent(value: float, _: object) -> str:
    return f"{100 * value:.3g}%"


def _numbers(column: list[Shown]) -> list[float]:
    return [math.nan if cell.number is None else cell.number for cell in column]


def _legend(axes: "Axes") -> None:
    axes.figure.legend(loc="outside upper left", ncols=3, borderpad=0, handlelength=1.4, columnspacing=1.4,
                       labelcolor=styles.INK, fontsize=10.5)  # fmt: skip


def _told(rows: list[tuple[Shown, ...]], words: str) -> str:
    return "; ".join(words.format(*row) for row in rows if all(row))


def _days_words(columns: _Columns) -> str:
    rows = list(zip(*columns, strict=True))
    come = [row for row in rows if row[2].number is not None]
    last = come[-1:] or rows[-1:]
    return f"Waterfall of {len(come)} days. " + _told(last, "{0}: {1} on the day, {2} to date, goal to date {3}") + "."


def _words(title: str, words: str) -> Callable[[_Columns], str]:
    return lambda columns: f"{title} {_told(list(zip(*columns, strict=True)), words)}."


CHARTS: dict[str, Chart] = {
    "days": Chart(
        _waterfall,
        (("Day",), ("Amount", "Leads"), ("To date",), ("Goal to date",)),
        lambda rows: 300,
        _days_words,
    ),
    "months": Chart(
        _months,
        (("Leads in", "Month"), ("Last year",), ("This year",), ("Goal",)),
        lambda rows: 300,
        _words("Columns for each month beside last year's, and the goal.", "{0}: {2}, last year {1}, goal {3}"),
    ),
    "reps": Chart(
        _reps,
        (("Owner", "Rep"), ("Worked %",), ("Goal",)),
        lambda rows: 62 + 32 * rows,
        _words("Bars: the share of the leads that each rep worked.", "{0} {1}, promised {2}"),
        sideways=True,
    ),
    "close_rates": Chart(
        _intervals,
        (("Group", "Lead type"), ("Close rate",), ("Low",), ("High",)),
        lambda rows: 62 + 32 * rows,
        _words("Close rates with the range in which the true rate lies, 95% sure.", "{0} {1}, {2} to {3}"),
        sideways=True,
    ),
}


# --- from matplotlib's SVG file to an element of the page ---

_COLOUR = re.compile("|".join(COLOURS), re.IGNORECASE)
_ROLES = {colour.lower(): f"var(--{role})" for colour, role in COLOURS.items()}
_FONT = re.compile(r"font-family: [^;]*;?|'DejaVu Sans'[^;]*(?=;|$)")
_REFERENCE = re.compile(r"(^#|url\(#)")
_USED = re.compile(r"(?:^#|url\(#)([\w-]+)")


def _inline(data: bytes, prefix: str, words: str) -> str:
    from lxml import etree

    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, resolve_entities=False, huge_tree=True))
    for element in (*root.iterfind(".//{*}style"), *root.iterfind(".//{*}metadata")):  # a style would rule the page
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    texts = [{str(key): str(value) for key, value in element.attrib.items()} for element in root.iter()]
    used = {name for attributes in texts for value in attributes.values() for name in _USED.findall(value)}
    for element, attributes in zip(root.iter(), texts, strict=True):
        for key, value in attributes.items():
            if key == "id":
                del element.attrib[key]
                if value in used:  # the others are many, and the same in every chart
                    element.set(key, f"{prefix}-{value}")
            elif key == "style":
                element.set(
                    key, _FONT.sub("", _COLOUR.sub(lambda match: _ROLES[match[0].lower()], _own(value, prefix)))
                )
            elif "#" in value:
                element.set(key, _own(value, prefix))
    for name in ("width", "height", "version"):
        if name in root.attrib:
            del root.attrib[name]
    root.set("role", "img")
    root.set("aria-label", words)
    return str(etree.tostring(root, encoding="unicode"))


def _own(value: str, prefix: str) -> str:
    return _REFERENCE.sub(rf"\1{prefix}-", value)
