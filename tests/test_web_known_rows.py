"""What is typed beside a row stays beside that row where its day, or a blank id, is also that of others."""

import random
from pathlib import Path

from fake_remote_book import FakeBook
from web_refreshed import HEADINGS, opened, refresh

from xlsmkt.crm.model import TABLES
from xlsmkt.hosts.web.book import WebBook

KNOWN_BY = {
    "Leads": [
        ["Lead ID"],
        ["Lead ID", "Created", "Lead type", "Source", "Campaign", "Industry", "Country", "Job title", "Owner",
         "Connected", "MQL", "SQL", "Opportunity", "Closed", "Won"],
    ],
    "Daily": [["Date", "Lead type", "Source", "Campaign", "Industry", "Owner"]],
    "Spend": [["Date", "Channel", "Campaign"]],
    "Web": [["Date", "Source"]],
    "Touches": [["Lead ID", "Time", "Channel"]],
    "Import_log": [["File", "Column", "Value", "Reason"]],
}  # fmt: skip


def test_each_table_is_known_by_what_tells_its_rows_apart():
    assert {table.name: table.known_by for table in TABLES} == KNOWN_BY


def spend(folder, *rows):
    (folder / "spend.csv").write_text("\n".join(["Date,Channel,Campaign,Cost", *rows]))
    return folder


def beside(excel, table, *headings):
    columns = excel.columns(table)
    return sorted(zip(*(columns[heading] for heading in headings), strict=True), key=str)


def test_of_one_day_each_channel_keeps_what_is_beside_it(tmp_path):
    excel = opened()
    refresh(excel, spend(tmp_path, "2026-01-05,A,,10", "2026-01-05,B,,20", "2026-01-05,C,,30"))
    excel.add_column("Spend", "Mine", ["of A", "of B", None])
    refresh(excel, spend(tmp_path, "2026-01-05,C,,31", "2026-01-05,B,,21", "2026-01-05,D,,41"))
    assert beside(excel, "Spend", "Channel", "Cost", "Mine") == [("B", 21, "of B"), ("C", 31, None), ("D", 41, None)]
    assert [row[1:] for row in excel.sheet("Left over").values()[1:]] == [["Spend", "2026-01-05, A", "Mine", "of A"]]


def test_leads_without_an_id_keep_what_is_beside_them(tmp_path):
    excel = opened()
    first = "\n".join([HEADINGS, ",2026-01-05,Web,1", ",2026-01-05,Fair,2", "L1,2026-01-05,Web,3"])
    refresh(excel, tmp_path, first)
    excel.add_column("Leads", "Mine", ["web", "fair", "one"])
    refresh(excel, tmp_path, "\n".join([HEADINGS, ",2026-01-05,Fair,9", "L1,2026-02-01,Mail,8", ",2026-01-06,Web,7"]))
    assert beside(excel, "Leads", "Source", "Amount", "Mine") == [
        ("Fair", 9, "fair"),
        ("Mail", 8, "one"),
        ("Web", 7, None),
    ]
    assert [row[2:] for row in excel.sheet("Left over").values()[1:]] == [["2026-01-05, Web", "Mine", "web"]]


def test_touches_of_one_lead_are_told_apart_by_their_moments(tmp_path):
    def touches(*times):
        rows = (f"L1,2026-01-05 {time},Mail" for time in times)
        (tmp_path / "touches.csv").write_text("\n".join(["Lead ID,Time,Channel", *rows]))

    excel = opened()
    times = [f"10:{minute:02}:{minute:02}" for minute in range(60)]
    touches(*times)
    refresh(excel, tmp_path, f"{HEADINGS}\nL1,2026-01-05,Web,1")
    excel.add_column("Touches", "Mine", times)
    touches(*times[::-1])
    refresh(excel, tmp_path)
    found = beside(excel, "Touches", "Time", "Mine")
    assert [mine for _, mine in found] == times
    assert len({moment for moment, _ in found}) == 60


def test_an_id_of_the_shape_of_a_moment_stays_the_id_that_it_is(tmp_path):
    excel = opened()
    export = "\n".join([HEADINGS, "2026-01-05T00:00:00.000Z,2026-01-05,Web,1", "L2,2026-01-05,Web,1"])
    refresh(excel, tmp_path, export)
    excel.add_column("Leads", "Mine", ["mine", "other"])
    for _ in range(2):
        refresh(excel, tmp_path, export)
        assert beside(excel, "Leads", "Lead ID", "Mine") == [("2026-01-05T00:00:00.000Z", "mine"), ("L2", "other")]
    assert not any(sheet.name.startswith("Left over") for sheet in excel.sheets)


def planned(beside):
    """The actions that replace half of 30,000 rows at random, where ``beside`` says what stands beside each."""
    choose = random.Random(1)
    ids = [f"L{row}" for row in range(30_000)]
    new = [key if choose.random() < 0.5 else f"N{key}" for key in ids]
    values = [["Lead ID", "Mine"], *([key, beside(row)] for row, key in enumerate(ids))]
    table = {
        "name": "Leads",
        "columns": values[0],
        "range_address": "A1:B30001",
        "header_row_range_address": "A1:B1",
        "data_body_range_address": "A2:B30001",
        "total_row_range_address": None,
    }
    book = FakeBook({"book": {"name": "b.xlsx"}, "sheets": [{"name": "Leads", "values": values, "tables": [table]}]})
    web = WebBook(book, Path("folder"))
    lost = web.replace_rows("Leads", {"Lead ID": new})
    web.commit()
    return lost, [action["func"] for action in book.actions], set(ids) - set(new)


def test_rows_that_are_gone_are_overwritten_where_nothing_is_beside_them():
    lost, actions, gone = planned(lambda row: "mine" if row % 100 == 0 else "")
    assert {row.key for row in lost} == {key for key in gone if key.endswith("00") or key == "L0"}
    assert actions.count("rangeDelete") == len(lost)


def test_rows_that_are_gone_are_deleted_in_runs_where_something_is_beside_each():
    lost, actions, gone = planned(lambda row: "mine")
    rows = sorted(int(key[1:]) for key in gone)
    assert {row.key for row in lost} == gone
    assert actions.count("rangeDelete") == sum(f"L{row - 1}" not in gone for row in rows)
