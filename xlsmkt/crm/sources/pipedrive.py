"""Pipedrive: deals, page by page, with the words of its choices and the names of its owners.

A deal is a lead here, as in the exports of Pipedrive. Archived deals stand in a list of their own at Pipedrive; they
follow after the others, with the same fields.

Pipedrive keeps moments in UTC and shows them in the time zone of the user; so do we. Dates without a time stay as they
are.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from xlsmkt.crm.api import ApiField, ApiObject, ApiSource, Page, Record
from xlsmkt.crm.connection import Connection, Setting
from xlsmkt.crm.entries import FileMapping, Lookup, When
from xlsmkt.crm.http import KEPT, Session, understood
from xlsmkt.crm.json_values import local_text, text_of, zone_named
from xlsmkt.crm.mapping import nearest
from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError

_ROWS = 500  # the most that Pipedrive gives at once
_PACE = 5.0  # requests a second; the smallest plan allows 20 in two seconds, for all programs of a user
_MOST_NAMED = 15  # custom fields that may be asked for by name; where more are wanted, all of them come
_LISTS = ("/api/v2/deals", "/api/v2/deals/archived")
_STATUSES = "open,won,lost,deleted"  # deleted ones come for 30 days, so that a deletion is seen as a change

# The fields of a deal; the list of fields that Pipedrive gives has the others, and words for the choices.
_DEAL = {
    "id": "ID", "title": "Title", "owner_id": "Owner", "person_id": "Contact person", "org_id": "Organization",
    "pipeline_id": "Pipeline", "stage_id": "Stage", "value": "Value", "currency": "Currency",
    "add_time": "Deal created", "update_time": "Update time", "stage_change_time": "Last stage change",
    "is_deleted": "Is deleted", "is_archived": "Is archived", "status": "Status", "probability": "Probability",
    "lost_reason": "Lost reason", "visible_to": "Visible to", "close_time": "Deal closed on", "won_time": "Won time",
    "lost_time": "Lost time", "expected_close_date": "Expected close date", "label_ids": "Label",
    "origin": "Source origin", "origin_id": "Source origin ID", "channel": "Source channel",
    "channel_id": "Source channel ID", "arr": "ARR", "mrr": "MRR", "acv": "ACV",
}  # fmt: skip
_CHOICES = ("label_ids", "channel")  # of these, those that hold ids of choices
_OLD_NAMES = {"label": "label_ids", "user_id": "owner_id"}  # what version 1 called them
_USER = {"id": "ID", "name": "Name", "email": "Email", "active_flag": "Active", "created": "Created"}


@dataclass(frozen=True)
class _Field:
    """A field of a deal: where it stands, and the words of its choices."""

    code: str
    label: str
    custom: bool = False
    optional: bool = False  # comes only when asked for by name
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"custom_fields.{self.code}" if self.custom else self.code

    def of(self, deal: Mapping[str, Any], zone: dt.tzinfo) -> str | None:
        """What a deal holds there."""
        if self.custom:
            return text_of((deal.get("custom_fields") or {}).get(self.code))
        value = deal.get(self.code)
        return local_text(value, zone) if self.code.endswith("_time") else text_of(value)


class _Refused(UserError):
    """Pipedrive finds something wrong with a request."""


class Source(ApiSource):
    """Deals, and the users that own them."""

    title: ClassVar[str] = "Pipedrive"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "The address of your Pipedrive, such as https://mycompany.pipedrive.com"),
    )
    secrets: ClassVar[tuple[Setting, ...]] = (
        Setting("token", "Your API token (in Pipedrive: your picture, Personal preferences, API)"),
    )
    objects: ClassVar[tuple[ApiObject, ...]] = (ApiObject("deals", "id"), ApiObject("users", "id", incremental=False))
    mapping: ClassVar[tuple[FileMapping, ...]] = (
        FileMapping(
            "deals",
            "Leads",
            {
                "Lead ID": ["id"],
                "Created": ["add_time"],
                "Lead type": ["label_ids"],
                "Source": ["channel", "origin"],
                "Campaign": ["channel_id"],
                "Owner": ["owner_id"],
                "Attempts": ["done_activities_count"],
                "Closed": ["won_time", "lost_time", "close_time"],
                "Won": ["won_time"],
                "Amount": ["value"],
            },
            when={"Closed": When("status", ["won", "lost"]), "Won": When("status", ["won"])},
            lookup={"Owner": Lookup("users", "id", "name")},
            ignore={"is_deleted": ["true"]},
        ),
    )

    def __init__(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        super().__init__(connection, secrets)
        self._session = Session(
            connection,
            self.title,
            connection.settings.get("url", ""),
            pace=_PACE,
            secrets={"x-api-token": secrets.get("token", "")},
            limited=_limited,
            refused=self._refusal,
            tell=self.say,
        )
        self._known: dict[str, _Field] = {}
        self._user: dict[str, Any] = {}

    @understood
    def check(self) -> str:
        """The company and the user, once all that the import needs has been read."""
        self._fields()
        for path in (*_LISTS, "/api/v1/users"):
            self._get(path, {"limit": "1"})
        me = self._me()
        return f"{me.get('company_name')} ({me.get('company_domain')}.pipedrive.com), user {me.get('name')}"

    @understood
    def account(self) -> str:
        """The number of the company."""
        return text_of(self._me().get("company_id")) or ""

    @understood
    def now(self) -> dt.datetime:
        """The time by Pipedrive's clock."""
        if not self._session.heard:
            self._me()
        return self._session.now()

    @understood
    def fields(self, name: str) -> dict[str, ApiField]:
        """The fields of deals or users. A custom field may be called by its key, ``custom_fields.`` before it or not,
        or by its own name."""
        self._require(name)
        if name == "users":
            return {code: ApiField(code, label) for code, label in _USER.items()}
        return {called: ApiField(called, one.label, one.choices) for called, one in self._fields().items()}

    @understood
    def page(self, name: str, fields: list[str], since: dt.datetime | None, cursor: str) -> Page:
        """Deals in the order of their ids, the archived ones after the others.

        The cursor holds the list, the last id and Pipedrive's own cursor. Should Pipedrive refuse its own one day, the
        list is gone through from its beginning, without giving out again what came before that id.
        """
        self._require(name)
        if name == "users":
            users = self._get("/api/v1/users").get("data") or []
            return Page([{one: text_of(user.get(one)) for one in ("id", *fields)} for user in users], "")
        wanted = {called: self._field(called) for called in ("id", *fields)}
        zone = zone_named(self._me().get("timezone_name"), self.title)
        at, last, theirs = _place(cursor)
        gone_to: set[tuple[int, str]] = set()
        while True:
            deals, theirs = self._deals(at, theirs, since, list(wanted.values()))
            records: list[Record] = [
                {called: one.of(deal, zone) for called, one in wanted.items()} for deal in deals if deal["id"] > last
            ]
            last = max([last, *(deal["id"] for deal in deals)])
            self._require_new((at, theirs), gone_to)
            if not theirs and at + 1 < len(_LISTS):
                at, last = at + 1, 0
            elif not theirs:
                return Page(records, "")
            if records:
                return Page(records, f"{at} {last} {theirs}")

    def _require_new(self, place: tuple[int, str], gone_to: set[tuple[int, str]]) -> None:
        """Refuse to go in a circle."""
        if place in gone_to:
            raise UserError(f"{self.title} gives the same page again and again: run again later, {KEPT}")
        gone_to.add(place)

    def _require(self, name: str) -> None:
        names = [one.name for one in self.objects]
        if name not in names:
            raise UserError(f"no {shown(name)!r} can be read from Pipedrive; {nearest(name, names)}")

    def _deals(
        self, at: int, cursor: str, since: dt.datetime | None, wanted: list[_Field]
    ) -> tuple[list[dict[str, Any]], str]:
        """Deals of a list from a cursor on, and the next cursor."""
        asked = {"status": _STATUSES, "sort_by": "id", "sort_direction": "asc", "limit": str(_ROWS)}
        if since is not None:
            asked["updated_since"] = since.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if optional := [one.code for one in wanted if one.optional]:
            asked["include_fields"] = ",".join(optional)
        custom = list(dict.fromkeys(one.code for one in wanted if one.custom))
        if 0 < len(custom) <= _MOST_NAMED:
            asked["custom_fields"] = ",".join(custom)
        try:
            found = self._get(_LISTS[at], asked | ({"cursor": cursor} if cursor else {}))
        except _Refused:
            if not cursor:
                raise
            found = self._get(_LISTS[at], asked)
        return found.get("data") or [], (found.get("additional_data") or {}).get("next_cursor") or ""

    def _field(self, called: str) -> _Field:
        known = self._fields()
        if called not in known:
            raise UserError(f"deals of Pipedrive have no field {shown(called)!r}; {nearest(called, list(known))}")
        return known[called]

    def _fields(self) -> dict[str, _Field]:
        """The fields of deals by all names that they may be called by."""
        if not self._known:
            listed = {code: _Field(code, label) for code, label in _DEAL.items()}
            for one in self._listed_fields():
                code = one["field_code"]
                code = code if code in _DEAL else _OLD_NAMES.get(code, code)
                custom = bool(one.get("is_custom_field"))
                choices = {text_of(each["id"]) or "": str(each["label"]) for each in one.get("options") or []}
                listed[code] = _Field(
                    code,
                    str(one.get("field_name") or code),
                    custom,
                    bool(one.get("is_optional_response_field")),
                    choices if custom or code in _CHOICES else {},
                )
            names = {one.name: one for one in listed.values()} | {one.code: one for one in listed.values()}
            taken = Counter(called.lower() for called in names)  # two names that differ in capitals are one in a store
            own = [one for one in listed.values() if one.custom]
            taken.update(one.label.lower() for one in own)
            names |= {one.label: one for one in own if taken[one.label.lower()] == 1}
            self._known = names
        return self._known

    def _me(self) -> dict[str, Any]:
        if not self._user:
            self._user = self._get("/api/v1/users/me").get("data") or {}
        return self._user

    def _listed_fields(self) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = []
        cursor, gone_to = "", set[tuple[int, str]]()
        while True:
            found = self._get("/api/v2/dealFields", {"limit": str(_ROWS)} | ({"cursor": cursor} if cursor else {}))
            fields += found.get("data") or []
            cursor = (found.get("additional_data") or {}).get("next_cursor") or ""
            self._require_new((0, cursor), gone_to)
            if not cursor:
                return fields

    def _get(self, path: str, asked: Mapping[str, str] | None = None) -> dict[str, Any]:
        body = self._session.ask("GET", path, params=asked)
        if not isinstance(body, dict):
            raise UserError(
                f"{self._session.host} does not answer as Pipedrive does: check the address of {self.connection.name}"
            )
        return body

    def _refusal(self, status: int, body: Any) -> str:
        said = self._session.without_secrets(str(body.get("error") or "")) if isinstance(body, dict) else ""
        if status == 400:
            raise _Refused(f"Pipedrive refused a request ({shown(said, 200)}): check the mapping")
        if status == 402:
            return "Pipedrive says that the account of the company is closed or not paid: settle that there"
        if status == 403 and body is None:  # a page of the network in front of it
            return "Pipedrive has shut out this computer for a while, as too much was asked: run again in an hour"
        return ""


def _limited(headers: Mapping[str, str], _body: str) -> str:
    """The limit of the day ends a run, that of two seconds is waited for."""
    left = headers.get("x-daily-ratelimit-token-remaining", headers.get("x-daily-requests-left"))
    if left == "0":
        return f"the requests that Pipedrive allows a company in a day are used up: run again tomorrow, {KEPT}"
    return ""


def _place(cursor: str) -> tuple[int, int, str]:
    """List, last id and Pipedrive's cursor."""
    at, last, theirs = cursor.split(" ", 2) if cursor else ("0", "0", "")
    return int(at), int(last), theirs
