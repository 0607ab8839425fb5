"""Workbooks to test with: a rich one with everything that Excel puts into files, and plain ones written by hand."""

import datetime
import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import xlsxwriter

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
MICROSOFT = "http://schemas.microsoft.com/office/"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml."
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# The table Leads of the rich workbook: headings in row 3, body in rows 4 to 11, totals in row 12, content from row 15.
HEADINGS = ("Lead ID", "Created", "Status", "Amount", "Double", "My note")
BODY_ROWS = 8


def png() -> bytes:
    """A small picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    raw = b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def build(path: Path) -> Path:
    """Write the rich workbook: charts, sparklines, x14 formats, slicer, pivot, buttons, VBA, comments..."""
    buffer = io.BytesIO()
    _with_xlsxwriter(buffer)
    parts = read_parts(buffer)
    _inject(parts)
    write_parts(path, parts)
    return path


def read_parts(file: Path | io.BytesIO) -> dict[str, bytes]:
    """The parts of a workbook by name, in order."""
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_parts(path: Path, parts: dict[str, bytes]) -> None:
    """Write the parts as a workbook."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 5, 4, 3, 2, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)


def _with_xlsxwriter(buffer: io.BytesIO) -> None:  # noqa: PLR0915
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    workbook.add_vba_project(io.BytesIO(b"not a real VBA project, but kept byte for byte" * 40), True)
    dashboard, leads = workbook.add_worksheet("Dashboard"), workbook.add_worksheet("Leads")
    other, pivot = workbook.add_worksheet("It's other"), workbook.add_worksheet("Pivot")
    date = workbook.add_format({"num_format": "yyyy-mm-dd"})
    money = workbook.add_format({"num_format": "#,##0.00", "locked": False})

    leads.write("A1", "All leads")
    leads.write_formula("A2", "=SUM(D4:D11)", None, 42)
    first, last = 4, 3 + BODY_ROWS
    for i in range(BODY_ROWS):
        row = first - 1 + i
        leads.write(row, 0, f"L{i + 1}")
        leads.write_datetime(row, 1, datetime.datetime(2026, 1, 1 + i), date)
        leads.write(row, 2, ("New", "Won", "Lost")[i % 3])
        leads.write(row, 3, 100.5 * i, money)
        leads.write(row, 5, f"note on L{i + 1} & more <here>" if i % 2 else None)
    columns = [{"header": heading} for heading in HEADINGS]
    columns[0]["total_string"] = "Total"
    columns[3]["total_function"] = "sum"
    columns[3]["format"] = money
    columns[4]["formula"] = "=Leads[[#This Row],[Amount]]*2"
    leads.add_table(2, 0, last, 5, {"name": "Leads", "columns": columns, "total_row": True})
    leads.write("H5", "beside")
    leads.write_formula("H6", "=D6*2", None, 402)
    leads.write("A15", "Notes of the team")
    leads.write_formula("B15", "=SUM(Leads!D4:D11)", None, 2814)
    leads.write_formula("C15", "=B15+A2", None, 2856)
    leads.merge_range("A17:C17", "merged below", None)
    leads.write("H20", "far right, below")
    leads.write_comment("C15", "a note below the table")
    leads.write_comment("C5", "a note in the table")
    leads.data_validation(f"C{first}:C{last}", {"validate": "list", "source": ["New", "Won", "Lost"]})
    leads.conditional_format(f"D{first}:D{last}", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})
    leads.conditional_format(
        f"C{first}:C{last}",
        {"type": "formula", "criteria": f"=$C{first}=$C${last}", "format": workbook.add_format({"bold": True})},
    )
    leads.insert_button("J2", {"macro": "Refresh", "caption": "Refresh"})
    leads.add_sparkline("J1", {"range": "Leads!D4:D11"})
    leads.print_area("A3:F11")
    leads.repeat_rows(2)
    leads.set_header("&CLeads &D")
    leads.insert_image("L25", "leads.png", {"image_data": io.BytesIO(png())})
    leads.freeze_panes(3, 1)

    dashboard.write_formula("A1", "=SUM(Leads[Amount])", None, 2814)
    dashboard.write_dynamic_array_formula("A5:B8", "=_xlfn.SORT(Leads!A4:B11)", None, "Heading")
    for row, line in enumerate((("", "Points"), ("x", 1), ("y", 2), ("All", 3)), 4):
        for column, value in enumerate(line):
            if (row, column) != (4, 0):
                dashboard.write(row, column, value)
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "=Leads!$D$4:$D$11", "categories": "=Leads!$B$4:$B$11", "name": "=Leads!$D$3"})
    line = workbook.add_chart({"type": "line"})
    line.add_series({"values": "=Leads!$D$4:$D$9"})
    chart.combine(line)
    dashboard.insert_chart("E2", chart)
    spilled = workbook.add_chart({"type": "bar"})
    spilled.add_series({"values": "=Dashboard!$B$6:$B$7", "categories": "=Dashboard!$A$6:$A$7"})
    dashboard.insert_chart("E20", spilled)
    dashboard.add_sparkline("D5", {"range": "Dashboard!B6:B8", "type": "column"})
    dashboard.conditional_format("B5:B8", {"type": "2_color_scale"})
    dashboard.insert_image("E40", "logo.png", {"image_data": io.BytesIO(png()), "description": "a logo"})
    dashboard.insert_textbox("A20", "hello", {"fill": {"color": "#FF9900"}})
    dashboard.insert_button("A30", {"macro": "Refresh", "caption": "Go"})
    dashboard.write_comment("A1", "the sum of all amounts")
    dashboard.write_url("C40", "https://example.com", string="link", tip="tip")
    dashboard.set_header("&L&G", {"image_left": "head.png", "image_data_left": io.BytesIO(png())})

    for row, formula in enumerate(
        ("=SUM(Leads!D4:D11)", "=Leads!B15", "=Leads!D4", "=SUM(Leads!$D$3:$D$11)", "=COUNTA(Leads!A3:F12)",
         "=SUM(Leads[Amount])", '="Leads!D4:D11"&Leads!$D$12', "=SUM(Leads!D4:D9)", "=SUM(Dashboard!B6:B8)")
    ):  # fmt: skip
        other.write_formula(row, 0, formula, None, row)
    pivot.write("A1", "a pivot table stands below")
    workbook.define_name("All_Amounts", "=Leads!$D$4:$D$11")
    workbook.define_name("Points", "=Dashboard!$B$6:$B$8")
    workbook.define_name("Below", "=Leads!$B$15")
    workbook.set_custom_property("SLA", "v1")
    workbook.close()


