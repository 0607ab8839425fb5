"""Laws that hold for any input: totals, monotony, inverses, and agreement with scipy and numpy."""

import datetime as dt
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from xlsmkt import (
    chance_of_goal,
    close_rate_by,
    close_rate_interval,
    funnel_by,
    lead_schedule,
    leads_needed,
    leads_needed_by_type,
    sla_goal_to_date,
    sla_waterfall,
    weighted_close_rate,
)
from xlsmkt.days import business_days, listed_days, month_ends

MONTHS = st.dates(dt.date(1999, 1, 1), dt.date(2040, 12, 31)).map(lambda day: day.replace(day=1))
RATES = st.floats(0.001, 1)
DAYS = st.sampled_from(["business", "calendar"])


@st.composite
def month_of_leads(draw):
    """A month, holidays in it, and dated amounts in and around it."""
    first, last = month_ends(draw(MONTHS))
    around = st.dates(first - dt.timedelta(days=10), last + dt.timedelta(days=10))
    rows = draw(st.lists(st.tuples(around, st.integers(0, 1000)), max_size=40))
    holidays = draw(st.lists(around, max_size=6))
    return first, last, rows, holidays


@given(month_of_leads(), DAYS, st.integers(0, 10000))
def test_the_waterfalls_last_row_is_the_months_total(month, days, goal):
    first, last, rows, holidays = month
    table = sla_waterfall([d for d, _ in rows], [a for _, a in rows], goal, first, last, holidays, days)
    in_month = sum(amount for day, amount in rows if first <= day <= last)
    assert table[-1][2] == in_month
    assert sum(row[1] for row in table[1:]) == in_month
    assert table[-1][3] == goal


@given(month_of_leads(), DAYS)
def test_counted_leads_and_single_leads_make_the_same_waterfall(month, days):
    first, last, rows, holidays = month
    single = [day for day, amount in rows for _ in range(amount % 5)]
    counted = sla_waterfall([d for d, _ in rows], [a % 5 for _, a in rows], 100, first, last, holidays, days)
    assert sla_waterfall(single or [""], None, 100, first, last, holidays, days) == counted


@given(month_of_leads(), DAYS, st.integers(1, 10000), st.integers(0, 40))
def test_the_goal_line_rises_and_ends_at_the_goal(month, days, goal, known):
    first, _, rows, holidays = month
    as_of = first + dt.timedelta(days=known)
    table = sla_waterfall([d for d, _ in rows], None, goal, first, as_of, holidays, days)[1:] if rows else []
    line = [row[3] for row in table]
    assert line == sorted(line)
    assert not line or line[-1] == goal
    for day, amount, _, due, _, _ in table:
        assert due == pytest.approx(sla_goal_to_date(goal, day, holidays, days), rel=1e-12)
        assert (amount is None) == (day > as_of)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2050, 1, 1)), st.integers(-5, 800), st.lists(st.integers(-9, 805)))
def test_business_days_agree_with_numpy(first, length, offsets):
    last = first + dt.timedelta(days=length)
    holidays = [first + dt.timedelta(days=offset) for offset in offsets]
    expected = np.busday_count(first, last + dt.timedelta(days=1), holidays=holidays) if last >= first else 0
    assert business_days(first, last, holidays) == expected
    assert len(listed_days(first, last, holidays, "business")) == expected


def test_business_days_follow_networkdays():
    """Two of the six holidays fall on a weekend, one after the end."""
    holidays = [(2010, 12, 25), (2011, 1, 1), (2011, 1, 17), (2011, 2, 21), (2011, 5, 30), (2011, 7, 4)]
    days_off = [dt.date(*day) for day in holidays]
    assert business_days(dt.date(2010, 12, 12), dt.date(2011, 6, 2), days_off) == 121


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_the_weighted_rate_lies_between_the_rates(rows):
    weighted = [rate for rate, weight in rows if weight]
    assume(weighted)
    rate = weighted_close_rate([rate for rate, _ in rows], [weight for _, weight in rows])
    assert min(weighted) - 1e-12 <= rate <= max(weighted) + 1e-12


@given(st.integers(0, 100_000), RATES)
def test_leads_needed_suffice_and_one_fewer_does_not(customers, rate):
    leads = leads_needed(customers, rate)
    # the tolerance is that of binary arithmetic: some units of a number's last place
    assert Fraction(leads) * Fraction(rate) >= Fraction(customers) * (1 - Fraction(3, 10**14)) - Fraction(3, 10**14)
    assert leads == 0 or (leads - 1) * rate < customers


