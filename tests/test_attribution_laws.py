"""Attribution: laws that hold for any touches."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_attribution import MODELS, START, cents, credits, every_model, money

from xlsmkt.functions.attribution import attribution


@st.composite
def journeys_of_any_kind(draw):
    """Rows of lead, time, channel, all at different times, and a value for some of the leads."""
    count = draw(st.integers(1, 25))
    minutes = draw(st.lists(st.integers(0, 10**5), min_size=count, max_size=count, unique=True))
    rows = [
        (
            draw(st.sampled_from(["L1", "L2", "L3", "L4", "L5"])),
            START + dt.timedelta(minutes=m),
            draw(st.sampled_from("ABCDEF")),
        )
        for m in minutes
    ]
    amounts = st.one_of(st.none(), st.just(0), st.integers(1, 10**9).map(lambda c: c / 100), st.floats(0.001, 1e6))
    values = {lead: draw(amounts) for lead in ["L1", "L2", "L3", "L4", "L5"]}
    return rows, values


def run(rows, values, model):
    columns = [list(column) for column in zip(*rows, strict=True)]
    return attribution(*columns, list(values.values()), model, list(values))


@every_model
@given(journeys_of_any_kind())
def test_everything_earned_is_shared_out(model, case):
    rows, values = case
    table = run(rows, values, model)
    sold = [values[lead] for lead in {lead for lead, _, _ in rows} if values[lead]]
    assert table[0] == ["Channel", "Credit", "Value"]
    assert table[-1][:2] == ["All", len(sold)]
    assert cents(table[-1][2]) == pytest.approx(sum(sold) * 100, abs=0.5 + 1e-6)
    # 1e-9: single credits are rounded to binary
    assert math.fsum(credits(table).values()) == pytest.approx(len(sold), abs=1e-9)
    assert sum(map(cents, money(table).values())) == cents(table[-1][2])
    assert min(credits(table).values()) >= 0
    assert min(money(table).values()) >= 0
    assert set(credits(table)) == {channel for _, _, channel in rows}
    assert list(credits(table).values()) == sorted(credits(table).values(), reverse=True)


@every_model
@given(journeys_of_any_kind(), st.permutations("ABCDEF"))
def test_new_names_change_nothing_but_the_names(model, case, names):
    rows, values = case
    new = dict(zip("ABCDEF", names, strict=True))
    renamed = run([(lead, time, new[channel]) for lead, time, channel in rows], values, model)
    table = run(rows, values, model)
    assert renamed == [table[0], *([new[channel], *rest] for channel, *rest in table[1:-1]), table[-1]]


@every_model
@given(st.data(), journeys_of_any_kind())
def test_the_order_of_the_rows_does_not_matter(model, data, case):
    rows, values = case
    shuffled = data.draw(st.permutations(rows))
    assert run(shuffled, values, model) == run(rows, values, model)


@every_model
@given(journeys_of_any_kind(), st.integers(-(10**7), 10**7))
def test_a_shift_of_all_times_changes_nothing(model, case, seconds):
    rows, values = case
    moved = [(lead, time + dt.timedelta(seconds=seconds), channel) for lead, time, channel in rows]
    assert run(moved, values, model) == run(rows, values, model)


@every_model
@given(journeys_of_any_kind())
def test_a_channel_that_touched_no_customer_earns_nothing(model, case):
    rows, values = case
    table = run([*rows, ("lost", START, "Z")], values, model)
    assert credits(table)["Z"] == money(table)["Z"] == 0  # in the chain, too: Z leads nowhere


@pytest.mark.parametrize("model", [m for m in MODELS if m != "Markov"])
@given(journeys_of_any_kind())
def test_only_the_leads_that_bought_count(model, case):
    rows, values = case
    table = run(rows, values, model)
    bought = [row for row in rows if values[row[0]]]
    if bought:
        of_buyers = run(bought, values, model)
        assert {c: credit for c, credit in credits(table).items() if credit} == {
            c: credit for c, credit in credits(of_buyers).items() if credit
        }
    touched_buyers = {channel for _, _, channel in bought}
    assert all(credit == 0 for channel, credit in credits(table).items() if channel not in touched_buyers)


@every_model
@given(journeys_of_any_kind())
def test_values_beside_the_touches_and_in_a_table_of_their_own_are_the_same(model, case):
    rows, values = case
    columns = [list(column) for column in zip(*rows, strict=True)]
    beside = [values[lead] for lead in columns[0]]
    assert attribution(*columns, beside, model) == run(rows, values, model)
