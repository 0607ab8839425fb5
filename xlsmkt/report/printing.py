"""The Dashboard on paper and as a picture: printed by LibreOffice or by a browser, whichever this computer has."""

import re
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.finding import find_soffice, has_python
from xlsmkt.hosts.calc.words import OLDEST
from xlsmkt.package import Book
from xlsmkt.package.named_cells import place_of
from xlsmkt.report.browser import Browser, find_browser
from xlsmkt.report.writing import refuse_target, write_whole

__all__ = ["find_browser", "write_pdf", "write_png"]

WIDE = 1440  # CSS pixels of the picture
MOST_PIXELS = 16_384  # that a browser draws in one direction
_PDF, _PNG = b"%PDF-", b"\x89PNG"
_NEITHER = (
    f"This takes LibreOffice {OLDEST} or later (https://www.libreoffice.org) or a browser (Chrome, Chromium or Edge): "
    "install one of them; the page itself needs neither (xlsmkt report BOOK --html FILE)."
)
_FORMULA = re.compile(rb"<((?:[\w.-]+:)?f)(?:\s[^>]*)?(?:/>|>[^<]*</\1>)")
_NAMES = ("Page_Headline", "Page_Marketing")  # on the Dashboard, whatever its sheet is called by now


def write_pdf(book: Path, to: Path) -> None:
    """Print the Dashboard of a workbook to a PDF: by LibreOffice where it is, else the HTML page by a browser.

    A PDF that is there as ``to`` is replaced; when something fails it stays as it was.

    Raises
    ------
    UserError
        There is no such workbook, neither program is there or it did not answer, or ``to`` cannot be written.
    """
    _require_book(book)
    refuse_target(book, to, "PDF", [_PDF])
    if _office_is_here():
        write_whole(to, _printed_by_office(book))
        return
    program = find_browser()
    if program is None:
        raise UserError(_NEITHER)
    write_whole(to, Browser(program).pdf(_page(book)))


def write_png(book: Path, to: Path) -> None:
    """Picture the Dashboard of a workbook: all of the HTML page by a browser, else the PDF that LibreOffice prints.

    A PNG that is there as ``to`` is replaced; when something fails it stays as it was.

    Raises
    ------
    UserError
        There is no such workbook, neither program is there or it did not answer, or ``to`` cannot be written.
    """
    _require_book(book)
    refuse_target(book, to, "PNG", [_PNG])
    program = find_browser()
    if program is None:
        if not _office_is_here():
            raise UserError(_NEITHER)
        write_whole(to, _picture_of_pdf(_printed_by_office(book)))
        return
    write_whole(to, Browser(program).png(_page(book), WIDE, MOST_PIXELS))


def _page(book: Path) -> str:
    from xlsmkt.report.page import html_page
    from xlsmkt.report.reading import read_dashboard

    return html_page(read_dashboard(book))


def _picture_of_pdf(printed: bytes) -> bytes:
    """The pages of a PDF, one below the other."""
    import pypdfium2
    from PIL import Image

    with pypdfium2.PdfDocument(printed) as document:
        pages = [document[number] for number in range(len(document))]
        drawn = [page.render(scale=2 * WIDE / page.get_width()).to_pil() for page in pages]
    whole, top, made = Image.new("RGB", (2 * WIDE, sum(one.height for one in drawn)), "white"), 0, BytesIO()
    for one in drawn:
        whole.paste(one, (0, top))
        top += one.height
    whole.save(made, "PNG")
    return made.getvalue()


# --- what prints ---


def _office_is_here() -> bool:
    try:
        return has_python(find_soffice().parent)
    except UserError:
        return False


def _printed_by_office(book: Path) -> bytes:
    from xlsmkt.hosts.calc.engine import pdf

    sheet = _dashboard_sheet(book)
    with tempfile.TemporaryDirectory(prefix="xlsmkt-") as folder:
        made = Path(folder) / "dashboard.pdf"
        pdf(_stored_figures(book, Path(folder)), made, sheet)
        return made.read_bytes()


def _stored_figures(book: Path, folder: Path) -> Path:
    """A copy in which each formula has become the value it came to: LibreOffice would compute the figures anew."""
    copy = folder / book.name  # which the foot of the page names
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for part in source.infolist():
            data = source.read(part)
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                end = max(data.rfind(b"sheetData>"), 0)  # what follows has formulas of its own: rules for looks
                data = _FORMULA.sub(b"", data[:end]) + data[end:]
            target.writestr(part.filename, data)
    return copy


def _dashboard_sheet(path: Path) -> str:
    with Book.open(path) as book:
        for name in _NAMES:
            place = place_of(book, name)
            if place is not None and place.sheet in book.sheet_names:
                return place.sheet
        if "Dashboard" in book.sheet_names:  # made before the page had names
            return "Dashboard"
    raise UserError(f"{path.name} has no Dashboard: take a workbook made by 'xlsmkt new'.")


# --- files ---


def _require_book(book: Path) -> None:
    if not book.exists():
        raise UserError(f"There is no file {book}: check the name and the folder.")
    if not book.is_file():
        raise UserError(f"{book} is no workbook file; give the path of one.")
