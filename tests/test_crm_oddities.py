"""What a CRM should never do and some day does: odd answers, circles of pages, lost rights, another account."""

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from crm_servers.base import in_thread
from crm_servers.hubspot import HubSpot
from crm_servers.pipedrive import Pipedrive
from fake_crm import LONG_AGO, FakeSource, crm_with
from test_http import refused, session
from test_hubspot import source as hubspot_of
from test_pipedrive import source_of as pipedrive_of

from xlsmkt.crm import http, syncing
from xlsmkt.crm.api import Page
from xlsmkt.crm.connection import Wish
from xlsmkt.crm.entries import FileMapping
from xlsmkt.crm.store import Store
from xlsmkt.crm.syncing import sync
from xlsmkt.errors import UserError

WANTED = {"people": ["created", "kind"]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "fake.duckdb") as opened:
        yield opened


def ids(store: Store) -> list[int]:
    return [int(row["id"]) for row in store.texts("people", "id", ["id"]).to_pylist()]


class Other(FakeSource):
    """The same CRM, told apart by the account that the token opens."""

    number = "1"

    def account(self) -> str:
        return self.number


def test_records_of_two_accounts_are_not_mixed(store: Store) -> None:
    crm = crm_with(3)
    sync(Other(crm), store, WANTED)
    sync(Other(crm), store, WANTED)
    other = Other(crm_with(5))
    other.number = "2"
    with pytest.raises(UserError, match="holds the records of the FakeCRM account 1, and its token now opens 2"):
        sync(other, store, WANTED)
    assert ids(store) == [1, 2, 3]
    assert other.crm.asked == []


def test_each_crm_tells_its_account() -> None:
    with in_thread(HubSpot()) as hubspot, in_thread(Pipedrive()) as pipedrive:
        assert hubspot_of(hubspot).check().startswith(f"account {hubspot_of(hubspot).account()} ")
        assert pipedrive_of(pipedrive).account() == "54235"


def test_a_right_that_is_lost_deletes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "MOST_CLOCK_DIFFERENCE", dt.timedelta(days=300))
    crm = crm_with(300)
    crm.size = 100
    sync(FakeSource(crm), store, WANTED)
    for number in range(1, 202):
        del crm.records["people"][number]
    crm.later = dt.timedelta(days=8)
    for _ in range(2):
        with pytest.raises(UserError, match=r"no longer lists 201 of 300 stored people; nothing was deleted\. .*--rec"):
            sync(FakeSource(crm), store, WANTED)
        assert len(ids(store)) == 300
    sync(FakeSource(crm), store, WANTED, reconcile=True)
    assert ids(store) == list(range(202, 301))


class Circle(FakeSource):
    """Its pages lead to one another."""

    def page(self, name: str, fields: list[str], since: dt.datetime | None, cursor: str) -> Page:
        return Page(super().page(name, fields, since, "").records, {"": "a", "a": "b", "b": "a"}[cursor])


def test_pages_that_go_in_a_circle_end(store: Store) -> None:
    with pytest.raises(UserError, match="the same page came twice"):
        sync(Circle(crm_with(3)), store, WANTED)


def test_cursors_of_pipedrive_that_go_in_a_circle_end() -> None:
    with in_thread(Pipedrive()) as mock:
        body = {"success": True, "data": [], "additional_data": {"next_cursor": "again"}}
        mock.faults({"kind": "answer", "status": 200, "body": body, "where": "/api/v2/deals"})
        with pytest.raises(UserError, match="gives the same page again and again"):
            pipedrive_of(mock).page("deals", ["id"], None, "")


def test_records_without_an_id_are_refused(store: Store) -> None:
    crm = crm_with(2)
    crm.records["people"][2].values["id"] = ""
    with pytest.raises(UserError, match="some records have no id"):
        sync(FakeSource(crm), store, WANTED)


def test_half_of_an_emoji_is_kept_as_a_question_mark(store: Store) -> None:
    crm = crm_with(1)
    crm.put("people", 1, LONG_AGO, kind="cut \ud83d")
    sync(FakeSource(crm), store, WANTED)
    assert store.texts("people", "id", ["kind"]).to_pylist() == [{"kind": "cut ?"}]


