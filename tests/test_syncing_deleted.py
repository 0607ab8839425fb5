"""Records that a CRM deletes or merges go from the store too: once a week, or when wished, and never by mistake."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_crm import LONG_AGO, Crm, FakeSource, crm_with

from xlsmkt.crm import syncing
from xlsmkt.crm.store import Store
from xlsmkt.crm.syncing import sync
from xlsmkt.errors import UserError

WANTED = {"people": ["created", "kind", "owner"]}
LISTED = ("id",)  # the fields that are asked for when ids are listed


@pytest.fixture(autouse=True)
def weeks_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CRM's clock may go on by weeks in a test, while ours does not."""
    monkeypatch.setattr(syncing, "MOST_CLOCK_DIFFERENCE", dt.timedelta(days=300))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "fake.duckdb") as opened:
        yield opened


def ids(store: Store) -> list[int]:
    return [int(row["id"]) for row in store.texts("people", "id", ["id"]).to_pylist()]


def listed(crm: Crm) -> list[str]:
    return [one for page in crm.asked if page.fields == LISTED for one in page.ids]


def test_once_a_week_by_the_clock_of_the_crm(store: Store) -> None:
    crm = crm_with(8)
    sync(FakeSource(crm), store, WANTED)
    del crm.records["people"][3], crm.records["people"][8]
    crm.later = dt.timedelta(days=6, hours=23)
    sync(FakeSource(crm), store, WANTED)
    assert ids(store) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert listed(crm) == []
    crm.later = dt.timedelta(days=7)
    sync(FakeSource(crm), store, WANTED)
    assert ids(store) == [1, 2, 4, 5, 6, 7]
    assert [page.since for page in crm.asked if page.fields == LISTED] == [None, None]
    crm.asked.clear()
    crm.later = dt.timedelta(days=13)
    sync(FakeSource(crm), store, WANTED)
    assert listed(crm) == [], "a week after the last time"


def test_when_wished(store: Store) -> None:
    crm = crm_with(4)
    sync(FakeSource(crm), store, WANTED)
    del crm.records["people"][2]
    sync(FakeSource(crm), store, WANTED, reconcile=True)
    assert ids(store) == [1, 3, 4]


def test_two_that_were_merged(store: Store) -> None:
    crm = crm_with(4)
    sync(FakeSource(crm), store, WANTED)
    crm.later = dt.timedelta(hours=1)
    crm.put("people", 1, kind="of both")
    del crm.records["people"][4]
    sync(FakeSource(crm), store, WANTED, reconcile=True)
    assert [(row["id"], row["kind"]) for row in store.texts("people", "id", ["id", "kind"]).to_pylist()] == [
        ("1", "of both"),
        ("2", "c"),
        ("3", "a"),
    ]


def test_a_listing_that_is_broken_off_deletes_nothing_and_is_taken_up(store: Store) -> None:
    crm = crm_with(11)
    sync(FakeSource(crm), store, WANTED)
    del crm.records["people"][1], crm.records["people"][10]
    crm.asked.clear()

    def fail(number: int) -> None:
        if number == 3:  # the first one asks for changes
            crm.before_page = lambda _number: None
            raise UserError("the connection was dropped")

    crm.before_page = fail
    with pytest.raises(UserError, match="dropped"):
        sync(FakeSource(crm), store, WANTED, reconcile=True)
    assert ids(store) == list(range(1, 12))
    sync(FakeSource(crm), store, WANTED)
    assert ids(store) == [2, 3, 4, 5, 6, 7, 8, 9, 11]
    assert listed(crm) == ["2", "3", "4", "5", "6", "7", "8", "9", "11"], "no page twice"


def test_what_is_made_during_the_listing_stays(store: Store) -> None:
    crm = crm_with(9)
    sync(FakeSource(crm), store, WANTED)
    crm.later = dt.timedelta(days=8)

    def make(_number: int) -> None:
        if sum(page.fields == LISTED for page in crm.asked) == 1 and 20 not in crm.records["people"]:
            del crm.records["people"][8]
            crm.put("people", 20, created="2026-03-01")

    crm.before_page = make
    sync(FakeSource(crm), store, WANTED)
    assert ids(store) == [1, 2, 3, 4, 5, 6, 7, 9, 20]


def test_what_comes_back_between_two_halves_of_a_listing_stays(store: Store) -> None:
    crm = crm_with(9)
    sync(FakeSource(crm), store, WANTED)
    gone = crm.records["people"].pop(1)
    crm.asked.clear()

    def fail(number: int) -> None:
        if number == 2:
            crm.before_page = lambda _number: None
            raise UserError("dropped")

    crm.before_page = fail
    with pytest.raises(UserError):
        sync(FakeSource(crm), store, WANTED, reconcile=True)
    crm.later = dt.timedelta(hours=1)
    crm.put("people", 1, **gone.values)
    sync(FakeSource(crm), store, WANTED)
    assert ids(store) == list(range(1, 10))


def test_what_we_may_see_only_now_is_found_though_nobody_changed_it(store: Store) -> None:
    crm = crm_with(5)
    hidden = crm.records["people"].pop(4)
    sync(FakeSource(crm), store, WANTED)
    crm.later = dt.timedelta(days=1)
    crm.records["people"][4] = hidden
    assert hidden.changed == LONG_AGO
    sync(FakeSource(crm), store, WANTED)
    assert ids(store) == [1, 2, 3, 5]
    crm.later = dt.timedelta(days=7)
    sync(FakeSource(crm), store, WANTED)
    assert ids(store) == [1, 2, 3, 4, 5]


def test_an_empty_listing_deletes_nothing(store: Store) -> None:
    crm = crm_with(5)
    sync(FakeSource(crm), store, WANTED)
    crm.later = dt.timedelta(days=8)
    people, crm.records["people"] = crm.records["people"], {}
    for _ in range(2):
        with pytest.raises(UserError, match="FakeCRM lists no people any more, though 5 are stored"):
            sync(FakeSource(crm), store, WANTED)
        assert ids(store) == [1, 2, 3, 4, 5]
    crm.records["people"] = people
    sync(FakeSource(crm), store, WANTED)
    assert ids(store) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("stopped", range(12))
def test_stopped_at_any_step_it_ends_as_if_it_had_not_been(
    store: Store, monkeypatch: pytest.MonkeyPatch, stopped: int
) -> None:
    crm = crm_with(6)
    sync(FakeSource(crm), store, WANTED)
    crm.later = dt.timedelta(days=8)
    hidden = crm.records["people"].pop(2)
    crm.put("people", 7, LONG_AGO, **hidden.values)
    left = [stopped]
    save = store._save_state

    def save_or_stop(name: str, state: syncing.State) -> None:
        save(name, state)
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(store, "_save_state", save_or_stop)
    try:
        sync(FakeSource(crm), store, WANTED)
    except KeyboardInterrupt:
        monkeypatch.setattr(store, "_save_state", save)
        sync(FakeSource(crm), store, WANTED)
    assert ids(store) == [1, 3, 4, 5, 6, 7]