def test_whole_percentages_never_ask_for_a_lead_too_many():
    pairs = [(customers, percent) for customers in range(1, 200) for percent in range(1, 100)]
    assert leads_needed(1e15, 0.5) == 2_000_000_000_000_000  # large numbers are no less exact
    assert len(pairs) == 19_701
    exact = [math.ceil(Fraction(customers * 100, percent)) for customers, percent in pairs]
    assert leads_needed([c for c, _ in pairs], [p / 100 for _, p in pairs]) == exact
    plain = [math.ceil(customers / (percent / 100)) for customers, percent in pairs]
    assert sum(one != other for one, other in zip(plain, exact, strict=True)) == 18


@given(st.integers(1, 3000), st.floats(0.001, 0.999), st.floats(0.01, 0.999))
def test_leads_with_a_confidence_are_the_fewest(customers, rate, confidence):
    leads = leads_needed(customers, rate, confidence)
    # 1e-9: scipy's own binomial differs from the exact sum by that much for large counts
    assert stats.binom.sf(customers - 1, leads, rate) >= confidence - 1e-9
    assert stats.binom.sf(customers - 1, leads - 1, rate) < confidence + 1e-9


@given(st.integers(0, 50_000), st.floats(0, 1), st.integers(0, 2000))
def test_the_chance_is_the_binomial_one(leads, rate, customers):
    assert chance_of_goal(leads, rate, customers) == pytest.approx(stats.binom.sf(customers - 1, leads, rate), abs=1e-9)


def test_the_chance_is_exact_where_fractions_can_tell():
    rate = Fraction(1, 20)
    exact = sum(math.comb(400, k) * rate**k * (1 - rate) ** (400 - k) for k in range(20, 401))
    assert chance_of_goal(400, 0.05, 20) == pytest.approx(float(exact), abs=1e-14)


def test_many_customers_with_a_confidence_take_no_time():
    # 101,771 leads: scipy.stats.binom.sf(4999, n, 0.05) passes 90 % there and nowhere before
    assert leads_needed(5000, 0.05, 0.9) == 101_771
    assert stats.binom.sf(4999, 101_771, 0.05) >= 0.9 > stats.binom.sf(4999, 101_770, 0.05)
    assert len(leads_needed([float(n) for n in range(1, 2001)], 0.05, 0.9)) == 2000


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.01, 0.999))
def test_the_wilson_interval_holds_the_rate_and_agrees_with_scipy(leads, share, confidence):
    customers = round(leads * share)
    low, high = close_rate_interval(customers, leads, confidence)
    assert 0 <= low <= customers / leads <= high <= 1
    theirs = stats.binomtest(customers, leads).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


LABELS = st.sampled_from(["Web", "web", " WEB ", "Fair", "", None, "Ads", 7.0])


@given(st.lists(st.tuples(LABELS, st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=30))
def test_the_last_row_of_a_grouped_table_adds_up_the_others(rows):
    groups = [group for group, _, _ in rows]
    leads, customers = [a + b for _, a, b in rows], [b for _, _, b in rows]
    kept = [position for position, group in enumerate(groups) if group not in ("", None)]
    table = close_rate_by(groups, customers, leads)
    assert table[-1][:3] == ["All", sum(leads[i] for i in kept), sum(customers[i] for i in kept)]
    assert sum(row[1] for row in table[1:-1]) == table[-1][1]
    assert [row[1] for row in table[1:-1]] == sorted((row[1] for row in table[1:-1]), reverse=True)
    names = [str(row[0]).casefold() for row in table[1:-1]]
    assert len(names) == len(set(names))
    assert funnel_by(groups, leads, customers)[-1][:3] == table[-1][:3]


TYPES = st.lists(st.tuples(RATES, st.integers(0, 1000)), min_size=1, max_size=8)


@given(st.integers(0, 5000), TYPES)
def test_leads_by_type_add_up_to_the_leads_needed(customers, rows):
    rates, mix = [rate for rate, _ in rows], [weight for _, weight in rows]
    assume(sum(mix))
    table = leads_needed_by_type(customers, [f"type {n}" for n in range(len(rows))], rates, mix)
    assert sum(row[3] for row in table[1:-1]) == table[-1][3]
    assert table[-1][3] in (
        leads_needed(customers, table[-1][2]),
        leads_needed(customers, weighted_close_rate(rates, mix)),
    )
    for row in table[1:-1]:
        assert abs(row[3] - table[-1][3] * row[1]) < 1 + 1e-6


@given(st.lists(st.tuples(MONTHS, st.integers(0, 500)), max_size=12), st.floats(0, 24), RATES)
def test_a_schedule_makes_leads_for_all_customers(rows, cycle, rate):
    table = lead_schedule([m for m, _ in rows] or [""], [c for _, c in rows] or [""], rate, cycle)
    assert sum(row[1] for row in table[1:]) == pytest.approx(sum(c for _, c in rows), rel=1e-9)
    assert [row[0] for row in table[1:]] == sorted({row[0] for row in table[1:]})
    for _, due, leads in table[1:]:
        assert leads == leads_needed(due, rate)
