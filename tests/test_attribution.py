"""Attribution: journeys worked by hand, the definitions computed the long way, and edges."""

import datetime as dt
import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlsmkt.errors import OutOfRange, Propagated, WrongType
from xlsmkt.functions.attribution import attribution

MODELS = ["first", "last", "linear", "time decay", "U-shaped", "W-shaped", "Markov", "Shapley"]
every_model = pytest.mark.parametrize("model", MODELS)
START = dt.datetime(2026, 3, 1)
NOTHING = [["Channel", "Credit", "Value"], ["All", 0, 0]]


def touched(journeys, values=None):
    """The four columns for journeys such as {"L1": "ABA"}, a touch a day; values on every row."""
    rows = [
        (lead, START + dt.timedelta(days=day), channel, (values or {}).get(lead))
        for lead, path in journeys.items()
        for day, channel in enumerate(path)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def credits(table):
    return {channel: credit for channel, credit, _ in table[1:-1]}


def money(table):
    return {channel: value for channel, _, value in table[1:-1]}


def cents(value):
    """Whole cents; what is no whole number of them fails."""
    assert round(value, 2) == value
    return round(value * 100)


# --- worked by hand ---

FULL = 0.5 ** (np.arange(5, -1, -1) / 7)  # a touch a day, half-life 7 days


@pytest.mark.parametrize(
    ("model", "path", "shares"),
    [
        ("first", "ABC", {"A": 1, "B": 0, "C": 0}),
        ("last", "ABC", {"A": 0, "B": 0, "C": 1}),
        ("linear", "ABCDE", dict.fromkeys("ABCDE", 1 / 5)),
        ("linear", "ABA", {"A": 2 / 3, "B": 1 / 3}),
        ("time decay", "A", {"A": 1}),
        ("time decay", "ABCDEF", dict(zip("ABCDEF", FULL / FULL.sum(), strict=True))),
        ("U-shaped", "A", {"A": 1}),
        ("U-shaped", "AB", {"A": 0.5, "B": 0.5}),
        ("U-shaped", "ABC", {"A": 0.4, "B": 0.2, "C": 0.4}),
        ("U-shaped", "ABCDE", {"A": 0.4, "B": 0.2 / 3, "C": 0.2 / 3, "D": 0.2 / 3, "E": 0.4}),
        ("U-shaped", "ABA", {"A": 0.8, "B": 0.2}),
        ("W-shaped", "A", {"A": 1}),
        ("W-shaped", "AB", {"A": 0.5, "B": 0.5}),
        ("W-shaped", "ABC", {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}),
        ("W-shaped", "ABCD", {"A": 0.3, "B": 0.3, "C": 0.1, "D": 0.3}),
        ("W-shaped", "ABCDE", {"A": 0.3, "B": 0.05, "C": 0.3, "D": 0.05, "E": 0.3}),
        ("Markov", "ABC", {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}),
        ("Shapley", "ABAAC", {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}),
    ],
)
def test_one_journey(model, path, shares):
    table = attribution(*touched({"L1": path}, {"L1": 300}), model)
    assert credits(table) == pytest.approx(shares, abs=1e-12)
    assert money(table) == pytest.approx({channel: 300 * share for channel, share in shares.items()}, abs=0.01)
    assert table[-1] == ["All", 1, 300]


def test_200_over_five_touches_are_40_each():
    table = attribution(*touched({"L1": "ABCDE"}, {"L1": 200}))
    assert [row[2] for row in table[1:]] == [40, 40, 40, 40, 40, 200]


def test_time_decay_halves_with_the_half_life():
    days = ["2026-03-01", "2026-03-08", "2026-03-15"]
    assert credits(attribution(["L1"] * 3, days, ["A", "B", "C"], 70, "time decay")) == pytest.approx(
        {"C": 4 / 7, "B": 2 / 7, "A": 1 / 7}
    )
    assert credits(attribution(["L1"] * 3, days, ["A", "B", "C"], 70, "time decay", None, 14))["A"] == pytest.approx(
        0.5 / (0.5 + math.sqrt(0.5) + 1)
    )
    # the hour counts: half a day of a half-life of half a day
    noon = attribution(["L1"] * 2, ["2026-03-01 00:00", "2026-03-01 12:00"], ["A", "B"], 3, "time decay", None, 0.5)
    assert money(noon) == {"B": 2, "A": 1}


def test_markov_by_hand():
    """Start: A 2/3, B 1/3. A: B 1/2, lost 1/2. B: sold 1/2, lost 1/2. Sold: 1/3; without A 1/6, without B nothing."""
    table = attribution(*touched({"L1": "AB", "L2": "A", "L3": "B"}, {"L1": 900}), "Markov")
    assert table[1:] == [["B", pytest.approx(2 / 3), 600], ["A", pytest.approx(1 / 3), 300], ["All", 1, 900]]


def test_markov_gives_credit_to_a_channel_on_the_way_of_lost_leads():
    # C was in no journey that sold, but it leads to B, where journeys sell
    assert credits(attribution(*touched({"L1": "AB", "L2": "CB"}, {"L1": 1}), "Markov"))["C"] > 0


def test_shapley_by_hand():
    """Sets: A alone sells 1, B alone 0, both 3. A: (1 + 3) / 2 = 2, B: (0 + 2) / 2 = 1."""
    table = attribution(*touched({"L1": "A", "L2": "AB", "L3": "BBA"}, {"L1": 100, "L2": 10, "L3": 20}), "Shapley")
    assert table[1:] == [["A", 2, 115], ["B", 1, 15], ["All", 3, 130]]


# --- the long way ---

PATHS = st.lists(st.tuples(st.lists(st.sampled_from("ABCDEFG"), min_size=1, max_size=8), st.integers(0, 3)),
                 min_size=1, max_size=12)  # fmt: skip


def as_touches(paths):
    """Journeys and what they are worth (0: no conversion), as the four columns."""
    journeys = {f"L{number}": path for number, (path, _) in enumerate(paths)}
    return touched(journeys, {f"L{number}": 100 * worth for number, (_, worth) in enumerate(paths)})


def chance_of_selling(paths, without=None):
    """The chain's chance to end in a sale, every step into a removed channel being a loss."""
    steps = Counter()
    for path, worth in paths:
        steps.update(itertools.pairwise(["start", *path, "sold" if worth else "lost"]))
    states = sorted({here for here, _ in steps} - {without})
    matrix, sold = np.eye(len(states)), np.zeros(len(states))
    for (here, there), count in steps.items():
        if here == without:
            continue
        share = count / sum(n for (one, _), n in steps.items() if one == here)
        if there == "sold":
            sold[states.index(here)] += share
        elif there not in ("lost", without):
            matrix[states.index(here), states.index(there)] -= share
    return np.linalg.solve(matrix, sold)[states.index("start")]


@given(PATHS)
def test_markov_agrees_with_a_chain_built_anew_without_each_channel(paths):
    conversions = sum(worth > 0 for _, worth in paths)
    found = credits(attribution(*as_touches(paths), "Markov"))
    assert set(found) == set("".join("".join(path) for path, _ in paths))
    if not conversions:
        assert set(found.values()) == {0}
        return
    everything = chance_of_selling(paths)
    effects = {channel: 1 - chance_of_selling(paths, channel) / everything for channel in found}
    expected = {channel: conversions * effect / sum(effects.values()) for channel, effect in effects.items()}
    assert found == pytest.approx(expected, abs=1e-9)


def shapley(channels, worth):
    """Shapley's sum over all sets of the other players."""
    count = len(channels)
    return {
        one: sum(
            Fraction(math.factorial(size) * math.factorial(count - size - 1), math.factorial(count))
            * (worth({*others, one}) - worth(set(others)))
            for size in range(count)
            for others in itertools.combinations([c for c in channels if c != one], size)
        )
        for one in channels
    }


@settings(max_examples=50, deadline=None)
@given(PATHS)
def test_shapley_agrees_with_the_sum_over_all_sets(paths):
    table = attribution(*as_touches(paths), "Shapley")
    sold = [(set(path), worth) for path, worth in paths if worth]
    channels = sorted(credits(table))
    expected = shapley(channels, lambda chosen: sum(touched <= chosen for touched, _ in sold))
    assert credits(table) == pytest.approx({c: float(credit) for c, credit in expected.items()}, abs=1e-12)
    earned = shapley(channels, lambda chosen: sum(100 * worth for touched, worth in sold if touched <= chosen))
    assert all(abs(value - earned[channel]) < Fraction(1, 100) for channel, value in money(table).items())


# --- edges ---


@every_model
@pytest.mark.parametrize("nothing", [[[None], [""]], None, [], ""])
def test_no_touches(model, nothing):
    assert attribution(nothing, nothing, nothing, nothing, model) == NOTHING
    assert attribution(nothing, nothing, nothing, [100], model, ["L1"]) == NOTHING


@every_model
def test_no_customers(model):
    for values in (["", "", ""], [None, 0, 0], [False, "", 0.0], 0, None):
        table = attribution(
            ["L1", "L1", "L2"], ["2026-03-01", "2026-03-02", "2026-03-03"], ["A", "B", "B"], values, model
        )
        assert table[1:] == [["A", 0, 0], ["B", 0, 0], ["All", 0, 0]]


@every_model
def test_rows_that_lack_something_are_left_out(model):
    whole = touched({"L1": "ABC", "L2": "CA"}, {"L1": 100, "L2": 50})
    table = attribution(*whole, model)
    leads, times, channels, values = whole
    blanks = attribution(
        [*leads, None, "L1", "L1", ""],
        [*times, "2026-03-01", "", "2026-03-01", None],
        [*channels, "Z", "Z", None, ""],
        [*values, 999, 100, "", None],
        model,
    )
    assert blanks == table


def test_a_value_may_stand_in_any_row_of_its_lead():
    leads, times, channels, _ = touched({"L1": "AB"})
    expected = attribution(leads, times, channels, [10, 10])
    assert expected[-1] == ["All", 1, 10]
    for values in ([10, ""], [None, 10], [0, "10"], 10, [[10]]):
        assert attribution(leads, times, channels, values) == expected
    # also in a row that is left out for lack of its channel
    assert attribution([*leads, "L1"], [*times, None], [*channels, None], ["", "", 10]) == expected


def test_leads_without_touches_are_not_attributed():
    assert attribution("L1", START, "A", [100, 50], "Shapley", ["L1", "L2"])[1:] == [["A", 1, 100], ["All", 1, 100]]


def test_spare_rows_at_the_end_do_not_count():
    columns = [["L1", "L1", None, None], [START, START, ""], ["A", "B", None], [8, 8, None, None, ""]]
    assert attribution(*columns)[-1] == ["All", 1, 8]
    assert attribution("L1", START, "A", [8, None], "last", ["L1", None, ""])[-1] == ["All", 1, 8]


def test_columns_of_different_length():
    with pytest.raises(WrongType, match="leads has 2 and values has 3 rows; give columns of one length"):
        attribution(["L1", "L1"], START, ["A", "B"], [8, 8, 8])
    with pytest.raises(WrongType, match="value_leads has 1 and values has 2 rows; give columns of one length"):
        attribution(["L1", "L1"], START, ["A", "B"], [8, 8], "last", ["L1"])
    with pytest.raises(WrongType, match="leads has 2 and times has 3"):
        attribution(["L1", "L1"], [START] * 3, ["A", "B"], [8, 8])


def test_two_values_of_one_lead():
    leads, times, channels, _ = touched({"L1": "AB"})
    with pytest.raises(OutOfRange, match="values has 10 and 20 for the lead L1; give each lead one value"):
        attribution(leads, times, channels, [10, 20])
    with pytest.raises(OutOfRange, match="value_leads has the lead L1 with two values; give each lead one value"):
        attribution(leads, times, channels, [10, 10], "last", ["L1", "L1"])


def test_touches_at_one_time_count_in_the_order_of_their_rows():
    same = ["L1"] * 3, ["2026-03-01"] * 3, ["C", "A", "B"], 10
    assert attribution(*same, "first")[1] == ["C", 1, 10]
    assert attribution(*same, "last")[1] == ["B", 1, 10]
    assert credits(attribution(*same, "time decay")) == pytest.approx(dict.fromkeys("ABC", 1 / 3))


def test_upper_and_lower_case_are_one_channel_but_two_leads():
    # Salesforce's IDs of 15 characters differ in nothing but case
    leads = ["0035e00000abcdE", "0035e00000abcde", "0035e00000abcde"]
    table = attribution(leads, START, ["E-Mail", "e-mail", "Fair"], [100, 60, 60])
    assert table[1:] == [["E-Mail", 1.5, 130], ["Fair", 0.5, 30], ["All", 2, 160]]


def test_an_id_is_the_same_as_a_number_and_as_a_text():
    assert attribution([1001.0, "1002"], START, ["A", "B"], [5, 7], "last", ["1001", 1002])[-1] == ["All", 2, 12]


def test_times_may_be_serials_dates_and_texts():
    times = [46082.75, "2026-03-01 17:00", dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 19)]
    assert attribution("L1", times, ["A", "B", "C", "D"], 10, "first")[1][0] == "C"
    assert attribution("L1", times, ["A", "B", "C", "D"], 10, "last")[1][0] == "D"
    with pytest.raises(WrongType, match='times, row 2, is the text "soon"; give a date and time'):
        attribution(["L1", "L1"], ["2026-03-01", "soon"], ["A", "B"], 10)