def _inject(parts: dict[str, bytes]) -> None:
    """Put in what XlsxWriter does not write."""

    def part(name: str, text: str, kind: str = "") -> None:
        parts[name] = text.encode()
        if kind:
            override = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'
            _swap(parts, "[Content_Types].xml", "</Types>", override)

    def arrow(source: str, identity: str, kind: str, target: str) -> None:
        empty = (
            f'{DECLARATION}<Relationships xmlns="{OFFICE.replace("officeDocument", "package")[:-1]}"></Relationships>'
        )
        parts.setdefault(source, empty.encode())
        element = f'<Relationship Id="{identity}" Type="{kind}" Target="{target}"/></Relationships>'
        _swap(parts, source, "</Relationships>", element)

    book = "xl/_rels/workbook.xml.rels"
    part("customXml/item1.xml", '<sla xmlns="urn:example:sla"><v>1</v></sla>')
    arrow(book, "rIdX1", OFFICE + "customXml", "../customXml/item1.xml")
    part("customUI/customUI14.xml", f'<customUI xmlns="{MICROSOFT}2009/07/customui"><ribbon/></customUI>')
    arrow("_rels/.rels", "rIdU", MICROSOFT + "2007/relationships/ui/extensibility", "customUI/customUI14.xml")

    panes = f"{MICROSOFT}webextensions/taskpanes/2010/11"
    part(
        "xl/webextensions/taskpanes.xml",
        f'{DECLARATION}<wetp:taskpanes xmlns:wetp="{panes}"><wetp:taskpane dockstate="right" visibility="0" '
        f'width="350" row="4"><wetp:webextensionref xmlns:r="{OFFICE[:-1]}" r:id="rId1"/></wetp:taskpane>'
        f"</wetp:taskpanes>",
        "application/vnd.ms-office.webextensiontaskpanes+xml",
    )
    part(
        "xl/webextensions/webextension1.xml",
        f'{DECLARATION}<we:webextension xmlns:we="{MICROSOFT}webextensions/webextension/2010/11" '
        f'id="{{22222222-2222-3333-4444-555555555555}}"><we:reference id="wa200008175" version="1.0.0.0" store="en-US" '
        f'storeType="OMEX"/><we:properties><we:property name="main.py" value="&quot;x&quot;"/></we:properties>'
        f'<we:bindings/><we:snapshot xmlns:r="{OFFICE[:-1]}"/></we:webextension>',
        "application/vnd.ms-office.webextension+xml",
    )
    arrow(
        "_rels/.rels", "rIdW", MICROSOFT + "2011/relationships/webextensiontaskpanes", "xl/webextensions/taskpanes.xml"
    )
    arrow("xl/webextensions/_rels/taskpanes.xml.rels", "rId1", MICROSOFT + "2011/relationships/webextension",
          "webextension1.xml")  # fmt: skip

    _slicer(parts, part, arrow)
    _pivot(parts, part, arrow)
    threads = f"{MICROSOFT}spreadsheetml/2018/threadedcomments"
    part(
        "xl/threadedComments/threadedComment1.xml",
        f'{DECLARATION}<ThreadedComments xmlns="{threads}"><threadedComment ref="C15" dT="2026-01-01T00:00:00.00" '
        f'personId="{{AAAAAAAA-2222-3333-4444-555555555555}}" id="{{BBBBBBBB-2222-3333-4444-555555555555}}">'
        f"<text>a note below the table</text></threadedComment></ThreadedComments>",
        "application/vnd.ms-excel.threadedcomments+xml",
    )
    part(
        "xl/persons/person.xml",
        f'{DECLARATION}<personList xmlns="{threads}"><person displayName="Rep North" '
        f'id="{{AAAAAAAA-2222-3333-4444-555555555555}}" userId="a" providerId="None"/></personList>',
        "application/vnd.ms-excel.person+xml",
    )
    thread = MICROSOFT + "2017/10/relationships/"
    arrow("xl/worksheets/_rels/sheet2.xml.rels", "rIdTC", thread + "threadedComment",
          "../threadedComments/threadedComment1.xml")  # fmt: skip
    arrow(book, "rIdPe", thread + "person", "persons/person.xml")
    cells = "".join(f'<c r="{cell}" i="{sheet}"/>' for sheet, cell in
                    ((2, "A2"), (2, "E4"), (2, "D12"), (2, "B15"), (1, "A1"), (3, "A1")))  # fmt: skip
    part(
        "xl/calcChain.xml", f'{DECLARATION}<calcChain xmlns="{MAIN}">{cells}</calcChain>', SHEET_TYPES + "calcChain+xml"
    )
    arrow(book, "rIdCC", OFFICE + "calcChain", "calcChain.xml")


