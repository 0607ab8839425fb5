"""What every source has in common: a connection that names it, what a user wishes of it, and one way to read it."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.importing import Imported
from xlsmkt.crm.model import MOST_ROWS

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Connection:
    """A place that data come from, as a user calls it.

    Attributes
    ----------
    name
        ``hubspot``, or another name that the user gave; its store and its secrets are found by it.
    source
        The module of `xlsmkt.crm.sources` that reads it.
    settings
        What is no secret: ``{"url": "https://api.hubapi.com"}``. Never a password or a token.
    """

    name: str
    source: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """Something that a connection needs to be told: an address, a token."""

    key: str  # in connections.toml, in the keyring, and in capitals in XLSMKT_<NAME>_<KEY>
    words: str  # the question that asks for it
    default: str = ""  # "": it must be given
    optional: bool = False  # it may stay blank


@dataclass
class Wish:
    """What a user wishes of one import."""

    mapping: Path | None = None
    answers: Answers = field(default_factory=Answers)
    progress: Progress = lambda _share, _words: None
    today: dt.date | None = None  # later days do not count as days of which the data speak
    most_rows: int = MOST_ROWS  # that a sheet holds
    most_leads: int = MOST_ROWS  # that the user wants to see on the sheet Leads
    reconcile: bool = False  # look for deleted records now, not only when it is time


class Source(Protocol):
    """A source: what it asks for, whether it answers, and what it brings.

    Each module of `xlsmkt.crm.sources` has one class ``Source``; its file name is the name of the source.
    """

    title: ClassVar[str]  # as its maker writes it: HubSpot
    settings: ClassVar[tuple[Setting, ...]]
    secrets: ClassVar[tuple[Setting, ...]]

    def __init__(self, connection: Connection, secrets: Mapping[str, str]) -> None: ...

    def check(self) -> str:
        """Ask the source who we are: a sentence. Raises UserError with what to mend."""
        ...

    def read(self, wish: Wish) -> Imported:
        """Import. Raises UserError; what has arrived by then is kept for the next time."""
        ...
