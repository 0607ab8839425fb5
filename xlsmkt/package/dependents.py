"""The parts of the workbook that refer to cells: names, charts, pivot caches, other sheets' formulas, notes."""

import re
from collections.abc import Iterable, Sequence

from xlsmkt.package.cells import markup_escaped
from xlsmkt.package.following import SpillMove, TableMove, follow_all, follow_tail, follow_text
from xlsmkt.package.formulas import FormulaKeeper
from xlsmkt.package.opening import parse_xml
from xlsmkt.package.packing import PackedPart, PartWriter
from xlsmkt.package.parts import CONTENT_TYPES, Package
from xlsmkt.package.references import Area, Follow, followed, parse_area
from xlsmkt.package.rows import Sheet
from xlsmkt.package.workbook import Plan

_PIECE = 1 << 20
_WORKSHEET_SOURCE = re.compile(rb"<(?:[\w.-]+:)?worksheetSource\s[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:.-]+)="([^"]*)"')
_PIVOT_START = re.compile(rb"(<(?:[\w.-]+:)?pivotCacheDefinition)(\s[^>]*?)(/?>)")


def follow_everywhere(package: Package, plan: Plan, tables: Sequence[TableMove], spills: Sequence[SpillMove]) -> bool:
    """Let every part that refers to what has moved follow; whether names or formulas of cells did.

    The worksheet of a table already follows its moves.
    """
    follow = follow_all(tables, spills)
    followed = _follow_part(package, plan.part, follow, stretch_single=False)
    kinds = content_types(package)
    for part in package.names():
        kind = kinds.get(part.lower(), "")
        if kind.endswith((".drawingml.chart+xml", ".chartex+xml")):
            _follow_part(package, part, follow, stretch_single=True)
    for table in plan.tables.values():
        if any(table.formulas) or table.totals:
            xml = package.read(table.part)
            new = follow_text(xml, table.sheet, follow)
            if new != xml:
                package.replace(table.part, new)
                followed = True
    for name, part in plan.sheets.items():
        others = [move for move in tables if move.sheet != name]
        if any(move.sheet == name for move in spills) or _mentions(package, part, {*others, *spills}):
            new_part = _followed_sheet(package, part, name, follow_all(others, spills))
            if new_part:
                package.replace(part, new_part)
                followed = True
    return followed


def _follow_part(package: Package, part: str, follow: Follow, stretch_single: bool) -> bool:
    xml = package.read(part)
    new = follow_text(xml, "", follow, stretch_single)
    if new != xml:
        package.replace(part, new)
    return new != xml


def content_types(package: Package) -> dict[str, str]:
    """The content type of each part that has one of its own, by lower-case name."""
    name = package.actual_name(CONTENT_TYPES) or CONTENT_TYPES
    root = parse_xml(package.read(name), name, package.path.name)
    return {
        (element.get("PartName") or "").lstrip("/").lower(): element.get("ContentType") or ""
        for element in root.iterfind("{*}Override")
    }


def _mentions(package: Package, part: str, moves: Iterable[TableMove | SpillMove]) -> bool:
    """True if a reference to the sheet of a move stands anywhere in the part. Cheap: no formula is read."""
    needles = set()
    for sheet in {move.sheet for move in moves}:
        quoted = markup_escaped(sheet.replace("'", "''")).encode() + b"'!"
        needles |= {markup_escaped(sheet).encode() + b"!", quoted, quoted.replace(b"'", b"&apos;")}
    longest = max(map(len, needles), default=0)
    stream, before = package.stream(part, bodies=False), b""
    while needles and (piece := stream.read(_PIECE)):
        text = before + piece
        if any(needle in text for needle in needles):
            return True
        before = piece[-longest:]
    return False


def _followed_sheet(package: Package, part: str, name: str, follow: Follow) -> PackedPart | None:
    """The worksheet with its formulas brought up to date; None if they all stay as they are."""
    file = package.path.name
    sheet = Sheet(package.stream(part, bodies=False), part, file)
    changed = _changes_formulas(sheet, name, follow)
    if not changed:
        tail = sheet.finish()
        if follow_tail(tail, name, follow) == tail:
            return None
    sheet = Sheet(package.stream(part), part, file)
    keeper = FormulaKeeper(sheet.syntax, name, follow)
    out = PartWriter()
    out.write(sheet.head + b"<%ssheetData>" % sheet.syntax.prefix)
    for number, row in sheet.rows():
        out.write(keeper.row(number, row) if changed else row)
    out.write(sheet.syntax.data_end + follow_tail(sheet.tail, name, follow))
    return out.finish()


def _changes_formulas(sheet: Sheet, name: str, follow: Follow) -> bool:
    changed = False

    def watched(where: str, area: object, is_range: bool) -> object:
        nonlocal changed
        new = follow(where, area, is_range)  # type: ignore[arg-type]
        changed = changed or new != area
        return new

    keeper = FormulaKeeper(sheet.syntax, name, watched)  # type: ignore[arg-type]
    for number, row in sheet.rows():
        keeper.row(number, row)
        if changed:
            return True
    return False


def refresh_pivots(package: Package, sheet: str, table: str, follow: Follow) -> None:
    """Pivot tables over the table read it anew when the workbook is opened."""
    kinds = content_types(package)
    for part in package.names():
        if not kinds.get(part.lower(), "").endswith(".pivotCacheDefinition+xml"):
            continue
        xml = package.read(part)
        match = _WORKSHEET_SOURCE.search(xml)
        if not match:
            continue
        attributes = {key: value.decode() for key, value in _ATTRIBUTE.findall(match[0])}
        reads_sheet = attributes.get(b"sheet", "").casefold() == markup_escaped(sheet).casefold()
        if attributes.get(b"name", "").casefold() != table.casefold() and not reads_sheet:
            continue
        new = xml
        if reads_sheet and b"ref" in attributes:
            ref = followed(attributes[b"ref"], sheet, follow)
            source = match[0].replace(b'ref="%s"' % attributes[b"ref"].encode(), b'ref="%s"' % ref.encode())
            new = xml[: match.start()] + source + xml[match.end() :]
        new = _PIVOT_START.sub(_with_refresh, new, count=1)
        if new != xml:
            package.replace(part, new)


def _with_refresh(match: re.Match[bytes]) -> bytes:
    attributes = re.sub(rb'\srefreshOnLoad="[^"]*"', b"", match[2])
    if attributes != match[2] and b'refreshOnLoad="1"' in match[2]:
        return match[0]
    return match[1] + attributes + b' refreshOnLoad="1"' + match[3]


def pivot_areas(package: Package, sheet_part: str) -> list[tuple[str, Area]]:
    """Where pivot tables stand on a sheet."""
    areas: list[tuple[str, Area]] = []
    for part in package.targets(sheet_part, "pivotTable"):
        root = package.xml(part)
        location = root.find("{*}location")
        if location is not None:
            areas.append((f"the pivot table {root.get('name')}", parse_area(location.get("ref") or "A1")))
    return areas