def test_channels_may_be_numbers():
    assert attribution("L1", START, [1.0, 2.0], 10)[1:] == [[1, 0.5, 5], [2, 0.5, 5], ["All", 1, 10]]


@pytest.mark.parametrize("position", range(4))
def test_an_error_in_a_cell_is_the_result(position):
    columns = touched({"L1": "AB"}, {"L1": 10})
    columns[position][1] = "#N/A"
    with pytest.raises(Propagated, match=r"row 2.*mend that cell first"):
        attribution(*columns)


def test_what_no_model_takes():
    with pytest.raises(OutOfRange, match="values, row 1, is -5; give an amount of 0 or more"):
        attribution("L1", START, "A", -5)
    with pytest.raises(WrongType, match='model is "best"; give "first", "last", "linear"'):
        attribution("L1", START, "A", 5, "best")
    with pytest.raises(OutOfRange, match="half_life is 0; give more than 0 days"):
        attribution("L1", START, "A", 5, "time decay", None, 0)
    assert attribution("L1", START, "A", 5, "u-SHAPED", None, 0)[-1] == ["All", 1, 5]


def test_half_lives_at_their_ends():
    leads, times, channels, values = touched({"L1": "AB"}, {"L1": 10})
    assert credits(attribution(leads, times, channels, values, "time decay", None, 1e-300)) == {"B": 1, "A": 0}
    assert credits(attribution(leads, times, channels, values, "time decay", None, 1e300)) == {"A": 0.5, "B": 0.5}


