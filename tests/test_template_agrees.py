"""The computed template beside others: LibreOffice for its native formulas, Python and pandas for ours."""

import re

import openpyxl
import pandas as pd
import pytest
from libreoffice import convert

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.errors import CellError
from xlsmkt.hosts.engine.formula import parse
from xlsmkt.package import Book
from xlsmkt.readings import to_serial

OURS = re.compile(rf"\b(?:{'|'.join(CATALOGUE)})\(")
MONTH = ("2026-10-01", "2026-10-20")
YEAR = ("2026-01-01", "2026-10-20")
CYCLE = ("2025-08-21", "2026-08-20")  # twelve months that end one sales cycle of 61 days before the last day


def same(one, other):
    """Whether two cells show the same; a number to its ninth digit, for LibreOffice adds up in another order."""
    one, other = (None if value == "" else value for value in (one, other))
    if isinstance(one, CellError) or isinstance(other, CellError):
        return getattr(one, "sign", None) == getattr(other, "sign", None)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return float(one) == pytest.approx(float(other), rel=1e-9, abs=1e-9)
    return one == other


@pytest.fixture(scope="module")
def by_libreoffice(book, soffice, tmp_path_factory):
    """The workbook with the values of our functions as constants, computed by LibreOffice."""
    folder = tmp_path_factory.mktemp("libreoffice")
    copy = openpyxl.load_workbook(book.path)
    for sheet in book.sheet_names:
        for cell in book.cells(sheet, bodies=False):
            if cell.formula and OURS.search(cell.formula):
                value = cell.value.sign if isinstance(cell.value, CellError) else cell.value
                copy[sheet].cell(cell.row, cell.column).value = value
    copy.save(folder / "native.xlsx")
    return Book.open(convert(soffice, folder / "native.xlsx", folder))


def test_native_formulas_give_what_libreoffice_gives(book, by_libreoffice):
    compared, different = 0, []
    for sheet in book.sheet_names:
        theirs = {(cell.row, cell.column): cell.value for cell in by_libreoffice.cells(sheet)}
        for cell in book.cells(sheet, bodies=False):
            if cell.formula and not OURS.search(cell.formula):
                compared += 1
                if not same(cell.value, theirs.get((cell.row, cell.column))):
                    different.append(
                        (sheet, cell.row, cell.column, cell.formula, cell.value, theirs.get((cell.row, cell.column)))
                    )
    assert different == []
    assert compared > 150


def argument(book, sheet, node, text):
    """What a plain argument of a call holds: a constant, cells, a table column or a name; LookupError for others."""
    if node.kind in ("number", "text", "logical"):
        return node.value
    reference = node.reference
    if node.kind != "reference" or reference is None:
        raise LookupError(text)
    if reference.kind == "cells":
        rows = book.range(reference.sheet or sheet, str(reference.area))
        return rows if len(rows) > 1 or len(rows[0]) > 1 else rows[0][0]
    if reference.kind == "table" and reference.table and len(reference.columns) == 1 and not reference.items:
        return [[value] for value in book.column(reference.table, reference.columns[0])]
    if reference.kind == "name":
        if reference.text == "Holidays":
            return [[value] for value in book.column("Days_off", "Holiday")]
        return book.named_value(reference.text)
    raise LookupError(text)


def our_call(formula):
    """The call of ours that a cell shows, also from within IF(no data, "–", call) and IFERROR(call, "–")."""
    call = parse(formula)
    if call.kind == "call" and call.name == "IF":
        call = call.children[2]
    elif call.kind == "call" and call.name == "IFERROR":
        call = call.children[0]
    return call if call.kind == "call" and call.name in CATALOGUE else None


def test_our_functions_give_what_they_give_in_python(book):
    compared = set()
    for sheet in book.sheet_names:
        for cell in book.cells(sheet, bodies=False):
            call = our_call(cell.formula) if cell.formula and OURS.search(cell.formula) else None
            if not call or cell.value == "–":
                continue
            try:
                values = [argument(book, sheet, node, cell.formula[node.start : node.end]) for node in call.children]
            except LookupError:
                continue
            expected = CATALOGUE[call.name].cells(values)
            shown = book.range(sheet, cell.array) if cell.array else [[cell.value]]
            assert [len(row) for row in expected] == [len(row) for row in shown], (sheet, cell)
            for line, (es, ss) in enumerate(zip(expected, shown, strict=True)):
                for offset, (e, s) in enumerate(zip(es, ss, strict=True)):
                    if s != "–":  # one of several in a row, which has no data
                        assert same(e, s), cell
                        compared.add((sheet, cell.row + line, cell.column + offset))
    assert len(compared) > 100


# --- the figures a reader looks at, counted from the export by pandas ---


