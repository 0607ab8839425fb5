"""What leads add up to, as Ibis expressions: the same figures wherever the leads lie.

Each takes the leads, an `ibis.Table` whose first columns are those of `xlsmkt.crm.model.LEADS` (blank texts null, never
""), and gives a small table, which the leads' own engine computes when it is fetched. It is in no order, since
collations differ between engines: `xlsmkt.crm.delivering` sorts what was fetched. Ratios of nothing are blank.
"""

import datetime as dt
from collections.abc import Callable, Sequence

import ibis
from ibis import Table
from ibis.expr.types import BooleanColumn, DateColumn, FloatingColumn, IntegerColumn, TimestampColumn

from xlsmkt.crm.model import COUNTED, COUNTED_BY, DAILY, LEADS
from xlsmkt.errors import UserError

ROW = "_row"
"""A hidden column that leads may have: the order in which they were imported."""

TOLD_APART = ("Lead type", "Source", "Campaign", "Industry", "Country", "Owner")
"""The columns by which close rates can be told apart."""


def daily(leads: Table, words: Sequence[str] = COUNTED_BY) -> Table:
    """What became of the leads of each day of creation, for each combination of words.

    A lead is worked when it has a date of first work or at least one attempt, or is connected; revenue is the amount of
    those won. ``words`` are the columns to tell apart; the others are left blank.
    """
    table = leads.group_by(Date=leads["Created"], **{name: leads[name] for name in words}).agg(
        **{"Leads": leads.count(), **{name: leads[stage].count() for name, stage in COUNTED.items()}},
        Worked=leads.count(where=_is_worked(leads)),
        Revenue=_revenue(leads).sum(),
    )
    blank = {name: ibis.null("string") for name in COUNTED_BY if name not in words}
    return table.mutate(**blank).select(DAILY.columns)


def close_rates(leads: Table, by: str = "Source") -> Table:
    """Leads, customers, close rate and revenue by a word of the leads: by Source, Lead type, Owner and so on."""
    if by not in TOLD_APART:
        raise UserError(f"close rates are not told apart by {by}; give one of {', '.join(TOLD_APART)}")
    table = leads.group_by(by).agg(Leads=leads.count(), Customers=leads["Won"].count(), Revenue=_revenue(leads).sum())
    rate = _ratio(table["Customers"], table["Leads"])
    return table.mutate(**{"Close rate": rate}).select(by, "Leads", "Customers", "Close rate", "Revenue")


def funnel(leads: Table) -> Table:
    """The stages that the leads of each month of creation have reached so far, and the rates from stage to stage."""
    stages = {name: leads[COUNTED[name]].count() for name in ("MQLs", "SQLs", "Opportunities", "Customers")}
    table = leads.group_by(Month=_month(leads["Created"])).agg(Leads=leads.count(), **stages)
    rates = {
        "Lead to MQL": ("MQLs", "Leads"),
        "MQL to SQL": ("SQLs", "MQLs"),
        "SQL to opportunity": ("Opportunities", "SQLs"),
        "Opportunity to customer": ("Customers", "Opportunities"),
        "Lead to customer": ("Customers", "Leads"),
    }
    return table.mutate(**{name: _ratio(table[part], table[base]) for name, (part, base) in rates.items()})


def cohorts(leads: Table) -> Table:
    """The share of each month's leads that was won within so many months, up to the last month of the data.

    Months since 0 is the month of creation itself; customers and close rate are those up to then.
    """
    each = leads.select(
        Month=_month(leads["Created"]), created=_month_number(leads["Created"]), won=_month_number(leads["Won"])
    )
    sizes = each.group_by("Month", "created").agg(Leads=each.count())
    each = each.filter(each["won"].notnull())
    wins = each.group_by("Month", since=each["won"] - each["created"]).agg(customers=each.count())
    # a cohort has a row for each distance at which one was won, and for each month of the data since it began
    seen = sizes.select(month=sizes["created"]).union(each.select(month=each["won"]), distinct=True)
    span = seen.agg(first=seen["month"].min(), last=seen["month"].max())
    distances = seen.cross_join(span).select(since=ibis._["month"] - ibis._["first"])
    distances = distances.union(wins.select("since"), distinct=True)
    grid = sizes.cross_join(span).cross_join(distances)
    grid = grid.filter(grid["created"] + grid["since"] <= grid["last"]).left_join(wins, ["Month", "since"])
    so_far = ibis.window(group_by="Month", order_by="since", preceding=None, following=0)
    table = grid.select(
        "Month",
        grid["since"].name("Months since"),
        "Leads",
        Customers=grid["customers"].fill_null(0).sum().over(so_far).cast("int64"),
    )
    return table.mutate(**{"Close rate": _ratio(table["Customers"], table["Leads"])})


