"""Lead scoring: how well each lead fits, who is ready for sales, and whom to call first."""

from operator import add
from typing import Any, Dict, List, Optional

from xlsmkt.catalogue import Input, cell_function
from xlsmkt.columns import folded
from xlsmkt.errors import WrongType
from xlsmkt.scoring import EXPLICIT, IMPLICIT, KINDS, Rule, points_of, read_rules
from xlsmkt.units import Block, Cells, Column, Count, Label, Number, Table, Tally, Text, Truth


@cell_function
def lead_score(headings: Cells[Text], rows: Block[Label], rules: Block[Label]) -> Table:
    """Score of each lead by rules: explicit points for who it is, implicit ones for what it did.

    score = sum of the points of the rules that the lead meets

    Parameters
    ----------
    headings
        The headings of the leads' columns, side by side.
    rows
        The leads, one a row. Only the columns that a rule names are read; a blank cell earns nothing. A blank row has
        a blank score.
    rules
        Five columns, with or without their headings: attribute (a heading of the leads), test, value, points, kind
        (explicit or implicit). Tests are: is; is one of (values separated by ";", else by ","); at least; at most;
        contains; ideal. Points may be negative. Blank rows are skipped. Upper and lower case are the same; numbers and
        dates count by their value, also where a text holds them, and a day without an hour is its midnight.

    Raises
    ------
    #N/A
        A rule's attribute is no heading.
    #NUM!
        A rule's ideal is 0 or less.
    #VALUE!
        A rule is incomplete, its test or kind is unknown, its value or points are no number where one is needed; a
        lead's text can mean two numbers; headings and rows differ in width.

    References
    ----------
    "ideal" earns points * min(v, ideal) / max(v, ideal) and nothing where v is 0 or less: half and twice the ideal
    size earn half of the points. Two readings: others count down in steps of equal width on either side; for those
    write several "at least" rules, each with the points that its step adds or takes.

    Examples
    --------
    >>> lead_score([["Company size", "Industry", "Downloads"]],
    ...            [[100, "Retail", 2], [50, "retail", None], [300, "Mining", 1]],
    ...            [["Company size", "ideal", 100, 10, "explicit"],
    ...             ["Industry", "is one of", "Retail; Finance", 5, "explicit"],
    ...             ["Downloads", "at least", 1, 10, "implicit"]])
    [['Explicit', 'Implicit', 'Score'],
     [15.0, 10.0, 25.0],
     [10.0, 0.0, 10.0],
     [3.3333, 10.0, 13.3333]]
    >>> lead_score([["Job title", "Country"]], [["Head of Sales", "DE"], ["Student", "FR"]],
    ...            [["Job title", "contains", "head", 20, "explicit"],
    ...             ["Job title", "is", "student", -15, "explicit"]])
    [['Explicit', 'Implicit', 'Score'],
     [20.0, 0.0, 20.0],
     [-15.0, 0.0, -15.0]]
    >>> lead_score([["Industry", "Country"]], [["Retail", "DE"]], [["Industy", "is", "Retail", 5, "explicit"]])
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: LEAD_SCORE: rules, row 1: attribute is "Industy", which is no heading; write "Industry"
    >>> lead_score([["Industry", "Size"]], [["Retail", 100]], [["Size", "ideal", 0, 5, "explicit"]])
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEAD_SCORE: rules, row 1: value is 0; give an ideal above 0
    >>> lead_score([["Industry", "Size"]], [["Retail", 100]], [["Size", "over", 50, 5, "explicit"]])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCORE: rules, row 1: test is "over"; give is, is one of, at least, at most, contains
    or ideal
    >>> lead_score([["Industry", "Size"]], [["Retail", 100]], [["Size", "at least", "big", 5, "explicit"]])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCORE: rules, row 1: value is the text "big"; give a number or a date
    >>> lead_score([["Industry", "Size"]], [["Retail", 100]], [["Size", "at least", 50, "many", "explicit"]])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCORE: rules, row 1: points is the text "many"; give a number
    >>> lead_score([["Industry", "Size"]], [["Retail", 100]], [["Size", "at least", 50, 5, "fit"]])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCORE: rules, row 1: kind is "fit"; give explicit or implicit
    >>> lead_score([["Industry", "Size"]], [["Retail", 100]], [["Size", "at least", "", 5, "explicit"]])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCORE: rules, row 1: value is blank; fill it, or clear the whole row
    >>> lead_score([["Industry", "Size"]], [["Retail", "1,234"]], [["Size", "at least", 50, 5, "explicit"]])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCORE: rows, Size, row 1, is the text "1,234", which can mean 1.234
    or 1234; type it as a number
    >>> lead_score([["Industry", "Size"]], [["Retail", 100]], [["Size", "at least", 50, 5]])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCORE: rules has 4 columns; give five: attribute, test, value, points, kind
    >>> lead_score([["Industry", "Size"]], [["Retail", 100, "DE"]], [["Size", "at least", 50, 5, "explicit"]])
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_SCORE: headings has 2 and rows has 3 columns; give ranges of one width
    """
    table: Table = [["Explicit", "Implicit", "Score"]]
    is_blank = rows.blank_rows()
    rules_of: Dict[int, List[Rule]] = {}
    for rule in read_rules(rules, headings):
        rules_of.setdefault(rule.column, []).append(rule)
    if rows.width != len(headings):
        if all(is_blank):
            return table
        raise WrongType(f"headings has {len(headings)} and rows has {rows.width} columns; give ranges of one width")
    sums = {kind: [0.0] * rows.height for kind in KINDS}
    for number, of_column in rules_of.items():
        values = rows.column(number)
        for kind, points in points_of(of_column, values, str(headings[number])).items():
            sums[kind] = list(map(add, sums[kind], map(points.__getitem__, values)))
    # to nine decimals: 0.1 and 0.2 points are 0.3, whatever binary arithmetic says and in any order
    table += [
        [None, None, None] if blank else [round(explicit, 9), round(implicit, 9), round(explicit + implicit, 9)]
        for explicit, implicit, blank in zip(sums[EXPLICIT], sums[IMPLICIT], is_blank)
    ]
    return table


