"""Sales SLA: how sales keeps its promise, rep by rep and month by month."""

from xlsmkt.template import charts, styles, totals
from xlsmkt.template.formulas import NO_GROUP, as_text, named, when_possible
from xlsmkt.template.notes import looking_back
from xlsmkt.template.page import Draft, Page, Spill, Tile

SHEET = "Sales SLA"
ABOUT = "What sales promised: leads worked, attempts and speed, rep by rep."
REPS = 500
FROM, TO = "$C$6", "$C$7"

# The table's columns that the tiles and charts show.
OWNER, LEADS, WORKED, WORKED_SHARE, CONNECTED_SHARE, GIVEN_UP, MEDIAN_HOURS, WITHIN_HOURS, MET, GOAL, AGREED = (
    0,
    1,
    2,
    3,
    4,
    6,
    7,
    8,
    9,
    10,
    11,
)
_FORMATS = (
    "General",
    styles.COUNT,
    styles.COUNT,
    styles.RATE,
    styles.RATE,
    styles.COUNT,
    styles.COUNT,
    styles.ONE,
    styles.RATE,
    "General",
    styles.RATE,
    styles.ONE,
)
BY_REP = Spill(SHEET, "B52", _FORMATS, 1, REPS + 1)
FIRST_MONTH, LAST_MONTH = 34, 45


def draw(draft: Draft, page: Page) -> None:
    page.present(
        SHEET,
        "What sales promised: to work its leads, soon enough and often enough. What has come of it, rep by rep.",
        (20, *[12] * 11),
    )
    page.formula("B4", looking_back(), "note", align="left")
    _period(page)
    _tiles(draft, page)
    _charts(draft, page)
    _months(draft, page)
    _reps(page)
    page.print_in_parts((31,), 81)


def _period(page: Page) -> None:
    page.section("B5", "Leads made in this period", 12)
    for row, label, day in ((6, "From", "=SLA_Month"), (7, "To", "=SLA_Date")):
        page.text(f"B{row}", label, "label")
        page.formula(f"C{row}", day, "input_formula", num_format=styles.DATE)
    page.text("D6", "The month so far, by the day of creation: the leads of the last days", "note", indent=1)
    page.text("D7", "may not be worked yet. Type other days over these.", "note", indent=1)
    # a call that fails for the opening hours, or the days off, as the table does
    hours = "SPEED_TO_LEAD(DATE(2026,1,5),DATE(2026,1,5),Opens,Closes,Holidays)"
    page.formula(
        "B8",
        f'=IF(As_Of=0,"",IF(ISNUMBER({hours}),"","Opens and Closes on Inputs need mending: give two times of the day, '
        f'and close after opening. ")&IF({_KNOWN},"","The export holds no first touch, no attempts and no connection: '
        'what sales did is not known."))',
        "warning",
        align="left",
        font_size=9,
    )


# Whether the export tells what sales did.
_KNOWN = 'COUNTIFS(Leads[First worked],">0")+COUNTIFS(Leads[Attempts],">=0")+COUNTIFS(Leads[Connected],">0")>0'


def _made_in_period() -> str:
    """1 for each lead of the period, 0 for the others; an array."""
    return f"(Leads[Created]>=MAX(1,{FROM}))*(Leads[Created]<={TO})"  # day 0 would be that of blank rows


def _table() -> str:
    """The reps' table; without a row where it would blame all reps for what the export does not tell.

    The stages are those known by now, as on the other sheets, whatever day is looked at.
    """
    owners = named("Leads[Owner]")
    owners = f'IF(({_KNOWN})*{_made_in_period()},{owners},"")'
    terms = "MAX(As_Of,Data_Until),Worked_Goal,Min_Attempts,Max_Hours,Opens,Closes,Holidays"
    return f"SALES_SLA({owners},Leads[Assigned],Leads[First worked],Leads[Attempts],Leads[Connected],{terms})"


def _of_all(number: int) -> str:
    """A figure of all reps together; blank where the table leaves it blank."""
    last = f'MAX(1,SUMPRODUCT(({BY_REP.column(OWNER)}<>"")*1))'  # of the rows that are filled
    found = f"INDEX({BY_REP.column(number)},{last})"
    return f'IF({as_text(found)}="","–",{found})'


