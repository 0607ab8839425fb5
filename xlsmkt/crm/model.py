"""Our data tables and their columns, exactly as the workbook names them."""

from dataclasses import dataclass
from typing import Literal

MOST_ROWS = 1_048_575  # that a sheet holds, less its heading row

Kind = Literal["text", "number", "date", "time", "mark"]
"""What a column holds; a mark is TRUE or FALSE, or the date on which it became true."""


@dataclass(frozen=True)
class Field:
    """A column of one of our tables."""

    name: str
    kind: Kind = "text"
    required: bool = False  # a row without it is refused


@dataclass(frozen=True)
class DataTable:
    """One of our tables: a row each thing; ``name`` is the table's name in the workbook, ``sheet`` its sheet's."""

    name: str
    sheet: str
    fields: tuple[Field, ...]
    id: str = ""  # the column that alone says which row it is

    @property
    def known_by(self) -> list[list[str]]:
        """The columns that say which row is which, as in ``xlsmkt.keeping.KnownBy``."""
        words = [field.name for field in self.fields if field.kind in ("text", "date")]
        if self.id:
            return [[self.id], words]
        return [[field.name for field in self.fields if field.kind == "time" or field.name in words]]

    @property
    def columns(self) -> list[str]:
        """The column headings, in order."""
        return [field.name for field in self.fields]

    def field(self, name: str) -> Field:
        """The column with this heading."""
        return next(field for field in self.fields if field.name == name)


LEADS = DataTable(
    "Leads",
    "Leads",
    (
        Field("Lead ID"),
        Field("Created", "date", required=True),
        Field("Lead type"),
        Field("Source"),
        Field("Campaign"),
        Field("Industry"),
        Field("Country"),
        Field("Company size", "number"),
        Field("Job title"),
        Field("Owner"),
        Field("Assigned", "time"),
        Field("First worked", "time"),
        Field("Attempts", "number"),
        Field("Connected", "date"),
        Field("MQL", "date"),
        Field("SQL", "date"),
        Field("Opportunity", "date"),
        Field("Closed", "date"),
        Field("Won", "date"),
        Field("Amount", "number"),
    ),
    id="Lead ID",
)

# The leads counted: a row for each day of creation and each combination of the texts; the counts say what became of
# the leads of that day.
DAILY = DataTable(
    "Daily",
    "Daily",
    (
        Field("Date", "date", required=True),
        Field("Lead type"),
        Field("Source"),
        Field("Campaign"),
        Field("Industry"),
        Field("Owner"),
        Field("Leads", "number"),
        Field("MQLs", "number"),
        Field("SQLs", "number"),
        Field("Opportunities", "number"),
        Field("Customers", "number"),
        Field("Worked", "number"),
        Field("Connected", "number"),
        Field("Revenue", "number"),
    ),
)

# How Daily counts leads: apart by these words, which are given up one after the other where it does not fit on a sheet.
COUNTED_BY = ["Lead type", "Source", "Campaign", "Industry", "Owner"]
GIVEN_UP = ("Owner", "Industry", "Campaign", "Lead type")
COUNTED = {"MQLs": "MQL", "SQLs": "SQL", "Opportunities": "Opportunity", "Customers": "Won", "Connected": "Connected"}

SPEND = DataTable(
    "Spend",
    "Spend",
    (
        Field("Date", "date", required=True),
        Field("Channel"),
        Field("Campaign"),
        Field("Cost", "number", required=True),
        Field("Clicks", "number"),
    ),
)

WEB = DataTable(
    "Web",
    "Web",
    (
        Field("Date", "date", required=True),
        Field("Source"),
        Field("Visits", "number"),
        Field("Page views", "number"),
        Field("Submissions", "number"),
        Field("E-mail contacts", "number"),
        Field("Social followers", "number"),
        Field("Blog subscribers", "number"),
    ),
)

TOUCHES = DataTable(
    "Touches",
    "Touches",
    (Field("Lead ID", required=True), Field("Time", "time", required=True), Field("Channel", required=True)),
)

IMPORT_LOG = DataTable(
    "Import_log",
    "Import log",
    (
        Field("File"),
        Field("Line", "number"),
        Field("Column"),
        Field("Value"),
        Field("Reason"),
    ),
)

# What a source can deliver; Daily and the Import log are made from it.
IMPORTED = (LEADS, SPEND, WEB, TOUCHES)
TABLES = (LEADS, DAILY, SPEND, WEB, TOUCHES, IMPORT_LOG)
