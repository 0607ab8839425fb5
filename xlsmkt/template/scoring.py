"""Scoring: the rules that score leads, how well scores predict, and the call list."""

from typing import Any

from xlsmkt.template import charts, scores, scoring_rules, styles
from xlsmkt.template.formulas import as_text, date_text, named, when_possible
from xlsmkt.template.limits import at_least, refusal
from xlsmkt.template.page import Draft, Page, Spill, Tile

SHEET = "Scoring"
ABOUT = "Rules that score leads, the call list, and how well scores predict."
_TOP = 12  # row of the headings of all blocks
BANDS = Spill(SHEET, f"H{_TOP}", ("General", styles.COUNT, styles.COUNT, styles.RATE, "0%", "0.0"), 1, 6)
SUGGESTED = Spill(SHEET, "H41", ("General", styles.COUNT, styles.COUNT, styles.RATE, styles.RATE, styles.COUNT), 1, 40)
CALLS = Spill(SHEET, "O17", ("0", "General", styles.ONE, "General", "General"), 1, 300)

MATURE = "(Leads[Created]>0)*(Leads[Created]<=As_Of-Sales_Cycle_Days)"
"""1 for each lead that has had a sales cycle to become a customer; an array."""
WON = "(Leads[Won]>0)"
NO_SCORES = f"ISERROR({scores.SCORES.at(0, 0)})"
_NO_LIST = f"OR({NO_SCORES},NOT(ISNUMBER(Score_Threshold)),NOT(ISNUMBER(Call_Days)))"

# What points can be suggested for; sizes of companies are taken together.
_SIZES = ((1000, "1,000 or more"), (250, "250 to 999"), (50, "50 to 249"), (10, "10 to 49"), (1, "1 to 9"))
ATTRIBUTES = ("Industry", "Country", "Job title", "Company size", "Lead type", "Source", "Campaign")


def draw(draft: Draft, page: Page) -> None:
    page.present(
        "Scoring",
        "How many points a lead earns, whether points predict customers, and whom to call first.",
        (15, 11, 30, 8, 10, 3, 20, 13, 11, 11, 11, 11, 3, 8, 13, 11, 16, 12),
    )
    page.formula(
        "B4",
        f'=IF({NO_SCORES},"The rules cannot be read: look for an attribute that is no heading of Leads, an unknown '
        'test or kind, or points that are no number; "&"or a lead has an error in a column that a rule reads. '
        '`xlsmkt compute` names it.","")',
        "warning",
        align="left",
    )
    scoring_rules.draw(draft, page, f"B{_TOP}")
    _predicting(page)
    _suggesting(draft, page)
    _calling(draft, page)
    page.sheet.freeze_panes(3, 0)


def _predicting(page: Page) -> None:
    page.section("H5", "How well scores predict", 6)
    until = date_text("(As_Of-Sales_Cycle_Days)")
    told = f'"Leads made up to "&{until}&": they have had a sales cycle to become customers."'
    page.formula("H6", f'=IF(As_Of=0,"",{told})', "note", align="left")
    checked, mature = f"Lead_Scores,{_scored(WON + '*1')}", _scored(MATURE)
    best, share, lift = BANDS.at(1, 0), BANDS.at(1, 4), BANDS.at(1, 5)
    known = f'OR({best}="",{as_text(best)}="All",{share}="")'
    page.strip(
        "H8",
        [
            Tile(
                "A customer scores higher in",
                when_possible(f"ROUND(100*SCORE_AUC({checked},{mature}),0)"),
                '0" of 100"',
                "pairs of a customer and another lead",
            ),
            Tile("Customers in the best band", f'=IF({known},"–",{share})', "0%", "of all; leads fall into fifths"),
            Tile("The best band closes", f'=IF({known},"–",{lift})', '0.0"×"', "as often as all leads"),
        ],
    )
    page.spill(BANDS, f"=SCORE_BANDS({checked},5,{mature})")
    no_figures = page.styles.condition(num_format=";;;")
    area = f"H{_TOP + 1}:M{_TOP + BANDS.room}"
    page.sheet.conditional_format(area, {"type": "formula", "criteria": '=$B$4<>""', "format": no_figures})
    page.sheet.set_row(_TOP - 1, 20)
    page.text(f"N{_TOP}", "All leads", "text", num_format=";;;", font_color=styles.WHITE)
    first, last = _TOP + 1, _TOP + BANDS.room
    is_all = f'({as_text(f"$H${first}:$H${last}")}="All")'
    page.column(
        f"N{first}",
        f'=IF(H{first}:H{last}="","",SUMPRODUCT({is_all}*1,$K${first}:$K${last}))',
        BANDS.room,
        "spilled",
        num_format=";;;",  # only for the line of the chart
    )
    chart = charts.against_goal(
        page.draft.workbook,
        "Close rate by score",
        BANDS.body(0),
        [("Close rate of the band", BANDS.body(3), styles.ACCENT)],
        ("All leads", f"={SHEET}!$N${first}:$N${last}"),
        (560, 290),
        number_format="0%",
        axis_title="Became customers",
    )
    page.sheet.insert_chart(
        "H20", chart, {"object_position": 2, "y_offset": 4, "description": "Close rate of each band of scores"}
    )


