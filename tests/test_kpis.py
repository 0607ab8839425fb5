"""KPIs and customer value: figures worked by hand, laws, agreement with pandas, and the corners of real data."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlsmkt import (
    cac_payback_months,
    churn_rate,
    close_rate,
    cost_per_lead,
    cost_per_opportunity,
    customer_acquisition_cost,
    kpi_by,
    lifetime_value,
    ltv_to_cac,
    marketing_roi,
    pipeline_coverage,
    pipeline_velocity,
    retention_rate,
    win_rate,
)
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import DividedByZero, OutOfRange, Propagated, WrongType

KPI_HEADINGS = [
    "Group", "Spend", "Leads", "Opportunities", "Customers", "Revenue",
    "Cost per lead", "Cost per opportunity", "Acquisition cost", "Close rate", "ROI",
]  # fmt: skip
EMPTY = [[None], [""]]  # the rows of a table without data


# --- figures of the literature, and some worked by hand ---


def test_the_golden_values():
    assert cost_per_lead(300, 15) == 20
    assert cost_per_opportunity(300, 8) == customer_acquisition_cost(300, 8) == 37.5
    assert marketing_roi(4000, 1000) == 3
    assert retention_rate(500, 550, 100) == 0.9
    assert churn_rate(500, 550, 100) == 0.1
    assert win_rate(45, 135) == 0.25
    assert round(pipeline_velocity(40, 0.25, 25000, 90), 2) == 2777.78
    assert lifetime_value(80, 1, 0.05) == lifetime_value(100, 0.8, 0.05) == 1600
    assert ltv_to_cac(1600, 200) == 8
    assert cac_payback_months(200, 80) == cac_payback_months(200, 100, 0.8) == 2.5
    assert pipeline_coverage(300_000, 100_000) == 3


def test_a_gross_margin_left_out_is_all_of_the_revenue_also_in_a_workbook_that_has_one():
    half = {"Gross_Margin": 0.5}.__getitem__
    assert CATALOGUE["MARKETING_ROI"].cells([4000, 1000], half) == [[3]]
    assert CATALOGUE["MARKETING_ROI"].cells([4000, 1000, 0.5], half) == [[1]]
    assert CATALOGUE["CAC_PAYBACK_MONTHS"].cells([200, 80], half) == [[2.5]]
    assert CATALOGUE["KPI_BY"].cells(["Ads", 1000, 1, 1, 1, 4000, 0.5])[-1][-1] == 1


def test_revenue_below_cost_is_a_negative_return():
    assert marketing_roi([0, 500, 1000, -100], 1000) == [-1, -0.5, 0, -1.1]


# --- contradictions ---


@pytest.mark.parametrize("rate", [retention_rate, churn_rate], ids=["retention", "churn"])
def test_counts_that_contradict_each_other(rate):
    with pytest.raises(OutOfRange, match="new is 600 of 550 customers at the end; give at most as many as at_end"):
        rate(500, 550, 600)
    with pytest.raises(OutOfRange, match="at_end less new leaves 530 of 500 customers at the start; check the counts"):
        rate(500, 550, 20)
    with pytest.raises(OutOfRange, match="new is -1; give 0 or more"):
        rate(500, 550, -1)
    for nobody in ((0, 0, 0), (0, 100, 100), (0, 100, 0), (0, 0, 5), (None, None, 5)):
        with pytest.raises(DividedByZero, match="at_start is 0; there is nothing to divide by"):
            rate(*nobody)


def test_retention_at_its_ends():
    assert retention_rate(500, 100, 100) == 0
    assert churn_rate(500, 100, 100) == 1
    # averages of counts: 0.3 - 0.1 is 0.19999999999999998, 0.4 - 0.1 a little more than 0.3
    assert retention_rate(0.3, 0.4, 0.1) == 1
    assert churn_rate(0.3, 0.4, 0.1) == 0


def test_a_quota_that_is_reached_has_nothing_left_to_cover():
    for won in (100_000, 120_000):
        with pytest.raises(DividedByZero, match=f"already_won is {won} of a quota of 100000; nothing is left to cover"):
            pipeline_coverage(300_000, 100_000, won)
    with pytest.raises(DividedByZero, match="nothing is left to cover"):
        pipeline_coverage(300, 0.8, 0.1 + 0.7)  # 0.7999999999999999
    for won in (0, 5):
        with pytest.raises(DividedByZero, match="quota is 0; there is nothing to divide by"):
            pipeline_coverage(300_000, 0, won)
    assert pipeline_coverage(0, 100_000, 40_000) == 0


def test_a_lifetime_without_churn_has_no_end():
    with pytest.raises(DividedByZero, match="churn_rate is 0, and nobody ever leaves"):
        lifetime_value(100, 0.8, 0)
    assert lifetime_value(0, 0.8, 0.05) == lifetime_value(100, 0, 0.05) == 0


def test_what_earns_nothing_never_pays_back():
    with pytest.raises(DividedByZero, match="revenue_per_month is 0"):
        cac_payback_months(200, 0, 0.8)
    with pytest.raises(DividedByZero, match="gross_margin is 0"):
        cac_payback_months(200, 80, 0)
    with pytest.raises(DividedByZero, match="adds up to 0"):
        cac_payback_months(200, 0, 0)
    assert cac_payback_months(0, 80, 1) == 0


def test_no_deal_closed_yet():
    with pytest.raises(DividedByZero, match="no deal was won or lost yet"):
        win_rate(None, None)
    assert win_rate([0, 4, 1], [4, 0, 3]) == [0, 1, 0.25]


SCALARS = [
    "COST_PER_LEAD", "COST_PER_OPPORTUNITY", "CUSTOMER_ACQUISITION_COST", "MARKETING_ROI", "RETENTION_RATE",
    "CHURN_RATE", "WIN_RATE", "PIPELINE_COVERAGE", "PIPELINE_VELOCITY", "LIFETIME_VALUE", "LTV_TO_CAC",
    "CAC_PAYBACK_MONTHS",
]  # fmt: skip


@pytest.mark.parametrize("name", SCALARS)
def test_negative_numbers_are_refused_by_the_arguments_name(name):
    entry = CATALOGUE[name]
    for position, parameter in enumerate(entry.parameters):
        values = [0.5] * len(entry.parameters)
        values[position] = -1
        if (name, parameter.name) == ("MARKETING_ROI", "revenue"):
            continue  # money given back
        [[error]] = entry.cells(values)
        assert isinstance(error, OutOfRange)
        assert str(error).startswith(f"{name}: {parameter.name} is -1; give ")


@pytest.mark.parametrize("name", SCALARS)
def test_a_column_gives_a_result_for_each_row_and_keeps_each_rows_error(name):
    entry = CATALOGUE[name]
    few = [0.5] * (len(entry.parameters) - 1)
    few[-1] = 0.25  # no contradictions: less new than at the end, less won than the quota
    cells = entry.cells([[[0.5], [None], ["#REF!"], ["many"]], *few])
    assert isinstance(cells[0][0], float)
    assert cells[1] == [None]
    assert [cells[2][0].sign, cells[3][0].sign] == ["#REF!", "#VALUE!"]


@given(st.integers(1, 10**6), st.floats(0, 1), st.integers(0, 10**6))
def test_retention_and_churn_are_the_whole(at_start, share, new):
    stayed = round(at_start * share)
    retained, lost = retention_rate(at_start, stayed + new, new), churn_rate(at_start, stayed + new, new)
    assert 0 <= retained <= 1 and 0 <= lost <= 1
    assert retained + lost == pytest.approx(1, abs=1e-15)
    assert retention_rate(at_start, at_start + new, new) == 1
    assert churn_rate(at_start, at_start + new, new) == 0


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.floats(0.01, 1), st.floats(0.001, 1))
def test_lifetime_over_payback_is_ltv_to_cac(cost, revenue, margin, churn):
    """A customer stays 1 / churn months; that many payback times is the ratio of its value to its cost."""
    ratio = ltv_to_cac(lifetime_value(revenue, margin, churn), cost)
    assert ratio == pytest.approx(1 / churn / cac_payback_months(cost, revenue, margin), rel=1e-12)


# --- KPI_BY ---


def table_of(rows, margin=1):
    """KPI_BY of rows of channel, spend, leads, opportunities, customers, revenue."""
    return kpi_by(*([list(column) for column in zip(*rows, strict=True)] if rows else [[]] * 6), margin)


def test_channels_of_stacked_tables_worked_by_hand():
    spend = [("Ads", 300, None, None, None, None), ("Fair", 500, None, None, None, None)]
    leads = [
        ("Ads", None, 10, 5, 2, 700), ("ADS ", None, 5, 3, 1, 500), ("Fair", None, 4, 1, 0, 0),
        ("Organic", None, 20, 2, 1, 100), (None, 99, 99, 99, 99, 99), ("", 99, 99, 99, 99, 99),
    ]  # fmt: skip
    assert table_of(spend + leads, 0.5) == [
        KPI_HEADINGS,
        ["Organic", 0, 20, 2, 1, 100, None, None, None, 0.05, None],
        ["Ads", 300, 15, 8, 3, 1200, 20, 37.5, 100, 0.2, 1],
        ["Fair", 500, 4, 1, 0, 0, 125, 500, None, 0, -1],
        ["All", 800, 39, 11, 4, 1300, pytest.approx(800 / 39), pytest.approx(800 / 11), 200, pytest.approx(4 / 39),
         -0.1875],
    ]  # fmt: skip


def test_of_as_many_leads_the_dearer_channel_comes_first_and_then_the_one_seen_first():
    rows = [("a", 1, 5, 0, 0, 0), ("b", 3, 5, 0, 0, 0), ("c", 3, 5, 0, 0, 0), ("d", 9, 4, 0, 0, 0)]
    assert [row[0] for row in table_of(rows)[1:]] == ["b", "c", "a", "d", "All"]


def test_kpis_over_no_data_are_a_heading_and_a_row_for_all():
    for nothing in (EMPTY, None, [], ""):
        assert kpi_by(*[nothing] * 6) == [KPI_HEADINGS, ["All", 0, 0, 0, 0, 0, None, None, None, None, None]]
    assert kpi_by("Ads", *[EMPTY] * 5)[1:] == [
        ["Ads", 0, 0, 0, 0, 0, None, None, None, None, None],
        ["All", 0, 0, 0, 0, 0, None, None, None, None, None],
    ]


def test_a_column_that_the_user_does_not_have_may_be_blank():
    table = kpi_by(["Ads", "Fair"], [300, 500], [15, 10], "", None, EMPTY[:1])
    assert table[1] == ["Ads", 300, 15, 0, 0, 0, 20, None, None, 0, -1]


def test_credits_count_and_a_spend_below_nothing_has_no_ratios():
    rows = [("Ads", 300, 10, 1, 1, 100), ("Ads", -100, 0, 0, 0, 0), ("Fair", -50, 5, 1, 1, -80)]
    table = table_of(rows)
    assert table[1] == ["Ads", 200, 10, 1, 1, 100, 20, 200, 200, 0.1, -0.5]
    assert table[2] == ["Fair", -50, 5, 1, 1, -80, None, None, None, 0.2, None]
    assert table[3][:6] == ["All", 150, 15, 2, 2, 20]


def test_more_customers_than_leads_is_shown_as_it_is():
    """The customers of a month may stem from leads of the months before."""
    assert table_of([("Ads", 300, 2, 3, 4, 100)])[1][9] == 2


def test_errors_in_cells_of_kpis_are_told_by_argument_and_row():
    cells = CATALOGUE["KPI_BY"].cells([[["Ads"], ["Fair"]], [[300.0], ["#REF!"]], 1.0, 1.0, 1.0, 1.0])
    assert cells == [[Propagated("#REF!")]]
    assert "spend, row 2" in str(cells[0][0])
    cells = CATALOGUE["KPI_BY"].cells([[["Ads"], ["#N/A"]], 300.0, 1.0, 1.0, 1.0, 1.0])
    assert cells == [[Propagated("#N/A")]]
    with pytest.raises(WrongType, match=r'revenue, row 1, is the text "1,234", which can mean 1\.234 or 1234'):
        kpi_by("Ads", 300, 15, 8, 3, "1,234")
    with pytest.raises(OutOfRange, match="gross_margin is 60; give 0% to 100%"):
        kpi_by("Ads", 300, 15, 8, 3, 1200, 60)


CHANNELS = st.sampled_from(["Web", "web", " WEB ", "Fair", "", None, "Ads", 7.0])
AMOUNTS = st.one_of(st.none(), st.integers(0, 999))
KPI_ROWS = st.lists(st.tuples(CHANNELS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=30)


def sums(rows):
    """The plain sums of the rows that have a channel."""
    kept = [row[1:] for row in rows if row[0] not in ("", None)]
    return [sum(row[position] or 0 for row in kept) for position in range(5)]


def test_the_smallest_groups_stand_together():
    rows = [(f"Channel {number}", 10, number, 1, 0, 0) for number in range(1, 8)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    table = kpi_by(*columns, 1, 3)
    assert [row[0] for row in table[1:]] == ["Channel 7", "Channel 6", "Channel 5", "(others)", "All"]
    assert table[-2][1:6] == [40, 4 + 3 + 2 + 1, 4, 0, 0]
    assert table[-1][1:6] == [70, 28, 7, 0, 0]
    assert kpi_by(*columns, 1, 7) == kpi_by(*columns, 1) == kpi_by(*columns, 1, 0)


def test_a_group_that_is_called_all_is_told_from_the_total():
    assert [row[0] for row in kpi_by(["ALL", "Web"], 1, [5, 3], 1, 0, 0)[1:]] == ["ALL (group)", "Web", "All"]


@given(KPI_ROWS)
def test_the_last_row_adds_up_the_rows_that_have_a_channel(rows):
    table = table_of(rows)
    assert table[0] == KPI_HEADINGS
    assert table[-1][:6] == ["All", *sums(rows)]
    names = [str(row[0]).casefold() for row in table[1:-1]]
    assert len(names) == len(set(names))
    for _, spend, leads, opportunities, customers, revenue, *ratios in table[1:]:
        assert ratios == [
            cost_per_lead(spend, leads) if spend and leads else None,
            cost_per_opportunity(spend, opportunities) if spend and opportunities else None,
            customer_acquisition_cost(spend, customers) if spend and customers else None,
            close_rate(customers, leads) if leads else None,
            marketing_roi(revenue, spend) if spend and (revenue or not customers) else None,
        ]


@given(KPI_ROWS, st.data())
def test_how_rows_are_split_changes_nothing(rows, data):
    split = []
    for row in rows:
        parts = [data.draw(st.integers(0, amount)) if amount else None for amount in row[1:]]
        split.append((row[0], *parts))
        rests = zip(row[1:], parts, strict=True)
        split.append((row[0], *(amount if part is None else amount - part for amount, part in rests)))
    assert table_of(split) == table_of(rows)


@given(KPI_ROWS, st.data())
def test_the_order_of_rows_changes_only_spelling_and_ties(rows, data):
    def in_any_order(table):
        return sorted([str(row[0]).casefold(), *map(str, row[1:])] for row in table[1:])

    shuffled = data.draw(st.permutations(rows))
    one, other = table_of(rows), table_of(shuffled)
    assert in_any_order(one) == in_any_order(other)
    for table in (one, other):
        assert [(-row[2], -row[1]) for row in table[1:-1]] == sorted((-row[2], -row[1]) for row in table[1:-1])


MONEY = st.integers(-(10**7), 10**7).map(lambda cents: cents / 100)
COUNTS = st.floats(0, 10**6)


@given(st.lists(st.tuples(CHANNELS, MONEY, COUNTS, COUNTS, COUNTS, MONEY), min_size=1, max_size=60), st.floats(0, 1))
def test_kpis_agree_with_pandas(rows, margin):
    kept = [(str(row[0]).strip().lower(), *row[1:]) for row in rows if row[0]]
    theirs = pd.DataFrame(kept, columns=KPI_HEADINGS[:6]).groupby("Group").sum()
    ours = table_of(rows, margin)[1:-1]
    assert {str(row[0]).lower() for row in ours} == {str(group) for group in theirs.index}
    # sums of up to 60 numbers below 1e6, in another order: some 60 units in the last place of 6e7
    slack = 60 * 6e7 * 2.2e-16
    for row in ours:
        expected = theirs.loc[str(row[0]).lower()]
        assert row[1:6] == pytest.approx(list(expected), rel=0, abs=slack)
        spend, leads, opportunities, customers, revenue = row[1:6]
        paid = spend > 0
        for shown, part, base in (
            (row[6], spend, leads if paid else 0),
            (row[7], spend, opportunities if paid else 0),
            (row[8], spend, customers if paid else 0),
            (row[9], customers, leads),
            (row[10], revenue * margin - spend, spend if paid and (revenue or not customers) else 0),
        ):
            assert (shown is None) == (base == 0)
            # our own sums: those of pandas, a hair off, may be large over a tiny base
            assert base == 0 or shown == part / base
