"""HubSpot: contacts become leads, their deals say what became of them, owners give names.

Read with the token of a private app, through the search: it finds what changed, up to 200 records at once. It shows no
more than 10,000 records a search and thousands may have changed in one moment, so that each page is a search of its
own, for the records whose ids come after the last one.

HubSpot keeps moments in UTC and shows them in the time zone of the account. So do we: a deal closed on 31 March at
20:00 in New York is one of March. Dates without a time stay as they are.
"""

import datetime as dt
import json
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from xlsmkt.crm.api import ApiField, ApiObject, ApiSource, Page, Record
from xlsmkt.crm.connection import Connection, Setting
from xlsmkt.crm.entries import FileMapping, Lookup, When
from xlsmkt.crm.http import KEPT, Session, understood
from xlsmkt.crm.json_values import text_of
from xlsmkt.crm.mapping import nearest
from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError

_ROWS = 200  # that a search gives at most; the list of owners gives 100
_SEARCHES = 4.0  # a second; an account may make five, with all its programs together
_CONTACT = "associated_contact_id"  # no property of a deal, but ours for the contact that it belongs to
_SCOPES = "crm.objects.contacts.read, crm.objects.deals.read and crm.objects.owners.read"
_MODIFIED = {"contacts": "lastmodifieddate", "deals": "hs_lastmodifieddate"}


def _became(stage: str) -> list[str]:
    """The date of a lifecycle stage, by its older and its newer property."""
    return [f"hs_lifecyclestage_{stage}_date", f"hs_v2_date_entered_{stage}"]


_CONTACTS = FileMapping(
    "contacts",
    "Leads",
    {
        "Lead ID": ["hs_object_id"],
        "Created": ["createdate"],
        "Lead type": ["first_conversion_event_name"],
        "Source": ["hs_analytics_source"],
        "Campaign": ["hs_analytics_source_data_1"],
        "Industry": ["industry"],
        "Country": ["country"],
        "Company size": ["numberofemployees", "numemployees"],
        "Job title": ["jobtitle"],
        "Owner": ["hubspot_owner_id"],
        "Assigned": ["hubspot_owner_assigneddate"],
        "First worked": ["hs_first_outreach_date", "hs_sa_first_engagement_date"],
        "Attempts": ["num_contacted_notes"],
        "MQL": _became("marketingqualifiedlead"),
        "SQL": _became("salesqualifiedlead"),
        "Opportunity": [*_became("opportunity"), "first_deal_created_date"],
        # a contact's close date is the day on which it became a customer
        "Closed": [*_became("customer"), "closedate"],
        "Won": [*_became("customer"), "closedate"],
    },
    lookup={"Owner": Lookup("owners", "id", "name")},
)
_DEALS = FileMapping(
    "deals",
    "Leads",
    {"Deal ID": ["hs_object_id"], "Closed": ["closedate"], "Won": ["closedate"], "Amount": ["amount"]},
    when={"Closed": When("hs_is_closed", ["true"]), "Won": When("hs_is_closed_won", ["true"])},
    join={"Lead ID": _CONTACT},
)


@dataclass(frozen=True)
class _Property(ApiField):
    is_moment: bool = False

    def text(self, given: Any, zone: dt.tzinfo) -> str | None:
        """A value as a record holds it."""
        value = text_of(given)
        if not value or not self.is_moment:
            return value or None
        try:
            moment = dt.datetime.fromisoformat(value)
            return moment.replace(tzinfo=moment.tzinfo or dt.UTC).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
        except (ValueError, OverflowError):
            return value  # the import says what cannot be read


@dataclass
class _Account:
    """Whom the token belongs to."""

    id: str
    place: str
    zone: zoneinfo.ZoneInfo


