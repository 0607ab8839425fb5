"""The plan of a workbook: its sheets, tables and names."""

from dataclasses import dataclass

from lxml import etree

from xlsmkt.errors import UserError
from xlsmkt.package.cells import plain_text
from xlsmkt.package.opening import damaged
from xlsmkt.package.parts import Package
from xlsmkt.package.references import MAX_COLUMN, MAX_ROW, Area, parse_area


@dataclass(frozen=True)
class TableInfo:
    """A table of the workbook. Rows and columns are 1-based; the body always has at least one row."""

    name: str
    sheet: str
    first_row: int
    last_row: int
    first_column: int
    columns: tuple[str, ...]
    header: bool
    totals: int
    ref: str
    part: str = ""
    formulas: tuple[str | None, ...] = ()
    filtered: bool = False

    @property
    def last_column(self) -> int:
        """The column of the last heading."""
        return self.first_column + len(self.columns) - 1

    @property
    def area(self) -> Area:
        """All cells of the table: headings, body, totals."""
        top = self.first_row - self.header
        return Area(self.first_column, top, self.last_column, self.last_row + self.totals)

    @property
    def body(self) -> Area:
        """The cells between headings and totals."""
        return Area(self.first_column, self.first_row, self.last_column, self.last_row)

    def position(self, column: str) -> int | None:
        """Where a heading stands, counted from 0; upper and lower case are the same."""
        wanted = column.casefold()
        return next((i for i, heading in enumerate(self.columns) if heading.casefold() == wanted), None)


@dataclass(frozen=True)
class Name:
    """A defined name; ``sheet`` is None unless it belongs to one sheet."""

    name: str
    refers_to: str
    sheet: str | None


class Plan:
    """What ``workbook.xml`` and the table parts say."""

    def __init__(self, package: Package) -> None:
        file = self._file = package.path.name
        starts = package.targets("", "officeDocument")
        if not starts:
            raise UserError(f"{file} is not a workbook: give an .xlsx or .xlsm file.")
        self.part = starts[0]
        root = package.xml(self.part)
        if etree.QName(root).localname != "workbook":
            raise UserError(f"{file} is not a workbook: give an .xlsx or .xlsm file.")
        arrows = {arrow.id: arrow for arrow in package.relationships(self.part)}
        self.sheets: dict[str, str] = {}  # name -> part
        self.order: list[str] = []  # also chart sheets: names count them
        for element in root.iterfind("{*}sheets/{*}sheet"):
            name = element.get("name") or ""
            identity = next((v for k, v in element.attrib.items() if str(k).endswith("}id")), "")
            arrow = arrows.get(str(identity))
            if arrow is None or arrow.target not in package.entries:
                raise damaged(self.part, file)
            self.order.append(name)
            if arrow.kind == "worksheet":
                self.sheets[name] = arrow.target
        flag = root.find("{*}workbookPr")
        self.date1904 = flag is not None and flag.get("date1904") in ("1", "true")
        self.names = [self._name(element) for element in root.iterfind("{*}definedNames/{*}definedName")]
        strings = package.targets(self.part, "sharedStrings")
        self.strings_part = strings[0] if strings else None
        chain = package.targets(self.part, "calcChain")
        self.calc_chain = chain[0] if chain else None
        self.tables: dict[str, TableInfo] = {}
        for sheet, part in self.sheets.items():
            for table_part in package.targets(part, "table"):
                table = read_table(package, table_part, sheet)
                self.tables[table.name.casefold()] = table

    def _name(self, element: etree._Element) -> Name:
        local = element.get("localSheetId")
        if local is not None and not (local.isdecimal() and len(local) < 10):
            raise damaged(self.part, self._file)
        sheet = self.order[int(local)] if local is not None and int(local) < len(self.order) else None
        return Name(element.get("name") or "", element.text or "", sheet)


def read_table(package: Package, part: str, sheet: str) -> TableInfo:
    """A table from its part."""
    root = package.xml(part)
    try:
        area = parse_area(root.get("ref") or "")
        header = root.get("headerRowCount", "1") != "0"
        totals = int(root.get("totalsRowCount", "0"))
    except ValueError:
        raise damaged(part, package.path.name) from None
    columns, formulas = [], []
    for element in root.iterfind("{*}tableColumns/{*}tableColumn"):
        columns.append(plain_text((element.get("name") or "").replace("&", "&amp;").encode()))
        formula = element.find("{*}calculatedColumnFormula")
        formulas.append(None if formula is None else formula.text)
    first, last = area.top + header, area.bottom - totals
    if totals < 0 or last < first or area.bottom > MAX_ROW or area.right > MAX_COLUMN:
        raise damaged(part, package.path.name)
    if len(columns) != area.right - area.left + 1:
        raise damaged(part, package.path.name)
    return TableInfo(
        name=root.get("displayName") or root.get("name") or "",
        sheet=sheet,
        first_row=first,
        last_row=last,
        first_column=area.left,
        columns=tuple(columns),
        header=header,
        totals=totals,
        ref=area.as_range(),
        part=part,
        formulas=tuple(formulas),
        filtered=root.find("{*}autoFilter/{*}filterColumn") is not None,
    )
