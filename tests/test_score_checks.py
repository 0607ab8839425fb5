"""How well scores predict: beside scikit-learn and scipy, by counting pairs, and worked by hand."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from xlsmkt import close_rate_by, close_rate_interval, score_auc, score_bands, suggested_points
from xlsmkt.errors import NotAvailable, OutOfRange

EMPTY = [[None], [""]]  # the rows of a table without data
MARKS = [1.0, True, 46112.0, "2026-03-31", dt.date(2026, 3, 31), "Won", 0.0, False, None, "", "lost"]
SCORES = st.one_of(st.integers(0, 9), st.integers(-50, 50).map(lambda n: n / 4), st.floats(-1e6, 1e6))
SCORED = st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=40)


def unzip(rows):
    return [row[0] for row in rows], [row[1] for row in rows]


def column(table, heading):
    position = table[0].index(heading)
    return [row[position] for row in table[1:]]


# --- the chance that a customer scored higher ---


@given(SCORED)
def test_the_auc_is_that_of_scikit_learn_and_of_counting_pairs(rows):
    scores, won = unzip(rows)
    assume(any(won) and not all(won))
    pairs = [(a > b) + (a == b) / 2 for a, is_won in rows if is_won for b, other in rows if not other]
    # 1e-12: sums of up to 400 halves are exact, scikit-learn's areas are not quite
    assert score_auc(scores, won) == sum(pairs) / len(pairs) == pytest.approx(roc_auc_score(won, scores), abs=1e-12)


@given(SCORED)
def test_a_score_turned_round_predicts_as_badly_as_it_did_well(rows):
    scores, won = unzip(rows)
    assume(any(won) and not all(won))
    assert score_auc([-score for score in scores], won) == pytest.approx(1 - score_auc(scores, won), abs=1e-12)


def test_a_score_that_tells_all_and_one_that_tells_nothing():
    assert score_auc([4, 3, 2, 1], [1, 1, 0, 0]) == 1
    assert score_auc([4, 3, 2, 1], [0, 0, 1, 1]) == 0
    assert score_auc([7, 7, 7], [1, 0, 0]) == 0.5
    assert score_auc([0.0, -0.0], [1, 0]) == 0.5


def test_leads_without_a_score_are_left_out():
    assert score_auc([4, None, 1, ""], ["2026-03-31", 1, None, 0]) == 1
    with pytest.raises(NotAvailable, match="no lead is a customer"):
        score_auc([None, 3], [1, 0])
    for nothing in (EMPTY, None, []):
        with pytest.raises(NotAvailable, match="no lead is a customer"):
            score_auc(nothing, nothing)


def test_customers_by_any_mark():
    scores = [2] * 6 + [1] * 5
    assert score_auc(scores, MARKS) == 1
    assert score_bands(scores, MARKS, 2)[1][:3] == ["2", 6, 6]


# --- bands ---


@given(SCORED, st.one_of(st.none(), st.integers(0, 50), st.lists(st.integers(-20, 20), min_size=2, max_size=5)))
def test_bands_hold_every_lead_once_and_fall(rows, bands):
    scores, won = unzip(rows)
    table = score_bands(scores, won, bands)
    leads, customers = column(table, "Leads"), column(table, "Customers")
    assert table[-1][:4] == ["All", len(rows), sum(won), sum(won) / len(rows)]
    assert sum(leads[:-1]) == len(rows) and sum(customers[:-1]) == sum(won)
    assert 0 not in leads
    # bands are runs of the leads sorted by score, and no score is in two of them
    falling = sorted(rows, reverse=True)
    start = 0
    for count, customers_in in zip(leads[:-1], customers[:-1], strict=True):
        inside = falling[start : start + count]
        assert sum(is_won for _, is_won in inside) == customers_in
        assert start == 0 or inside[0][0] < falling[start - 1][0]
        start += count
    if any(won):
        assert sum(column(table, "Share of customers")[:-1]) == pytest.approx(1)
        lifts = [lift * count for lift, count in zip(column(table, "Lift"), leads, strict=True)]
        assert sum(lifts[:-1]) == pytest.approx(len(rows))
        assert table[-1][4:] == [1, 1]


@given(st.integers(1, 60), st.integers(1, 20))
def test_bands_of_different_scores_are_as_equal_as_can_be(leads, bands):
    table = score_bands(list(range(leads)), [0] * leads, bands)
    counts = column(table, "Leads")[:-1]
    assert len(counts) == min(leads, bands)
    assert max(counts) - min(counts) <= 1


@given(SCORED, st.lists(st.integers(-20, 20), min_size=2, max_size=5, unique=True))
def test_bands_by_their_lowest_scores(rows, limits):
    scores, won = unzip(rows)
    counts = []
    above = float("inf")
    for limit in [*sorted(limits, reverse=True), float("-inf")]:
        inside = [is_won for score, is_won in rows if limit <= score < above]
        counts += [(len(inside), sum(inside))] if inside else []
        above = limit
    assert [(row[1], row[2]) for row in score_bands(scores, won, limits)[1:-1]] == counts


def test_no_two_bands_are_called_the_same():
    def names(scores, bands):
        return column(score_bands(scores, [0] * len(scores), bands), "Band")[:-1]

    assert names([1.01, 1.02, 1.03, 1.04], 2) == ["1.03 to 1.04", "1.01 to 1.02"]
    assert names([7, 7.04, 7.004], 3) == ["7.04", "7.004", "7"]
    assert names([7, 7.04, 9, 9], 2) == ["9", "7"]  # one decimal is enough
    assert names([1.0, 1 + 2**-52], 2) == ["1.0000000000000002", "1.0"]


@given(SCORED, st.integers(1, 9))
def test_bands_have_names_of_their_own(rows, bands):
    names = column(score_bands(*unzip(rows), bands), "Band")
    assert len(set(names)) == len(names)


def test_one_limit_is_written_twice():
    assert [row[:2] for row in score_bands([90, 80, 70], [1, 0, 0], [80, 80])[1:]] == [
        ["80 to 90", 2], ["70", 1], ["All", 3],
    ]  # fmt: skip


def test_bands_worked_by_hand():
    scores = [95, 91, 88, 70, 64.25, 64.25, 40, 22, 10, 5]
    won = [1, 1, 0, 1, 0, 1, 0, 0, 0, 0]
    assert score_bands(scores, won) == [
        ["Band", "Leads", "Customers", "Close rate", "Share of customers", "Lift"],
        ["91 to 95", 2, 2, 1, 0.5, 2.5],
        ["70 to 88", 2, 1, 0.5, 0.25, 1.25],
        ["64.2", 2, 1, 0.5, 0.25, 1.25],
        ["22 to 40", 2, 0, 0, 0, 0],
        ["5 to 10", 2, 0, 0, 0, 0],
        ["All", 10, 4, 0.4, 1, 1],
    ]
    assert column(score_bands(scores, won, [60, 90]), "Band") == ["91 to 95", "64.2 to 88", "5 to 40", "All"]


def test_equal_scores_stay_together():
    assert column(score_bands([50] * 8 + [20, 10], [0] * 10, 5), "Leads") == [8, 1, 1, 10]
    assert column(score_bands([7] * 9, [1] * 9, 5), "Band") == ["7", "All"]
    top_heavy = [90] * 50 + list(range(50))
    assert column(score_bands(top_heavy, [0] * 100, 5), "Leads") == [50, 12, 13, 12, 13, 100]
    # of 3, 3 and 4 leads the half of 10 falls in the middle; the cut at 6 is nearer than that at 3
    assert column(score_bands([9] * 3 + [8] * 3 + [7] * 4, [0] * 10, 2), "Leads") == [6, 4, 10]


def test_blanks_among_the_bands_and_limits_twice_change_nothing():
    scores, won = [9, 8, 7, 6, 5, 4], [1, 0, 1, 0, 0, 0]
    assert score_bands(scores, won, [[6, None], ["", 8]]) == score_bands(scores, won, [8, 6, 8])
    assert score_bands(scores, won, [3, None, ""]) == score_bands(scores, won, 3)
    assert column(score_bands(scores, won, [6, 6]), "Band") == ["6 to 9", "4 to 5", "All"]
    for left_out in (None, "", 0, EMPTY):
        assert score_bands(scores, won, left_out) == score_bands(scores, won, 5) == score_bands(scores, won)


def test_bands_over_no_data_and_over_one_lead():
    blank = ["All", 0, 0, None, None, None]
    for nothing in (EMPTY, None, [], ""):
        assert score_bands(nothing, nothing)[1:] == [blank]
        assert score_bands(nothing, nothing, [10, 20])[1:] == [blank]
    assert score_bands([-3.14], [1])[1:] == [["-3.1", 1, 1, 1, 1, 1], ["All", 1, 1, 1, 1, 1]]
    assert score_bands([-0.04], [0], 1e9)[1:] == [["0", 1, 0, 0, None, None], ["All", 1, 0, 0, None, None]]


def test_a_number_of_bands_is_whole_and_not_negative():
    for wrong in (-1, 2.5, 0.5):
        with pytest.raises(OutOfRange, match=f"bands is {wrong}; give a whole number of bands"):
            score_bands([1, 2], [1, 0], wrong)


# --- suggested points ---

VALUES = st.sampled_from(["Retail", "retail", "Mining", "IT", None, "", 7.0])


@given(st.lists(st.tuples(VALUES, st.booleans()), min_size=1, max_size=60), st.sampled_from([1, 10, 100]))
def test_points_follow_the_low_end_that_scipy_gives(rows, scale):
    values, won = unzip(rows)
    heading, *groups, everything = suggested_points(values, won, scale)
    assert heading == ["Value", "Leads", "Customers", "Close rate", "Low", "Points"]
    for _, leads, customers, rate, low, _ in groups:
        theirs = stats.binomtest(customers, leads).proportion_ci(0.95, method="wilson").low
        assert low == pytest.approx(theirs, abs=1e-12)
        assert rate == customers / leads
    best = max((row[4] for row in groups), default=0)
    # half a point, and what binary arithmetic adds to it
    assert all(row[5] is None if best == 0 else abs(row[5] - scale * row[4] / best) <= 0.5 + 1e-9 for row in groups)
    assert all(row[5] is None or row[5] == int(row[5]) for row in groups)
    assert [row[4] for row in groups] == sorted((row[4] for row in groups), reverse=True)
    counted = close_rate_by(values, won)
    assert sorted(map(str, (row[:3] for row in groups))) == sorted(map(str, (row[:3] for row in counted[1:-1])))
    assert everything[:3] == counted[-1][:3] and everything[5] is None


def test_few_leads_do_not_earn_many_points():
    values = ["Lucky"] + ["Solid"] * 100
    table = suggested_points(values, [1] + [1] * 60 + [0] * 40)
    assert [row[0] for row in table[1:]] == ["Solid", "Lucky", "All"]
    solid, lucky = close_rate_interval(60, 100)[0], close_rate_interval(1, 1)[0]
    assert [row[5] for row in table[1:]] == [10, round(10 * lucky / solid), None] == [10, 4, None]


def test_without_a_customer_the_points_are_blank():
    assert suggested_points(["Retail", "IT"], [0, 0])[1:] == [
        ["Retail", 1, 0, 0, 0, None],
        ["IT", 1, 0, 0, 0, None],
        ["All", 2, 0, 0, 0, None],
    ]
    assert column(suggested_points(["Retail", "IT"], [1, 0], 0), "Points") == [0, 0, None]


def test_suggestions_over_no_data():
    for nothing in (EMPTY, None, [], ""):
        assert suggested_points(nothing, nothing)[1:] == [["All", 0, 0, None, None, None]]