def test_cents_that_cannot_be_shared_go_to_the_largest_remainder():
    assert money(attribution(*touched({"L1": "ABC"}, {"L1": 100}))) == {"A": 33.34, "B": 33.33, "C": 33.33}
    assert money(attribution(*touched({"L1": "ABC"}, {"L1": 0.02}))) == {"A": 0.01, "B": 0.01, "C": 0}
    assert attribution(*touched({"L1": "AB"}, {"L1": 0.001}))[1:] == [["A", 0.5, 0], ["B", 0.5, 0], ["All", 1, 0]]
    # A has 2/3 of a cent and B 1/3
    assert money(attribution(*touched({"L1": "ABA"}, {"L1": 0.01}))) == {"A": 0.01, "B": 0}


def test_very_large_revenue_is_shared_to_the_cent_or_refused():
    table = attribution(*touched({"L1": "ABC"}, {"L1": 9e11}), "linear")
    assert sum(map(cents, money(table).values())) == cents(9e11)
    with pytest.raises(OutOfRange, match="too large"):
        attribution(*touched({"L1": "A", "L2": "A"}, {"L1": 1.7e308, "L2": 1.7e308}))


def test_a_channel_touched_again_and_again_does_not_upset_the_chain():
    many = ["A"] * 50_000 + ["B"] * 50_000
    assert credits(attribution("L1", START, many, 10, "Markov")) == pytest.approx({"A": 0.5, "B": 0.5}, abs=1e-9)
    to_and_fro = ["A", "B"] * 50_000
    assert credits(attribution("L1", START, to_and_fro, 10, "Markov")) == pytest.approx({"A": 0.5, "B": 0.5}, abs=1e-9)


def test_more_channels_than_a_chain_takes():
    channels = [f"Campaign {number}" for number in range(501)]
    with pytest.raises(OutOfRange, match="channels has 501 names and Markov takes 500; put the smaller ones together"):
        attribution("L1", START, channels, 10, "Markov")
    assert len(attribution("L1", START, channels, 10, "Shapley")) == 503