class Source(ApiSource):
    """An account of HubSpot."""

    title: ClassVar[str] = "HubSpot"
    settings: ClassVar[tuple[Setting, ...]] = (Setting("url", "Address", "https://api.hubapi.com"),)
    secrets: ClassVar[tuple[Setting, ...]] = (
        Setting("token", f"Access token of a private app in HubSpot that may read {_SCOPES}"),
    )
    objects: ClassVar[tuple[ApiObject, ...]] = (
        ApiObject("contacts", "hs_object_id"),
        ApiObject("deals", "hs_object_id"),
        ApiObject("owners", "id", incremental=False),
    )
    mapping: ClassVar[tuple[FileMapping, ...]] = (_CONTACTS, _DEALS)

    def __init__(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        super().__init__(connection, secrets)
        self._who: _Account | None = None
        self._asked: dict[str, dict[str, _Property]] = {}  # the properties of objects that were asked for
        self._web = Session(
            connection,
            self.title,
            connection.settings.get("url") or self.settings[0].default,
            pace=_SEARCHES,
            secrets={"Authorization": f"Bearer {secrets.get('token', '')}"},
            limited=self._limited,
            refused=_refused,
            tell=self.say,
        )

    @understood
    def check(self) -> str:
        """Who we are, once all that the import needs has been read."""
        account = self._account()
        for one in self.objects:
            self.fields(one.name)
            if one.incremental:
                self._results("POST", f"/crm/v3/objects/{one.name}/search", json={"limit": 1})
            else:
                self._owners("")
        return f"account {account.id} ({account.place})"

    @understood
    def account(self) -> str:
        """The number of the account."""
        return self._account().id

    @understood
    def now(self) -> dt.datetime:
        """The time by HubSpot's clock."""
        if not self._web.heard:
            self._account()
        return self._web.now()

    @understood
    def fields(self, name: str) -> dict[str, ApiField]:
        """The properties of contacts and deals, of the account's own making too; deals have ``associated_contact_id``
        besides."""
        return dict(self._properties(name))

    @understood
    def page(self, name: str, fields: list[str], since: dt.datetime | None, cursor: str) -> Page:
        """Up to 200 records; the cursor is the last id. Owners come in the order of their ids, those who left last."""
        known = self._properties(name)
        for one in fields:
            if one not in known:  # HubSpot would leave it out without a word
                raise UserError(f"{self.title} {name} have no property {one!r}; {nearest(one, list(known))}")
        if name == "owners":
            return self._owners(cursor)
        rules = []
        if since is not None:
            when = str(int(since.timestamp() * 1000))
            rules.append({"propertyName": _MODIFIED[name], "operator": "GTE", "value": when})
        if cursor:
            rules.append({"propertyName": "hs_object_id", "operator": "GT", "value": cursor})
        wanted = {
            "filterGroups": [{"filters": rules}] if rules else [],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": [one for one in fields if one != _CONTACT],
            "limit": _ROWS,
            "after": "0",
        }
        body = self._results("POST", f"/crm/v3/objects/{name}/search", json=wanted)
        found = body["results"]
        ids = [one["id"] for one in found]
        contacts = self._contacts(ids) if _CONTACT in fields and ids else {}
        zone = self._account().zone
        records: list[Record] = []
        for one in found:
            values = one["properties"] | {"hs_object_id": one["id"], _CONTACT: contacts.get(one["id"])}
            records.append({key: known[key].text(values.get(key), zone) for key in fields})
        return Page(records, ids[-1] if ids and body.get("paging") else "")

    def _results(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        """An answer with a list of results in it."""
        body = self._web.ask(method, path, **given)
        if not isinstance(body, dict) or not isinstance(body.get("results"), list):
            raise self._web.no_data()
        return body

    def _contacts(self, deals: list[str]) -> dict[str, str]:
        """The contact of each deal that has one: the one that is marked as the primary one, else the first."""
        path = "/crm/v4/associations/deals/contacts/batch/read"
        body = self._results("POST", path, json={"inputs": [{"id": deal} for deal in deals]})
        for error in body.get("errors", ()):
            if "NO_ASSOCIATIONS_FOUND" not in str(error.get("subCategory")):
                said = shown(self._web.without_secrets(str(error.get("message"))), 200)
                raise UserError(f"{self.title} does not tell the contacts of some deals: {said}")
        found = {}
        for one in body["results"]:
            primary = [to for to in one["to"] if any(kind.get("label") == "Primary" for kind in to["associationTypes"])]
            for to in [*primary, *one["to"]][:1]:
                found[str(one["from"]["id"])] = str(to["toObjectId"])
        return found

    def _owners(self, cursor: str) -> Page:
        """The cursor is "false" or "true" (those who left) and the last id."""
        left, _, after = cursor.partition(" ")
        given = {"limit": 100, "archived": left or "false", **({"after": after} if after else {})}
        body = self._results("GET", "/crm/v3/owners", params=given)
        records: list[Record] = []
        for one in body["results"]:
            email, *names = (text_of(one.get(key)) for key in ("email", "firstName", "lastName"))
            name = " ".join(part.strip() for part in names if part) or email
            records.append({"id": str(one["id"]), "name": name, "email": email})
        following = body.get("paging", {}).get("next", {}).get("after")
        if following:
            return Page(records, f"{given['archived']} {following}")
        return Page(records, "" if left == "true" else "true ")

    def _properties(self, name: str) -> dict[str, _Property]:
        if name == "owners":
            return {key: _Property(key, label) for key, label in {"id": "ID", "name": "Name", "email": "Email"}.items()}
        if name not in self._asked:
            body = self._results("GET", f"/crm/v3/properties/{name}")
            found = {one["name"]: _property(one) for one in body["results"]}
            if name == "deals":
                found[_CONTACT] = _Property(_CONTACT, "Associated Contact")
            self._asked[name] = found
        return self._asked[name]

    def _account(self) -> _Account:
        if self._who is None:
            body = self._web.ask("GET", "/account-info/v3/details")
            if not isinstance(body, dict) or "portalId" not in body:
                raise self._web.no_data()
            name = str(body.get("timeZone") or "UTC")
            try:
                zone = zoneinfo.ZoneInfo(name)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError):
                raise UserError(
                    f"this computer does not know the time zone {name} of the {self.title} account: pip install "
                    "--upgrade tzdata, then run again"
                ) from None
            self._who = _Account(shown(body["portalId"]), shown(body.get("uiDomain")), zone)
        return self._who

    def _limited(self, _headers: Mapping[str, str], body: str) -> str:
        """Limits of a second or ten pass; that of the day ends the run."""
        try:
            policy = str(json.loads(body).get("policyName"))
        except (ValueError, AttributeError):
            return ""
        if "DAILY" not in policy:
            return ""
        when = "midnight in the time zone of the account"
        if self._who is not None:
            zone = self._who.zone
            day = self._web.now().astimezone(zone).date() + dt.timedelta(days=1)
            when = f"{day:%Y-%m-%d} 00:00 ({zone.key})"
        return f"the {self.title} account has used up its requests of today: run again after {when}, {KEPT}"


def _property(one: dict[str, Any]) -> _Property:
    options = {str(choice["value"]): str(choice["label"]) for choice in one.get("options") or ()}
    return _Property(one["name"], one.get("label") or one["name"], options, one.get("type") == "datetime")


def _refused(status: int, body: Any) -> str:
    """What HubSpot says of a token that lacks rights."""
    if status != 403 or not isinstance(body, dict):
        return ""
    scopes: list[str] = []
    for error in body.get("errors") or ():
        context = error.get("context") or {}
        scopes += context.get("requiredGranularScopes") or context.get("requiredScopes") or []
    if not scopes:
        return ""
    named = ", ".join(dict.fromkeys(shown(scope, 100) for scope in scopes))
    return (
        f"the private app in HubSpot lacks the scope {named}: give it {_SCOPES} under Settings, Integrations, Private "
        "Apps, then run again"
    )
