"""Lead scores by rules, and the call list: beside a lead-by-lead computation, by hand, and at the edges."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlsmkt import lead_queue, lead_score, sales_ready
from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import NotAvailable, OutOfRange, Propagated, WrongType

HEADINGS = [["Lead ID", "Size", "Industry", "Title", "Visited"]]
RULE_HEADINGS = ["Attribute", "Test", "Value", "Points", "Kind"]
EMPTY = [[None], [""]]  # the rows of a table without data


def score(value, test, wanted, heading="Size", points=10):
    """The score of one lead of one column by one rule."""
    table = lead_score([[heading, "Lead ID"]], [[value, "L1"]], [[heading, test, wanted, points, "explicit"]])
    assert table[1][1] == 0 and table[1][0] == table[1][2]
    return table[1][2]


# --- beside a lead-by-lead computation ---

INDUSTRIES = ["Retail", "retail", "MINING", "Mining", "Banks, insurers", None, ""]
TITLES = ["Head of Sales", "head buyer", "Student", "Overhead", None]
DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31))
LEADS = st.lists(
    st.tuples(
        st.text("LX0123456789", min_size=1, max_size=4),
        st.one_of(st.none(), st.integers(-5, 400).map(float), st.floats(0.1, 1000)),
        st.sampled_from(INDUSTRIES),
        st.sampled_from(TITLES),
        st.one_of(st.none(), DAYS),
    ),
    min_size=1,
    max_size=12,
)
POINTS = st.one_of(st.integers(-20, 20).map(float), st.floats(-5, 5))
KIND = st.sampled_from(["explicit", "Implicit", "IMPLICIT"])
RULES = st.lists(
    st.one_of(
        st.tuples(
            st.just("size"), st.sampled_from(["at least", "At most", "IDEAL", "is"]), st.floats(1, 400), POINTS, KIND
        ),
        st.tuples(st.just("Industry"), st.just("is"), st.sampled_from(["retail", "Mining"]), POINTS, KIND),
        st.tuples(
            st.just("Industry"), st.just("is one of"), st.sampled_from(["Retail, mining", "banks, insurers;mining"]),
            POINTS, KIND,
        ),
        st.tuples(st.just("TITLE"), st.just("contains"), st.sampled_from(["head", "Sales", "t"]), POINTS, KIND),
        st.tuples(st.just("Visited"), st.sampled_from(["at least", "at most"]), DAYS, POINTS, KIND),
    ),
    max_size=10,
)  # fmt: skip


def is_met(cell, test, wanted):
    """How far a lead meets a rule, 0 to 1."""
    if cell in (None, ""):
        return 0
    if test == "ideal":
        return 0 if cell <= 0 else cell / wanted if cell < wanted else wanted / cell
    if test in ("at least", "at most"):
        return cell >= wanted if test == "at least" else cell <= wanted
    if test == "contains":
        return cell.lower().count(wanted.lower()) > 0
    if test == "is one of":
        return any(cell.lower() == one.strip().lower() for one in wanted.split(";" if ";" in wanted else ","))
    return str(cell).lower() == str(wanted).lower()


def expected_scores(leads, rules):
    headings = [heading.lower() for heading in HEADINGS[0]]
    for lead in leads:
        sums = {"explicit": 0, "implicit": 0}
        for attribute, test, wanted, points, kind in rules:
            sums[kind.lower()] += points * is_met(lead[headings.index(attribute.lower())], test.lower(), wanted)
        yield [sums["explicit"], sums["implicit"], sums["explicit"] + sums["implicit"]]


@given(LEADS, RULES)
def test_scores_are_those_of_each_lead_and_rule_by_itself(leads, rules):
    table = lead_score(HEADINGS, leads, rules or [[None] * 5])
    assert table[0] == ["Explicit", "Implicit", "Score"]
    assert len(table) == 1 + len(leads)
    for row, expected in zip(table[1:], expected_scores(leads, rules), strict=True):
        assert row == pytest.approx(expected, abs=1.1e-9)  # scores are given to nine decimals


@given(LEADS, RULES.filter(bool), st.randoms(use_true_random=False))
def test_the_order_of_the_rules_changes_nothing(leads, rules, random):
    shuffled = random.sample(rules, len(rules))
    one, other = lead_score(HEADINGS, leads, rules)[1:], lead_score(HEADINGS, leads, shuffled)[1:]
    for row, same in zip(one, other, strict=True):
        assert row == pytest.approx(same, abs=1.1e-9)


def test_the_order_of_leads_is_the_same_in_any_order_of_the_rules():
    # in binary 0.1 + 0.2 + 0.3 is more than 0.3 + 0.2 + 0.1, and one of them more than 0.6
    rules = [["Size", "at least", 1, points, "explicit"] for points in (0.1, 0.2, 0.3)]
    other = [["Title", "is", "Student", 0.6, "explicit"]]
    leads = [["L1", 5, "", "", ""], ["L2", 0, "", "Student", ""]]
    for ordered in (rules, rules[::-1]):
        scores = [row[2] for row in lead_score(HEADINGS, leads, [*ordered, *other])[1:]]
        assert scores == [0.6, 0.6]
        assert [row[1] for row in lead_queue(["L1", "L2"], scores, ["", ""], 0.6)[1:]] == ["L1", "L2"]


# --- the tests of rules ---


def test_the_ideal_is_free_of_scale():
    sizes = [100.0, 50.0, 200.0, 1.0, 0.0, -100.0, None, "many"]
    assert [score(size, "ideal", 100) for size in sizes] == [10, 5, 5, 0.1, 0, 0, 0, 0]
    assert score(5e-6, "ideal", 1e-5) == score(5e6, "ideal", 1e7) == 5


@pytest.mark.parametrize("wanted", ["Retail", " retail ", "RETAIL"])
def test_texts_compare_without_case(wanted):
    assert score("retail", "is", wanted) == score(" RETAIL", "Is", wanted) == 10
    assert score("retailer", "is", wanted) == 0


@pytest.mark.parametrize("value", [46112.0, "2026-03-31", dt.date(2026, 3, 31), dt.datetime(2026, 3, 31), "46112"])
@pytest.mark.parametrize("wanted", [46112.0, "2026-03-31", dt.date(2026, 3, 31), " 2026-03-31 "])
def test_a_date_is_the_same_however_it_is_written(value, wanted):
    assert score(value, "is", wanted) == score(value, "is one of", wanted) == 10
    assert score(value, "at least", wanted) == score(value, "at most", wanted) == 10
    assert score(value, "at least", "2026-04-01") == score(value, "at most", "2026-03-30") == 0


def test_a_number_is_the_same_however_it_is_written():
    assert score("200", "is", 200) == score(200, "is", "200") == score(200.0, "is", "200.0") == 10
    assert score("5%", "at least", 0.05) == score(0.05, "is one of", "5%; 10%") == 10
    assert score("1,234.50", "at most", 1234.5) == 10
    assert score("about 200", "at least", 1) == score("200", "is", "200 or so") == 0


def test_truth_values_are_the_same_however_they_are_written():
    assert score(True, "is", "true") == score("TRUE", "is", True) == score(1, "is", True) == score(True, "is", 1) == 10
    assert score(False, "is", True) == score("yes", "is", True) == 0
    rows = [[True], [1.0], [False], [0.0]]
    assert [r[2] for r in lead_score("MQL", rows, [["MQL", "is", True, 3, "implicit"]])[1:]] == [3, 3, 0, 0]


def test_one_of_several_values_may_hold_a_comma():
    assert score("Banks, insurers", "is one of", "Retail; Banks, insurers") == 10
    assert score("Banks, insurers", "is one of", "Banks, insurers;") == 10
    assert score("Banks", "is one of", "Retail; Banks, insurers") == 0
    assert score("Banks", "is one of", "Retail,Banks") == 10
    assert score(7, "is one of", 7) == score(7, "is one of", "5, 7") == 10
    assert score("", "is one of", "a;;b") == score(None, "is one of", ";") == 0


def test_one_of_several_values_may_be_all_that_is_written():
    assert score("Banks, insurers", "is one of", "Banks, insurers") == 10
    assert score("trade; retail", "is one of", "Trade; Retail") == score("Retail", "is one of", "Trade; Retail") == 10
    assert score(1.5, "is one of", "1,5") == 0  # 1 or 5


def test_contains_reads_numbers_as_they_are_shown():
    assert score("Head of Sales", "contains", "SALES") == score(2026.0, "contains", 26) == 10
    assert score("01234", "contains", "012") == score("2026-03-31", "contains", "-03-") == 10
    assert score(2.5, "contains", ".5") == 10
    assert score("Sales", "contains", "Head of Sales") == 0


@pytest.mark.parametrize("test", ["is", "is one of", "at least", "at most", "contains", "ideal"])
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_cell_earns_nothing(test, blank):
    assert score(blank, test, 1, points=-10) == 0


def test_values_equal_to_a_limit_reach_it():
    assert score(50, "at least", 50) == score(50, "at most", 50) == 10
    assert score(49.999, "at least", 50) == score(50.001, "at most", 50) == 0


# --- what a sheet holds besides ---


def test_rules_may_come_with_headings_and_blank_rows():
    rules = [RULE_HEADINGS, [None] * 5, ["Size", "at least", 50, 5, "explicit"], ["", " ", None, "", None]]
    leads = [["L1", 100, "", "", ""], ["L2", 10, "", "", ""]]
    assert lead_score(HEADINGS, leads, rules)[1:] == [[5, 0, 5], [0, 0, 0]]
    with pytest.raises(NotAvailable, match='rules, row 4: attribute is "Sizes", which is no heading; write "Size"'):
        lead_score(HEADINGS, leads, [*rules[:3], ["Sizes", "at least", 50, 5, "explicit"]])


def test_a_blank_lead_has_a_blank_score_and_a_lead_of_whom_nothing_is_known_has_none():
    leads = [["L1", None, None, None, None], [None, "", " ", None, None], [None, 80, None, None, None]]
    table = lead_score(HEADINGS, leads, [["Size", "at least", 50, 5, "implicit"]])
    assert table[1:] == [[0, 0, 0], [None, None, None], [0, 5, 5]]


def test_without_rules_every_lead_scores_nothing():
    for none in ([[None] * 5], None, [], EMPTY, [RULE_HEADINGS]):
        assert lead_score(HEADINGS, [["L1", 100, "", "", ""]], none)[1:] == [[0, 0, 0]]


def test_without_leads_there_is_the_heading_row():
    rules = [["Size", "at least", 50, 5, "implicit"]]
    for nothing in (None, [], EMPTY):
        assert lead_score(HEADINGS, nothing, rules) == [["Explicit", "Implicit", "Score"]]
    assert lead_score(HEADINGS, [[None] * 5], rules)[1:] == [[None, None, None]]


def test_only_the_columns_of_rules_are_read():
    rules = [["Size", "at least", 50, 5, "implicit"]]
    leads = [["L1", 100, "#N/A", "#REF!", OutOfRange("x")], [None, None, "#N/A", None, None]]
    assert lead_score(HEADINGS, leads, rules)[1:] == [[0, 5, 5], [0, 0, 0]]
    with pytest.raises(Propagated, match="rows, column 2, row 2, an argument is #REF!; mend that cell first"):
        lead_score(HEADINGS, [["L1", 100, "", "", ""], ["L2", "#REF!", "", "", ""]], rules)
    with pytest.raises(Propagated, match="rules, column 4, row 1, an argument is #DIV/0!"):
        lead_score(HEADINGS, leads, [["Size", "at least", 50, "#DIV/0!", "implicit"]])


def test_of_two_columns_with_one_heading_the_first_is_read():
    assert lead_score([["Size", "SIZE"]], [[10, 99]], [["size", "ideal", 10, 1, "explicit"]])[1] == [1, 0, 1]


def test_several_rules_about_one_column_add_up():
    rules = [
        ["Size", "at least", limit, 5, kind] for limit, kind in [(10, "explicit"), (50, "implicit"), (100, "explicit")]
    ]
    assert lead_score(["Size"], [[9], [10], [50], [100]], rules)[1:] == [[0, 0, 0], [5, 0, 5], [5, 5, 10], [10, 5, 15]]


GOOD = ["Size", "at least", 50, 5, "explicit"]


@pytest.mark.parametrize(
    "position, cell, error, words",
    [
        (0, None, WrongType, "attribute is blank; fill it, or clear the whole row"),
        (0, "Shoe", NotAvailable, 'attribute is "Shoe", which is no heading; write a heading of the leads'),
        (1, "between", WrongType, 'test is "between"; give is, is one of, at least, at most, contains or ideal'),
        (2, " ", WrongType, "value is blank; fill it, or clear the whole row"),
        (2, "1,234", WrongType, 'value is the text "1,234", which can mean 1.234 or 1234; type it as a number'),
        (2, "2026-13-01", WrongType, 'value is the text "2026-13-01"; give a number or a date'),
        (3, "", WrongType, "points is blank; fill it, or clear the whole row"),
        (3, "lots", WrongType, 'points is the text "lots"; give a number'),
        (4, None, WrongType, "kind is blank; fill it, or clear the whole row"),
        (4, "who", WrongType, 'kind is "who"; give explicit or implicit'),
    ],
)
def test_a_rule_that_cannot_be_read_is_named_by_its_row(position, cell, error, words):
    wrong = [*GOOD[:position], cell, *GOOD[position + 1 :]]
    with pytest.raises(error) as raised:
        lead_score(HEADINGS, [["L1", 100, "", "", ""]], [RULE_HEADINGS, GOOD, wrong])
    assert str(raised.value) == f"LEAD_SCORE: rules, row 3: {words}"


def test_a_size_that_can_mean_two_numbers_is_not_guessed():
    rules = [["Size", "at least", 50, 5, "explicit"]]
    with pytest.raises(WrongType, match=r'rows, Size, row 2, is the text "1,234", which can mean 1\.234 or 1234'):
        lead_score(["Size"], [[100], ["1,234"], ["1,234"]], rules)
    assert score("1,234", "is", "1,234") == score("1,234", "contains", "1,2") == 10


def test_a_score_too_large_for_a_cell_is_an_error_of_its_row():
    rules = [["Size", "at least", 1, 1e308, "explicit"]] * 2
    assert CATALOGUE["LEAD_SCORE"].cells(["Size", [[1.0], [0.0]], rules])[1:] == [
        [OutOfRange(), 0, OutOfRange()],
        [0, 0, 0],
    ]


# --- who is ready, and the call list ---


def test_a_lead_at_the_threshold_is_ready():
    assert sales_ready([39.9, 40, None, 55], 40) == [False, True, None, True]
    workbook = {"Score_Threshold": 50.0}
    assert CATALOGUE["SALES_READY"].cells([50.0], workbook.__getitem__) == [[True]]


IDS = st.sampled_from(["L1", "L2", 7.0, None, ""])
QUEUE = st.lists(
    st.tuples(
        IDS,
        st.one_of(st.none(), st.integers(0, 9)),
        st.sampled_from(["North", "north", "South", None, ""]),
        st.booleans(),
    ),
    min_size=1,
    max_size=15,
)


@given(
    QUEUE, st.integers(0, 9), st.sampled_from([None, "NORTH", "South", "nobody"]), st.sampled_from([None, 0, 1, 3, 99])
)
def test_the_list_holds_each_lead_once_calls_first_and_best_first(leads, threshold, owner, most):
    ids, scores, owners, worked = ([lead[part] for lead in leads] for part in range(4))
    heading, *rows = lead_queue(ids, scores, owners, threshold, worked, owner, most)
    assert heading == ["Place", "Lead", "Score", "Owner", "Next step"]
    wanted = [
        (lead, number, rep or None)
        for lead, number, rep, done in leads
        if lead not in (None, "") and number is not None and not done
        and (owner is None or str(rep).lower() == owner.lower())
    ]  # fmt: skip
    best_first = sorted(wanted, key=lambda lead: -lead[1])  # stable: equal scores keep their order
    assert [tuple(row[1:4]) for row in rows] == best_first[: most or None]
    assert [row[4] for row in rows] == ["call" if row[2] >= threshold else "nurture" for row in rows]
    for rep in {str(row[3]).lower() for row in rows}:
        places = [row[0] for row in rows if str(row[3]).lower() == rep]
        calls = [place for place in places if place is not None]
        assert calls == list(range(1, len(calls) + 1))
        assert places[len(calls) :] == [None] * (len(places) - len(calls))


def test_a_lead_nobody_has_is_listed_and_a_rep_without_leads_has_none():
    assert lead_queue(["L1", "L2"], [50, 60], ["", None], 50)[1:] == [
        [1, "L2", 60, None, "call"],
        [2, "L1", 50, None, "call"],
    ]
    assert lead_queue(["L1"], [50], ["North"], 50, None, "South") == [["Place", "Lead", "Score", "Owner", "Next step"]]


def test_a_list_without_leads_is_its_heading():
    for nothing in (EMPTY, None, [], ""):
        assert len(lead_queue(nothing, nothing, nothing, 50)) == 1
        assert len(lead_queue(nothing, nothing, nothing, 50, nothing, "", "")) == 1


def test_blank_options_say_nothing_also_where_a_blank_arrives_as_0():
    plain = lead_queue(["L1", "L2"], [50, 60], ["North", "South"], 50)
    for blank in (None, "", 0):
        assert lead_queue(["L1", "L2"], [50, 60], ["North", "South"], 50, None, blank, blank) == plain


def test_a_lead_is_worked_by_any_mark():
    marks = [True, "won", 46112.0, "2026-03-31", 3, 0, False, None, "no"]
    ids = [f"L{number}" for number in range(len(marks))]
    assert [row[1] for row in lead_queue(ids, [9] * 9, [""] * 9, 5, marks)[1:]] == ["L5", "L6", "L7", "L8"]


def test_spare_rows_of_the_scores_do_not_count():
    assert len(lead_queue(["L1", None], [50, None, None], ["North", ""], 40, [None] * 5)) == 2
