"""The life of an alert: told once, again when it holds anew, and not lost when printing or mailing fails."""

import datetime as dt
import json
import os
import shutil
import threading

import pytest
from smtp_server import smtp_server

from xlsmkt.alerts import telling
from xlsmkt.alerts.holding import Lead, Now, Standing
from xlsmkt.alerts.told import Memory
from xlsmkt.cli import main
from xlsmkt.errors import UserError
from xlsmkt.template.shipped import shipped_template

MORNING = "2026-03-06 09:00"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A workbook; what holds in it a test says with `holds`."""
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    return shutil.copyfile(shipped_template(), tmp_path / "sla.xlsx")


@pytest.fixture
def run(book, monkeypatch):
    """Tells what is new while the given holds; the lines."""

    def told(now, **options):
        monkeypatch.setattr(telling, "read_now", lambda path, moment: now)
        options.setdefault("tell", lambda line: None)
        return telling.tell_alerts(book, **options)

    return told


def holds(ready=(), below=(), late=(), waiting=(), **standings):
    """What holds: leads to call, leads below the threshold, leads that wait (all, and those too long), SLAs."""
    late = dict(late)
    return Now(
        ready=[Lead(key, f"{key}: score 30.0, Rep North 1") for key in ready],
        above=set(ready),
        below=set(below),
        late=[Lead(key, f"{key}, Rep North 1: waits", since) for key, since in late.items()],
        agreed="4",
        waiting={**dict(waiting), **late},
        known={*ready, *below, *late, *dict(waiting), "L0"},
        standings={side: standing(side, *what) for side, what in standings.items()},
        as_of=dt.datetime(2026, 3, 6),
    )


def standing(side, status, month="2026-03"):
    return Standing(f"{side.title()} SLA", status == "behind", status, month, "7 leads to date, 90.9 promised by now")


def test_a_lead_that_crosses_is_told_once_and_again_when_it_fell_and_crosses_anew(run):
    assert run(holds(["L1"])) == ["Known from now on: 1 lead to call (xlsmkt alerts BOOK --all lists them)."]
    crossed = ["1 lead to call:", "- L2: score 30.0, Rep North 1"]
    assert run(holds(["L1", "L2"])) == crossed
    assert run(holds(["L1", "L2"])) == []
    assert run(holds(["L1"])) == []  # away, as after a wrong import: that is not below
    assert run(holds(["L1", "L2"])) == []
    assert run(holds(["L1"], below=["L2"])) == []
    assert run(holds(["L1", "L2"])) == crossed


def test_a_lead_that_waits_is_told_once_and_again_when_it_is_assigned_anew(run):
    assert run(holds(late={"L1": MORNING})) == [
        "Known from now on: 1 lead not worked within 4 hours (xlsmkt alerts BOOK --all lists them)."
    ]
    assert run(holds(late={"L1": MORNING, "L2": MORNING})) == [
        "1 lead not worked within 4 hours:", "- L2, Rep North 1: waits"
    ]  # fmt: skip
    assert run(holds(late={"L1": MORNING, "L2": MORNING})) == []
    assert run(holds(late={"L1": MORNING}, waiting={"L2": "2026-03-06 12:00"})) == []  # its hours have begun anew
    assert run(holds(late={"L1": MORNING, "L2": "2026-03-06 12:00"}))[1:] == ["- L2, Rep North 1: waits"]
    assert run(holds(late={"L2": "2026-03-06 12:00"})) == []  # L1 is away, as after a wrong import
    assert run(holds(late={"L1": MORNING, "L2": "2026-03-06 12:00"})) == []
    assert run(holds(late={"L1": "2026-03-06 13:00"}))[1:] == ["- L1, Rep North 1: waits"]
    assert run(holds(below=["L1"])) == []  # worked, and then it turns out that it was not
    assert run(holds(late={"L1": "2026-03-06 13:00"}))[1:] == ["- L1, Rep North 1: waits"]


def test_an_sla_is_told_when_it_turns_behind_and_when_it_is_back_on_track(run):
    figures = "7 leads to date, 90.9 promised by now."
    assert run(holds(marketing=["behind"], sales=["on track"])) == [f"Marketing SLA behind in March 2026: {figures}"]
    assert run(holds(marketing=["behind"], sales=["on track"])) == []
    assert run(holds(sales=["behind"])) == [f"Sales SLA behind in March 2026: {figures}"]  # marketing's is not known
    assert run(holds(marketing=["behind"], sales=["behind"])) == []
    assert run(holds(marketing=["ahead"], sales=["behind"])) == [
        f"Marketing SLA back on track in March 2026: {figures}"
    ]
    assert run(holds(marketing=["on track"], sales=["behind"])) == []
    # a new month is a new promise
    assert run(holds(marketing=["behind", "2026-04"], sales=["behind", "2026-04"])) == [
        f"Marketing SLA behind in April 2026: {figures}",
        f"Sales SLA behind in April 2026: {figures}",
    ]
    assert run(holds(marketing=["on track", "2026-05"]))[0] == f"Marketing SLA on track in May 2026: {figures}"


def test_of_many_leads_the_first_twenty_are_told_and_with_all_every_one(run):
    run(holds())
    many = holds([f"L{number}" for number in range(1, 1023)])
    lines = run(many, everything=True)
    assert (len(lines), lines[-1]) == (1023, "- L1022: score 30.0, Rep North 1")
    lines = run(many)
    assert (len(lines), lines[0]) == (22, "1,022 leads to call:")
    left_out = "- and 1,002 more (xlsmkt alerts BOOK --all lists all that hold now)"
    assert lines[20:] == ["- L20: score 30.0, Rep North 1", left_out]
    assert run(many) == []


def test_what_a_crm_holds_cannot_break_a_line(run):
    run(holds())
    found = holds(["L1\r\nSLA behind\x1b[2J\u202e\u0085end"])
    assert run(found) == ["1 lead to call:", "- L1 SLA behind[2J end: score 30.0, Rep North 1"]


def test_what_could_not_be_printed_is_told_again(run):
    def closed(line):
        raise BrokenPipeError

    run(holds())
    with pytest.raises(BrokenPipeError):
        run(holds(["L1"]), tell=closed)
    assert run(holds(["L1"]))


@pytest.fixture
def mail_to(monkeypatch):
    """Names the mail server for a test; without a login, as a relay on this computer has none."""

    def named(port):
        monkeypatch.setenv("XLSMKT_MAIL_SERVER", f"smtp://127.0.0.1:{port}?security=none")
        return {"mail": True, "to": "team@example.com; rep.north@example.com", "sender": "reports@example.com"}

    return named


def test_alerts_are_mailed_and_a_mail_that_was_not_taken_is_told_again(run, mail_to):
    run(holds())
    found = holds(["L1"], marketing=["behind"])
    lines = [
        "Marketing SLA behind in March 2026: 7 leads to date, 90.9 promised by now.",
        "1 lead to call:",
        "- L1: score 30.0, Rep North 1",
    ]
    printed = []
    with smtp_server(data="554 not today") as (port, inbox), pytest.raises(UserError, match="not today"):
        run(found, **mail_to(port), tell=printed.append)
    assert (printed, inbox.messages) == (lines, [])
    with smtp_server() as (port, inbox):
        assert run(found, **mail_to(port)) == lines
        [message] = inbox.messages
        assert message["Subject"] == "Marketing SLA behind; 1 lead to call (sla.xlsx)"
        assert message.get_content().splitlines() == [*lines, "", "sla.xlsx, figures as of 2026-03-06"]
        assert inbox.envelopes[0].rcpt_tos == ["team@example.com", "rep.north@example.com"]
        assert run(found, **mail_to(port)) == []
        assert len(inbox.messages) == 1  # nothing new is no mail


def test_two_runs_at_once_do_not_tell_twice(run):
    run(holds())
    found, second, other = holds(["L1"]), [], []

    def start_another(line):
        if not other:
            other.append(threading.Thread(target=lambda: second.extend(run(found))))
            other[0].start()
            other[0].join(0.3)
            assert other[0].is_alive()  # it waits for us

    assert len(run(found, tell=start_another)) == 2
    other[0].join()
    assert second == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"version": 2, "told": {}}', b'{"version": 1, "told": {"ready": [1]}}',
     b'{"version": 1, "told": {"ready": "L1"}}', b'{"version": 1, "told": {"late": {"L1": 1}}}',
     b'{"version": 1, "told": {"more": 1}}', b'{"version": 1, "told": 1}', b"[" * 100_000],
)  # fmt: skip
def test_a_damaged_file_is_set_aside_and_the_alerts_begin_anew(run, book, damage):
    run(holds(["L1"]))
    path = Memory(book).path
    path.write_bytes(damage)
    counted, note = run(holds(["L1", "L2"]))
    assert counted.startswith("Known from now on: 2 leads to call")
    assert note.startswith("What was told before cannot be read (it is kept as ")
    assert path.with_suffix(".damaged").read_bytes() == damage
    assert run(holds(["L1", "L2", "L3"])) == ["1 lead to call:", "- L3: score 30.0, Rep North 1"]


def test_what_was_told_is_in_a_file_for_its_user_alone(run, book):
    run(holds(["L1"], late={"L2": MORNING}, sales=["behind"]))
    path = Memory(book).path
    assert json.loads(path.read_text("utf-8")) == {
        "version": 1,
        "book": os.path.realpath(book),
        "told": {"ready": ["L1"], "late": {"L2": MORNING}, "behind": {"sales": "2026-03"}},
    }
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(one.suffix for one in path.parent.iterdir()) == [".json", ".lock"]


def test_a_missing_mail_server_is_a_sentence(book, run, capsys, monkeypatch):
    monkeypatch.delenv("XLSMKT_MAIL_SERVER", raising=False)
    run(holds())
    monkeypatch.setattr(telling, "read_now", lambda path, moment: holds(["L1"]))
    wanted = ["alerts", str(book), "--mail", "--to", "team@example.com", "--from", "reports@example.com"]
    assert main(wanted) == 2
    told = capsys.readouterr()
    assert told.out.splitlines() == ["1 lead to call:", "- L1: score 30.0, Rep North 1"]
    assert len(told.err.splitlines()) == 1
    assert "mail" in told.err
    assert run(holds(["L1"]))
