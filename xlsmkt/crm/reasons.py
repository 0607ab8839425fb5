"""What the import log says of rows that are refused and of values that are changed."""

from xlsmkt.cell_texts import LONGEST_TEXT
from xlsmkt.crm.entries import DEAL_ID
from xlsmkt.crm.model import Field
from xlsmkt.crm.paths import shown

LOG_COLUMNS = ["File", "Line", "Column", "Value", "Reason"]
MOST_LOGGED = 200  # characters of a value in the log
MOST_WORDS = 100  # words of a column that are noted one by one
# An unreadable value here makes a row uncountable; elsewhere the value is left blank and noted.
_VITAL = ("Created", "Date", "Time", "Cost", "MQL", "SQL", "Opportunity", "Closed", "Won", "Amount", "Lead ID", DEAL_ID)

ROW_TOO_LONG = "a row is longer than 8 MB"
WIDTH = "the row has more or fewer values than there are headings"
NO_DATE = "not a date"
NO_NUMBER = "not a number"
HUGE_NUMBER = "not a number that a sheet can hold"
TOO_LONG = f"longer than the {LONGEST_TEXT:,} characters that a cell holds"
CUT = f"{TOO_LONG}; cut"
NOBODY_WON = (
    "no row is won by this column; if one of its words means won, write Won for it, "
    "or name it under when.Won in a mapping"
)
NO_LEAD_NAMED = "no lead is named"
NO_SUCH_LEAD = "no lead has this id"
NO_DATES = (
    "no column holds dates, so nothing can be counted; give it beside the file of leads, or export the dates as well"
)
SHARE_AN_ID = "export the deal's id with the leads or the lead's id with the deals, or give one of the two files only"
LONE_DEALS = "deals were given without the leads they belong to; give the file of leads as well"
NO_FILE = "no file was given; name at least one CSV or Excel file"


def is_vital(one: Field) -> bool:
    """Whether a row cannot be counted without a readable value of this column."""
    return one.required or one.name in _VITAL


def missing(one: Field) -> str:
    """Why a row without a value of a required column is refused."""
    return f"no {'created date' if one.name == 'Created' else one.name.lower()}"


def left_blank(reason: str) -> str:
    return f"{reason}; left blank"


def dated_by(what: str) -> str:
    """What is noted of a stage that was only marked: whose date it took."""
    return f"no date; that of its {what} is taken"


def in_rows(count: int) -> str:
    """The end of a note that speaks of several rows."""
    return "" if count == 1 else f" ({count:,} rows)"


def too_early(stage: str) -> str:
    return f"{stage.lower()} before created"


def headings_shown(headings: list[str]) -> str:
    """The first headings of a table, for a message."""
    named = ", ".join(shown(heading) for heading in headings[:8] if heading)
    return (named or "empty") + (", ..." if len(headings) > 8 else "")


def empty_file(name: str) -> str:
    return f"{name} is empty; export it again and check that it holds rows"


def broken_csv(name: str, what: str) -> str:
    return f"{name} is broken as a CSV file ({what}); export it again"


def empty_sheets(name: str, first: str) -> str:
    return f"{name}: the sheet {first} is empty, and no other one holds rows; export it again"


def protected(name: str) -> str:
    return f"{name} is protected by a password; save a copy without it"


def sheets_left_out(taken: str, filled: list[str]) -> str:
    """A remark about the sheets of a workbook that hold something and were not taken."""
    if not filled:
        return ""
    named = shown(", ".join(filled), 200)
    advice = f"save one alone, or name it in a mapping: sheet = {filled[0]!r}"
    return f"the sheet {taken} was taken; left out: {named} ({advice})"


# --- sentences about what does not fit on a sheet ---


def leads_left_out(count: int, most: int) -> str:
    return (
        f"There are {count:,} leads; the sheet Leads holds the {most:,} that are open or most recent, "
        "and Daily counts them all."
    )


def words_left_out(names: list[str]) -> str:
    return f"Daily does not tell {' and '.join(names)} apart, to fit on a sheet."


def too_many_rows(table: str, count: int, most: int) -> str:
    return f"{table} has {count:,} rows and a sheet holds {most:,}; give a shorter period"
