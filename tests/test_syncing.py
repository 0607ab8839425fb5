"""The store follows the CRM: what was changed, made and deleted, however often the reading is broken off."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_crm import Crm, FakeSource, crm_with

from xlsmkt.crm import syncing
from xlsmkt.crm.store import Store
from xlsmkt.crm.syncing import OVERLAP, sync
from xlsmkt.errors import UserError

FIELDS = ["created", "kind", "owner", "stage", "closed", "amount"]
WANTED = {"people": FIELDS, "owners": ["name"]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "fake.duckdb") as opened:
        yield opened


@pytest.fixture
def hours_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CRM's clock may go on by hours in a test, while ours does not."""
    monkeypatch.setattr(syncing, "MOST_CLOCK_DIFFERENCE", dt.timedelta(days=30))


def stored(store: Store, name: str = "people") -> list[dict[str, str]]:
    """The records in the store, without blanks, in the order of their ids."""
    rows = store.texts(name, "id", store.columns(name)).to_pylist()
    return [{key: value for key, value in row.items() if value} for row in rows]


def agrees(store: Store, crm: Crm) -> bool:
    return stored(store) == crm.rows("people") and stored(store, "owners") == crm.rows("owners")


def asked_for(crm: Crm, name: str = "people") -> list[str]:
    """The ids of all records that were asked for."""
    return [one for page in crm.asked if page.name == name for one in page.ids]


def fails_at(crm: Crm, page: int, what: str = "the connection was dropped") -> None:
    """The CRM fails once, when it is asked for this page."""

    def fail(number: int) -> None:
        if number == page:
            crm.before_page = lambda _number: None
            raise UserError(what)

    crm.before_page = fail


@pytest.mark.usefixtures("hours_pass")
def test_first_all_then_nothing_then_what_changed(store: Store) -> None:
    crm = crm_with(11)
    assert sync(FakeSource(crm), store, WANTED) == 13
    assert agrees(store, crm)
    assert [page.cursor for page in crm.asked] == ["", "3", "6", "9", ""]
    crm.asked.clear()
    crm.later = dt.timedelta(hours=1)
    sync(FakeSource(crm), store, WANTED)
    assert asked_for(crm) == []
    crm.put("people", 5, stage="won", closed="2026-03-01")
    crm.put("people", 12, created="2026-03-02")
    crm.later = dt.timedelta(hours=2)
    crm.asked.clear()
    sync(FakeSource(crm), store, WANTED)
    assert asked_for(crm) == ["5", "12"]
    assert agrees(store, crm)


def test_the_watermark_is_the_clock_of_the_crm_at_the_start_less_the_overlap(store: Store) -> None:
    crm = crm_with(7)
    crm.later = dt.timedelta(minutes=7)  # our own clock says something else
    start = crm.now

    def later(_number: int) -> None:
        crm.later += dt.timedelta(minutes=1)

    crm.before_page = later
    sync(FakeSource(crm), store, WANTED)
    assert store.state("people").watermark == start - OVERLAP


def test_a_record_read_twice_within_the_overlap_changes_nothing(store: Store) -> None:
    crm = crm_with(4)
    crm.put("people", 2, kind="c")  # at the very time of the first run
    for _ in range(3):
        sync(FakeSource(crm), store, WANTED)
        assert agrees(store, crm)
    assert asked_for(crm) == ["1", "2", "3", "4", "2", "2"]


@pytest.mark.parametrize("edited", [1, 8], ids=["behind the cursor", "before it"])
def test_an_edit_during_the_run_is_found_in_this_run_or_the_next(store: Store, edited: int) -> None:
    crm = crm_with(9)

    def edit(number: int) -> None:
        if number == 1:
            crm.later += dt.timedelta(minutes=5)
            crm.put("people", edited, kind="changed")

    crm.before_page = edit
    sync(FakeSource(crm), store, WANTED)
    assert agrees(store, crm) == (edited == 8)
    sync(FakeSource(crm), store, WANTED)
    assert agrees(store, crm)


@pytest.mark.usefixtures("hours_pass")
def test_what_was_edited_behind_the_cursor_before_a_break_is_found(store: Store) -> None:
    crm = crm_with(9)
    fails_at(crm, 2)
    with pytest.raises(UserError, match="dropped"):
        sync(FakeSource(crm), store, WANTED)
    first = crm.now
    crm.later = dt.timedelta(hours=5)
    crm.put("people", 1, kind="changed")
    crm.later = dt.timedelta(hours=10)
    sync(FakeSource(crm), store, WANTED)
    assert store.state("people").watermark == first - OVERLAP
    assert asked_for(crm) == [str(number) for number in range(1, 10)], "no page twice"
    sync(FakeSource(crm), store, WANTED)
    assert agrees(store, crm)


