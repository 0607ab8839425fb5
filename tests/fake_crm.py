"""A CRM in memory behind the interface of `xlsmkt.crm.api.ApiSource`: its records, its clock, what it was asked."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from xlsmkt.crm.api import ApiField, ApiObject, ApiSource, Page
from xlsmkt.crm.connection import Connection, Setting
from xlsmkt.crm.entries import FileMapping, Lookup, When
from xlsmkt.errors import UserError


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


LONG_AGO = _now() - dt.timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """A page that was asked for, and the ids that it brought."""

    name: str
    fields: tuple[str, ...]
    since: dt.datetime | None
    cursor: str
    ids: tuple[str, ...]


@dataclass
class Held:
    """A record as the CRM holds it."""

    values: dict[str, str]
    changed: dt.datetime


@dataclass
class Crm:
    """The CRM itself: what a test changes and looks at."""

    records: dict[str, dict[int, Held]] = field(default_factory=lambda: {"people": {}, "owners": {}})
    labels: dict[str, str] = field(default_factory=dict)  # of the values of the field kind
    more_fields: list[str] = field(default_factory=list)
    start: dt.datetime = field(default_factory=_now)  # a test may begin long after this module was imported
    later: dt.timedelta = dt.timedelta()  # that its clock is ahead of its start
    size: int = 3  # records of a page
    asked: list[Asked] = field(default_factory=list)
    before_page: Callable[[int], None] = lambda _number: None  # is told the number of the page that is asked for

    @property
    def now(self) -> dt.datetime:
        return self.start + self.later

    def put(self, name: str, number: int, changed: dt.datetime | None = None, /, **values: str) -> None:
        """Make a record or change it."""
        old = self.records[name].get(number, Held({}, self.now)).values
        self.records[name][number] = Held({**old, **values}, changed or self.now)

    def rows(self, name: str) -> list[dict[str, str]]:
        """All records of an object, in the order of their ids."""
        return [{"id": str(number), **held.values} for number, held in sorted(self.records[name].items())]


class FakeSource(ApiSource):
    """People and their owners."""

    title: ClassVar[str] = "FakeCRM"
    settings: ClassVar[tuple[Setting, ...]] = ()
    secrets: ClassVar[tuple[Setting, ...]] = ()
    objects: ClassVar[tuple[ApiObject, ...]] = (ApiObject("people", "id"), ApiObject("owners", "id", False))
    mapping: ClassVar[tuple[FileMapping, ...]] = (
        FileMapping(
            "people",
            "Leads",
            {
                "Lead ID": ["id"],
                "Created": ["created"],
                "Lead type": ["kind"],
                "Owner": ["owner"],
                "Won": ["closed"],
                "Closed": ["closed"],
                "Amount": ["amount"],
            },
            lookup={"Owner": Lookup("owners", "id", "name")},
            when={"Won": When("stage", ["won"])},
        ),
    )

    def __init__(self, crm: Crm, name: str = "fake", secrets: Mapping[str, str] | None = None) -> None:
        super().__init__(Connection(name, "fake"), secrets or {})
        self.crm = crm

    def check(self) -> str:
        return "a CRM in memory"

    def now(self) -> dt.datetime:
        return self.crm.now

    def fields(self, name: str) -> dict[str, ApiField]:
        names = {"people": ["id", "created", "kind", "owner", "stage", "closed", "amount"], "owners": ["id", "name"]}
        found = {one: ApiField(one, one.title()) for one in [*names[name], *self.crm.more_fields]}
        if name == "people":
            found["kind"] = ApiField("kind", "Kind", self.crm.labels)
        return found

    def page(self, name: str, fields: list[str], since: dt.datetime | None, cursor: str) -> Page:
        self.crm.before_page(len(self.crm.asked))
        unknown = set(fields) - set(self.fields(name))
        if unknown:
            raise UserError(f"FakeCRM has no {unknown}")
        later = [
            number
            for number, held in sorted(self.crm.records[name].items())
            if number > int(cursor or 0) and (since is None or held.changed >= since)
        ]
        taken = later[: self.crm.size]
        rows = [{"id": str(number), **self.crm.records[name][number].values} for number in taken]
        self.crm.asked.append(Asked(name, tuple(fields), since, cursor, tuple(row["id"] for row in rows)))
        records = [{one: row.get(one) for one in fields} for row in rows]
        return Page(records, str(taken[-1]) if len(later) > len(taken) else "")


def crm_with(people: int) -> Crm:
    """A CRM with some people, who were changed long ago, and two owners."""
    crm = Crm()
    for number in range(1, people + 1):
        values = {"created": f"2026-01-{number % 28 + 1:02}", "kind": "abc"[number % 3], "owner": str(number % 2 + 1)}
        if number % 4 == 0:
            values |= {"stage": "won", "closed": f"2026-02-{number % 28 + 1:02}", "amount": str(100 * number)}
        crm.put("people", number, LONG_AGO, **values)
    crm.put("owners", 1, LONG_AGO, name="Rep North 1")
    crm.put("owners", 2, LONG_AGO, name="Rep South 1")
    return crm
