"""The mail of the dashboard: its parts, its figures beside the cells of the workbook, what a CRM cannot do in it."""

import datetime as dt
import email
import email.policy
import email.utils
import io
import re
import zipfile
from email.header import decode_header, make_header

import openpyxl
import pytest
from lxml import etree, html
from openpyxl.utils import range_boundaries
from PIL import Image
from python_calamine import CalamineWorkbook

from xlsmkt.errors import UserError
from xlsmkt.mailing.addresses import addresses, recipients
from xlsmkt.mailing.content import as_text, sections
from xlsmkt.mailing.dashboard_mail import made_message
from xlsmkt.mailing.message import dashboard_message, text_message
from xlsmkt.package import Book
from xlsmkt.refresh import new_book
from xlsmkt.report.reading import BLOCKS, Block, Dashboard, Shown, Tile

TITLES = {name: title for name, title, _ in BLOCKS.values()}
TABLES = ["Page_Compared", "Page_Standing", "Page_Months", "Page_Reps", "Page_Funnel", "Page_Close_Rates",
          "Page_Channels", "Page_Calls"]  # fmt: skip
TO, SENDER = "north.1@example.com", "reports@example.com"


def arrived(message):
    """A mail as an e-mail program gets it."""
    return email.message_from_bytes(message.as_bytes(), policy=email.policy.default)


def part(mail, kind):
    return mail.get_body((kind,)).get_content()


@pytest.fixture(scope="module")
def mail(demo):
    return arrived(made_message(demo / "sla.xlsx", TO, SENDER))


@pytest.fixture(scope="module")
def page(mail):
    return html.fromstring(part(mail, "html"))


@pytest.fixture(scope="module")
def cells(demo):
    """The cells that a defined name stands for, read by calamine: rows of values without those that are blank.

    A name for one cell stands for the table that begins there.
    """
    workbook = CalamineWorkbook.from_path(demo / "sla.xlsx")
    with zipfile.ZipFile(demo / "sla.xlsx") as file:
        names = etree.fromstring(file.read("xl/workbook.xml")).findall(".//{*}definedName")
    places = {one.get("name"): one.text.replace("$", "").replace("'", "").split("!") for one in names}

    def cells(name):
        sheet, ref = places[name]
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        left, top, right, bottom = range_boundaries(ref)
        if ":" not in ref and name != "Page_Headline":
            right = next((at for at, one in enumerate(rows[top - 1]) if at >= left and one == ""), len(rows[top - 1]))
            bottom = next(
                at for at, row in enumerate([*rows, [""]]) if at >= top and set(row[left - 1 : right]) <= {""}
            )
        found = [row[left - 1 : right] for row in rows[top - 1 : bottom]]
        return [row for row in found if set(row) != {""}]

    return cells


# --- its parts ---


def test_the_parts_of_the_mail(mail, demo):
    kinds = [one.get_content_type() for one in mail.walk()]
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html",
                     *["image/png"] * 4, workbook]  # fmt: skip
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "sla.xlsx" and attached.get_content() == (demo / "sla.xlsx").read_bytes()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert (str(mail["From"]), str(mail["To"])) == (SENDER, TO)
    assert re.fullmatch(r"<[^<>@\s]+@example\.com>", mail["Message-ID"])
    assert abs(email.utils.parsedate_to_datetime(mail["Date"]) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)


def test_the_subject_is_the_headline_of_the_workbook(mail, page, cells):
    [[headline]] = cells("Page_Headline")
    assert mail["Subject"] == headline == page.find(".//h1").text and "leads to date" in headline
    plain = part(mail, "plain")
    assert plain.startswith(headline)
    about = "Marketing and sales SLA, October 2026; figures as of 20 Oct 2026"  # the last day of the sample
    assert about in plain and about in page.text_content()


def test_the_pictures_are_in_the_mail_and_told_in_words(mail, page):
    ours = {one["Content-ID"]: one for one in mail.walk() if one.get_content_maintype() == "image"}
    pictures = page.findall(".//img")
    assert [f"<{one.get('src').removeprefix('cid:')}>" for one in pictures] == list(ours) and len(ours) == 4
    for one in pictures:
        assert len(one.get("alt")) > 40
        with Image.open(io.BytesIO(ours[f"<{one.get('src')[4:]}>"].get_content())) as picture:
            assert picture.format == "PNG" and picture.width >= 2 * 500
    assert {one.get_content_disposition() for one in ours.values()} == {"inline"}


