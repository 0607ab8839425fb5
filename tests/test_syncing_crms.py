"""The store follows HubSpot, Salesforce and Pipedrive, as their servers speak."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from crm_cases import CASES, ROWS, Case, given_out, read_once, tables
from crm_servers.base import Mock, in_process

from xlsmkt.crm.connection import Wish
from xlsmkt.crm.importing import Imported
from xlsmkt.crm.store import Store
from xlsmkt.errors import UserError


@dataclass
class Place:
    """A server, and a store that follows it."""

    name: str
    case: Case
    server: Mock
    home: Path

    def read(self, **wishes: Any) -> Imported:
        self.server.log(clear=True)
        return read_once(self.name, self.server.url, self.case.secrets, self.home, Wish(**wishes))

    def given_out(self) -> int:
        return given_out(self.server, self.case)

    def agrees(self) -> bool:
        """Whether the store holds what the server does."""
        return all(
            [{field: row[field] for field in expected[0]} for row in rows] == expected
            for kind, rows in tables(self.home, self.name, self.case).items()
            if (expected := self.case.stored(self.server, kind))
        )

    def count(self) -> int:
        return sum(map(len, tables(self.home, self.name, self.case).values()))


@pytest.fixture(params=list(CASES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    name = request.param
    with in_process(name, **CASES[name].options) as server:
        yield Place(name, CASES[name], server, tmp_path)


def test_all_then_nothing_then_what_changed(place: Place) -> None:
    place.read()
    assert place.agrees()
    assert place.given_out() == place.count()
    place.read()
    assert place.given_out() == 0
    place.server.tell("touch", count=3, values=place.case.edit)
    place.read()
    assert place.given_out() == 3
    assert place.agrees()


def test_edits_behind_and_before_the_cursor(place: Place) -> None:
    ids = sorted(place.server.tell("records"), key=lambda one: (len(one), one))
    told: list[str] = []

    def edit(_share: float, words: str) -> None:
        if not told:
            place.server.tell("touch", ids=[ids[0], ids[-1]], values=place.case.edit)
        told.append(words)

    place.read(progress=edit)
    assert told[0].endswith(f": {ROWS} records")
    assert not place.agrees()
    place.read()
    assert place.given_out() == 2
    assert place.agrees()


def test_what_is_made_and_what_is_deleted(place: Place) -> None:
    place.read()
    ids = sorted(place.server.tell("records"), key=lambda one: (len(one), one))
    place.server.tell("delete", ids=ids[5:8], purge=True)
    new = f"{ids[-1][:-5]}9{ids[-1][-4:]}" if place.name == "salesforce" else "999999"
    place.server.tell("put", records={new: place.case.edit})
    place.read()
    assert place.given_out() == 1
    assert not place.agrees()
    place.read(reconcile=True)
    assert place.agrees()


def test_the_limit_of_the_day_in_the_middle(place: Place) -> None:
    total = place.read() and place.count()
    stores = place.home / "stores"
    (stores / f"{place.name}.duckdb").unlink()
    begin_limit, end_limit = place.case.limit
    begin_limit(place.server)
    with pytest.raises(UserError) as caught:
        place.read()
    arrived = place.given_out()
    assert 0 < arrived < total
    assert place.count() == arrived
    with Store.open(stores / f"{place.name}.duckdb") as store:
        assert (store.runs()[0].rows, store.runs()[0].error) == (arrived, str(caught.value))
    end_limit(place.server)
    place.read()
    assert place.given_out() == total - arrived, "no page twice"
    assert place.agrees()


def test_a_connection_that_drops(place: Place) -> None:
    total = place.read() and place.count()
    (place.home / "stores" / f"{place.name}.duckdb").unlink()
    place.server.faults({"kind": "hang up", "after": 8})
    with pytest.raises(UserError):
        place.read()
    arrived = place.given_out()
    assert place.count() == arrived
    place.server.faults()
    place.read()
    assert place.given_out() == total - arrived
    assert place.agrees()
