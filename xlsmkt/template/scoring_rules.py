"""The rules of the sheet Scoring: an example of each test, over the columns of Leads, for marketing to edit."""

from typing import Any

from xlsmkt.template.page import Draft, Page

TABLE = "Scoring_rules"
TESTS = ("is", "is one of", "contains", "at least", "at most", "ideal")
KINDS = ("explicit", "implicit")

RULES = (
    ("Company size", "ideal", 180, 10, "explicit"),
    ("Industry", "is one of", "Software; Financial services", 6, "explicit"),
    ("Industry", "is", "Retail", -4, "explicit"),
    ("Country", "is one of", "Germany; Netherlands", 3, "explicit"),
    ("Job title", "contains", "head", 8, "explicit"),
    ("Job title", "contains", "director", 8, "explicit"),
    ("Job title", "contains", "manager", 4, "explicit"),
    ("Job title", "contains", "intern", -8, "explicit"),
    ("Lead type", "is", "Demo request", 20, "implicit"),
    ("Lead type", "is", "Referral", 15, "implicit"),
    ("Lead type", "is", "Webinar", 8, "implicit"),
    ("Lead type", "is", "Whitepaper", 6, "implicit"),
    ("Lead type", "is", "Newsletter", 2, "implicit"),
    ("Source", "is one of", "Partners; Events", 5, "implicit"),
    ("Campaign", "contains", "product", 2, "implicit"),
)

ABOUT = (
    "explicit: who the lead is.  implicit: what the lead did.",
    "A lead earns the points of every rule that it meets; points may be negative.",
    "ideal: all points at the value, half of them at half or twice of it.",
    "is one of: values with a semicolon between.  contains: part of a text.",
    "Add rules in the rows below the table.",
)


def draw(draft: Draft, page: Page, cell: str) -> None:
    """The table of rules, its headings from ``cell`` on in column B, and what the tests mean above it."""
    page.section("B5", "Rules", 5)
    for row, line in enumerate(ABOUT, 6):
        page.text(f"B{row}", line, "note")
    page.input_table(
        cell,
        TABLE,
        RULES,
        {
            "Attribute": {},
            "Test": {"align": "left"},
            "Value": {"align": "left"},
            "Points": {"num_format": "+0.##;-0.##;0"},
            "Kind": {"align": "left", "indent": 1},
        },
    )
    draft.workbook.define_name("Lead_Headings", "=Leads[[#Headers]]")
    first = int(cell[1:]) + 1
    last = first + len(RULES) - 1
    for column, rule in _VALIDATIONS.items():
        page.sheet.data_validation(f"{column}{first}:{column}{last}", rule)


def _message(title: str, message: str, wanted: str) -> dict[str, str]:
    return {
        "input_title": title,
        "input_message": message,
        "error_title": "This does not fit",
        "error_message": f"Give {wanted}.",
    }


_VALIDATIONS: dict[str, dict[str, Any]] = {
    "B": {
        "validate": "list",
        "source": "=Lead_Headings",
        **_message("Attribute", "A column of the sheet Leads, also one that you have added.", "a heading of Leads"),
    },
    "C": {
        "validate": "list",
        "source": list(TESTS),
        **_message(
            "Test",
            "is: the same text, number or date.\n"
            "is one of: any of several, with ; between.\n"
            "contains: part of the text.\n"
            "at least, at most: numbers or dates.\n"
            "ideal: full points at the value, fewer the further away.",
            "one of the tests in the list",
        ),
    },
    "D": {
        "validate": "any",
        "input_title": "Value",
        "input_message": "What the attribute is compared with. Upper and lower case are the same.",
    },
    "E": {
        "validate": "decimal",
        "criteria": "between",
        "minimum": -1000,
        "maximum": 1000,
        **_message("Points", "What a lead earns that meets the rule; negative points are taken off.", "a number"),
    },
    "F": {
        "validate": "list",
        "source": list(KINDS),
        **_message("Kind", "explicit: who the lead is.\nimplicit: what it did.", "explicit or implicit"),
    },
}
