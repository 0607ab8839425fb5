"""The look of the workbook: one palette, one font, and a name for each kind of cell."""

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

FONT = "Calibri"

INK = "#1F2933"
GREY = "#66727F"  # labels, notes
LINE = "#D5DBE1"  # hairlines
PALE = "#F4F6F8"  # strips of headline figures
WHITE = "#FFFFFF"
ACCENT = "#17536F"
ACCENT_MID = "#6FA3BC"
ACCENT_PALE = "#DCE9F0"
GOOD = "#2F8F83"
WARNING = "#C8560B"  # orange beside blue: told apart by colour-blind readers too
WARNING_PALE = "#FBE9DC"
INPUT_FILL = "#FFF9E5"
INPUT_LINE = "#E3D6A6"
INPUT_INK = "#1D4ED8"  # typed values are blue, as finance writes them
# accents of the workbook's theme
THEME = (ACCENT, WARNING, ACCENT_MID, GREY, GOOD, "#B08B2E")

COUNT = "#,##0"
SIGNED = "+#,##0;-#,##0;0"
SIGNED_ONE = "+#,##0.0;-#,##0.0;0.0"
ONE = "#,##0.0"
MONEY = "#,##0"
RATE = "0.0%"
CHANGE = "+0.0%;-0.0%;0.0%"
DATE = "d mmm yyyy;;–"  # day 0: nothing imported yet
DAY = "ddd d mmm"
MONTH = "mmm yyyy"
LONG_MONTH = "mmmm yyyy"
TIME = "d mmm yyyy hh:mm"
ISO_DATE = "yyyy-mm-dd"
ISO_TIME = "yyyy-mm-dd hh:mm"

_LINE_BELOW = {"bottom": 1, "bottom_color": LINE}
_INPUT = {"bg_color": INPUT_FILL, "border": 1, "border_color": INPUT_LINE, "align": "right"}
_STRIP = {"bg_color": PALE}

KINDS: dict[str, dict[str, Any]] = {
    "text": {},
    "plain": {"valign": "vcenter"},
    "title": {"font_size": 20, "bold": True, "font_color": ACCENT},
    "subtitle": {"font_size": 11, "font_color": GREY},
    "section": {"font_size": 12, "bold": True, "font_color": ACCENT, "bottom": 2, "bottom_color": ACCENT},
    "subsection": {"bold": True, "font_color": ACCENT, **_LINE_BELOW},
    "note": {"font_color": GREY, "font_size": 9},
    "wrapped_note": {"font_color": GREY, "font_size": 9, "text_wrap": True, "valign": "top"},
    "wrapped": {"text_wrap": True, "valign": "top", **_LINE_BELOW},
    "wrapped_small": {"text_wrap": True, "valign": "top", "font_size": 9, **_LINE_BELOW},
    "top": {"valign": "top", **_LINE_BELOW},
    "reference_name": {"valign": "top", "bold": True, "font_color": ACCENT, **_LINE_BELOW},
    "code": {"font_name": "Consolas", "font_size": 9, "valign": "top", "text_wrap": True, **_LINE_BELOW},
    "command": {"font_name": "Consolas", "font_size": 10, "bg_color": PALE},
    "warning": {"font_color": WARNING, "bold": True},
    "label": {**_LINE_BELOW},
    "number": {"num_format": COUNT, "align": "right", **_LINE_BELOW},
    "input": {**_INPUT, "font_color": INPUT_INK},
    "input_formula": dict(_INPUT),  # computed until somebody types over it
    "heading": {
        "bold": True,
        "font_color": WHITE,
        "bg_color": ACCENT,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
    },
    "heading_left": {"bold": True, "font_color": WHITE, "bg_color": ACCENT, "valign": "vcenter"},
    "column_heading": {
        "bold": True,
        "font_color": ACCENT,
        "bottom": 1,
        "bottom_color": ACCENT,
        "align": "right",
        "valign": "bottom",
        "text_wrap": True,
    },
    "spilled": {"align": "right"},  # its lines come with what fills it
    "link": {"font_color": ACCENT, "underline": 1},
    "step": {"font_size": 18, "bold": True, "font_color": ACCENT, "align": "center", "valign": "vcenter"},
    "tile_label": {**_STRIP, "font_size": 9, "font_color": GREY, "align": "left", "indent": 1, "valign": "bottom"},
    "tile": {**_STRIP, "font_size": 20, "bold": True, "font_color": ACCENT, "align": "left", "indent": 1},
    "tile_small": {**_STRIP, "font_size": 14, "bold": True, "font_color": INK, "align": "left", "indent": 1},
    "tile_note": {**_STRIP, "font_size": 9, "font_color": GREY, "align": "left", "indent": 1, "valign": "vcenter"},
}


class Styles:
    """The formats of one workbook, each made once: ``styles("number", num_format=RATE)``."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, kind: str, **more: Any) -> Format:
        """The format of a kind of cell, with changes."""
        base = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
        return self._format({**base, **KINDS[kind], **more})

    def condition(self, **properties: Any) -> Format:
        """A format that a condition lays over a cell: only what it changes."""
        return self._format(properties)

    def _format(self, properties: dict[str, Any]) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]
