"""The charts: what is drawn, by what the blocks hold."""

import io
import math
import re

import pytest
from lxml import etree
from matplotlib.figure import Figure
from PIL import Image

from xlsmkt.report import charts
from xlsmkt.report.reading import Block, Shown
from xlsmkt.template import styles

DAYS = [
    ("Thu 1 Oct", 14.0, 14.0, 18.2),
    ("Fri 2 Oct", 17.0, 31.0, 36.4),
    ("Mon 5 Oct", None, None, 54.5),
]


def block(key, headings, rows):
    """A table whose cells show their values as they are."""

    def cells(values):
        return tuple(Shown("Sheet!A1", value, "" if value is None else str(value)) for value in values)

    return Block(key, "Title", "table", headings=cells(headings), rows=tuple(cells(row) for row in rows))


@pytest.fixture
def days():
    return block("days", ("Day", "Amount", "To date", "Goal to date"), DAYS)


def drawn(monkeypatch, one):
    """The axes that a chart was drawn on."""
    made = []
    subplot = Figure.add_subplot
    monkeypatch.setattr(Figure, "add_subplot", lambda *given: made.append(subplot(*given)) or made[-1])
    assert charts.chart_svg(one)
    return made[0]


def test_each_day_of_the_waterfall_begins_where_the_last_one_ended(monkeypatch, days):
    axes = drawn(monkeypatch, days)
    bars = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches]
    assert bars[:2] == [(0, 14), (14, 31)]
    assert math.isnan(bars[2][1])  # a day that has not come is a gap
    [goal] = axes.lines
    assert list(goal.get_ydata()) == [18.2, 36.4, 54.5]
    assert charts.chart_words(days) == (
        "Waterfall of 2 days. Fri 2 Oct: 17.0 on the day, 31.0 to date, goal to date 36.4."
    )


def test_close_rates_are_points_on_their_intervals(monkeypatch):
    rates = block(
        "close_rates", ("Group", "Close rate", "Low", "High"), [("Demo", 0.1, 0.05, 0.2), ("All", 0.2, 0.1, 0.4)]
    )
    axes = drawn(monkeypatch, rates)
    [points] = axes.lines
    assert list(points.get_xdata()) == [0.1, 0.2]
    [intervals] = axes.collections
    assert [[tuple(end) for end in line] for line in intervals.get_segments()] == [
        [(0.05, 0), (0.2, 0)],
        [(0.1, 1), (0.4, 1)],
    ]
    assert axes.get_xlim()[0] == 0


def test_a_rep_below_the_promise_is_told_apart(monkeypatch):
    reps = block("reps", ("Owner", "Worked %", "Goal"), [("One", 0.9, 0.9), ("Two", 0.89, 0.9), ("Three", None, 0.9)])
    axes = drawn(monkeypatch, reps)
    colours = [tuple(bar.get_facecolor()) for bar in axes.patches]
    assert colours[0] != colours[1]
    assert [text.get_text() for text in axes.texts] == ["0.9", "0.89", ""]


def test_months_stand_beside_those_of_last_year(monkeypatch):
    months = block(
        "months", ("Leads in", "Last year", "This year", "Goal"), [("Jan", 1.0, 2.0, 3.0), ("Feb", 4.0, None, 3.0)]
    )
    axes = drawn(monkeypatch, months)
    heights = [bar.get_height() for bar in axes.patches]
    assert heights[:3] == [1, 4, 2] and math.isnan(heights[3])
    assert charts.chart_words(months).endswith("Jan: 2.0, last year 1.0, goal 3.0.")


def test_columns_are_found_by_their_headings_wherever_they_stand(days):
    turned = block(
        "days", ("Goal to date", "Note", "To date", "Amount", "Day"), [(g, "", t, a, d) for d, a, t, g in DAYS]
    )
    assert charts.chart_words(turned) == charts.chart_words(days)
    assert not charts.has_chart(block("days", ("Day", "Other"), [("Thu 1 Oct", 1.0)]))
    assert not charts.has_chart(block("calls", ("Lead", "Score"), [("17", 1.0)]))


def test_a_picture_is_as_large_as_asked_and_on_white(days):
    picture = Image.open(io.BytesIO(charts.chart_png(days, width=320, scale=3)))
    assert picture.size == (960, 900)
    assert picture.convert("RGB").getpixel((1, 899)) == (255, 255, 255)
    assert "Software" not in picture.info


def test_colours_of_the_page_are_those_of_its_theme(days):
    svg = charts.chart_svg(days)
    assert not re.search(r"#[0-9a-f]{6}\b", svg, re.IGNORECASE)
    assert {"var(--accent)", "var(--warning)", "var(--grey)", "var(--line)"} <= set(re.findall(r"var\(--[\w-]+\)", svg))
    assert "font-family" not in svg and "DejaVu" not in svg and "<style" not in svg and "<metadata" not in svg
    root = etree.fromstring(svg)
    assert root.get("role") == "img" and root.get("aria-label") == charts.chart_words(days)
    assert "Thu 1 Oct" in [text.text for text in root.iter("{*}text")]


def test_each_colour_has_one_role():
    assert len({colour.lower() for colour in charts.COLOURS}) == len(set(charts.COLOURS.values()))
    assert charts.COLOURS[styles.ACCENT] == "accent"