def _slicer(parts, part, arrow) -> None:  # type: ignore[no-untyped-def]
    x14 = MICROSOFT + "spreadsheetml/2009/9/main"
    x15 = MICROSOFT + "spreadsheetml/2010/11/main"
    sheet = "xl/worksheets/sheet2.xml"
    element = (
        f'<ext uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}" xmlns:x15="{x15}" xmlns:x14="{x14}"><x14:slicerList>'
        f'<x14:slicer r:id="rIdS"/></x14:slicerList></ext></extLst></worksheet>'
    )
    _swap(parts, sheet, "</extLst></worksheet>", element)
    slicers = MICROSOFT + "2007/relationships/slicer"
    arrow("xl/worksheets/_rels/sheet2.xml.rels", "rIdS", slicers, "../slicers/slicer1.xml")
    part(
        "xl/slicers/slicer1.xml",
        f'{DECLARATION}<slicers xmlns="{x14}" xmlns:x="{MAIN}"><slicer name="Status" cache="Slicer_Status" '
        f'caption="Status" rowHeight="241300"/></slicers>',
        "application/vnd.ms-excel.slicer+xml",
    )
    part(
        "xl/slicerCaches/slicerCache1.xml",
        f'{DECLARATION}<slicerCacheDefinition xmlns="{x14}" xmlns:x="{MAIN}" name="Slicer_Status" sourceName="Status">'
        f'<extLst><x:ext uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}" xmlns:x15="{x15}"><x15:tableSlicerCache '
        f'tableId="1" column="3"/></x:ext></extLst></slicerCacheDefinition>',
        "application/vnd.ms-excel.slicerCache+xml",
    )
    arrow("xl/_rels/workbook.xml.rels", "rIdSC", slicers + "Cache", "slicerCaches/slicerCache1.xml")
    lists = (
        f'<extLst><ext uri="{{46BE6895-7355-4a93-B00E-2C351335B9C9}}" xmlns:x15="{x15}"><x15:slicerCaches '
        f'xmlns:x14="{x14}"><x14:slicerCache r:id="rIdSC"/></x15:slicerCaches></ext></extLst></workbook>'
    )
    _swap(
        parts,
        "xl/workbook.xml",
        "</workbook>",
        '<pivotCaches><pivotCache cacheId="1" r:id="rIdPC"/></pivotCaches>' + lists,
    )


