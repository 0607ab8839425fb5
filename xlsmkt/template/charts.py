"""The charts, all of one look: quiet axes, no frame; what is in the accent colour, what was agreed as a dashed line."""

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart

from xlsmkt.template import styles
from xlsmkt.template.page import Spill

Font = dict[str, Any]
_SHARE = '[<=1]0%;""'  # without data, a program that scales an axis beyond 100% labels it no further


def font(size: float = 9, colour: str = styles.GREY, *, bold: bool = False) -> Font:
    return {"name": styles.FONT, "size": size, "color": colour, "bold": bold}


def _finish(chart: Chart, title: str, *, legend: str | None = "bottom") -> Chart:
    chart.set_title(
        {
            "name": title,
            "name_font": font(11, styles.INK, bold=True),
            "overlay": False,
            "layout": {"x": 0.015, "y": 0.02},
        }
    )
    chart.set_legend({"none": True} if legend is None else {"position": legend, "font": font()})
    chart.set_chartarea({"border": {"none": True}, "fill": {"color": styles.WHITE}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.show_blanks_as("gap")
    return chart


def _category_axis(number_format: str | None = None, **more: Any) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "num_font": font(),
        "line": {"color": styles.LINE},
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
        **more,
    }
    if number_format:
        axis["num_format"] = number_format
    return axis


def _value_axis(number_format: str, title: str = "", *, lines: bool = True, **more: Any) -> dict[str, Any]:
    axis = {
        "num_font": font(),
        "num_format": number_format,
        "line": {"none": True},
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
        "major_gridlines": {"visible": lines, "line": {"color": styles.LINE, "width": 0.5}},
        "min": 0,
        **more,
    }
    if title:
        axis |= {"name": title, "name_font": font(9)}
    return axis


def line(colour: str, *, dashed: bool = False, width: float = 2.25) -> dict[str, Any]:
    return {"color": colour, "width": width, **({"dash_type": "dash"} if dashed else {})}


def waterfall(workbook: Workbook, spill: Spill, title: str, what: str, size: tuple[int, int]) -> Chart:
    """Bars for each day; lines for the actual and the agreed amount to date."""
    day, amount, to_date, goal = range(4)
    bars = workbook.add_chart({"type": "column"})
    bars.add_series(
        {
            "name": f"{what} a day",
            "categories": spill.body(day),
            "values": spill.body(amount),
            "fill": {"color": styles.ACCENT_PALE},
            "border": {"none": True},
            "gap": 45,
        }
    )
    lines = workbook.add_chart({"type": "line"})
    for column, name, look in (
        (goal, "Goal to date", line(styles.WARNING, dashed=True, width=1.75)),
        (to_date, f"{what} to date", line(styles.ACCENT)),
    ):
        lines.add_series(
            {
                "name": name,
                "categories": spill.body(day),
                "values": spill.body(column),
                "line": look,
                "marker": {"type": "none"},
                "y2_axis": True,
            }
        )
    bars.combine(lines)
    _finish(bars, title)
    bars.set_x_axis(_category_axis("d", text_axis=True))
    bars.set_y_axis(_value_axis(styles.COUNT, f"{what} a day", lines=False))
    lines.set_y2_axis(_value_axis(styles.COUNT, "To date", lines=False))
    bars.set_size({"width": size[0], "height": size[1]})
    return bars


def columns_and_line(
    workbook: Workbook,
    title: str,
    categories: str,
    columns: list[tuple[str, str, str]],
    size: tuple[int, int],
    *,
    goal: tuple[str, str] | None = None,
    category_format: str = "mmm",
) -> Chart:
    """Columns side by side, each ``(name, values, colour)``, and a goal line ``(name, values)`` over them."""
    chart = workbook.add_chart({"type": "column"})
    for name, values, colour in columns:
        chart.add_series(
            {
                "name": name,
                "categories": categories,
                "values": values,
                "fill": {"color": colour},
                "border": {"none": True},
                "gap": 60,
                "overlap": 0,
            }
        )
    if goal:
        over = workbook.add_chart({"type": "line"})
        over.add_series(
            {
                "name": goal[0],
                "categories": categories,
                "values": goal[1],
                "line": line(styles.WARNING, dashed=True, width=1.75),
                "marker": {"type": "none"},
            }
        )
        chart.combine(over)
    _finish(chart, title, legend="bottom" if goal or len(columns) > 1 else None)
    chart.set_x_axis(_category_axis(category_format, text_axis=True))
    chart.set_y_axis(_value_axis(styles.COUNT))
    chart.set_size({"width": size[0], "height": size[1]})
    return chart


def funnel(workbook: Workbook, stages: str, counts: str, title: str, size: tuple[int, int]) -> Chart:
    """A bar for each stage, the first one on top."""
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": title,
            "categories": stages,
            "values": counts,
            "fill": {"color": styles.ACCENT},
            "border": {"none": True},
            "gap": 35,
            "data_labels": {"value": True, "num_format": styles.COUNT, "font": font(9, styles.INK)},
        }
    )
    _finish(chart, title, legend=None)
    chart.set_x_axis(_value_axis(styles.COUNT, lines=False, visible=False))
    # the axis of a bar chart starts below: upside down, the first stage is on top
    chart.set_y_axis(_category_axis(reverse=True, major_gridlines={"visible": False}))
    chart.set_size({"width": size[0], "height": size[1]})
    return chart


