"""The demonstration: a sample CRM export becomes a computed SLA workbook."""

from itertools import count
from pathlib import Path

from xlsmkt.crm.importing import Progress, import_files
from xlsmkt.crm.sample import LAST_DAY, write_sample
from xlsmkt.errors import UserError
from xlsmkt.hosts.headless import compute
from xlsmkt.package import Book, Edit
from xlsmkt.refresh import new_book, refresh_book

# What no CRM export tells, for the sample's business.
TYPED = {"Customers_Start": 600, "Customers_Now": 690, "Customer_Revenue": 400}

# The figures worth telling first: the template names their cells.
HEADLINES = (
    ("Leads promised for the month", "Now_Month_Goal", "{:,.0f}"),
    ("Goal to date", "Now_Goal_To_Date", "{:,.1f}"),
    ("Leads to date", "Now_Actual", "{:,.0f}"),
    ("Gap", "Now_Gap", "{:+,.1f}"),
    ("Status", "Now_Status", "{}"),
    ("Projected month end", "Now_Projection", "{:,.0f}"),
    ("Weighted close rate", "Now_Weighted_Rate", "{:.2%}"),
    ("Leads needed a month", "Now_Leads_Needed", "{:,.0f}"),
)


def run_demo(folder: Path, progress: Progress) -> str:
    """Make the sample, a workbook from the template, refresh and compute it; what to print."""
    try:
        files = write_sample(folder / "sample")
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror}); give another folder.") from None
    book = _free_name(folder)
    new_demo_book(book)
    outcome = refresh_book(book, lambda _, told: import_files(files, today=LAST_DAY, progress=told), compute, progress)
    return "\n".join([f"Marketing SLA on {LAST_DAY:%d %B %Y}", *headlines(book), str(outcome), f"Open {book}"])


def headlines(book: Path) -> list[str]:
    """The headline figures of a computed workbook, a line each."""
    with Book.open(book) as opened:
        return [f"  {words:<30} {shown.format(opened.named_value(name)):>10}" for words, name, shown in HEADLINES]


def new_demo_book(book: Path) -> None:
    """A new workbook in which the inputs are typed that come from no CRM."""
    new_book(book)
    edit = Edit.open(book)
    for name, value in TYPED.items():
        edit.set_named_value(name, value)
    edit.save(book)


def _free_name(folder: Path) -> Path:
    """A name that no workbook has yet: what a user changed in an earlier one stays."""
    names = (folder / f"sla{'' if number == 1 else f'-{number}'}.xlsx" for number in count(1))
    return next(name for name in names if not name.exists())