def cycle(leads: Table) -> Table:
    """Median and mean days from the creation of a lead to winning it, by lead type."""
    won = leads.filter(leads["Won"].notnull())
    each = won.select("Lead type", days=_days(won["Won"]) - _days(won["Created"]))
    counted = _ranked(each.group_by("Lead type", "days").agg(times=each.count()), "Lead type", "days")
    customers = counted["times"].sum().cast("int64")
    mean = (counted["days"] * counted["times"]).sum().cast("float64") / customers.cast("float64")
    return counted.group_by("Lead type").agg(
        **{"Customers": customers, "Median days": _median(counted, "days"), "Mean days": mean}
    )


def reps(leads: Table, as_of: dt.date | None = None, min_attempts: int = 5, max_hours: float = 24) -> Table:
    """What each rep did with the leads, as SALES_SLA tells it, but in hours of the clock instead of business hours.

    What is dated after ``as_of`` does not count. Tried enough and given up early are the leads worked but not reached,
    with at least ``min_attempts`` and with fewer. Within hours is the share touched within ``max_hours`` of the
    assignment: a lead not worked counts from the moment that these hours are over.
    """
    leads = leads.filter(leads["Owner"].notnull())
    given, touched, tries = leads["Assigned"], leads["First worked"], leads["Attempts"].fill_null(0.0)
    reached = leads["Connected"].notnull()
    is_touched, overdue = touched.notnull(), given.notnull()
    if as_of is not None:
        after = ibis.timestamp(dt.datetime.combine(as_of + dt.timedelta(1), dt.time()).isoformat())
        leads = leads.filter(given.isnull() | (given < after))
        reached = reached & (leads["Connected"] <= ibis.date(as_of.isoformat()))
        is_touched = is_touched & (touched < after)
        last_second = (as_of - dt.date(1970, 1, 1)).days * 86400 + 86399  # until then SALES_SLA reckons
        overdue = overdue & (last_second - _seconds(given) > round(max_hours * 3600))
    is_worked = ibis.ifelse(touched.notnull(), is_touched, (tries > 0) | reached).fill_null(False)
    reached = reached.fill_null(False) & is_worked
    seconds = ibis.greatest(_seconds(touched) - _seconds(given), 0)
    each = leads.select(
        "Owner",
        worked=is_worked,
        reached=reached,
        enough=is_worked & ~reached & (tries >= min_attempts),
        missed=(~is_worked & overdue).fill_null(False),
        seconds=ibis.ifelse(is_worked & given.notnull() & touched.notnull(), seconds, ibis.null("int64")),
    )
    marks = {
        "Worked": each["worked"],
        "reached": each["reached"],
        "enough": each["enough"],
        "in_time": each["seconds"] <= round(max_hours * 3600),
        "missed": each["missed"],
    }
    counted = each.group_by("Owner", "seconds").agg(
        Leads=each.count(),
        times=each["seconds"].count(),
        **{name: each.count(where=mark) for name, mark in marks.items()},
    )
    ranked = _ranked(counted, "Owner", "seconds")
    table = ranked.group_by("Owner").agg(
        **{name: ranked[name].sum().cast("int64") for name in ("Leads", "times", *marks)},
        hours=_median(ranked, "seconds") / 3600.0,
    )
    told = (table["times"] > 0) | (table["Worked"] == 0)
    within = _ratio(table["in_time"], table["times"] + table["missed"])
    return table.select(
        "Owner",
        "Leads",
        "Worked",
        **{
            "Worked %": _ratio(table["Worked"], table["Leads"]),
            "Connected %": _ratio(table["reached"], table["Worked"]),
            "Tried enough": table["enough"],
            "Given up early": table["Worked"] - table["reached"] - table["enough"],
            "Median hours": table["hours"],
            "Within hours %": ibis.ifelse(told, within, ibis.null("float64")),
        },
    )


