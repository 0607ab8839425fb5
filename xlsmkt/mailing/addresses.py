"""Who a mail goes to and who it comes from: from flags, else from the sheet Inputs."""

import re
from email.headerregistry import Address

import idna

from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError
from xlsmkt.package import Book

TO, FROM = "Mail_To", "Mail_From"  # the cells
MOST = 100  # addresses; a longer list is one of the mail server's own
_PIECE = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^,;\r\n])+')  # the quotes of a name may hold a comma
_NAMED = re.compile(r"(.*?)\s*<\s*([^<>\s]+)\s*>")
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"')
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)  # what every server takes


def recipients(book: Book, to: str | None, sender: str | None) -> tuple[list[Address], Address]:
    """Who gets a mail about a workbook, and who it comes from.

    Parameters
    ----------
    book
        Its cells Mail_To and Mail_From are taken where the next two are None or blank.
    to, sender
        What the user gave at the command line: addresses with a comma or a semicolon between them, and one address.

    Raises
    ------
    UserError
        One of the two is nowhere, or is no address.
    """
    return (
        _found(book, to, TO, "Nobody is named to get the mail", "--to team@example.com"),
        _one(_found(book, sender, FROM, "Nobody is named to send the mail", "--from reports@example.com")),
    )


def addresses(text: str) -> list[Address]:
    """The addresses in a text, with commas, semicolons or lines between them; each once.

    >>> [str(one) for one in addresses('"Rep, North 1" <north.1@example.com>; Ops@Example.com')]
    ['"Rep, North 1" <north.1@example.com>', 'Ops@example.com']
    """
    found: dict[str, Address] = {}
    for piece in _PIECE.findall(text):
        if piece.strip():
            one = _address(piece.strip())
            found.setdefault(one.addr_spec.casefold(), one)
    if len(found) > MOST:
        raise UserError(
            f"{len(found)} addresses are more than the {MOST} that a mail goes to at once; make one address for all of "
            "them at your mail server."
        )
    return list(found.values())


def plain(text: object, most: int = 200) -> str:
    """A text for a header or a line: blanks for line breaks, nothing that no reader shows, not endlessly long.

    >>> plain("SLA behind" + chr(13) + chr(10) + "Bcc: all@example.com")
    'SLA behind Bcc: all@example.com'
    """
    seen = "".join(one for one in " ".join(str(text).split()) if one.isprintable())
    return seen if len(seen) <= most else f"{seen[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _found(book: Book, given: str | None, name: str, nobody: str, flag: str) -> list[Address]:
    text, where = given or "", ""
    if not text.strip():
        text, where = str(book.named_value(name) or ""), f"{name} on the sheet Inputs: "
    try:
        found = addresses(text)
    except UserError as error:
        raise UserError(f"{where}{error}") from None
    if not found:
        raise UserError(f"{nobody}; type an address into {name} on the sheet Inputs, or give {flag}")
    return found


def _one(found: list[Address]) -> Address:
    if len(found) > 1:
        raise UserError(f"A mail comes from one address, not from {len(found)}; leave one of them in {FROM} or --from.")
    return found[0]


def _address(text: str) -> Address:
    named = _NAMED.fullmatch(text)
    name, mailbox = named.groups() if named else ("", text)
    quoted = _QUOTED.fullmatch(name)
    if quoted:
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    local, _, domain = mailbox.rpartition("@")
    try:
        domain = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
        if not _LOCAL.fullmatch(local) or len(local) > 64 or ('"' in name and not quoted):
            raise ValueError
        return Address(plain(name, 80), local, domain)
    except ValueError:  # IDNAError is one
        raise UserError(
            f"{shown(text, 200)} is no mail address (a to z before the @, a domain after it); mend it, such as "
            "rep@example.com"
        ) from None