@pytest.mark.parametrize(
    "results", [[None], [{"id": "1"}], [{"id": "1", "properties": None}], [{"id": {}, "properties": []}]]
)
def test_answers_of_another_shape_are_a_sentence(results: list[object]) -> None:
    with in_thread(HubSpot()) as mock:
        mock.faults({"kind": "answer", "status": 200, "body": {"results": results}, "where": "/search"})
        with pytest.raises(UserError, match=r"^HubSpot answers otherwise than it should \(\w+ in page\): run again"):
            hubspot_of(mock).page("contacts", ["createdate"], None, "")


@pytest.mark.parametrize(
    "body",
    ["[" * 200_000, '{"a": ' + "9" * 5_000 + "}", '{"a": 1e99999999999999999999999}'],
    ids=["deep", "long", "big"],
)
def test_json_that_cannot_be_taken_in(body: str) -> None:
    with in_thread(HubSpot()) as mock:
        mock.faults({"kind": "answer", "status": 200, "body": body})
        assert "answers with something else than data" in refused(session(mock.url))


def test_what_a_crm_says_moves_no_cursor_of_a_terminal() -> None:
    with in_thread(HubSpot()) as mock:
        mock.faults({"kind": "answer", "status": 418, "body": {"message": "\x1b[2Jgone"}})
        assert refused(session(mock.url)).endswith(r"(status 418): \x1b[2Jgone")


def test_odd_dates_and_waits_are_passed_over() -> None:
    with in_thread(HubSpot()) as mock:
        mock.tell("clock", tells=False)
        odd = {"Date": "Fri, 31 Dec 9999 23:00:00 -2300", "Retry-After": "Mon, 01 Jan 99999 00:00:00 GMT"}
        mock.faults({"kind": "answer", "status": 200, "body": {}, "headers": odd})
        web = session(mock.url)
        assert web.ask("GET", "/a") == {}
        assert not web.heard
        assert web._retry.seconds_asked(odd["Retry-After"]) == 0


def test_the_user_is_told_of_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.time, "sleep", lambda _seconds: None)
    told: list[str] = []
    with in_thread(HubSpot()) as mock:
        mock.faults({"kind": "answer", "status": 429, "headers": {"Retry-After": "7"}, "times": 1})
        source = hubspot_of(mock)
        source.tell = told.append
        source.check()
    assert told == ["HubSpot lets us wait 7 seconds"]


LOOKS = """
import sys, time
from pathlib import Path
from xlsmkt.crm.store import Store
with Store.open(Path(sys.argv[1]), read_only=True):
    print(flush=True)
    sys.stdin.readline()
    time.sleep(0.3)
"""


def test_a_refresh_waits_for_who_only_looks(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with Store.open(path):
        pass
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", LOOKS, path], stdin=pipe, stdout=pipe, text=True) as looking:
        assert looking.stdin and looking.stdout
        looking.stdout.readline()
        looking.stdin.write("\n")
        looking.stdin.flush()
        with Store.open(path) as store:
            assert store.states() == {}


class Direct(FakeSource):
    """Owners are the deals of people, most of whom were never leads."""

    mapping = (
        FileMapping("people", "Leads", {"Lead ID": ["id"], "Created": ["created"]}),
        FileMapping("owners", "Leads", {"Deal ID": ["id"], "Owner": ["name"]}, join={"Lead ID": "name"}),
    )


@pytest.mark.parametrize(("deals", "lines"), [(100, 100), (150, 2)])
def test_many_deals_without_a_lead_make_a_line_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deals: int, lines: int
) -> None:
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path))
    crm = crm_with(3)
    crm.records["owners"].clear()
    for number in range(1, deals + 1):
        crm.put("owners", number, LONG_AGO, name="" if number > 30 else "77")
    imported = Direct(crm).read(Wish())
    assert len(imported.refused) == lines
    if lines == 2:
        assert sorted(imported.refused["Reason"]) == ["no lead has this id (30 rows)", "no lead is named (120 rows)"]
        assert imported.note == "150 deals belong to no lead and are not counted."