def _tiles(draft: Draft, page: Page) -> None:
    owner = as_text(BY_REP.column(OWNER))
    of_a_rep = f'({owner}<>"{NO_GROUP}")*({owner}<>"All")'
    reps = f'SUMPRODUCT(({BY_REP.column(OWNER)}<>"")*{of_a_rep})'
    met = f'SUMPRODUCT({of_a_rep}*({as_text(BY_REP.column(MET))}="yes"))'
    page.strip(
        "B9",
        [
            Tile(
                "Leads worked",
                when_possible(_of_all(WORKED_SHARE)),
                styles.RATE,
                '="goal "&FIXED(100*Worked_Goal,0)&"%"',
                "Now_Worked_Rate",
            ),
            Tile(
                "Connected",
                when_possible(_of_all(CONNECTED_SHARE)),
                styles.RATE,
                "of the leads worked",
                "Now_Connected_Rate",
            ),
            Tile(
                "Hours to first touch",
                when_possible(_of_all(MEDIAN_HOURS)),
                styles.ONE,
                "median, opening hours",
                "Now_Median_Hours",
            ),
            Tile(
                "Touched in time",
                when_possible(_of_all(WITHIN_HOURS)),
                styles.RATE,
                '="within "&ROUND(Max_Hours,1)&" hours"',
                "Now_Within_Hours",
            ),
            Tile(
                "Given up early",
                when_possible(f'IF(ISNUMBER(Now_Worked_Rate),{_of_all(GIVEN_UP)},"–")'),
                styles.COUNT,
                '="under "&ROUND(Min_Attempts,1)&" attempts so far"',
                "Now_Given_Up",
            ),
            Tile(
                "Reps that keep the SLA",
                when_possible(f'IF({reps}=0,"–",{met}&" of "&{reps})'),
                "General",
                '="worked at least "&FIXED(100*Worked_Goal,0)&"%"',
                "Now_Reps_Met",
            ),
        ],
    )
    # no tolerance: the promise is a minimum, and the light says the same as the marks of the reps
    page.formula(
        "C11",
        '=IF(ISNUMBER(Now_Worked_Rate),SLA_STATUS(Now_Worked_Rate,Worked_Goal,0),"–")',
        "tile_note",
        num_format="General",
    )
    draft.name("Now_Sales_Status", SHEET, "C11")
    page.traffic_light("C11")


def _charts(draft: Draft, page: Page) -> None:
    for cell, offset, title, name, column, colour, goal, look in (
        (
            "B13",
            0,
            "Share of leads worked, by rep",
            "Leads worked",
            WORKED_SHARE,
            styles.ACCENT,
            ("Goal", BY_REP.body(GOAL)),
            {"number_format": "0%", "most": 1},
        ),
        (
            "G13",
            60,
            "Median hours to the first touch, by rep",
            "Median hours",
            MEDIAN_HOURS,
            styles.ACCENT_MID,
            ("Agreed hours", BY_REP.body(AGREED)),
            {"number_format": "0", "axis_title": "Opening hours"},
        ),
    ):
        chart = charts.against_goal(
            draft.workbook,
            title,
            BY_REP.body(OWNER),
            [(name, BY_REP.body(column), colour)],
            goal,
            (530, 350),
            **look,
        )
        page.sheet.insert_chart(
            cell, chart, {"object_position": 2, "x_offset": offset, "description": f"{title}, and what was agreed"}
        )


def _months(draft: Draft, page: Page) -> None:
    page.section(
        "B31",
        "Month by month",
        12,
        "What has become of the leads made in each month by now, those without an owner too.",
    )
    page.headings(f"B{FIRST_MONTH - 1}", ("Leads of", "Leads", "Worked %", "Connected %", "Goal"))
    for number, row in enumerate(range(FIRST_MONTH, LAST_MONTH + 1)):
        month = f"$B{row}"
        page.formula(f"B{row}", f"=EDATE(SLA_Month,{number - 11})", "label", num_format=styles.MONTH, align="left")
        leads = totals.total("Leads", month, f"MIN(SLA_Date,EOMONTH({month},0))")
        unknown = f"OR(As_Of=0,EOMONTH({month},0)<{totals.FIRST_DAY})"
        page.formula(f"C{row}", f'=IF({unknown},"",{leads})')
        page.formula(f"F{row}", "=Worked_Goal", num_format=styles.RATE, font_color=styles.GREY)
    _rates(page)
    chart = charts.against_goal(
        draft.workbook,
        "Worked and connected, by the month in which the leads were made",
        _month_column("B"),
        [
            ("Leads worked", _month_column("D"), styles.ACCENT),
            ("Connected, of those worked", _month_column("E"), styles.ACCENT_MID),
        ],
        ("Goal: leads worked", _month_column("F")),
        (600, 330),
        number_format="0%",
        category_format="mmm yy",
        most=1,
    )
    page.sheet.insert_chart(
        f"G{FIRST_MONTH - 1}",
        chart,
        {"object_position": 2, "x_offset": 8, "description": "Share of leads worked and connected, month by month"},
    )