@pytest.mark.parametrize("page", range(5))
def test_a_run_that_is_broken_off_goes_on_where_it_stopped(store: Store, page: int) -> None:
    crm = crm_with(11)
    fails_at(crm, page, "FakeCRM's limit of this day is used up; run this again tomorrow.")
    with pytest.raises(UserError, match="limit of this day"):
        sync(FakeSource(crm), store, WANTED)
    assert len(stored(store)) == min(11, 3 * page)
    sync(FakeSource(crm), store, WANTED)
    assert agrees(store, crm)
    assert asked_for(crm) == [str(number) for number in range(1, 12)]


@pytest.mark.usefixtures("hours_pass")
def test_changes_that_are_broken_off_are_taken_up_too(store: Store) -> None:
    crm = crm_with(12)
    sync(FakeSource(crm), store, WANTED)
    crm.later = dt.timedelta(hours=1)
    for number in range(2, 13, 2):
        crm.put("people", number, kind="new")
    crm.asked.clear()
    fails_at(crm, 1)
    with pytest.raises(UserError):
        sync(FakeSource(crm), store, WANTED)
    crm.later = dt.timedelta(hours=2)
    sync(FakeSource(crm), store, WANTED)
    assert agrees(store, crm)
    assert asked_for(crm) == ["2", "4", "6", "8", "10", "12"]


@pytest.mark.usefixtures("hours_pass")
def test_a_new_field_is_filled_in_all_records_and_stays_current(store: Store) -> None:
    crm = crm_with(5)
    sync(FakeSource(crm), store, {"people": ["created"]})
    assert store.columns("people") == ["id", "created"]
    crm.asked.clear()
    sync(FakeSource(crm), store, {"people": ["created", "kind"]})
    assert asked_for(crm) == ["1", "2", "3", "4", "5"]
    expected = [{key: row[key] for key in ("id", "created", "kind")} for row in crm.rows("people")]
    assert stored(store) == expected
    crm.later = dt.timedelta(hours=1)
    crm.put("people", 3, kind="z")
    crm.later += 2 * OVERLAP
    sync(FakeSource(crm), store, {"people": ["created"]})  # kind is not wanted now, and known when it is wanted again
    crm.asked.clear()
    crm.later = dt.timedelta(hours=2)
    sync(FakeSource(crm), store, {"people": ["kind"]})
    assert asked_for(crm) == []
    assert stored(store)[2]["kind"] == "z"


def test_old_records_stay_until_a_new_field_is_read(store: Store) -> None:
    crm = crm_with(8)
    sync(FakeSource(crm), store, {"people": ["created"]})
    fails_at(crm, len(crm.asked) + 1)
    with pytest.raises(UserError):
        sync(FakeSource(crm), store, {"people": ["created", "kind"]})
    assert [row.get("kind") for row in stored(store)] == ["b", "c", "a", *[None] * 5]
    assert [row["created"] for row in stored(store)] == [row["created"] for row in crm.rows("people")]


def test_a_field_that_the_crm_no_longer_has_is_dropped(store: Store) -> None:
    crm = crm_with(3)
    crm.more_fields = ["extra"]
    crm.put("people", 1, extra="here")
    sync(FakeSource(crm), store, {"people": ["created", "extra"]})
    assert "extra" in store.columns("people")
    crm.more_fields = []
    sync(FakeSource(crm), store, {"people": ["created"]})
    assert store.columns("people") == ["id", "created"]


def test_owners_are_replaced_as_a_whole(store: Store) -> None:
    crm = crm_with(3)
    sync(FakeSource(crm), store, WANTED)
    del crm.records["owners"][1]
    crm.put("owners", 3, name="Rep East 1")
    sync(FakeSource(crm), store, WANTED)
    assert stored(store, "owners") == [{"id": "2", "name": "Rep South 1"}, {"id": "3", "name": "Rep East 1"}]


@pytest.mark.parametrize("minutes", [-11, 11])
def test_a_clock_that_is_off_is_refused_with_both_times(store: Store, minutes: int) -> None:
    crm = crm_with(3)
    now = dt.datetime.now(dt.UTC)
    crm.later = now + dt.timedelta(minutes=minutes) - (crm.now - crm.later)
    with pytest.raises(UserError, match="set the clock of this computer") as caught:
        sync(FakeSource(crm), store, WANTED)
    assert f"{crm.now:%Y-%m-%d %H:%M}" in str(caught.value)
    assert f"{now:%Y-%m-%d}" in str(caught.value)
    assert crm.asked == []
    assert store.count("people") == 0


def test_progress_says_what_arrives(store: Store) -> None:
    told: list[str] = []
    crm = crm_with(1_300)
    crm.size = 1_000
    sync(FakeSource(crm), store, WANTED, lambda _share, words: told.append(words))
    assert told == ["FakeCRM people: 1,000 records", "FakeCRM people: 1,300 records", "FakeCRM owners: 2 records"]
