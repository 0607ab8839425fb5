"""The part of the sheet Funnel that shows the metrics of each source, this year beside the same days last year."""

from functools import partial
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from xlsmkt.template import styles
from xlsmkt.template.formulas import NO_GROUP, as_text, days_between, named
from xlsmkt.template.funnel_metrics import (
    COUNT_ROW,
    COUNTS,
    DEALS_ROW,
    FROM,
    QUALITY,
    QUANTITY,
    SHEET,
    SLOW,
    TO,
    YEAR,
    YEAR_BEFORE,
    Metric,
    changed,
    counts_of,
    known_row,
    told,
)
from xlsmkt.template.page import Page, Spill

SOURCES = 40
PRINTED = 10  # sources that the page has room for
TITLE = 78
HEADING = TITLE + 4
ALL = HEADING + 1  # three lines for all leads, then three for each source: this year, last year, the change
_LAST = ALL + 3 * (SOURCES + 1) - 1
BEFORE, CHANGE = "same days last year", "change"

_OF_QUANTITY: tuple[Metric, ...] = (
    ("Visits", "{Visits}", "", styles.COUNT),
    *(metric for metric in QUANTITY if metric[0].startswith(("Leads", "Revenue pipeline"))),
    ("Revenue won", "{Revenue won in the period}", "", styles.MONEY),
)
METRICS = (*_OF_QUANTITY, *QUALITY)
_HEADINGS = [metric[0].removesuffix(" of these leads") for metric in METRICS]
# the function adds up a column of leads
_PIPELINE: Metric = ("", "{Leads}*Agreed_Close_Rate*Agreed_Deal_Size", "", styles.MONEY)
_NAMED: dict[str, Any] = {"align": "left", "bold": True, "num_format": "General"}
_QUIET: dict[str, Any] = {"align": "left", "indent": 1, "font_color": styles.GREY}

# The figures behind it, a row for each source: the metrics of both periods, a formula for each column, and the table of
# counts that they rest on and whose order they follow.
_PERIODS = {YEAR: _LAST + 7, YEAR_BEFORE: _LAST + 7 + SOURCES + 4}  # the rows of their first sources
COUNTED = ("Leads", "MQLs", "Opportunities", "Customers", "Worked", "Connected")
_RATES = len(_PERIODS) * len(COUNTED)
BY_SOURCE = Spill(
    SHEET,
    f"B{_PERIODS[YEAR_BEFORE] + SOURCES + 3}",  # the last of the sheet: it may grow
    ("General", *[styles.COUNT] * _RATES, *[styles.RATE] * _RATES),
    1,
    SOURCES + 1,
)
_NAME = BY_SOURCE.first[0] + 2  # the row of its first source
# Columns of the two periods that are added up from the imported tables; the last is one of those hidden.
_SUMMED = {"C": "Visits", "F": "Revenue won in the period", "O": "Revenue of these leads"}


def cell(source: int, metric: str) -> str:
    """The address of a metric of this year, for other sheets; source 1 is the largest. ``metric`` "" is its name."""
    labels = ["", *(metric[0] for metric in METRICS)]
    return f"{SHEET}!${xl_col_to_name(1 + labels.index(metric))}${ALL + 3 * source}"


def draw(page: Page) -> None:
    _titles(page)
    _group(page, 0)
    for source in range(1, SOURCES + 1):
        _group(page, source)
    _rules(page)
    _figures(page)
    page.print_in_parts((29, 54, TITLE), 74)
    page.sheet.print_area(f"A1:{_column(len(METRICS))}{ALL + 3 * (PRINTED + 1) - 1}")


def _column(number: int) -> str:
    """The letter of a column; 0 is that of the sources."""
    return str(xl_col_to_name(1 + number))


def _titles(page: Page) -> None:
    width = 1 + len(METRICS)
    page.section(
        f"B{TITLE}",
        "By source, year to date",
        width,
        "The same metrics for each source, the one with most leads first. Nobody knows the reach of a source, and the "
        f"revenue goal is one for all. In print: all leads and the {PRINTED} largest sources.",
    )
    rest = f"{YEAR}{COUNT_ROW['Visits']}-SUM({_rows('C', _PERIODS[YEAR])})"
    more = f"$B${_NAME + SOURCES}"
    page.formula(
        f"B{TITLE + 2}",
        f'=IF({rest}>0.5,"Visits of sources that have no leads count in All only: "&FIXED({rest},0)&". ","")'
        f'&IF(OR({more}="",{as_text(more)}="All"),"","There are more than {SOURCES} sources: the largest are shown.")',
        "warning",
        align="left",
        font_size=9,
    )
    groups = {1: "Quantity", 1 + len(_OF_QUANTITY): "Quality"}
    for number in range(width):
        page.text(f"{_column(number)}{HEADING - 1}", groups.get(number, ""), "subsection", align="left", indent=1)
    page.headings(f"B{HEADING}", ["Of the leads made in the year", *_HEADINGS])
    page.sheet.set_row(HEADING - 1, 30)


