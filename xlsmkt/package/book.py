"""A workbook to read from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Self

from xlsmkt.errors import UserError
from xlsmkt.package.cells import plain_text, read_value, unescaped
from xlsmkt.package.columns import read_columns
from xlsmkt.package.named_cells import place_of
from xlsmkt.package.number_formats import GENERAL, number_formats
from xlsmkt.package.opening import damaged
from xlsmkt.package.parts import Package
from xlsmkt.package.references import Area, column_letters, column_number, parse_area, translated
from xlsmkt.package.rows import Sheet, left_out_body, lies_within
from xlsmkt.package.workbook import Name, Plan, TableInfo


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that holds something.

    ``value`` is a float, str, bool, CellError or None (a formula without a computed value); dates stay serial numbers.
    ``formula`` is without "=", shared formulas are written out. ``array`` is the area of an array formula that is
    anchored here ("A5:F27"); ``dynamic`` tells a dynamic array from one of a fixed size.
    """

    row: int
    column: int
    value: object
    formula: str | None = None
    array: str | None = None
    dynamic: bool = False


_F_ATTRIBUTE = re.compile(rb'\s(t|ref|si)="([^"]*)"')
_DYNAMIC = re.compile(rb'\scm="[1-9]')
_STYLE = re.compile(rb'\ss="(\d{1,6})"')
_SI = re.compile(rb"<(?:[\w.-]+:)?si(?:\s[^>]*)?(?:/>|>(.*?)</(?:[\w.-]+:)?si>)", re.DOTALL)
_SI_TEXT = re.compile(rb"<(?:[\w.-]+:)?t(?:\s[^>]*?)?(?:/>|>(.*?)</(?:[\w.-]+:)?t>)", re.DOTALL)
_SI_PHONETIC = re.compile(rb"<(?:[\w.-]+:)?rPh\s.*?</(?:[\w.-]+:)?rPh>", re.DOTALL)