@pytest.fixture(scope="module")
def leads(demo):
    frame = pd.read_csv(demo / "sample" / "leads.csv", dtype=str)
    frame = frame[frame["Lead ID"].astype(int) < 90000]  # the four rows that the import refuses
    frame["day"] = frame["Created Date"].str[:10]
    frame["customers"] = (frame["Stage"] == "Closed Won").astype(int)
    return frame


def between(frame, period):
    return frame[frame["day"].between(*period)]


def spilled(book, sheet, formula_starts):
    """The table that the first spill whose formula starts so shows: its rows by their first cell."""
    for cell in book.cells(sheet, bodies=False):
        if cell.array and cell.formula and cell.formula.startswith(formula_starts):
            heading, *rows = book.range(sheet, cell.array)
            return heading, {row[0]: row[1:] for row in rows}
    raise AssertionError(f"{sheet} has no spill that starts with {formula_starts}")


def test_headline_figures_are_those_of_the_export(book, leads):
    # October 2026 has 22 business days, the 20th is the fourteenth of them
    assert book.named_value("Now_Actual") == len(between(leads, MONTH))
    assert book.named_value("Now_Month_Goal") == 400
    assert book.named_value("Now_Goal_To_Date") == pytest.approx(400 * 14 / 22)
    assert book.named_value("Now_Gap") == pytest.approx(len(between(leads, MONTH)) - 400 * 14 / 22)
    assert book.named_value("Now_Projection") == pytest.approx(len(between(leads, MONTH)) * 22 / 14)
    agreed = {"Demo request": 0.12, "Webinar": 0.05, "Whitepaper": 0.02, "Newsletter": 0.01, "Referral": 0.2}
    assert book.named_value("Now_Weighted_Rate") == pytest.approx(between(leads, MONTH)["Lead Type"].map(agreed).mean())
    assert book.named_value("Now_Leads_Needed") == 400


@pytest.mark.parametrize("worth", ["leads", "points", "value"])
def test_the_waterfalls_are_those_of_the_export(book, leads, worth):
    points = {"Demo request": 12, "Webinar": 5, "Whitepaper": 2, "Newsletter": 1, "Referral": 20}
    month = between(leads, MONTH)
    amount = month["Lead Type"].map({"leads": dict.fromkeys(points, 1), "points": points,
                                     "value": {k: v / 100 * 5000 for k, v in points.items()}}[worth])  # fmt: skip
    starts = [c for c in book.cells("Marketing SLA") if c.array and c.formula.startswith("SLA_WATERFALL(")]
    anchor = starts[["leads", "points", "value"].index(worth)]
    _, *rows = book.range("Marketing SLA", anchor.array)
    weekday = pd.to_datetime(month["day"]).map(
        lambda day: day + pd.offsets.BDay(0)
    )  # a weekend's leads count on Monday
    expected = amount.groupby(weekday).sum()
    shown = {row[0]: row[1] for row in rows if row[1] is not None}
    assert shown == pytest.approx({to_serial(day): total for day, total in expected.items()})
    assert [row[2] for row in rows if row[2] is not None][-1] == pytest.approx(amount.sum())


@pytest.mark.parametrize("heading", ["Lead Type", "Lead Source", "Industry"])
def test_close_rates_are_those_of_the_export(book, leads, heading):
    column = {"Lead Type": "Lead type", "Lead Source": "Source"}.get(heading, heading)
    anchor = next(c for c in book.cells("Close rates") if c.array and f"Daily[{column}]" in (c.formula or ""))
    heads, *rows = book.range("Close rates", anchor.array)
    assert heads == ["Group", "Leads", "Customers", "Close rate", "Low", "High", "Share of leads", "Points"]
    expected = between(leads, CYCLE).groupby(heading)["customers"].agg(["size", "sum", "mean"])
    assert {row[0]: tuple(row[1:4]) for row in rows[:-1]} == {
        group: pytest.approx(tuple(figures)) for group, figures in expected.iterrows()
    }
    assert rows[-1][:3] == ["All", expected["size"].sum(), expected["sum"].sum()]


def test_the_funnel_by_source_is_that_of_the_export(book, leads):
    heads, rows = spilled(book, "Funnel", "FUNNEL_BY(")
    assert heads[:5] == ["Source", "Leads", "MQLs", "Opportunities", "Customers"]
    year = between(leads, YEAR)
    for source, figures in rows.items():
        of = year if source == "All" else year[year["Lead Source"] == source]
        counts = [len(of), of["MQL Date"].count(), of["Converted Date"].count(), of["customers"].sum()]
        assert figures[:4] == counts
    assert len(rows) == year["Lead Source"].nunique() + 1
