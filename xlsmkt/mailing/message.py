"""A mail: headers, text, HTML with its pictures, the workbook; nothing from a CRM becomes a header or a tag."""

from collections.abc import Sequence
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, Policy
from email.utils import localtime, make_msgid
from pathlib import Path
from typing import NamedTuple, Self, cast

from xlsmkt.mailing.addresses import plain
from xlsmkt.mailing.content import about, as_text, notes, sections
from xlsmkt.report.reading import Dashboard

_SPREADSHEET = {
    ".xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "vnd.ms-excel.sheet.macroEnabled.12",
}
_LINE = 70  # characters of a folded header
PICTURE = 430, 2.6  # pixels and sharpness: between the width on a phone and that of the mail, so its words fit both


class Picture(NamedTuple):
    """A chart in a mail."""

    cid: str
    alt: str
    png: bytes


class AddressLine(str):
    """The value of an address header, a line for each address.

    Python 3.11 loses the quotes of a name that it encodes and folds: its commas then part addresses.
    """

    name: str
    addresses: tuple[Address, ...]

    def __new__(cls, name: str, addresses: Sequence[Address]) -> Self:
        """The header of this name."""
        made = super().__new__(cls, ", ".join(map(str, addresses)))
        made.name, made.addresses = name, tuple(addresses)
        return made

    def fold(self, *, policy: Policy) -> str:
        """The header as it is sent."""
        lines = [
            str(one)
            if one.display_name.isascii() and "=?" not in one.display_name
            else f"{_encoded(one.display_name, policy)} <{one.addr_spec}>"
            for one in self.addresses
        ]
        return f"{self.name}: {f',{policy.linesep} '.join(lines)}{policy.linesep}"


class TextLine(str):
    """The value of a header that is text; as above, but it would lose blanks."""

    name: str

    def __new__(cls, name: str, text: str) -> Self:
        """The header of this name."""
        made = super().__new__(cls, text)
        made.name = name
        return made

    def fold(self, *, policy: Policy) -> str:
        """The header as it is sent."""
        return f"{self.name}: {_encoded(self, policy, len(self.name) + 2)}{policy.linesep}"


def _encoded(text: str, policy: Policy, begins: int = 0) -> str:
    """A text as RFC 2047 has it in a header, in lines."""
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset, maxlinelen=_LINE, header_name="x" * begins).encode(linesep=policy.linesep)


def text_message(subject: str, lines: Sequence[str], to: Sequence[Address], sender: Address) -> EmailMessage:
    """A mail of plain text.

    Parameters
    ----------
    subject, lines
        May hold whatever a CRM holds; a line break in one of them is a blank.
    to, sender
        As `xlsmkt.mailing.addresses.recipients` gives them.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = AddressLine("From", [sender])
    message["To"] = AddressLine("To", to)
    message["Subject"] = TextLine("Subject", plain(subject))
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    message.set_content("\n".join(_line(line) for line in lines) + "\n")
    return message


def dashboard_message(
    book: Path, dashboard: Dashboard, to: Sequence[Address], sender: Address, *, workbook: bool = True
) -> EmailMessage:
    """The dashboard as a mail: as text, as HTML with its charts as pictures, and the workbook that it was read from.

    Parameters
    ----------
    book, dashboard
        The workbook, and what `xlsmkt.report.reading.read_dashboard` read from it.
    workbook
        Whether it is attached.
    """
    ending = f"Every figure is a cell of {plain(book.name)}{', which is attached' if workbook else ''}."
    subject = str(dashboard.headline) or dashboard.title
    message = text_message(subject, [*as_text(dashboard), "", ending], to, sender)
    found = _pictures(dashboard, sender.domain)
    message.add_alternative(_html(dashboard, found, ending), subtype="html")
    html = cast(list[MIMEPart], message.get_payload())[1]
    for key, picture in found.items():
        html.add_related(picture.png, "image", "png", cid=f"<{picture.cid}>", disposition="inline",
                         filename=f"{key.replace('_', '-')}.png")  # fmt: skip
    if workbook:
        kind = _SPREADSHEET.get(book.suffix.lower(), "octet-stream")
        message.add_attachment(book.read_bytes(), maintype="application", subtype=kind, filename=plain(book.name))
    return message


def _line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text).rstrip()


def _pictures(dashboard: Dashboard, domain: str) -> dict[str, Picture]:
    from xlsmkt.report.charts import chart_png, chart_words

    found: dict[str, Picture] = {}
    for block in dashboard.blocks:
        if png := chart_png(block, *PICTURE):
            found[block.key] = Picture(make_msgid(block.key, domain)[1:-1], plain(chart_words(block), 500), png)
    return found


def _html(dashboard: Dashboard, found: dict[str, Picture], ending: str) -> str:
    import css_inline
    from jinja2 import Environment, PackageLoader

    house = Environment(loader=PackageLoader("xlsmkt.report"), autoescape=True, trim_blocks=True)
    page = house.get_template("mail.html.jinja").render(
        headline=dashboard.headline or dashboard.title,
        title=about(dashboard),
        notes=notes(dashboard),
        sections=[one for one in sections(dashboard) if one.tiles or one.rows or one.key in found],
        pictures=found,
        ending=ending,
    )
    page = page.encode("utf-8", "replace").decode()  # half characters, which a file can hold and no mail
    # What no attribute can say, the colours in the dark, stays in the <style>.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline(page)