def test_a_mail_program_can_show_it(page):
    text = html.tostring(page, encoding="unicode")
    assert "<svg" not in text and "var(" not in text and "<script" not in text and "http" not in text
    assert len(text) < 100_000  # Gmail cuts mails at 102 KB
    assert "prefers-color-scheme: dark" in text
    assert all("border-bottom" in one.get("style") for one in page.findall(".//td[@class='figure ']"))


def test_made_again_it_says_the_same_and_can_go_without_the_workbook(demo, mail):
    message = made_message(demo / "sla.xlsx", TO, SENDER, workbook=False)
    assert not list(message.iter_attachments()) and len(message.as_bytes()) < len(mail.as_bytes()) / 8
    again = arrived(message)
    assert part(again, "plain") == part(mail, "plain").replace(", which is attached", "")
    assert again["Message-ID"] != mail["Message-ID"]


# --- its figures ---


def shown_as(text, value):
    """Whether a text shows a value to as many places as it has."""
    if not isinstance(value, (int, float)):
        return text == value
    if text in ("", "–"):
        return not value
    number = text.replace(",", "").rstrip("%")
    places = len(number.partition(".")[2])
    scale = 100 if text.endswith("%") else 1
    return abs(float(number) - value * scale) <= 0.5 * 10**-places + 1e-9


def table_after(page, title):
    [heading] = [one for one in page.findall(".//h2") if one.text == title]
    table = heading.getnext()
    return table if table.tag == "table" else table.getnext()


@pytest.mark.parametrize("name", ["Page_Marketing", "Page_Marketing_More", "Page_Sales", "Page_Sales_More"])
def test_the_tiles_are_cells(page, mail, cells, name):
    labels, figures, *notes = cells(name)
    expected = [one for one in zip(labels, figures, *notes, strict=True) if one[0]]
    seen = [[cell.text_content() for cell in row] for row in table_after(page, TITLES[name]).iter("tr")]
    assert len(seen) == len(expected) >= 3
    plain = part(mail, "plain")
    for texts, values in zip(seen, expected, strict=True):
        assert all(map(shown_as, texts, values)), (texts, values)
        assert re.search(r" +".join(map(re.escape, filter(None, texts))), plain)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_cells(page, mail, cells, name):
    rows = [[cell.text_content() for cell in row] for row in table_after(page, TITLES[name]).iter("tr")]
    table = cells(name)
    if name == "Page_Standing":
        table = [*zip(*table, strict=True)]
    headings = [str(heading or "") for heading in table[0]]
    at, columns = 0, []
    for heading in rows[0]:  # two columns may be called the same
        at = headings.index(heading, at)
        columns.append(at)
        at += 1
    lines = iter(rows[1:])
    plain, compared = part(mail, "plain"), 0
    for values in table[1:]:
        texts = next(lines)
        for text, column in list(zip(texts, columns, strict=True)):
            if isinstance(values[column], dt.date):
                assert text == f"{values[column]:%b %Y}"
            else:
                assert shown_as(text, values[column]), (text, values[column])
            compared += isinstance(values[column], (int, float))
        assert re.search(r" +".join(map(re.escape, filter(None, texts))), plain)
        if "In words" in headings and (told := values[headings.index("In words")]):
            assert next(lines) == [told] and f"    {told}\r\n" in plain.replace("\n", "\r\n").replace("\r\r", "\r")
    assert next(lines, None) is None and compared >= 3


# --- what stands in a CRM is text ---


def cell(text, value=None, tone=""):
    return Shown("Dashboard!B7", text if value is None else value, text, tone)


def dashboard(*blocks, headline="SLA behind", warning=""):
    blank = Shown("", None, "")
    return Dashboard(
        "Marketing and sales SLA", cell("October 2026"), blank, cell(headline), cell(warning), blank, blocks
    )


def made(tmp_path, *blocks, name="sla.xlsx", **parts):
    (tmp_path / name).write_bytes(b"a workbook")
    message = dashboard_message(tmp_path / name, dashboard(*blocks, **parts), addresses(TO), addresses(SENDER)[0])
    return arrived(message)


BREAKS = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\n\n", "\0"]


@pytest.mark.parametrize("between", BREAKS)
def test_a_line_break_adds_no_header_and_no_line(between):
    evil = f"SLA behind{between}Bcc: all@example.com"
    one = arrived(text_message(evil, [evil], addresses(TO), addresses(SENDER)[0]))
    assert one["Bcc"] is None and one["Subject"].startswith("SLA behind") and one["To"] == TO
    assert len(one.get_content().splitlines()) == 1


