"""Pieces of formulas that several sheets share, so that a period or a filter is written one way."""

from collections.abc import Sequence

NO_GROUP = "(none)"
_MONTHS = '"Jan","Feb","Mar","Apr","May","Jun","Jul","Aug","Sep","Oct","Nov","Dec"'


def days_between(start: str, end: str, day: str = "Daily[Date]") -> str:
    """1 for each row of Daily whose day lies in the period, 0 for the others; an array."""
    return f"({day}>={start})*({day}<={end})"


def groups_in_period(column: str, start: str, end: str) -> str:
    """A column of Daily with its rows outside the period blank: tables per group leave blank groups out."""
    return f'IF({days_between(start, end)},{named(f"Daily[{column}]")},"")'


def groups_with_heading(column: str, start: str, end: str) -> str:
    """The same with the column's heading as its first row, which tables per group then show."""
    day = "Daily[[#All],[Date]]"
    # the only text among the days is the heading
    return f'IF(ISTEXT({day})+{days_between(start, end, day)},{named(f"Daily[[#All],[{column}]]")},"")'


def named(groups: str) -> str:
    """Leads of no group are a group too, so that every table adds up to all leads."""
    return f'IF({groups}="","{NO_GROUP}",{groups})'


def as_text(cells: str) -> str:
    """Cells of a table that one of our functions gives, to be compared with a text or looked up.

    LibreOffice finds no text in such a table, nor in a cell that hands one on; what & makes of it, it finds.
    """
    return f'{cells}&""'


def with_heading(columns: Sequence[str]) -> str:
    """Columns of Daily with their headings, as arguments."""
    return ",".join(f"Daily[[#All],[{column}]]" for column in columns)


def total(table: str, column: str, start: str, end: str, day: str = "Date") -> str:
    """The sum of a column of an imported table over a period; for the counts of Daily see totals.total."""
    return f'SUMIFS({table}[{column}],{table}[{day}],">="&{start},{table}[{day}],"<="&{end})'


def worth_of_rows(worth: str) -> str:
    """What the leads of each row of Daily are worth: their type's points or value times their number; an array."""
    return f"SUMIF(Lead_types[Lead type],Daily[Lead type],Lead_types[{worth}])*Daily[Leads]"


def month_text(day: str) -> str:
    """A month within a sentence: Oct 2026. TEXT would ask for the letters of each country's Excel."""
    return f'CHOOSE(MONTH({day}),{_MONTHS})&" "&YEAR({day})'


def date_text(day: str) -> str:
    """A date within a sentence: 20 Oct 2026."""
    return f'DAY({day})&" "&{month_text(day)}'


def unless_empty(formula: str, fallback: str = '"–"') -> str:
    """A figure that a template without data cannot give yet."""
    return f"=IF(As_Of=0,{fallback},{formula})"


def when_possible(formula: str) -> str:
    """A figure that some data cannot give: no close rate without a lead, no pace before the first business day."""
    return f'=IFERROR({formula},"–")'