def _pivot(parts, part, arrow) -> None:  # type: ignore[no-untyped-def]
    fields = "".join(f'<cacheField name="{heading}" numFmtId="0"><sharedItems/></cacheField>' for heading in HEADINGS)
    part(
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'{DECLARATION}<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE[:-1]}" r:id="rId1" refreshedBy="x" '
        f'createdVersion="6" refreshedVersion="6" recordCount="0"><cacheSource type="worksheet"><worksheetSource '
        f'name="Leads"/></cacheSource><cacheFields count="6">{fields}</cacheFields></pivotCacheDefinition>',
        SHEET_TYPES + "pivotCacheDefinition+xml",
    )
    arrow(
        "xl/_rels/workbook.xml.rels", "rIdPC", OFFICE + "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml"
    )
    records = f'{DECLARATION}<pivotCacheRecords xmlns="{MAIN}" count="0"/>'
    part("xl/pivotCache/pivotCacheRecords1.xml", records, SHEET_TYPES + "pivotCacheRecords+xml")
    arrow("xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels", "rId1", OFFICE + "pivotCacheRecords",
          "pivotCacheRecords1.xml")  # fmt: skip
    plain = '<pivotField showAll="0"/>'
    part(
        "xl/pivotTables/pivotTable1.xml",
        f'{DECLARATION}<pivotTableDefinition xmlns="{MAIN}" name="PT1" cacheId="1" dataCaption="Values" '
        f'createdVersion="6" updatedVersion="6"><location ref="D3:E7" firstHeaderRow="1" firstDataRow="1" '
        f'firstDataCol="1"/><pivotFields count="6">{plain * 3}<pivotField dataField="1" showAll="0"/>{plain * 2}'
        f'</pivotFields><rowItems count="1"><i/></rowItems><colItems count="1"><i/></colItems><dataFields count="1">'
        f'<dataField name="Sum of Amount" fld="3" baseField="0" baseItem="0"/></dataFields></pivotTableDefinition>',
        SHEET_TYPES + "pivotTable+xml",
    )
    arrow("xl/worksheets/_rels/sheet4.xml.rels", "rIdPT", OFFICE + "pivotTable", "../pivotTables/pivotTable1.xml")
    arrow("xl/pivotTables/_rels/pivotTable1.xml.rels", "rId1", OFFICE + "pivotCacheDefinition",
          "../pivotCache/pivotCacheDefinition1.xml")  # fmt: skip


