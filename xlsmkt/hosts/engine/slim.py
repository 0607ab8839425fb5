"""Writes a slim workbook as the bytes of an .xlsx file, the one door that engines have in common."""

import io
import zipfile
from collections.abc import Sequence

from xlsmkt.errors import CellError
from xlsmkt.hosts.engine.interface import NativeFormula, SlimBook, SlimSheet, Unavailable
from xlsmkt.package import TableInfo
from xlsmkt.package.cells import escaped, markup_escaped
from xlsmkt.package.references import Area, column_letters

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"

UNKNOWN = "XLSMKT.UNKNOWN()"
"""A formula that no engine computes: what depends on it shows that it waits."""

_METADATA = (
    f'{_HEAD}<metadata xmlns="{_MAIN}" xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">'
    '<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000" copy="1" pasteAll="1" '
    'pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1" clearComments="1" assign="1" '
    'coerce="1" cellMeta="1"/></metadataTypes><futureMetadata name="XLDAPR" count="1"><bk><extLst>'
    '<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}"><xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext>'
    '</extLst></bk></futureMetadata><cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>'
)


def slim_bytes(book: SlimBook) -> bytes:
    """The .xlsx file, uncompressed: it is read again at once."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        types = []
        tables = 0
        for number, (name, sheet) in enumerate(book.sheets.items(), 1):
            own = [table for table in book.tables if table.sheet == name]
            parts = [f"tables/table{tables + i}.xml" for i in range(1, len(own) + 1)]
            for position, (part, table) in enumerate(zip(parts, own, strict=True), tables + 1):
                package.writestr(f"xl/{part}", _table(table, position))
                types.append((f"/xl/{part}", f"{_KINDS}.table+xml"))
            tables += len(own)
            part = f"worksheets/sheet{number}.xml"
            package.writestr(f"xl/{part}", _sheet(sheet, len(own)))
            types.append((f"/xl/{part}", f"{_KINDS}.worksheet+xml"))
            if own:
                links = _links([("table", f"../{p}") for p in parts])
                package.writestr(f"xl/worksheets/_rels/sheet{number}.xml.rels", links)
        package.writestr("xl/workbook.xml", _workbook(book))
        package.writestr("xl/metadata.xml", _METADATA)
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            _links(
                [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(book.sheets) + 1)]
                + [("sheetMetadata", "metadata.xml")]
            ),
        )
        package.writestr("_rels/.rels", _links([("officeDocument", "xl/workbook.xml")]))
        types += [("/xl/workbook.xml", f"{_KINDS}.sheet.main+xml"), ("/xl/metadata.xml", f"{_KINDS}.sheetMetadata+xml")]
        package.writestr("[Content_Types].xml", _types(types))
    return buffer.getvalue()


def _types(parts: list[tuple[str, str]]) -> str:
    overrides = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in parts)
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _links(targets: list[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'


def _workbook(book: SlimBook) -> str:
    order = list(book.sheets)
    sheets = "".join(
        f'<sheet name="{markup_escaped(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(order, 1)
    )
    names = "".join(
        f'<definedName name="{markup_escaped(name)}"'
        + (f' localSheetId="{order.index(sheet)}"' if sheet is not None else "")
        + f">{markup_escaped(formula)}</definedName>"
        for name, formula, sheet in book.names
    )
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        + ('<workbookPr date1904="1"/>' if book.date1904 else "")
        + f"<sheets>{sheets}</sheets>"
        + (f"<definedNames>{names}</definedNames>" if names else "")
        + "</workbook>"
    )


def _table(table: TableInfo, number: int) -> str:
    columns = "".join(
        f'<tableColumn id="{n}" name="{escaped(heading)}"/>' for n, heading in enumerate(table.columns, 1)
    )
    return (
        f'{_HEAD}<table xmlns="{_MAIN}" id="{number}" name="{escaped(table.name)}" displayName="{escaped(table.name)}" '
        f'ref="{table.ref}"'
        + ("" if table.header else ' headerRowCount="0"')
        + (f' totalsRowCount="{table.totals}"' if table.totals else ' totalsRowShown="0"')
        + f'><tableColumns count="{len(table.columns)}">{columns}</tableColumns></table>'
    )


def _sheet(sheet: SlimSheet, tables: int) -> str:
    rows: dict[int, list[tuple[int, str]]] = {}
    for (row, column), value in sheet.values.items():
        if value is not None and (row, column) not in sheet.formulas:
            rows.setdefault(row, []).append((column, _constant(f"{column_letters(column)}{row}", value)))
    for (row, column), formula in sheet.formulas.items():
        rows.setdefault(row, []).append((column, _formula(row, column, formula)))
    columns = sorted((column, first, _column(column, first, values)) for column, first, values in sheet.columns)
    whole: dict[int, str] = {}
    side_by_side = len({(first, len(cells)) for _, first, cells in columns}) == 1
    if side_by_side:  # the usual case, a large table: rows are joined without being taken apart again
        first = columns[0][1]
        for row, joined in enumerate(map("".join, zip(*(cells for _, _, cells in columns), strict=True)), first):
            if row not in rows:
                whole[row] = joined
    for column, first, cells in columns:
        for row in range(first, first + len(cells)) if not side_by_side else rows.keys():
            if first <= row < first + len(cells) and row not in whole:
                rows.setdefault(row, []).append((column, cells[row - first]))
    for row, pairs in rows.items():
        whole[row] = "".join(cell for _, cell in sorted(pairs))
    parts = "" if not tables else "".join(f'<tablePart r:id="rId{n}"/>' for n in range(1, tables + 1))
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheetData>'
        + "".join([f'<row r="{row}">{whole[row]}</row>' for row in sorted(whole)])
        + "</sheetData>"
        + (f'<tableParts count="{tables}">{parts}</tableParts>' if parts else "")
        + "</worksheet>"
    )


def _column(column: int, first: int, values: Sequence[object]) -> list[str]:
    letters, known = column_letters(column), dict[str, str]()
    cells = []
    for row, value in enumerate(values, first):
        if type(value) is float:
            cells.append(f'<c r="{letters}{row}"><v>{value!r}</v></c>')
        elif type(value) is str:
            if value not in known:
                known[value] = _constant("", value)[7:]
            cells.append(f'<c r="{letters}{row}"{known[value]}')
        else:
            cells.append("" if value is None else _constant(f"{letters}{row}", value))
    return cells


def _formula(row: int, column: int, formula: NativeFormula) -> str:
    spot, text = f"{column_letters(column)}{row}", markup_escaped(formula.text)
    if formula.mode == "plain":
        return f'<c r="{spot}"><f>{text}</f></c>'
    area = formula.area or Area(column, row, column, row)
    dynamic = ' cm="1"' if formula.mode == "dynamic" else ""
    return f'<c r="{spot}"{dynamic}><f t="array" ref="{area.as_range()}">{text}</f></c>'


def _constant(spot: str, value: object) -> str:
    if isinstance(value, str):
        return f'<c r="{spot}" t="inlineStr"><is><t xml:space="preserve">{escaped(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{spot}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, CellError):
        return f'<c r="{spot}" t="e"><v>{value.sign}</v></c>'
    if isinstance(value, Unavailable):
        return f'<c r="{spot}"><f>{UNKNOWN}</f></c>'
    return f'<c r="{spot}"><v>{value!r}</v></c>'
