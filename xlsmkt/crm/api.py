"""What the sources that are reached over the web have in common: records in pages, kept in a store, then imported."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from xlsmkt.crm.connection import Connection, Setting, Wish
from xlsmkt.crm.entries import FileMapping
from xlsmkt.crm.importing import Imported

Record = dict[str, str | None]
"""A record of a CRM: its fields by the CRM's own names, as texts; None where nothing stands."""


@dataclass(frozen=True)
class Page:
    """Some records, and where the next page begins.

    ``cursor`` is "" after the last page. It must stay valid when the program is killed and runs again hours later, and
    must not depend on records that change meanwhile: the last id seen, not a number of rows to skip.
    """

    records: list[Record]
    cursor: str


@dataclass(frozen=True)
class ApiObject:
    """A kind of record that a CRM has: contacts, deals, owners."""

    name: str  # as a mapping's ``path`` names it
    id: str  # the field that alone says which record it is
    incremental: bool = True  # False: few records, fetched anew each time


@dataclass(frozen=True)
class ApiField:
    """A field of an object. ``options`` gives, for a list of choices, the words that users see for each value."""

    name: str
    label: str
    options: Mapping[str, str] = field(default_factory=dict)


class ApiSource(ABC):
    """A CRM with an interface on the web. What a subclass adds is how that CRM is spoken to."""

    title: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]
    secrets: ClassVar[tuple[Setting, ...]]
    objects: ClassVar[tuple[ApiObject, ...]]
    mapping: ClassVar[tuple[FileMapping, ...]]  # which of its fields feed which of our columns, unless users say else

    def __init__(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        self.connection = connection
        self.tell: Callable[[str], None] = lambda _words: None

    def say(self, words: str) -> None:
        """Tell the user why it takes longer."""
        self.tell(words)

    @abstractmethod
    def check(self) -> str:
        """Who we are there: "account 123456 (hub-eu1)". Raises UserError with what to mend."""

    def account(self) -> str:
        """An id that tells this account from others, whatever its address and its token; "" where there is none."""
        return ""

    @abstractmethod
    def now(self) -> dt.datetime:
        """The time by the clock of the CRM (with zone UTC): watermarks are never taken from our own."""

    @abstractmethod
    def fields(self, name: str) -> dict[str, ApiField]:
        """The fields of an object, by name. Raises UserError for one that is not there or not to be read."""

    @abstractmethod
    def page(self, name: str, fields: list[str], since: dt.datetime | None, cursor: str) -> Page:
        """Records of an object that were changed at ``since`` or later (None: all), in the order of their ids.

        ``cursor`` is "" for the first page, else that of the page before. Raises UserError.
        """

    def read(self, wish: Wish) -> Imported:
        """Bring the store up to date, then import what it holds."""
        from xlsmkt.crm.synced_import import import_synced

        return import_synced(self, wish)