FIGURES: dict[str, Callable[..., Table]] = {
    "daily": daily,
    "close-rates": close_rates,
    "reps": reps,
    "cohorts": cohorts,
    "funnel": funnel,
    "cycle": cycle,
}
"""The figures that can be asked for by name; the first line of each docstring says what it is."""


# --- which leads a sheet shows, and of which day they speak ---


def leads_to_show(leads: Table, most: int) -> Table:
    """The leads for a sheet that holds ``most``: open ones first, then the most recent; of equals the later ones."""
    is_open = leads["Closed"].isnull() & leads["Won"].isnull()
    later = ROW if ROW in leads.columns else LEADS.id
    return leads.order_by(ibis.desc(is_open), ibis.desc("Created"), ibis.desc(later)).limit(most)


def last_day(leads: Table, limit: dt.date | None = None) -> Table:
    """The last day of which the leads speak, up to a limit: one row with the column ``Last day``."""
    dated = [field.name for field in LEADS.fields if field.kind in ("date", "time")]
    days = {name: leads[name].cast("date") for name in dated}
    upto = ibis.date(limit.isoformat()) if limit else None
    latest = leads.agg(**{name: day.max(where=None if upto is None else day <= upto) for name, day in days.items()})
    # of several dates of which one is blank, the greatest is blank for one engine and not for another
    none = ibis.date("0001-01-01")
    greatest = ibis.greatest(*(latest[name].fill_null(none) for name in dated))
    return latest.select(**{"Last day": greatest.nullif(none)})


# --- what counts ---


def _is_worked(leads: Table) -> BooleanColumn:
    tried = (leads["Attempts"] > 0).fill_null(False)
    return leads["First worked"].notnull() | tried | leads["Connected"].notnull()


def _revenue(leads: Table) -> FloatingColumn:
    return ibis.ifelse(leads["Won"].notnull(), leads["Amount"].fill_null(0.0), 0.0)


# --- what engines reckon differently, said so that they agree ---


def _ratio(part: IntegerColumn, base: IntegerColumn) -> FloatingColumn:
    """A ratio of whole numbers, blank where there is nothing to divide by."""
    return part.cast("float64") / base.cast("float64").nullif(0.0)


def _month(day: DateColumn) -> DateColumn:
    """The first day of a day's month."""
    return day.truncate("M").cast("date")


def _month_number(day: DateColumn) -> IntegerColumn:
    return day.year().cast("int64") * 12 + day.month().cast("int64")


def _ranked(counted: Table, by: str, value: str) -> Table:
    """Values and the times each of them is met, beside the times of all up to it and of all of its group."""
    so_far = ibis.window(group_by=by, order_by=value, preceding=None, following=0)
    times = counted["times"].sum()
    in_all = times.over(ibis.window(group_by=by))
    return counted.mutate(up_to=times.over(so_far).cast("int64"), in_all=in_all.cast("int64"))


def _median(ranked: Table, value: str) -> FloatingColumn:
    """The median of ranked values; not every engine has an exact one of its own."""
    lower = ranked[value].min(where=ranked["up_to"] * 2 >= ranked["in_all"])
    upper = ranked[value].min(where=ranked["up_to"] * 2 > ranked["in_all"])
    return (lower + upper).cast("float64") / 2.0


def _days(day: DateColumn) -> IntegerColumn:
    return day.epoch_days().cast("int64")


def _seconds(moment: TimestampColumn) -> IntegerColumn:
    """Seconds since 1970 by the clock on the wall: reckoned from its parts, no engine's time zone has a say."""
    hours, minutes, seconds = (part.cast("int64") for part in (moment.hour(), moment.minute(), moment.second()))
    return _days(moment.cast("date")) * 86400 + hours * 3600 + minutes * 60 + seconds