def intervals(workbook: Workbook, spill: Spill, title: str, size: tuple[int, int]) -> Chart:
    """A column for each group's close rate, with dashes at the low and the high end of its interval."""
    group, rate, low, high = 0, 3, 4, 5
    columns = workbook.add_chart({"type": "column"})
    columns.add_series(
        {
            "name": "Close rate",
            "categories": spill.body(group),
            "values": spill.body(rate),
            "fill": {"color": styles.ACCENT_MID},
            "border": {"none": True},
            "gap": 90,
        }
    )
    ends = workbook.add_chart({"type": "line"})
    colour = {"color": styles.ACCENT}
    for column in (low, high):
        ends.add_series(
            {
                "name": "95% sure: between",
                "categories": spill.body(group),
                "values": spill.body(column),
                "line": {"none": True},
                "marker": {"type": "long_dash", "size": 12, "border": colour, "fill": colour},
            }
        )
    columns.combine(ends)
    _finish(columns, title)
    columns.set_legend({"position": "bottom", "font": font(), "delete_series": [2]})
    columns.set_x_axis(_category_axis(text_axis=True))
    columns.set_y_axis(_value_axis(_SHARE))
    columns.set_size({"width": size[0], "height": size[1]})
    return columns


def against_goal(
    workbook: Workbook,
    title: str,
    categories: str,
    columns: list[tuple[str, str, str]],
    goal: tuple[str, str],
    size: tuple[int, int],
    *,
    number_format: str,
    axis_title: str = "",
    category_format: str = "General",
    most: float | None = None,
) -> Chart:
    """Columns, each ``(name, values, colour)``, and what was agreed as a dashed line; ``most`` ends the scale."""
    chart = columns_and_line(workbook, title, categories, columns, size, goal=goal, category_format=category_format)
    end: dict[str, Any] = {} if most is None else {"max": most, "major_unit": most / 5}
    chart.set_y_axis(_value_axis(number_format, axis_title, **end))
    return chart


def bars(workbook: Workbook, spill: Spill, column: int, title: str, number_format: str, size: tuple[int, int]) -> Chart:
    """A bar for each group of a table, the first one on top; what is below zero points left, in the warning colour."""
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": title,
            "categories": spill.body(0),
            "values": spill.body(column),
            "fill": {"color": styles.ACCENT},
            "invert_if_negative": True,
            "invert_if_negative_color": styles.WARNING,
            "border": {"none": True},
            "gap": 45,
            "data_labels": {"value": True, "num_format": number_format, "font": font(9, styles.INK)},
        }
    )
    _finish(chart, title, legend=None)
    chart.set_x_axis(_value_axis(number_format, lines=False, visible=False, min=None))
    chart.set_y_axis(_category_axis(reverse=True, major_gridlines={"visible": False}, label_position="low"))
    chart.set_size({"width": size[0], "height": size[1]})
    return chart
