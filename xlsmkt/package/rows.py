"""The rows of a worksheet part, as bytes: read one after the other, never the whole sheet at once.

Sheets are not parsed into a tree: what is not changed is passed on as the bytes that it was.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters

from lxml import etree

from xlsmkt.package.opening import damaged, refuse_entities
from xlsmkt.package.packing import Stream
from xlsmkt.package.references import Area, column_letters, column_number

_PIECE = 1 << 20
_ROOT = re.compile(rb"<((?:[\w.-]+:)?)worksheet(\s[^>]*)?>")


class Syntax:
    """The patterns of row and cell elements, for the namespace prefix that the sheet uses (mostly none)."""

    def __init__(self, prefix: bytes) -> None:
        p = re.escape(prefix)
        self.prefix = prefix
        self.text = prefix.decode()
        self.row = re.compile(rb'<%srow r="(\d+)"([^>]*?)(/?)>' % p)
        self.cell = re.compile(rb'<%sc r="([A-Z]+)\d+"([^>]*?)(?:/>|>(.*?)</%sc>)' % (p, p), re.DOTALL)
        self.formula = re.compile(rb"<%sf((?:\s[^>]*?)?)(?:/>|>(.*?)</%sf>)" % (p, p), re.DOTALL)
        self.value = re.compile(rb"<%sv(?:\s[^>]*?)?(?:/>|>(.*?)</%sv>)" % (p, p), re.DOTALL)
        self.texts = re.compile(rb"<%st(?:\s[^>]*?)?(?:/>|>(.*?)</%st>)" % (p, p), re.DOTALL)
        self.phonetic = re.compile(rb"<%srPh\s.*?</%srPh>" % (p, p), re.DOTALL)
        self.has_formula = b"<%sf" % prefix
        self.cell_start = b'<%sc r="' % prefix
        self.row_end = b"</%srow>" % prefix
        self.row_start = b"<%srow" % prefix
        self.data_start = re.compile(rb"<%ssheetData(?:\s[^>]*?)?/?>" % p)
        self.data_end = b"</%ssheetData>" % prefix
        self.tags = ((b"<%sc" % prefix, self.cell_start), (self.row_start, self.row_start + b' r="'))

    def is_plain(self, region: bytes) -> bool:
        """True if rows and cells are written as Excel writes them: place first, double quotes, no comments."""
        return (
            all(region.count(tag) == region.count(written) for tag, written in self.tags)
            and b"<!" not in region
            and b"='" not in region
        )


@lru_cache(maxsize=8)
def syntax(prefix: bytes) -> Syntax:
    """The patterns for one prefix."""
    return Syntax(prefix)


@dataclass(frozen=True)
class LeaveOut:
    """Rows that are not wanted, except near something that ``unless`` finds."""

    first: int
    last: int
    unless: re.Pattern[bytes] | None = None

    def covers(self, region: bytes, s: Syntax) -> bool:
        """True if nothing in a piece of the sheet data is wanted."""
        start = s.row.match(region, region.find(s.row_start))
        end = s.row.match(region, region.rfind(s.row_start))
        if not start or not end or int(start[1]) < self.first or int(end[1]) > self.last:
            return False
        return not (self.unless and self.unless.search(region))


def left_out_body(s: Syntax, body: Area, row_is: bytes | None = None) -> LeaveOut:
    """The rows of a table body, unless they hold a formula or a cell beside the table.

    ``row_is``: the attributes that a row must have after its number; rows that are different are not left out. Nor are
    comments, and rows and cells that are not written as Excel writes them.
    """
    letters = "|".join(column_letters(column) for column in range(body.left, body.right + 1)).encode()
    attributes = b"" if row_is is None else re.escape(row_is) + b">"
    pattern = rb'<!|<%s(?:f|c(?! r="(?:%s)\d)|row(?! r="\d+"%s))' % (re.escape(s.prefix), letters, attributes)
    return LeaveOut(body.top, body.bottom, re.compile(pattern))


class Sheet:
    """One pass over a worksheet: ``head``, then ``rows()``, then ``tail``.

    ``head`` ends before ``<sheetData>`` and ``tail`` begins after ``</sheetData>``.
    """

    def __init__(self, stream: Stream, part: str, file: str) -> None:
        self._stream, self._part, self._file = stream, part, file
        start = b""
        while True:
            piece = stream.read(_PIECE)
            start += piece
            root = _ROOT.search(start)
            if root:
                self.syntax = syntax(root[1])
                data = self.syntax.data_start.search(start)
                if data:
                    break
            if not piece:
                raise damaged(part, file)
        self.head = start[: data.start()]
        refuse_entities(self.head, part, file)
        self._namespaces = b" ".join(
            match[0] for match in re.finditer(rb"""xmlns(?::[\w.-]+)?\s*=\s*(?:"[^"]*"|'[^']*')""", root[2] or b"")
        )
        self._rest = start[data.end() :]
        self.tail = b""
        self._empty = data[0].endswith(b"/>")
        self._done = False

    def rows(self, leave_out: LeaveOut | None = None) -> Iterator[tuple[int, bytes]]:
        """Each row's number and its element, in order. Most of the rows to leave out are passed over quickly."""
        s, last = self.syntax, 0
        for region in self._regions():
            if leave_out and leave_out.covers(region, s):
                end_row = s.row.match(region, region.rfind(s.row_start))
                last = int(end_row[1]) if end_row else last  # rows without a number count from here
                continue
            plain = s.is_plain(region)
            position = region.find(s.row_start)
            while position >= 0:
                close = region.find(b">", position) + 1
                if region[close - 2 : close] == b"/>":
                    end = close
                else:
                    end = region.find(s.row_end, close) + len(s.row_end)
                    if end < close:
                        raise damaged(self._part, self._file)
                row = region[position:end]
                if not plain:
                    row = self._regular(row, last)
                match = s.row.match(row)
                if not match:
                    raise damaged(self._part, self._file)
                number = int(match[1])
                if number <= last:
                    raise damaged(self._part, self._file)
                yield number, row
                last = number
                position = region.find(s.row_start, end)

    def finish(self) -> bytes:
        """Read to the end, unless that was done, and give the tail."""
        if not self._done:
            for _ in self.rows():
                pass
        return self.tail

    def _regions(self) -> Iterator[bytes]:
        """Pieces of the sheet data that hold whole rows."""
        buffer = self._rest
        self._rest = b""
        if self._empty:
            self.tail, self._done = buffer + self._read_rest(), True
            return
        while True:
            end = buffer.find(self.syntax.data_end)
            if end >= 0:
                self.tail = buffer[end + len(self.syntax.data_end) :] + self._read_rest()
                self._done = True
                if end:
                    yield buffer[:end]
                return
            # The last row may be cut; what stands before it is whole.
            cut = buffer.rfind(self.syntax.row_start)
            if cut > 0:
                yield buffer[:cut]
                buffer = buffer[cut:]
            piece = self._stream.read(_PIECE)
            if not piece:
                raise damaged(self._part, self._file)
            buffer += piece

    def _read_rest(self) -> bytes:
        return b"".join(iter(lambda: self._stream.read(_PIECE), b""))

    def _regular(self, row: bytes, last: int) -> bytes:
        """The row as Excel writes it: every cell with its place first, double quotes, no comments."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            element = etree.fromstring(b"<w " + self._namespaces + b">" + row + b"</w>", parser)[0]
        except etree.XMLSyntaxError:
            raise damaged(self._part, self._file) from None
        first = element[0].get("r") if len(element) else None
        number = int(element.get("r") or (first or "").lstrip(ascii_letters) or last + 1)
        _put_first(element, str(number))
        column = 0
        for cell in element:
            place = cell.get("r")
            column = column_number(place.rstrip("0123456789")) if place else column + 1
            _put_first(cell, f"{column_letters(column)}{number}")
            cell.tail = None
        parent = element.getparent()
        assert parent is not None
        element.tail = None
        whole = etree.tostring(parent, encoding="UTF-8", xml_declaration=False)
        return whole[whole.index(b">") + 1 : -len(b"</w>")]


def _put_first(element: etree._Element, place: str) -> None:
    others = [(name, value) for name, value in element.attrib.items() if name != "r"]
    element.attrib.clear()
    element.set("r", place)
    for name, value in others:
        element.set(name, value)


def lies_within(row: bytes, cell_start: bytes, areas: Sequence[Area]) -> bool:
    """True if the row's first and last cell lie in the same one of the areas (which share the row)."""
    first, last = row.find(cell_start), row.rfind(cell_start)
    if first < 0:
        return True
    n = len(cell_start)
    left = _column_at(row, first + n)
    right = _column_at(row, last + n)
    return any(area.left <= left and right <= area.right for area in areas)


def _column_at(row: bytes, position: int) -> int:
    return column_number(row[position : position + 3].decode("ascii", "replace").rstrip('0123456789"'))