def _swap(parts: dict[str, bytes], name: str, old: str, new: str) -> None:
    text = parts[name].decode()
    assert old in text, (name, old)
    parts[name] = text.replace(old, new, 1).encode()


def plain(
    path: Path, rows: str, tables: dict[str, tuple[str, list[str]]] | None = None, *, before: str = "", after: str = "",
    book: str = "", prefix: str = "", names: str = "", more: dict[str, bytes] | None = None,
) -> Path:  # fmt: skip
    """A workbook of one sheet "Data" whose rows are given as XML.

    ``tables``: name -> (ref, headings or whole tableColumn elements). ``before``, ``after``: XML around the rows.
    """
    p = f"{prefix}:" if prefix else ""
    declared = f'xmlns:{prefix}="{MAIN}"' if prefix else f'xmlns="{MAIN}"'
    if prefix:
        rows = re.sub(r"<(/?)(?=[a-z])", rf"<\1{p}", rows)
    tables = tables or {}
    listed = "".join(f'<{p}tablePart r:id="rId{i}"/>' for i, _ in enumerate(tables, 1))
    table_parts = f'<{p}tableParts count="{len(tables)}">{listed}</{p}tableParts>' if tables else ""
    parts = {
        "[Content_Types].xml": _types(len(tables)),
        "_rels/.rels": _arrows([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE[:-1]}">{book}<sheets><sheet '
        f'name="Data" sheetId="1" r:id="rId1"/></sheets>{names}</workbook>',
        "xl/_rels/workbook.xml.rels": _arrows([("worksheet", "worksheets/sheet1.xml")]),
        "xl/worksheets/sheet1.xml": f'{DECLARATION}<{p}worksheet {declared} xmlns:r="{OFFICE[:-1]}">{before}'
        f"<{p}sheetData>{rows}</{p}sheetData>{after}{table_parts}</{p}worksheet>",
    }
    if tables:
        targets = [("table", f"../tables/table{i}.xml") for i, _ in enumerate(tables, 1)]
        parts["xl/worksheets/_rels/sheet1.xml.rels"] = _arrows(targets)
    for i, (name, (ref, headings)) in enumerate(tables.items(), 1):
        columns = "".join(
            heading if heading.startswith("<") else f'<tableColumn id="{j}" name="{heading}"/>'
            for j, heading in enumerate(headings, 1)
        )
        parts[f"xl/tables/table{i}.xml"] = (
            f'{DECLARATION}<table xmlns="{MAIN}" id="{i}" name="{name}" displayName="{name}" ref="{ref}">'
            f'<autoFilter ref="{ref}"/><tableColumns count="{len(headings)}">{columns}</tableColumns></table>'
        )
    write_parts(path, {name: text.encode() for name, text in parts.items()} | (more or {}))
    return path


def _types(tables: int) -> str:
    overrides = "".join(
        f'<Override PartName="/xl/tables/table{i}.xml" ContentType="{SHEET_TYPES}table+xml"/>'
        for i in range(1, tables + 1)
    )
    return (
        f'{DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
        f'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
        f'Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{SHEET_TYPES}sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{SHEET_TYPES}worksheet+xml"/>{overrides}</Types>'
    )


def _arrows(arrows: list[tuple[str, str]]) -> str:
    elements = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(arrows, 1)
    )
    return (
        f'{DECLARATION}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{elements}</Relationships>"
    )