class Book:
    """A workbook file (.xlsx, .xlsm), read as it was saved; nothing is computed and nothing is ever written.

    Attributes
    ----------
    path, sheet_names
        The file, and its worksheets in order.
    tables
        Every table (TableInfo) by its name in ``casefold()``.
    names
        The defined names.
    date1904
        True if the workbook counts days from 1904.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        self._package = Package(self.path)
        try:
            self._plan = Plan(self._package)
        except BaseException:
            self._package.close()
            raise
        self._shared: list[str] | None = None

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Self:
        """Open a workbook; UserError if it is missing, damaged, protected, harmful or no workbook at all."""
        return cls(path)

    def close(self) -> None:
        """Let go of the file."""
        self._package.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def sheet_names(self) -> list[str]:
        """The worksheets, in order."""
        return list(self._plan.sheets)

    @property
    def tables(self) -> dict[str, TableInfo]:
        """The tables by name (casefolded)."""
        return self._plan.tables

    @property
    def names(self) -> list[Name]:
        """The defined names."""
        return self._plan.names

    @property
    def date1904(self) -> bool:
        """True if day 0 is 1 January 1904."""
        return self._plan.date1904

    def table(self, name: str) -> TableInfo:
        """A table by its name; UserError if the workbook has none of that name."""
        try:
            return self.tables[name.casefold()]
        except KeyError:
            raise UserError(
                f"{self.path.name} has no table named {name}: take a workbook made by 'xlsmkt new', or name the table."
            ) from None

    def cells(self, sheet: str, bodies: bool = True) -> Iterator[Cell]:
        """The cells of a sheet that hold something, row by row.

        The followers of an array formula (its other cells) are left out: they are in its anchor's ``array``.
        ``bodies=False`` also leaves out the cells inside table bodies, except those that hold a formula.
        """
        part = self._sheet_part(sheet)
        areas = [table.body for table in self.tables.values() if table.sheet == sheet] if not bodies else []
        return self._cells(part, areas)

    def _cells(self, part: str, bodies: Sequence[Area]) -> Iterator[Cell]:
        try:
            yield from self._raw_cells(part, bodies)
        except (ValueError, LookupError):
            raise damaged(part, self.path.name) from None

    def _raw_cells(self, part: str, bodies: Sequence[Area]) -> Iterator[Cell]:
        sheet = self._open(part, bodies=not bodies)
        s = sheet.syntax
        shared: dict[bytes, tuple[int, int, str]] = {}
        spills: list[Area] = []
        for number, row in sheet.rows(left_out_body(s, bodies[0]) if len(bodies) == 1 else None):
            here = [body for body in bodies if body.top <= number <= body.bottom]
            spills = [area for area in spills if area.bottom >= number]
            passed = [*here, *spills]
            if passed and s.has_formula not in row and lies_within(row, s.cell_start, passed):
                continue
            for letters, attributes, inner in s.cell.findall(row):
                if not inner:
                    continue
                column = column_number(letters.decode())
                formula = array = None
                if s.has_formula in inner:
                    formula, array = self._formula(s.formula.search(inner), number, column, shared)
                    if array:
                        spills.append(parse_area(array))
                elif any(area.holds(number, column) for area in (*spills, *here)):
                    continue
                value = read_value(attributes, inner, s, self._strings)
                if value is None and formula is None:
                    continue
                dynamic = array is not None and bool(_DYNAMIC.search(attributes))
                yield Cell(number, column, value, formula, array, dynamic)

    def _formula(
        self, match: re.Match[bytes] | None, row: int, column: int, shared: dict[bytes, tuple[int, int, str]]
    ) -> tuple[str | None, str | None]:
        if match is None:
            return None, None
        attributes = dict(_F_ATTRIBUTE.findall(match[1]))
        text = unescaped(match[2] or b"")
        kind = attributes.get(b"t")
        if kind == b"shared":
            if text:
                shared[attributes[b"si"]] = (row, column, text)
            else:
                top, left, text = shared[attributes[b"si"]]
                text = translated(text, row - top, column - left)
        if kind == b"dataTable":
            text = "TABLE()"
        return text, attributes[b"ref"].decode() if kind == b"array" else None

    def column(self, table: str, column: str) -> list[object]:
        """The body of a table column, values as in ``Cell.value``."""
        return self.columns(table, [column])[column]

    def columns(self, table: str, columns: Sequence[str] | None = None) -> dict[str, list[object]]:
        """Several columns of a table body (all by default) in one pass over the sheet."""
        info = self.table(table)
        wanted: dict[str, list[object]] = {}
        lists: dict[bytes, list[object]] = {}
        height = info.last_row - info.first_row + 1
        for heading in info.columns if columns is None else columns:
            position = info.position(heading)
            if position is None:
                raise UserError(f"The table {info.name} has no column {heading}: give one of its columns that heading.")
            letters = column_letters(info.first_column + position).encode()
            wanted[heading] = lists.setdefault(letters, [None] * height)
        read_columns(self._open(self._plan.sheets[info.sheet]), info.first_row, info.last_row, lists, self._strings)
        return wanted

    def range(self, sheet: str, ref: str) -> list[list[object]]:
        """The values of a rectangle of cells, row by row; blanks are None."""
        area = parse_area(ref)
        result: list[list[object]] = [[None] * (area.right - area.left + 1) for _ in range(area.top, area.bottom + 1)]
        source = self._open(self._sheet_part(sheet))
        s = source.syntax
        for number, row in source.rows():
            if number < area.top:
                continue
            if number > area.bottom:
                break
            for letters, attributes, inner in s.cell.findall(row):
                column = column_number(letters.decode())
                if inner and area.left <= column <= area.right:
                    result[number - area.top][column - area.left] = read_value(attributes, inner, s, self._strings)
        return result

    def number_formats(self, sheet: str, ref: str) -> list[list[str]]:
        """The number formats of a rectangle of cells, row by row: "General", "0.0%"..."""
        area = parse_area(ref)
        result = [[GENERAL] * (area.right - area.left + 1) for _ in range(area.top, area.bottom + 1)]
        parts = self._package.targets(self._plan.part, "styles")
        known = number_formats(self._package.xml(parts[0])) if parts else []
        source = self._open(self._sheet_part(sheet))
        for number, row in source.rows():
            if number > area.bottom:
                break
            for letters, attributes, _ in source.syntax.cell.findall(row) if number >= area.top else ():
                column, style = column_number(letters.decode()), _STYLE.search(attributes)
                if style and area.left <= column <= area.right and int(style[1]) < len(known):
                    result[number - area.top][column - area.left] = known[int(style[1])]
        return result

    def named_value(self, name: str) -> object:
        """The value of the cell that a defined name stands for; None if there is no such cell."""
        place = place_of(self, name)
        if place is None or place.sheet not in self.sheet_names:
            return None
        [[value]] = self.range(place.sheet, str(place.area))
        return value

    def _sheet_part(self, sheet: str) -> str:
        for name, part in self._plan.sheets.items():
            if name.casefold() == sheet.casefold():
                return part
        raise UserError(f"{self.path.name} has no sheet named {sheet}: check the name.")

    def _open(self, part: str, bodies: bool = True) -> Sheet:
        return Sheet(self._package.stream(part, bodies), part, self.path.name)

    def _strings(self) -> list[str]:
        if self._shared is None:
            self._shared = []
            if self._plan.strings_part:
                try:
                    self._shared = _shared_strings(self._package.read(self._plan.strings_part))
                except ValueError:
                    raise damaged(self._plan.strings_part, self.path.name) from None
        return self._shared


def _shared_strings(data: bytes) -> list[str]:
    result = []
    for inner in _SI.findall(data):
        text = _SI_PHONETIC.sub(b"", inner) if b"rPh" in inner else inner
        result.append("".join(plain_text(piece) for piece in _SI_TEXT.findall(text)))
    return result
