"""Brings the store of a CRM up to date: what changed since the last time, page by page, and what was deleted."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterator

from xlsmkt.crm.api import ApiObject, ApiSource, Page
from xlsmkt.crm.connection import Progress
from xlsmkt.crm.paths import shown
from xlsmkt.crm.store import State, Store
from xlsmkt.errors import UserError

OVERLAP = dt.timedelta(minutes=2)  # a CRM finds a change only a while after it was made
RECONCILED_EVERY = dt.timedelta(days=7)
MOST_DROPPED = 100  # records; more, and more than half of all, are dropped only when that is wished
MOST_CLOCK_DIFFERENCE = dt.timedelta(minutes=10)


def sync(
    source: ApiSource,
    store: Store,
    wanted: dict[str, list[str]],
    progress: Progress = lambda _share, _words: None,
    reconcile: bool = False,
) -> int:
    """Bring the records of some objects up to date.

    Parameters
    ----------
    source
        The CRM.
    store
        Keeps each page as soon as it is there.
    wanted
        The fields of each object that must be known.
    progress
        Is told the share done (0 to 1) and what is being done.
    reconcile
        Look for deleted records now, not only every seven days.

    Returns
    -------
    int
        How many records arrived.

    Raises
    ------
    UserError
        The CRM or the store fails. What has arrived is kept, and the next call goes on from there.
    """
    check_clock(source)
    check_account(source, store)
    before = store.arrived
    readings = [_Reading(source, store, one) for one in source.objects if one.name in wanted]
    for number, reading in enumerate(readings):
        source.tell = reading.tell = functools.partial(progress, number / len(readings))
        reading.catch_up(wanted[reading.name])
        if reading.object.incremental:
            reading.reconcile(reconcile)
    return store.arrived - before


def check_clock(source: ApiSource) -> None:
    """Refuse a clock of our own that is wrong: dates of today would not be today's.

    Raises
    ------
    UserError
        Our clock and that of the CRM differ by more than ten minutes.
    """
    theirs, ours = source.now(), dt.datetime.now(dt.UTC)
    if abs(theirs - ours) > MOST_CLOCK_DIFFERENCE:
        raise UserError(
            f"The clock of this computer says {ours:%Y-%m-%d %H:%M} UTC and that of {source.title} "
            f"{theirs:%Y-%m-%d %H:%M} UTC; set the clock of this computer, then run this again."
        )


def check_account(source: ApiSource, store: Store) -> None:
    """Refuse to mix the records of two accounts: those of the second from before the watermark would never be read.

    Raises
    ------
    UserError
        The store holds the records of another account than the one that the token opens.
    """
    account, name = source.account(), source.connection.name
    known = store.belong_to(account)
    if account and account != known:
        raise UserError(
            f"{name} holds the records of the {source.title} account {shown(known)}, and its token now opens "
            f"{shown(account)}; give that account another name, or delete the records with: xlsmkt disconnect {name} "
            "--data"
        )


class _Reading:
    """The reading of one object."""

    tell: Callable[[str], None]

    def __init__(self, source: ApiSource, store: Store, one: ApiObject) -> None:
        self.source, self.store, self.object = source, store, one
        self.name, self.key = one.name, one.id
        self.title = f"{source.title} {one.name}"
        self.state = store.state(one.name)

    def catch_up(self, wanted: list[str]) -> None:
        """Read what changed."""
        self._settle_fields(wanted)
        if not self.object.incremental:
            self._replace()
            return
        if self.state.started is None:
            self._begin(self.state.watermark)
        rows = 0
        for page in self._pages(self.state.fields, self.state.since, self.state.cursor):
            rows += len(page.records)
            self.state.cursor = page.cursor
            if not page.cursor:
                assert self.state.started is not None
                self.state.watermark = self.state.started - OVERLAP
                self.state.started = self.state.since = None
            self.store.save_page(self.name, self.key, page.records, self.state)
            self.tell(f"{self.title}: {rows:,} records")

    def reconcile(self, wished: bool) -> None:
        """Drop the records that the CRM no longer has, if it is time to."""
        if self.state.listing is None:
            now = self.source.now()
            if self.state.listed is None:  # all records were read just now
                self.state.listed = now
                self.store.save_state(self.name, self.state)
            if not wished and now - self.state.listed < RECONCILED_EVERY:
                return
            self.state.listing, self.state.listing_cursor, self.state.all_listed = now, "", False
            self.store.begin_listing(self.name, self.key, self.state)
        seen = 0
        for page in [] if self.state.all_listed else self._pages([self.key], None, self.state.listing_cursor):
            seen += len(page.records)
            self.state.listing_cursor, self.state.all_listed = page.cursor, not page.cursor
            self.store.save_listing(self.name, [record[self.key] for record in page.records], self.state)
            self.tell(f"{self.title}: looking for deleted ones, {seen:,} ids")
        self._drop_and_find(wished)

    def _drop_and_find(self, wished: bool) -> None:
        doubted, listed = self.store.listing_counts(self.name)
        if doubted and not listed:
            self.state.listing = None
            self.store.end_listing(self.name, self.state)
            raise UserError(
                f"{self.source.title} lists no {self.name} any more, though {doubted:,} are stored; nothing was "
                f"deleted. Check what the connection may read; if all were deleted, delete {self.store.path} too."
            )
        gone = self.store.unlisted(self.name)
        if not wished and gone > max(MOST_DROPPED, doubted / 2):  # a right that was lost looks just like this
            self.state.listing = None
            self.store.end_listing(self.name, self.state)
            raise UserError(
                f"{self.source.title} no longer lists {gone:,} of {doubted:,} stored {self.name}; nothing was deleted. "
                "Check what the connection may read; if they were deleted there, run this again with --reconcile."
            )
        self.store.drop_unlisted(self.name, self.key)
        # Ids that are not stored: made during the listing, or shown to us only since (rights change no date).
        for since in (self.state.watermark, None):
            if self.store.not_stored(self.name, self.key):
                self._begin(since)
                self.catch_up(self.state.fields)
        self.state.listed, self.state.listing = self.state.listing, None
        self.store.end_listing(self.name, self.state)

    def _settle_fields(self, wanted: list[str]) -> None:
        """Fields that are wanted for the first time are blank in all records: then all are read again. Those that were
        wanted once stay, so that they are there and current when they are wanted again."""
        there = self.source.fields(self.name)
        kept = [one for one in self.state.fields if one in there]
        fields = list(dict.fromkeys([self.key, *kept, *wanted]))
        if set(fields) <= set(self.state.fields):
            if fields != self.state.fields:
                self.state.fields = fields
                self.store.hold_fields(self.name, self.state)
            return
        self.state = State(fields, listed=self.state.listed)
        self.store.hold_fields(self.name, self.state)

    def _begin(self, since: dt.datetime | None) -> None:
        """The start is kept with the first page: edits behind the cursor, however often the reading is broken off and
        taken up, are made after it, so that the next reading finds them."""
        self.state = dataclasses.replace(self.state, started=self.source.now(), since=since, cursor="")

    def _replace(self) -> None:
        records = [record for page in self._pages(self.state.fields, None, "") for record in page.records]
        self.store.replace_records(self.name, self.key, records, self.state)
        self.tell(f"{self.title}: {len(records):,} records")

    def _pages(self, fields: list[str], since: dt.datetime | None, cursor: str) -> Iterator[Page]:
        """All pages from a cursor on; each is asked for when the one before has been dealt with."""
        seen = {cursor}
        while True:
            page = self.source.page(self.name, fields, since, cursor)
            if page.cursor and page.cursor in seen:
                raise UserError(f"{self.title}: the same page came twice; run this again, it goes on from there.")
            if not all(record[self.key] for record in page.records):
                raise UserError(f"{self.title}: some records have no id; run this again later, it goes on from there.")
            yield page
            cursor = page.cursor
            seen.add(cursor)
            if not cursor:
                return