@cell_function
def sales_ready(score: Number, threshold: Number = Input("Score_Threshold")) -> Truth:
    """Whether a lead is ready for sales, or goes back to nurturing.

    score >= threshold

    Parameters
    ----------
    score
        Score of the lead.
    threshold
        The score from which sales calls a lead.

    Raises
    ------
    #N/A
        The threshold is left out and the workbook has none.
    #VALUE!
        The score is no number.

    Examples
    --------
    >>> sales_ready(40, 40)
    True
    >>> sales_ready([39, 55], 40)
    [False, True]
    >>> sales_ready(55)
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: SALES_READY: threshold is missing; give it, or fill the cell named Score_Threshold
    >>> sales_ready("high", 40)
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: SALES_READY: score is the text "high"; give a number
    """
    return score >= threshold


@cell_function
def lead_queue(
    ids: Column[Label],
    scores: Column[Number],
    owners: Column[Text],
    threshold: Number = Input("Score_Threshold"),
    already_worked: Optional[Column[Tally]] = None,
    owner: Optional[Text] = None,
    most: Optional[Count] = None,
) -> Table:
    """The call list, best lead first, and below it the leads that go back to nurturing.

    call: score >= threshold, else nurture; place = 1, 2, 3... within each owner's calls

    Parameters
    ----------
    ids
        Each lead's id or name. Rows without it are left out.
    scores
        Each lead's score. Rows without it are left out.
    owners
        The rep who has the lead; blank where nobody has it yet.
    threshold
        The score from which sales calls a lead.
    already_worked
        A mark (TRUE, 1, or a date) for the leads that need no call any more: they are left out.
    owner
        Only this rep's leads, in upper or lower case. Left out: everybody's.
    most
        At most so many rows in the whole list. Left out or 0: all.

    Raises
    ------
    #N/A
        The threshold is left out and the workbook has none.
    #NUM!
        most is negative.
    #VALUE!
        A score is no number, or the columns have different lengths.

    References
    ----------
    Leads of equal score keep the order in which they are given: sort the older ones up to have them called first.

    Examples
    --------
    >>> lead_queue(["L1", "L2", "L3", "L4"], [35, 80, 60, 90], ["North", "North", "South", "North"], 50)
    [['Place', 'Lead', 'Score', 'Owner', 'Next step'],
     [1, 'L4', 90, 'North', 'call'],
     [2, 'L2', 80, 'North', 'call'],
     [1, 'L3', 60, 'South', 'call'],
     [None, 'L1', 35, 'North', 'nurture']]
    >>> lead_queue(["L1", "L2", "L3", "L4"], [35, 80, 60, 90], ["North", "North", "South", "North"], 50,
    ...            ["", "2026-03-31", "", ""], "north", 1)
    [['Place', 'Lead', 'Score', 'Owner', 'Next step'],
     [1, 'L4', 90, 'North', 'call']]
    >>> lead_queue(["L1", "L2"], [35, 80], ["North", "North"])
    Traceback (most recent call last):
    xlsmkt.errors.NotAvailable: LEAD_QUEUE: threshold is missing; give it, or fill the cell named Score_Threshold
    >>> lead_queue(["L1", "L2"], [35, 80], ["North", "North"], 50, None, None, -1)
    Traceback (most recent call last):
    xlsmkt.errors.OutOfRange: LEAD_QUEUE: most is -1; give 0 or more
    >>> lead_queue(["L1", "L2"], [35, "high"], ["North", "North"], 50)
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_QUEUE: scores, row 2, is the text "high"; give a number
    >>> lead_queue(["L1", "L2"], [35, 80, 60], ["North", "North"], 50)
    Traceback (most recent call last):
    xlsmkt.errors.WrongType: LEAD_QUEUE: ids has 2 and scores has 3 and owners has 2 rows; give columns of one length
    """
    # LibreOffice hands over a blank cell as 0
    wanted = None if owner in (None, "", "0") else folded(owner)
    worked = already_worked if already_worked is not None else Column([None] * len(ids))
    leads = [
        (score, lead, rep)
        for lead, score, rep, done in zip(ids, scores, owners, worked)
        if lead is not None and score is not None and not done and (wanted is None or folded(rep) == wanted)
    ]
    leads.sort(key=lambda lead: lead[0], reverse=True)  # the calls are the upper part; equal scores keep their order
    table: Table = [["Place", "Lead", "Score", "Owner", "Next step"]]
    places: Dict[Any, int] = {}
    for score, lead, rep in leads[: int(most) if most else None]:
        if score >= threshold:
            places[folded(rep)] = places.get(folded(rep), 0) + 1
            table.append([places[folded(rep)], lead, score, rep, "call"])
        else:
            table.append([None, lead, score, rep, "nurture"])
    return table
