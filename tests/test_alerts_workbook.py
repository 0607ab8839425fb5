"""What needs somebody, read from computed workbooks: leads and hours counted by hand on a calendar."""

import datetime as dt
import re
import zipfile

import openpyxl
import pytest

from xlsmkt.alerts import news
from xlsmkt.alerts.holding import read_now
from xlsmkt.alerts.telling import tell_alerts
from xlsmkt.cli import main
from xlsmkt.package import Book, Edit

HEADINGS = (
    "Lead ID,Created Date,Lead Type,Lead Source,Industry,Title,Lead Owner,Assigned Date,First Response Date,"
    "Call Attempts,Close Date"
)
# Points by the template's rules: Demo request 20, Referral 15, Whitepaper 6, Newsletter 2; a head or a director 8, a
# manager 4; Software 6. Calls from 25 on, of the last 60 days. 7 March 2025 is a Friday; open from 9 to 17; 4 hours.
LEADS = """
L1,2025-03-03,Demo request,Web,,Head of sales,Rep North 1,2025-03-07 12:59,,,
L2,2025-03-03,Demo request,Web,,Director,Rep North 1,2025-03-07 13:00,,,
L3,2025-03-04,Newsletter,Web\u202e=x,,,Rep South 1,2025-03-04 16:00,,,
L4,2025-03-04,Referral,Web,Software,Manager,Rep South 1,2025-03-04 16:00,2025-03-05 09:00,1,
L5,2025-03-05,Demo request,Web,,Head of sales,Rep South 1,2025-03-05 10:00,,,2025-03-06
L6,2025-03-05,Whitepaper,Web,,,Rep South 1,2025-03-05 10:00,,2,
L7,2025-03-07,Demo request,Events,Software,Director,,,,,
L8,2024-12-02,Demo request,Web,,Head of sales,Rep North 1,2025-03-06 17:30,,,
"""
MONDAY = dt.datetime(2025, 3, 10, 8, 0)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A workbook of eight leads, as of Friday 7 March 2025."""
    folder = tmp_path_factory.mktemp("alerts")
    (folder / "leads.csv").write_text(f"{HEADINGS}{LEADS}", "utf-8")
    path = folder / "Büro #1.xlsx"
    assert main(["new", str(path)]) == 0
    assert main(["refresh", str(path), "--from", str(folder / "leads.csv"), "--date-order", "year"]) == 0
    return path


def keys(leads):
    return [lead.key for lead in leads]


def test_leads_to_call_are_those_of_the_call_list_best_first(book):
    found = read_now(book, MONDAY)
    assert keys(found.ready) == ["L7", "L1", "L2"]
    assert found.above == {"L1", "L2", "L4", "L5", "L7", "L8"}  # worked, closed and old ones are known, not told
    assert found.below == {"L3", "L6"}
    with Book.open(book) as opened:
        listed = opened.range("Scoring", "P18:S40")
        assert keys(found.ready) == [lead for lead, _, _, step in listed if step == "call"]
    assert [lead.words for lead in found.ready[:2]] == [
        "L7: score 39.0, nobody has it, from Events",
        "L1: score 28.0, Rep North 1, from Web",
    ]


def test_leads_wait_too_long_by_opening_hours_until_the_day_of_the_figures_ends(book):
    found = read_now(book, MONDAY)
    # L2 has waited 4 hours to the minute; L4 and L6 are worked, L5 is closed, L7 is nobody's yet
    assert [(lead.key, lead.assigned) for lead in found.late] == [
        ("L3", "2025-03-04 16:00"),
        ("L8", "2025-03-06 17:30"),
        ("L1", "2025-03-07 12:59"),
    ]
    waits = [lead.words.partition("waits ")[2] for lead in found.late]
    assert waits[:2] == [
        "25.0 opening hours, since 2025-03-04 16:00",
        "8.0 opening hours, since 2025-03-06 17:30",
    ]


def test_hours_that_have_not_passed_yet_do_not_count(book):
    assert keys(read_now(book, dt.datetime(2025, 3, 7, 16, 59)).late) == ["L3", "L8"]  # L1: 4 hours to the minute
    assert keys(read_now(book, dt.datetime(2025, 3, 7, 13, 0)).late) == ["L3"]  # L8: 4 hours to the minute


def test_a_workbook_that_counts_days_from_1904_says_the_same(book, tmp_path):
    counted = tmp_path / "1904.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(counted, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/workbook.xml":
                data = re.sub(rb"<workbookPr[^>]*/>", b'<workbookPr date1904="1"/>', data)
            new.writestr(name, data)
    # the cells hold the same numbers, which are days 1462 days later: Friday 7 March 2025 is Thursday 8 March 2029
    later = dt.timedelta(days=1462)
    found, before = read_now(counted, MONDAY + later), read_now(book, MONDAY)
    assert keys(found.ready) == keys(before.ready)
    assert found.as_of == before.as_of + later
    assert found.waiting == {
        key: (dt.datetime.fromisoformat(assigned) + later).isoformat(" ", "minutes")
        for key, assigned in before.waiting.items()
    }


def test_the_slas_stand_as_their_sheets_say(book):
    standings = read_now(book, MONDAY).standings
    # 7 leads made in March; 400 promised over 21 business days, of which 5 are over; 2 of the 7 worked
    assert {side: (one.behind, one.month, one.figures) for side, one in standings.items()} == {
        "marketing": (True, "2025-03", "7 leads to date, 95.2 promised by now"),
        "sales": (True, "2025-03", "28.6% of the leads worked, 90.0% promised"),
    }


def test_a_run_a_second_one_and_all(book, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path))
    behind = [
        "Marketing SLA behind in March 2025: 7 leads to date, 95.2 promised by now.",
        "Sales SLA behind in March 2025: 28.6% of the leads worked, 90.0% promised.",
    ]
    known = (
        "Known from now on: 3 leads to call; 3 leads not worked within 4 hours (xlsmkt alerts BOOK --all lists them)."
    )
    assert said(capsys, book) == [*behind, known]
    assert said(capsys, book) == ["Nothing new since the last run."]
    everything = said(capsys, book, "--all")
    assert everything[:3] == [*behind, "3 leads to call:"]
    assert everything[6] == "3 leads not worked within 4 hours:"
    assert everything[7] == "- L3, Rep South 1, from Web=x: waits 25.0 opening hours, since 2025-03-04 16:00"
    assert len(everything) == 10
    assert said(capsys, book) == ["Nothing new since the last run."]


def said(capsys, book, *options):
    capsys.readouterr()
    assert main(["alerts", str(book), *options]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_copy_is_a_workbook_of_its_own_and_a_link_is_not(book, tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    assert tell_alerts(book, tell=lambda line: None, now=MONDAY)
    link, copy = tmp_path / "link.xlsx", tmp_path / "copy.xlsx"
    link.symlink_to(book)
    copy.write_bytes(book.read_bytes())
    assert not tell_alerts(link, tell=lambda line: None, now=MONDAY)
    assert tell_alerts(copy, tell=lambda line: None, now=MONDAY)


def changed(book, path, **values):
    """A copy in which named cells hold other values; nothing is computed."""
    edit = Edit.open(book)
    for name, value in values.items():
        edit.set_named_value(name, value)
    edit.save(path)
    return path


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"Score_Threshold": None}, "Leads to call cannot be told: the sheet Scoring has no threshold, no days or no"),
        ({"Max_Hours": "four"}, "Leads not worked in time cannot be told: mend the opening hours on Inputs"),
        ({"Closes": 0.25}, "Leads not worked in time cannot be told: mend the opening hours on Inputs (SPEED_TO_LEAD"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_what_the_workbook_cannot_say_is_a_note_and_stays_known(book, tmp_path, values, told):
    before = news.known_after(read_now(book, MONDAY), None)
    found = read_now(changed(book, tmp_path / "changed.xlsx", **values), MONDAY)
    assert found.notes
    assert found.notes[0].startswith(told)
    assert news.since(found, before) == []
    after = news.known_after(found, before)
    assert (after.ready, after.late) == (before.ready, before.late)


def test_leads_that_fell_below_the_threshold_and_cross_it_again_are_told_again(book, tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    path, printed = tmp_path / "changing.xlsx", []
    for threshold in (25, 30, 25, 25):  # L7 has 39 points, the other two have 28
        printed.append(tell_alerts(changed(book, path, Score_Threshold=threshold), tell=lambda line: None, now=MONDAY))
    assert [line for line in printed[0] if line.startswith("Known")]
    assert printed[1:] == [
        [],
        ["2 leads to call:", "- L1: score 28.0, Rep North 1, from Web", "- L2: score 28.0, Rep North 1, from Web"],
        [],
    ]


def test_a_workbook_without_figures_says_so_and_its_first_figures_are_no_news(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    path = tmp_path / "new.xlsx"
    main(["new", str(path)])
    assert said(capsys, path) == ["new.xlsx holds no figures yet: refresh or compute it first."]
    assert not list((tmp_path / "home" / "alerts").glob("*.json"))


def test_errors_are_a_sentence(tmp_path, capsys, monkeypatch, book):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    assert main(["alerts", str(tmp_path / "none.xlsx")]) == 2
    assert main(["alerts", str(book), "--to", "team@example.com"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "none.xlsx" in told[0]
    assert told[1] == "xlsmkt: --to and --from are for the mail; add --mail, or leave them out."
    assert not (tmp_path / "home" / "alerts").exists()
    openpyxl.Workbook().save(tmp_path / "others.xlsx")
    assert main(["alerts", str(tmp_path / "others.xlsx")]) == 2
    assert capsys.readouterr().err.startswith("xlsmkt: others.xlsx is no workbook of xlsmkt:")
