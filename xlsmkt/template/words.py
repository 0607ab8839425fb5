"""Figures in words: formulas that say where a figure stands, each without its sign."""

_DUST = "0.000000001"  # what is left of a sum of fractions is no shortfall


def counted(number: str, one: str = "", more: str = "") -> str:
    """A whole number and what it counts, within a sentence: 1 lead, 2 leads."""
    units = f'&IF({number}=1," {one}"," {more or one + "s"}")' if one else ""
    return f"FIXED({number},0){units}"


def missing(goal: str, actual: str) -> str:
    """What is missing to a goal, rounded up to whole ones."""
    return f"-INT(ROUND({actual}-{goal},6))"


def passed(goal: str, actual: str) -> str:
    """By how many whole ones a goal is passed."""
    return f"INT(ROUND({actual}-{goal},6))"


def percent(share: str, digits: int = 0) -> str:
    return f'FIXED(100*{share},{digits})&"%"'


def headline() -> str:
    """The state of both promises in one sentence: the mail's subject."""
    goal, leads = missing("Now_Goal_To_Date", "0"), counted("Now_Actual", "lead")
    marketing = (
        f'IF(NOT(ISNUMBER(Now_Goal_To_Date)),"No lead goal: "&{leads}&" to date",'
        f'IF({goal}=0,"SLA: no goal to date, "&{leads},'
        f'"SLA "&Now_Status&": "&FIXED(Now_Actual,0)&" of "&{counted(goal, "lead")}&" to date"))'
    )
    sales = f'"; sales "&Now_Sales_Status&": "&{percent("Now_Worked_Rate", 1)}&" worked"'
    return f'=IF(As_Of=0,"No data yet",{marketing}&IF(ISNUMBER(Now_Worked_Rate),{sales},""))'


def standing(actual: str, goal: str, one: str = "", more: str = "") -> str:
    """Where an amount stands against its goal to date: on track, behind by 3 leads."""
    behind, ahead = missing(goal, actual), passed(goal, actual)
    return (
        f'IF(MAX({actual}-{goal},{goal}-{actual})<={goal}*(SLA_Tolerance+{_DUST}),"on track, ","")'
        f'&IF({behind}>0,"behind by "&{counted(behind, one, more)},'
        f'IF({ahead}>0,"ahead by "&{counted(ahead, one, more)},"level with the goal"))'
    )


def of_the_month(actual: str, goal: str, month_goal: str, unit: str, needed: str = "") -> str:
    """Where an amount of the month stands; ``needed``: the cell of what the rest needs a day."""
    short, over = missing(month_goal, actual), passed(month_goal, actual)
    pace = ""
    if needed:
        a_day = f'", needs "&{counted(missing(needed, "0"))}&" a day"'
        pace = f'&IF(ISNUMBER({needed}),{a_day},", no day left")'
    return (
        f'IF({month_goal}<=0,"no goal",'
        f'IF({short}<=0,"the month\'s goal is reached"&IF({over}>0," and passed by "&{counted(over, unit)},""),'
        f'IF(SLA_Date>=EOMONTH(SLA_Month,0),"the month is over, "&{counted(short, unit)}&" short of its goal",'
        f'IF({goal}=0,"no goal to date",{standing(actual, goal, unit)}){pace})))'
    )


def against_goals(month: str, year: str, row: int, unit: str) -> str:
    """The month in words, then the year, where it has more than this month and a goal."""
    this_year = standing(f"I{row}", f"J{row}", unit)
    known = f"AND(ISNUMBER(I{row}),N(J{row})>0,MONTH(SLA_Month)>1)"
    return f'{month}&IF({known},"; this year "&{year or this_year},"")'


def changes(row: int) -> str:
    """How a figure has changed since last month and a year ago: up 12% on last month, level with a year ago."""
    month, year_ago, year = f"F{row}", f"H{row}", f"L{row}"

    def change(cell: str, what: str) -> str:
        moved = f'IF({cell}>0,"up ","down ")&{percent(f"MAX({cell},-{cell})")}'
        level, on = (f"level with {what}", f" on {what}") if what else ("as before", "")
        return f'IF(ISNUMBER({cell}),IF(MAX({cell},-{cell})<0.005,"{level}",{moved}&"{on}"),"")'

    comma = f'IF(AND(ISNUMBER({month}),ISNUMBER({year_ago})),", ","")'
    before = f'IF(OR(ISNUMBER({month}),ISNUMBER({year_ago})),"; ","")'
    return (
        f'IF(NOT(OR(ISNUMBER({month}),ISNUMBER({year_ago}),ISNUMBER({year}))),"nothing earlier to compare with",'
        f"{change(month, 'last month')}&{comma}&{change(year_ago, 'a year ago')}"
        f'&IF(ISNUMBER({year}),{before}&"this year "&{change(year, "")},""))'
    )


def whole_words(row: int, with_goal: str = "") -> str:
    """The words of a row of the table: against its goals where it has some, else against earlier periods."""
    told = changes(row)
    if with_goal:
        told = f"IF(AND(ISNUMBER(C{row}),ISNUMBER(D{row})),{with_goal},{told})"
    unknown = f"NOT(OR(ISNUMBER(C{row}),ISNUMBER(I{row})))"
    return f'=IF(As_Of=0,"no data yet",IF({unknown},"not in the data",IFERROR({told},"–")))'