# Left to itself Python 3.11 drops who follows the first, and blanks of the second.
LONG_NAME = "Vertrieb Nord, Müller, Zoë"
LONG_SUBJECT = "Über 'Nord 312 größer (Köln) Über 312 größer größer Leads Ziel: Über Leads"


def test_long_names_and_subjects_of_any_letters_stay_whole():
    to = addresses(f'"{LONG_NAME}" <north.1@example.com>, south.1@example.com, =?utf-8?q?x?= <x@example.com>')
    sent = text_message(LONG_SUBJECT, ["x"], to, to[0]).as_bytes()
    one = email.message_from_bytes(sent, policy=email.policy.default)
    assert [each.username for each in one["To"].addresses] == ["north.1", "south.1", "x"]
    assert one["Subject"] == LONG_SUBJECT
    raw = email.message_from_bytes(sent)  # as older programs read it
    named = email.utils.getaddresses([raw["To"].replace("\r\n", "")])
    decoded = [str(make_header(decode_header(name))) for name, _ in (named[0], named[2])]
    assert decoded == [LONG_NAME, "=?utf-8?q?x?="]
    head = sent.split(b"\r\n\r\n")[0]
    assert head.isascii() and max(map(len, head.split(b"\r\n"))) < 120


def test_names_of_files_and_cells_are_text(tmp_path):
    evil = '<script>alert(1)</script>"><img src=x> {{ 7*7 }}'
    table = Block("calls", "Calls", "table", headings=(cell("Lead"), cell("Rep")), rows=((cell(evil), cell(evil)),))
    tiles = Block("sales", "Sales", "tiles", tiles=(Tile(cell(evil), cell(evil), cell(evil)),))
    mail = made(tmp_path, table, tiles, name="Übersicht\n 営業.xlsx", headline=evil, warning=evil)
    page = html.fromstring(part(mail, "html"))
    assert not page.findall(".//script") and not page.findall(".//img")
    assert page.find(".//h1").text == evil and page.text_content().count(evil) == 8  # and the title
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "Übersicht 営業.xlsx" and mail["Subject"] == evil
    assert made(tmp_path, headline="\ud800 behind")["Subject"] == "behind"


def test_a_long_table_ends_and_a_warning_is_read_first(tmp_path):
    rows = tuple((cell(f"Lead {number}"), cell("1", 1.0)) for number in range(50))
    block = Block("calls", "Calls", "table", headings=(cell("Lead"), cell("Score")), rows=rows)
    shown = dashboard(block, warning="The last import failed")
    [section] = sections(shown)
    assert (len(section.rows), section.left_out) == (12, 38)
    lines = as_text(shown)
    assert lines.index("The last import failed") < lines.index("Calls") and lines[-1] == "38 more in the workbook"


def test_a_block_that_the_workbook_has_no_more_is_left_out(tmp_path):
    mail = made(tmp_path)
    assert mail["Subject"] == "SLA behind" and "Marketing: the" not in part(mail, "plain")


# --- who gets it ---


def test_recipients_stand_in_the_workbook(tmp_path):
    book = tmp_path / "sla.xlsx"
    new_book(book)
    with Book.open(book) as opened:
        for flag in (None, " "):
            with pytest.raises(UserError, match="type an address into Mail_To on the sheet Inputs, or give --to"):
                recipients(opened, flag, SENDER)
        with pytest.raises(UserError, match="type an address into Mail_From on the sheet Inputs, or give --from"):
            recipients(opened, TO, None)
    workbook = openpyxl.load_workbook(book)
    for name, text in (("Mail_To", '"Rep, North 1" <north.1@example.com>; south.1@example.com'), ("Mail_From", "rep")):
        [(sheet, ref)] = workbook.defined_names[name].destinations
        workbook[sheet][ref.replace("$", "")] = text
    workbook.save(book)
    with Book.open(book) as opened:
        with pytest.raises(UserError, match="Mail_From on the sheet Inputs: rep is no mail address"):
            recipients(opened, None, None)
        to, sender = recipients(opened, None, SENDER)
        assert [one.addr_spec for one in to] == ["north.1@example.com", "south.1@example.com"]
        assert str(sender) == SENDER and [*map(str, recipients(opened, "x@example.com", SENDER)[0])] == [
            "x@example.com"
        ]
        with pytest.raises(UserError, match=r"^ops at example\.com is no mail address"):
            recipients(opened, "ops at example.com", SENDER)
        with pytest.raises(UserError, match="comes from one address, not from 2"):
            recipients(opened, TO, "a@example.com, b@example.com")