def _rates(page: Page) -> None:
    """The shares worked and connected of all months, a call each."""
    months, leads, shares = (f"{column}{FIRST_MONTH}:{column}{LAST_MONTH}" for column in "BCD")
    # months of an array end here, as EOMONTH takes single days only
    last = f"DATE(YEAR({months}),MONTH({months})+1,0)"
    worked, connected = (
        totals.total(count, months, f"IF({last}<SLA_Date,{last},SLA_Date)") for count in ("Worked", "Connected")
    )
    made = f"IF(ISNUMBER({leads}),{leads},0)"
    formulas = {
        "D": f'=IF({made}*({_KNOWN})=0,"",LEADS_WORKED_RATE({worked},{made}))',
        "E": f'=IF(IF(ISNUMBER({shares}),{shares},0)=0,"",WORKED_TO_CONNECTED_RATE({connected},{worked}))',
    }
    for column, formula in formulas.items():
        page.column(f"{column}{FIRST_MONTH}", formula, LAST_MONTH - FIRST_MONTH + 1, num_format=styles.RATE)


def _month_column(column: str) -> str:
    return f"='{SHEET}'!${column}${FIRST_MONTH}:${column}${LAST_MONTH}"


def _reps(page: Page) -> None:
    top = BY_REP.first[0]
    page.section(
        f"B{top - 1}",
        "Rep by rep",
        12,
        "Tried enough, given up early: leads worked and not reached, with at least the agreed attempts, and with fewer "
        "so far. Hours: of the leads whose assignment the CRM knows.",
    )
    nobodys = f'SUMPRODUCT({_made_in_period()}*(Leads[Owner]=""))'
    page.formula(
        f"D{top - 1}",
        f'=IF({nobodys}=0,"","Leads of nobody: "&{nobodys}&", the row {NO_GROUP}.")',
        "section",
        array=True,
        align="left",
        font_size=9,
        bold=False,
        font_color=styles.GREY,
    )
    _marks(page, top + 2)
    page.rule(f"B{top + 2}:M{top + 1 + BY_REP.room}")
    page.spill(BY_REP, "=" + _table())
    page.sheet.set_row(top, 30)


def _marks(page: Page, first: int) -> None:
    """A mark before yes and no, in a colour of its own; with the lines of the table, as LibreOffice takes one rule."""
    area = f"K{first}:K{first + BY_REP.room - 1}"
    last = {"top": 1, "top_color": styles.ACCENT, "bottom": 1, "bottom_color": styles.ACCENT}
    # leads of nobody keep and break no promise
    unmarked = page.styles.condition(num_format=";;;", bottom=1, bottom_color=styles.LINE)
    nobodys = {
        "type": "formula",
        "criteria": f'={as_text(f"$B{first}")}="{NO_GROUP}"',
        "format": unmarked,
        "stop_if_true": True,
    }
    page.sheet.conditional_format(area, nobodys)
    for word, mark, colour in (("yes", '"✓ "@', styles.GOOD), ("no", '"✗ "@', styles.WARNING)):
        for which, lines in (("=", last), ("<>", {"bottom": 1, "bottom_color": styles.LINE})):
            shown = page.styles.condition(font_color=colour, num_format=mark, bold=True, **lines)
            criteria = f'=AND({as_text(f"$K{first}")}="{word}",{as_text(f"$B{first}")}{which}"All")'
            page.sheet.conditional_format(
                area, {"type": "formula", "criteria": criteria, "format": shown, "stop_if_true": True}
            )