def _suggesting(draft: Draft, page: Page) -> None:
    page.section(
        "H36", "Points that the past suggests", 6, "By the low end of each value's close rate: luck earns little."
    )
    page.text("H38", "Attribute", "label")
    page.value("I38", ATTRIBUTES[0], "input", align="left")
    page.text("J38", "choose another from the list", "note", indent=1)
    page.text("H39", "10 points go to the best value. Leads at least one sales cycle old.", "note")
    draft.name("Suggest_Attribute", SHEET, "I38")
    page.sheet.data_validation(
        "I38", {"validate": "list", "source": list(ATTRIBUTES), **refusal("one of the attributes in the list")}
    )
    page.spill(SUGGESTED, f"=SUGGESTED_POINTS({_chosen()},{WON}*1,10)")


def _chosen() -> str:
    """The chosen column of the mature leads, the others blank. Each IF has a column in it, so that all are arrays."""
    chosen = '""'
    for attribute in reversed(ATTRIBUTES):
        is_it = f'{MATURE}*(Suggest_Attribute="{attribute}")'
        column = _sizes() if attribute == "Company size" else named(f"Leads[{attribute}]")
        chosen = f"IF({is_it},{column},{chosen})"
    return chosen


def _sizes() -> str:
    size, groups = "Leads[Company size]", '""'
    for least, words in reversed(_SIZES):
        groups = f'IF({size}>={least},"{words}",{groups})'
    return groups


def _calling(draft: Draft, page: Page) -> None:
    page.section(
        "O5", "Call list", 5, "Open leads that nobody has worked yet, best first. Place: among the calls of that rep."
    )
    lines: tuple[tuple[str, str, Any, str, str, dict[str, Any]], ...] = (
        (
            "Call from a score of",
            "Score_Threshold",
            25,
            styles.ONE,
            "others: nurturing",
            at_least(-1000, "a number of points"),
        ),
        ("Made in the last", "Call_Days", 60, '0" days"', "before Figures as of", at_least(1, "1 day or more")),
        (
            "Leads of",
            "Call_Owner",
            None,
            "General",
            "blank: everybody's",
            {"validate": "list", "source": "=Rep_Names", **refusal("a rep of the list on Inputs, or nothing")},
        ),
        ("Show at most", "Call_Length", 50, '0" leads"', "in the list below", at_least(1, "1 lead or more")),
    )
    for row, (label, name, value, number_format, note, rule) in enumerate(lines, _TOP):
        page.text(f"O{row}", label, "label")
        page.value(f"P{row}", None, "label")
        page.value(f"Q{row}", value, "input", num_format=number_format)
        page.text(f"R{row}", note, "note", indent=1)
        draft.name(name, SHEET, f"Q{row}")
        page.sheet.data_validation(f"Q{row}", rule)
    draft.workbook.define_name("Rep_Names", "=Reps[Rep]")
    page.formula(
        "O7",
        f'=IF({NO_SCORES},"",IF(NOT(ISNUMBER(Score_Threshold)),"Type the score from which a lead is called.",'
        'IF(NOT(ISNUMBER(Call_Days)),"Type how many days back.",'
        f'IF(AND(As_Of>0,Call_Owner<>"",{CALLS.at(1, 1)}=""),'
        '"No lead of the list is "&Call_Owner&"\'s: look how Leads writes the owner.",""))))',
        "warning",
        align="left",
    )
    page.strip(
        "O8",
        [
            Tile("Waiting for a call", _counted("call"), styles.COUNT, "sales-ready, not worked"),
            Tile("Back to nurturing", _counted("nurture"), styles.COUNT, "not worked, too few points"),
        ],
    )
    page.spill(CALLS, f"={_queue('Call_Length')}", align="right")
    quiet = page.styles.condition(font_color=styles.GREY, italic=True)
    top, left, bottom = CALLS.first[0] + 2, "O", CALLS.first[0] + 1 + CALLS.room
    page.sheet.conditional_format(
        f"{left}{top}:S{bottom}", {"type": "formula", "criteria": f'={as_text(f"$S{top}")}="nurture"', "format": quiet}
    )


def _queue(length: str) -> str:
    is_open = '(Leads[Closed]="")*(Leads[Won]="")*(Leads[Lead ID]<>"")'
    made = f"(Leads[Created]>As_Of-{_typed('Call_Days')})*(Leads[Created]<=As_Of)"
    # without all that the list needs no lead is in it
    ids = f'IF({made}*{is_open}*IF({_NO_LIST},0,1),Leads[Lead ID],"")'
    worked = _scored("(Leads[First worked]>0)+(Leads[Attempts]>0)+(Leads[Connected]>0)")
    owners = _scored(named("Leads[Owner]"))
    return f"LEAD_QUEUE({ids},Lead_Scores,{owners},{_typed('Score_Threshold')},{worked},Call_Owner,{length})"


def _scored(column: str) -> str:
    """A column of leads that stands beside their scores in a call: blank, as they are, where the rules give none."""
    return f'IF({WON}*1>=IF({NO_SCORES},2,0),{column},"")'


def _typed(name: str) -> str:
    """An input that the list needs, as a number also where somebody has cleared it."""
    return f"IF(ISNUMBER({name}),{name},0)"


def _counted(step: str) -> str:
    return f'=IF(OR(As_Of=0,{_NO_LIST}),"–",SUMPRODUCT(({as_text(_queue("0"))}="{step}")*1))'