def _group(page: Page, source: int) -> None:
    """The three lines of a source; source 0 is all leads."""
    now, before, change = (ALL + 3 * source + line for line in range(3))
    for row, words, style in ((now, "All", _NAMED), (before, BEFORE, _QUIET), (change, CHANGE, _QUIET)):
        name = f"$B{_PERIODS[YEAR] + source - 1}"
        shown = name if row == now else f'IF({name}="","","{words}")'
        if source:
            page.formula(f"B{row}", f"={shown}", "spilled", **style)
        else:
            page.text(f"B{row}", words, "spilled", **style)
    for number, metric in enumerate(METRICS, 1):
        column = _column(number)
        for row, period in ((now, YEAR), (before, YEAR_BEFORE)):
            look: dict[str, Any] = {"num_format": metric[3], **({} if row == now else {"font_color": styles.GREY})}
            figure = f"{column}{_PERIODS[period] + source - 1}"
            shown = f'IF($B{now}="","",{figure})' if source else told(metric, partial(_of_all, period))
            page.formula(f"{column}{row}", f"={shown}", "spilled", **look)
        if metric[0] not in SLOW:
            known = DEALS_ROW if metric[0] == "Revenue won" else known_row(counts_of(metric))
            grown = changed(f"{column}{now}", f"{column}{before}", f"${YEAR_BEFORE}${known}")
            formula = f'IF($B{now}="","",{grown})' if source else grown
            page.formula(
                f"{column}{change}", f"={formula}", "spilled", num_format=styles.CHANGE, font_color=styles.GREY
            )


def _of_all(period: str, label: str) -> str:
    return f"${period}${COUNT_ROW[label]}"


def _rules(page: Page) -> None:
    """A hairline below the three lines of each source that there is."""
    area = f"B{ALL}:{_column(len(METRICS))}{_LAST}"
    line = page.styles.condition(bottom=1, bottom_color=styles.LINE)
    page.sheet.conditional_format(
        area, {"type": "formula", "criteria": f'=AND($B{ALL}="{CHANGE}",MOD(ROW()-{ALL},3)=2)', "format": line}
    )


# --- the figures behind it ---


def _rows(column: str, first: int) -> str:
    """The cells of a column, one for each source."""
    return f"${column}${first}:${column}${first + SOURCES - 1}"


def _figures(page: Page) -> None:
    page.section(
        f"B{_LAST + 3}",
        "Figures behind the sources",
        1 + len(METRICS),
        f"A row for each of the {SOURCES} largest sources, first of this year, then of the same days last year; "
        "then the counts of all sources.",
    )
    for period, first in _PERIODS.items():
        title = {YEAR: "Year to date", YEAR_BEFORE: "Same days last year"}[period]
        page.headings(f"B{first - 1}", [title, *_HEADINGS])
        page.sheet.set_row(first - 2, 30)
        for row in range(first, first + SOURCES):
            name = as_text(f"$B${row - first + _NAME}")
            page.formula(f"B{row}", f'=IF(OR({name}="",{name}="All"),"",{name})', "spilled", **_NAMED)
            for column, label in _SUMMED.items():
                page.formula(f"{column}{row}", f'=IF($B{row}="","",{_sum(period, label, row)})', "spilled")
        nobody = f'{_rows("B", first)}=""'
        for number, metric in enumerate(METRICS, 1):
            if _column(number) not in _SUMMED:
                figures = _PIPELINE if metric[0].startswith("Revenue pipeline") else metric
                formula = f'=IF({nobody},"",{told(figures, partial(_of_sources, period))})'
                page.column(f"{_column(number)}{first}", formula, SOURCES, "spilled", num_format=metric[3])
    top = BY_SOURCE.first[0]
    for offset in range(1 + _RATES):
        words = {0: "Counts", 1: "Year to date", 1 + len(COUNTED): "Same days last year"}.get(offset, "")
        page.text(f"{_column(offset)}{top}", words, "subsection", align="left", indent=1 if offset else 0)
    page.spill(BY_SOURCE, f"=FUNNEL_BY({_groups()},{','.join(_counted(period) for period in _PERIODS)})")
    page.sheet.set_column(1 + _RATES + 1, 1 + 2 * _RATES, 0.1, None, {"hidden": True})  # rates of what is no funnel


def _sum(period: str, label: str, row: int) -> str:
    """What an imported table says of the source in a row: a formula for each cell, as the engine computes them fast."""
    table, column, day = COUNTS[label]
    source = f'{table}[Source],"="&IF($B{row}="{NO_GROUP}","",$B{row})'
    days = f'{table}[{day}],">="&${period}${FROM},{table}[{day}],"<="&${period}${TO}'
    return f"SUMIFS({table}[{column}],{source},{days})"


def _of_sources(period: str, label: str) -> str:
    """A count of each source, an array."""
    if label in COUNTED:
        return _rows(_column(1 + list(_PERIODS).index(period) * len(COUNTED) + COUNTED.index(label)), _NAME)
    column = next(column for column, summed in _SUMMED.items() if summed == label)
    return _rows(column, _PERIODS[period])


_DAY = "Daily[[#All],[Date]]"


def _in_period(period: str) -> str:
    return days_between(f"${period}${FROM}", f"${period}${TO}", _DAY)


def _groups() -> str:
    """The sources of all leads of either year, with the column's heading."""
    source = "Daily[[#All],[Source]]"
    either = "+".join(map(_in_period, _PERIODS))
    return f'IF(ISTEXT({_DAY})+{either},{named(source)},"")'


def _counted(period: str) -> str:
    """The counts of a period, with their headings; 0 where a row is of other days."""
    chosen = f"ISTEXT({_DAY})+{_in_period(period)}"
    return ",".join(f"IF({chosen},Daily[[#All],[{column}]],0)" for column in COUNTED)
