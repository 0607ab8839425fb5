"""A page of the workbook: titles, sections, figures, spilled tables and tiles, all placed and styled one way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_cell_to_rowcol, xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.template import styles
from xlsmkt.template.formulas import as_text
from xlsmkt.template.macros import Macros
from xlsmkt.template.styles import Styles
from xlsmkt.template.web import Web

ROW_HEIGHT = 16.5  # a little more air than Excel gives
NO_DATA = "Refresh to import your CRM data"
BUTTON = {"width": 112, "height": 28}  # in pixels
_CALL = re.compile(r"\b([A-Z][A-Z0-9_]*)\(")


@dataclass(frozen=True)
class Spill:
    """Where a spilled table stands: its heading row, and as many rows below as it has when the template is built.

    When a workbook is computed the rows become as many as the data ask for, and charts over exactly these rows follow.
    ``room`` is how many rows below the heading stay free for it.
    """

    sheet: str
    cell: str  # of the heading's first column
    formats: tuple[str, ...]  # a number format for each column
    rows: int
    room: int

    @property
    def first(self) -> tuple[int, int]:
        row, column = xl_cell_to_rowcol(self.cell)
        return int(row), int(column)

    @property
    def ref(self) -> str:
        """Heading and rows as they are built: ``B13:G34``."""
        row, column = self.first
        return f"{self.cell}:{xl_rowcol_to_cell(row + self.rows, column + len(self.formats) - 1)}"

    def at(self, row: int, column: int) -> str:
        """The address of a cell, for formulas on other sheets: row 0 is the heading."""
        top, left = self.first
        return f"{quote_sheetname(self.sheet)}!{xl_rowcol_to_cell(top + row, left + column, True, True)}"

    def heading(self, column: int) -> str:
        """The heading of a column, as the name of a chart's series."""
        return "=" + self.at(0, column)

    def body(self, column: int) -> str:
        """The rows of a column without the heading, as a chart's series."""
        return "=" + self._rows_of(column, self.rows)

    def column(self, column: int) -> str:
        """The rows of a column with all the room that they have, for formulas on other sheets."""
        return self._rows_of(column, self.room)

    @property
    def names(self) -> str:
        """The first column once more, where ``Page.names`` has put it: the one in which texts are looked up."""
        return self._rows_of(len(self.formats), self.room)

    def _rows_of(self, column: int, rows: int) -> str:
        return f"{self.at(1, column)}:{self.at(rows, column).partition('!')[2]}"


class Tile(NamedTuple):
    """A headline figure: its label, the figure, and a note (a text, or a formula) below."""

    label: str
    formula: str
    number_format: str
    note: str
    name: str = ""  # the defined name of the figure


class Draft:
    """The workbook while it is being built."""

    def __init__(self, workbook: Workbook, macros: Macros | None = None, web: Web | None = None) -> None:
        self.workbook = workbook
        self.macros = macros
        self.web = web
        self.styles = Styles(workbook)

    def name(self, name: str, sheet: str, cell: str) -> None:
        """Give a cell its defined name."""
        self.area(name, sheet, cell)

    def area(self, name: str, sheet: str, ref: str) -> None:
        """Give an area its defined name: ``draft.area("Page_Calls", "Dashboard", "O32:Q40")``."""
        corners = (xl_rowcol_to_cell(*xl_cell_to_rowcol(cell), True, True) for cell in ref.split(":"))
        self.workbook.define_name(name, f"={quote_sheetname(sheet)}!{':'.join(corners)}")


class Page:
    """One sheet while it is being built."""

    def __init__(self, draft: Draft, sheet: Worksheet) -> None:
        self.draft = draft
        self.sheet = sheet
        self.styles = draft.styles

    # --- the sheet as a whole ---

    def present(self, title: str, subtitle: str, widths: Sequence[float], *, landscape: bool = True) -> None:
        """Make this a presentation sheet: margin column, title, no gridlines, one page wide in print."""
        sheet = self.sheet
        sheet.hide_gridlines(2)
        sheet.set_default_row(ROW_HEIGHT)
        sheet.set_column(0, 0, 2)
        for column, width in enumerate(widths, 1):
            sheet.set_column(column, column, width)
        sheet.set_row(0, 9)
        sheet.set_row(1, 30)
        self.text("B2", title, "title")
        self.text("B3", subtitle, "subtitle")
        self.print_setup(landscape=landscape)

    def print_setup(self, *, landscape: bool) -> None:
        """A4, one page wide, the sheet's name below and the page number beside it."""
        sheet = self.sheet
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.45, right=0.45, top=0.5, bottom=0.65)
        grey = styles.GREY[1:]
        sheet.set_footer(f"&L&8&K{grey}&A&C&8&K{grey}&F&R&8&K{grey}Page &P of &N", {"margin": 0.3})

    def print_in_parts(self, first_rows: Sequence[int], scale: int) -> None:
        """Begin a page at each of these rows. Excel heeds them only at a fixed scale (in percent), so it must fit."""
        self.sheet.set_print_scale(scale)
        self.sheet.set_h_pagebreaks([row - 1 for row in first_rows])

    # --- single cells ---

    def text(self, cell: str, text: str, kind: str = "text", **more: Any) -> None:
        self.sheet.write_string(cell, text, self.styles(kind, **more))

    def value(self, cell: str, value: Any, kind: str = "number", **more: Any) -> None:
        if value is None:
            self.sheet.write_blank(cell, None, self.styles(kind, **more))
        else:
            self.sheet.write(cell, value, self.styles(kind, **more))

    def formula(self, cell: str, formula: str, kind: str = "number", *, array: bool = False, **more: Any) -> None:
        """A formula that fills one cell. ``array`` for one that computes with whole columns inside."""
        # as a plain formula Excel would show a call of ours with an @ before it
        if array or any(name in CATALOGUE for name in _CALL.findall(formula)):
            self.sheet.write_dynamic_array_formula(f"{cell}:{cell}", formula, self.styles(kind, **more))
        else:
            self.sheet.write_formula(cell, formula, self.styles(kind, **more))

    def link(self, cell: str, sheet: str, text: str = "", kind: str = "link", **more: Any) -> None:
        """A link to another sheet of the workbook."""
        target = f"internal:{quote_sheetname(sheet)}!A1"
        self.sheet.write_url(cell, target, self.styles(kind, **more), text or sheet)

    def refresh_button(self, cell: str, x: int = 0, y: int = 0, **size: int) -> None:
        """The button that refreshes, so many pixels from the corner of a cell; none in a workbook without macros.

        It is not printed.
        """
        if self.draft.macros:
            words = {"caption": "Refresh", "description": "Refresh: import the CRM export and compute every figure"}
            place = {"x_offset": x, "y_offset": y, **BUTTON, **size}
            self.sheet.insert_button(cell, {"macro": self.draft.macros.refresh, **words, **place})

    def linked_button(self, cell: str, caption: str, width: int, height: int) -> None:
        """A button, as large as a cell in pixels, that covers it; a click on it selects the cell."""
        sheet = self.sheet.get_name()
        look = {
            "fill": {"color": styles.ACCENT},
            "line": {"none": True},
            "font": {"name": styles.FONT, "size": 11, "bold": True, "color": styles.WHITE},
            "align": {"vertical": "middle", "horizontal": "center"},
        }
        more = {"url": f"internal:{quote_sheetname(sheet)}!{cell}", "description": caption, "object_position": 1}
        self.sheet.insert_textbox(cell, caption, {"width": width, "height": height, **look, **more})

    # --- groups of cells ---

    def section(self, cell: str, text: str, columns: int, note: str = "") -> None:
        """The heading of a section, ruled over its width, and a note in the row below."""
        row, column = xl_cell_to_rowcol(cell)
        self.sheet.set_row(row, 20)
        self.text(cell, text, "section")
        for extra in range(1, columns):
            self.sheet.write_blank(row, column + extra, None, self.styles("section"))
        if note:
            self.text(xl_rowcol_to_cell(row + 1, column), note, "note")

    def headings(self, cell: str, names: Sequence[str], kind: str = "column_heading") -> None:
        """A row of column headings, the first one on the left edge."""
        row, column = xl_cell_to_rowcol(cell)
        for offset, name in enumerate(names):
            align = {"align": "left"} if offset == 0 else {}
            self.sheet.write_string(row, column + offset, name, self.styles(kind, **align))

    def spill(self, spill: Spill, formula: str, *, styled: int | None = None, align: str = "left") -> None:
        """A table that a function spills: its headings, its number formats, hairlines as far as it fills.

        ``styled`` is for a table of very many rows: so many get cells, the others take the formats of their columns.
        ``align``: where the first column's cells stand.
        """
        row, column = spill.first
        self.sheet.write_dynamic_array_formula(spill.ref, formula, self.styles("column_heading", align=align))
        for offset, number_format in enumerate(spill.formats):
            if offset:
                self.sheet.write_blank(row, column + offset, None, self.styles("column_heading"))
            shown = self.styles("spilled", num_format=number_format, align="right" if offset else align)
            for line in range(1, (styled or spill.room) + 1):
                # blank, also where XlsxWriter has put the value 0 that it gives to the cells of an array
                self.sheet.write_blank(row + line, column + offset, None, shown)
        self.rule(xl_range(row + 1, column, row + spill.room, column + len(spill.formats) - 1))

    def names(self, spill: Spill) -> None:
        """Put the names of a table's rows once more into the narrow column beside it, unseen, to be looked up."""
        row, column = spill.first
        names = xl_range(row + 1, column, row + spill.room, column)
        beside = column + len(spill.formats)
        self.sheet.set_column(beside, beside, 4)
        self.column(xl_rowcol_to_cell(row + 1, beside), f"={as_text(names)}", spill.room, num_format=";;;")

    def column(self, cell: str, formula: str, rows: int, kind: str = "number", *, room: int = 0, **more: Any) -> None:
        """A formula that gives one figure for each of several rows; further cells down to ``room`` rows look alike."""
        row, column = xl_cell_to_rowcol(cell)
        shown = self.styles(kind, **more)
        self.sheet.write_dynamic_array_formula(row, column, row + rows - 1, column, formula, shown)
        for line in range(1, max(rows, room)):
            self.sheet.write_blank(row + line, column, None, shown)

    def row(self, cell: str, formula: str, columns: int, kind: str = "number", **more: Any) -> None:
        """A formula that gives one figure for each of several columns."""
        row, column = xl_cell_to_rowcol(cell)
        shown = self.styles(kind, **more)
        self.sheet.write_dynamic_array_formula(row, column, row, column + columns - 1, formula, shown)
        for offset in range(1, columns):
            self.sheet.write_blank(row, column + offset, None, shown)

    def input_table(
        self, cell: str, name: str, rows: Sequence[Sequence[Any]], columns: dict[str, dict[str, Any]]
    ) -> None:
        """A small table of inputs that users lengthen by typing below it: each heading with the look of its cells.

        A ``formula`` in the look computes the column.
        """
        row, left = xl_cell_to_rowcol(cell)
        settings = []
        for offset, (heading, look) in enumerate(columns.items()):
            look = dict(look)
            formula = look.pop("formula", None)
            align = {"align": "left"} if offset == 0 and "align" not in look else {}
            shown = self.styles("number" if formula else "input", **{**align, **look})
            setting = {"header": heading, "header_format": self.styles("heading"), "format": shown}
            settings.append({**setting, "formula": formula} if formula else setting)
            if not formula:
                for line, values in enumerate(rows):
                    self.sheet.write(row + 1 + line, left + offset, values[offset], shown)
        self.sheet.set_row(row, 20)
        area = (row, left, row + len(rows), left + len(columns) - 1)
        self.sheet.add_table(*area, {"name": name, "columns": settings, "style": None, "autofilter": False})

    def rule(self, area: str, key: str = "") -> None:
        """Hairlines below the rows of an area that are filled; the last row "All" stands out.

        ``key``: the cell of the first row that tells so, such as $B7, if it is not the area's own first one.
        """
        key = key or f"${area.partition(':')[0]}"
        total = self.styles.condition(bold=True, top=1, top_color=styles.ACCENT, bottom=1, bottom_color=styles.ACCENT)
        line = self.styles.condition(bottom=1, bottom_color=styles.LINE)
        self.sheet.conditional_format(
            area, {"type": "formula", "criteria": f'={as_text(key)}="All"', "format": total, "stop_if_true": True}
        )
        self.sheet.conditional_format(area, {"type": "formula", "criteria": f'={key}<>""', "format": line})

    def strip(self, cell: str, tiles: Sequence[Tile], columns: int = 2, *, small: bool = False) -> None:
        """Headline figures side by side, each as many columns wide."""
        row, column = xl_cell_to_rowcol(cell)
        for number, tile in enumerate(tiles):
            self._tile(row, column + number * columns, tile, columns, "tile_small" if small else "tile")

    def _tile(self, row: int, column: int, tile: Tile, columns: int, kind: str) -> None:
        rule: dict[str, Any] = {"left": 2, "left_color": styles.ACCENT}
        kinds = ("tile_label", kind, "tile_note")
        for line, height in enumerate((18, 22 if kind == "tile_small" else 29, 18)):
            self.sheet.set_row(row + line, height)
        for line, line_kind in enumerate(kinds):
            for extra in range(1, columns):
                self.sheet.write_blank(row + line, column + extra, None, self.styles(line_kind))
        label, figure, note = (xl_rowcol_to_cell(row + line, column) for line in range(3))
        self.text(label, tile.label, "tile_label", **rule)
        self.formula(figure, tile.formula, kind, num_format=tile.number_format, **rule)
        if tile.note.startswith("="):
            self.formula(note, tile.note, "tile_note", **rule)
        else:
            self.text(note, tile.note, "tile_note", **rule)
        if tile.name:
            self.draft.name(tile.name, self.sheet.get_name(), figure)

    def traffic_light(self, area: str, behind: dict[str, Any] | None = None) -> None:
        """Colour and mark of a status word: ahead, on track, behind, the last with further looks of its own."""
        lights = (
            ("ahead", '"▲ "@', styles.GOOD),
            ("on track", '"● "@', styles.ACCENT),
            ("behind", '"▼ "@', styles.WARNING),
        )
        for word, mark, colour in lights:
            more = (behind or {}) if word == "behind" else {}
            shown = self.styles.condition(font_color=colour, num_format=mark, bold=True, **more)
            self.sheet.conditional_format(
                area, {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": shown}
            )

    def warn_below_zero(self, area: str) -> None:
        """A shortfall is written in the warning colour."""
        shown = self.styles.condition(font_color=styles.WARNING)
        self.sheet.conditional_format(area, {"type": "cell", "criteria": "<", "value": 0, "format": shown})
