"""Salesforce: leads, and the opportunities that they were converted into.

Records come by queries over REST, 2,000 at a time, in the order of their ids: ``Id > 'the last one'``. Bulk queries
would bring the millions of a first load in fewer requests, but as jobs of Salesforce: a program that is killed must
find its job again, which may be gone after some days. A page by id needs nothing but that id, at any time, and a
million leads are 500 requests of the 100,000 and more of a day.

Names of owners come with the leads (``Owner.Name``). A user who is renamed changes no lead: earlier leads keep the old
name until they change.

Salesforce keeps moments in UTC and shows them in a time zone; we take that of the organisation. Dates without a time
stay as they are.
"""

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession

from xlsmkt.crm.api import ApiField, ApiObject, ApiSource, Page, Record
from xlsmkt.crm.connection import Connection, Setting
from xlsmkt.crm.entries import DEAL_ID, FileMapping, When
from xlsmkt.crm.http import KEPT, Session, understood
from xlsmkt.crm.json_values import local_text, text_of, zone_named
from xlsmkt.crm.mapping import nearest
from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError

_VERSION = "62.0"  # Winter '25; Salesforce keeps a version for three years and more
_ROWS = 2000
_PACE = 10.0  # requests a second
_TRIES = 6
_ANYBODY = ("Name", "Type", "Email", "Username", "Title", "Alias", "IsActive")  # of an owner: a user or a queue
_PARTED = ("address", "location")  # kinds of fields that are made of others, which stand there as well
_IS_DELETED = {"IsDeleted": ["true"]}


@dataclass(frozen=True)
class _Field(ApiField):
    kind: str = "string"  # as Salesforce calls it

    def under(self, way: str) -> "_Field":
        """The same field, seen from a record that points to its own."""
        return replace(self, name=f"{way}.{self.name}", label=f"{way}: {self.label}")

    def of(self, record: Any, zone: dt.tzinfo) -> str | None:
        """What a record holds there."""
        for part in self.name.split("."):
            record = record.get(part) if isinstance(record, dict) else None
        return local_text(record, zone) if self.kind == "datetime" else text_of(record)


class Source(ApiSource):
    """Leads and opportunities.

    A lead that never became an opportunity is never closed here: Salesforce does not keep the day on which its status
    became one of no interest. Who has a field for that day maps it to ``Closed``.
    """

    title: ClassVar[str] = "Salesforce"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "The address of your Salesforce, such as https://mycompany.my.salesforce.com"),
    )
    secrets: ClassVar[tuple[Setting, ...]] = (
        Setting("client_id", "The consumer key of an app with the client credentials flow"),
        Setting("client_secret", "Its consumer secret"),
    )
    objects: ClassVar[tuple[ApiObject, ...]] = (
        ApiObject("Lead", "Id"),
        ApiObject("Opportunity", "Id"),
        ApiObject("User", "Id", incremental=False),
    )
    mapping: ClassVar[tuple[FileMapping, ...]] = (
        FileMapping(
            "Lead",
            "Leads",
            {
                "Lead ID": ["Id"],
                "Created": ["CreatedDate"],
                "Source": ["LeadSource"],
                "Industry": ["Industry"],
                "Country": ["Country"],
                "Company size": ["NumberOfEmployees"],
                "Job title": ["Title"],
                "Owner": ["Owner.Name"],
                "Opportunity": ["ConvertedDate"],
                DEAL_ID: ["ConvertedOpportunityId"],
            },
            ignore=_IS_DELETED,
        ),
        FileMapping(
            "Opportunity",
            "Leads",
            {"Closed": ["CloseDate"], "Won": ["CloseDate"], "Amount": ["Amount"]},
            when={"Closed": When("IsClosed", ["true"]), "Won": When("IsWon", ["true"])},  # till then it is a forecast
            ignore=_IS_DELETED,
            join={DEAL_ID: "Id"},
        ),
    )

    def __init__(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        super().__init__(connection, secrets)
        self._id, self._secret = (secrets.get(one.key, "").strip() for one in self.secrets)
        address = _address(connection.settings.get("url", ""))
        self._session = Session(connection, self.title, address, pace=_PACE, tell=self.say)
        self._client: Salesforce | None = None
        self._told: dict[str, Any] | None = None  # of the organisation
        self._user = ""  # the id of the user that the app runs as
        self._described: dict[str, list[dict[str, Any]]] = {}  # the fields of objects; none if it is not to be seen
        self._fields: dict[str, dict[str, _Field]] = {}

    @understood
    def check(self) -> str:
        """The organisation and the user, once all that the import needs has been read."""
        for entry in self.mapping:
            self.fields(entry.path)
            self._query(f"SELECT Id FROM {entry.path} LIMIT 1", entry.path)
        told, user = self._organisation(), []
        if re.fullmatch(r"\w+", self._user):
            user = self._query(f"SELECT Name FROM User WHERE Id = '{self._user}'", "User")["records"]
        kind = ", a sandbox" if told.get("IsSandbox") else ""
        name = f"{told['Name']} ({told['Id']}{kind})" if told else self._session.host
        return f"{name}, user {user[0]['Name'] if user else self._user}"

    @understood
    def account(self) -> str:
        """The id of the organisation."""
        return str(self._organisation().get("Id") or "")

    @understood
    def now(self) -> dt.datetime:
        """The time by Salesforce's clock."""
        if not self._session.heard:
            self._signed_in()
        return self._session.now()

    @understood
    def fields(self, name: str) -> dict[str, ApiField]:
        """The fields of an object, and those of the records that it points to: ``Owner.Name``, ``Account.Industry``."""
        return dict(self._fields_from(name))

    @understood
    def page(self, name: str, fields: list[str], since: dt.datetime | None, cursor: str) -> Page:
        """Records in the order of their ids, deleted ones too; the cursor is the last id."""
        known = self._fields_from(name)
        for one in fields:
            if one not in known:
                raise UserError(
                    f"{name} in Salesforce has no field {shown(one)!r} that this user may read{_near(one, list(known))}"
                )
        wanted = list(dict.fromkeys(["Id", *fields]))
        rules = [] if since is None else [f"SystemModstamp >= {since.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"]
        rules += [f"Id > '{cursor}'"] if cursor else []
        where = f" WHERE {' AND '.join(rules)}" if rules else ""
        found = self._query(f"SELECT {', '.join(wanted)} FROM {name}{where} ORDER BY Id LIMIT {_ROWS}", name)
        zone = zone_named(self._organisation().get("TimeZoneSidKey"), self.title)
        records: list[Record] = [{one: known[one].of(record, zone) for one in wanted} for record in found["records"]]
        # Salesforce may give fewer records than asked for where they are large, and say that there are more.
        ended = found["done"] and len(records) < _ROWS
        return Page(records, "" if ended or not records else str(records[-1]["Id"]))

    def _organisation(self) -> dict[str, Any]:
        if self._told is None:
            found = self._query("SELECT Id, Name, IsSandbox, TimeZoneSidKey FROM Organization LIMIT 1", "Organization")
            self._told = found["records"][0] if found["records"] else {}
        return self._told or {}

    def _query(self, soql: str, name: str = "") -> Any:
        return self._ask(lambda client: client.query(soql, include_deleted=True), name)

    def _fields_from(self, name: str) -> dict[str, _Field]:
        """What can be asked for of an object, by the names that a query calls it by."""
        if name not in self._fields:
            described = self._describe(name)
            if not described:
                raise UserError(self._no_object(name))
            found = {one["name"]: _field(one) for one in described if one["type"] not in _PARTED}
            for one in described:
                way, targets = one.get("relationshipName"), one.get("referenceTo") or []
                if not way or not targets:
                    continue
                theirs = [_Field(each, each) for each in _ANYBODY]
                if len(targets) == 1:
                    theirs = [_field(each) for each in self._describe(targets[0]) if each["type"] not in _PARTED]
                for field in theirs:
                    found[f"{way}.{field.name}"] = field.under(way)
            self._fields[name] = found
        return self._fields[name]

    def _describe(self, name: str) -> list[dict[str, Any]]:
        """What Salesforce says of the fields of an object; nothing if it shows the user no such object."""
        if name not in self._described:
            said = None
            if re.fullmatch(r"\w+", name):
                said = self._ask(lambda client: client.restful(f"sobjects/{name}/describe"), name, {"NOT_FOUND": None})
            self._described[name] = said["fields"] if said else []
        return self._described[name]

    def _no_object(self, name: str) -> str:
        if name in [one.name for one in self.objects]:
            return (
                f"Salesforce does not let this user read {name}: give the user that the app runs as the right to read "
                "it, then run again"
            )
        listed = self._ask(lambda client: client.restful("sobjects"), name)["sobjects"]
        near = _near(name, [one["name"] for one in listed if one.get("queryable")])
        return f"Salesforce shows this user no object {shown(name)!r}{near}"

    def _ask(self, call: Callable[[Salesforce], Any], name: str = "", instead: Mapping[str, Any] | None = None) -> Any:
        """What Salesforce answers; a session that has ended is begun anew, once. ``instead``: answers for errors."""
        renewed = False
        for count in range(_TRIES):
            try:
                answer = call(self._signed_in())
                if isinstance(answer, dict):
                    return answer
                raise ValueError
            except SalesforceExpiredSession:
                if renewed:
                    raise UserError(
                        "Salesforce ends each session at once: ask its administrator for the policies of the app"
                    ) from None
                renewed, self._client = True, None
            except SalesforceError as error:
                code, said = _first(error.content)
                if instead is not None and code in instead:
                    return instead[code]
                if code != "REQUEST_LIMIT_EXCEEDED" or "Concurrent" not in said:
                    raise UserError(self._refusal(code, said, name)) from None
                wait = float(self.connection.settings.get("retry_seconds") or 1) * 2**count
                self.tell(f"{self.title} lets us wait {wait:.0f} seconds")
                time.sleep(wait)
            except (ValueError, ArithmeticError, RecursionError):  # no JSON, or none of Salesforce's
                raise UserError(
                    f"{self._session.host} answers with something else than data, such as a page to log in: check the "
                    f"address of {self.connection.name}"
                ) from None
        raise UserError(
            "Salesforce still answers that too much is asked at once; other programs may use the same limit: run again "
            f"later, {KEPT}"
        )

    def _refusal(self, code: str, said: str, name: str) -> str:
        if code == "REQUEST_LIMIT_EXCEEDED":
            return (
                f"the requests that Salesforce allows an organisation in a day are used up: run again tomorrow, {KEPT}"
            )
        if code in ("API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"):
            return "this Salesforce lets no program in (its API is disabled): ask its administrator to enable it"
        if code == "INVALID_TYPE" or code.startswith("INSUFFICIENT_ACCESS"):
            return (
                f"Salesforce does not let this user read {name or 'this'}: give the user that the app runs as the "
                "right to read it, then run again"
            )
        if code == "QUERY_TIMEOUT":
            return f"Salesforce was too busy to read {name}: run again later, {KEPT}"
        return f"Salesforce refused a request ({self._safe(f'{code} {said}')}): check the mapping"

    def _signed_in(self) -> Salesforce:
        if self._client is None:
            address = f"{self._session.address}/services/oauth2/token"
            given = {"grant_type": "client_credentials", "client_id": self._id, "client_secret": self._secret}
            answer = self._session.request("POST", address, data=given)
            try:
                body = answer.json()
            except ValueError:
                body = None
            if not answer.ok or not isinstance(body, dict) or not {"access_token", "instance_url"} <= set(body):
                raise UserError(self._no_session(body if isinstance(body, dict) else {}))
            self._user = str(body.get("id", "")).rpartition("/")[2]
            client = Salesforce(
                session_id=body["access_token"],
                instance_url=body["instance_url"],
                session=self._session,
                version=_VERSION,
                parse_float=Decimal,
                object_pairs_hook=dict,
            )
            # The library takes every address to begin with https, which one on this computer need not.
            client.base_url = f"{body['instance_url']}/services/data/v{_VERSION}/"
            self._client = client
        return self._client

    def _no_session(self, body: Mapping[str, Any]) -> str:
        """A sentence for why the app may not sign in."""
        name, error, said = self.connection.name, str(body.get("error", "")), str(body.get("error_description", ""))
        if "on this domain" in said:
            return (
                f"Salesforce signs apps in only at an organisation's own address, https://mycompany.my.salesforce.com: "
                f"give yours with xlsmkt connect {name}"
            )
        if "no client credentials user" in said:
            return (
                "the app has no user to run as: name one in Salesforce, in the policies of the app under Client "
                "Credentials Flow, then run again"
            )
        if error == "unsupported_grant_type" or "flow not enabled" in said:
            return "the app does not allow the client credentials flow: enable it in Salesforce, then run again"
        if error.startswith("invalid_client"):
            return (
                f"Salesforce does not accept the consumer key or its secret: run xlsmkt connect {name} and give those "
                "that hold"
            )
        if error:
            return f"Salesforce does not let the app sign in ({self._safe(f'{error}: {said}')}): ask its administrator"
        return f"{self._session.host} does not sign in as Salesforce does: check the address of {name}"

    def _safe(self, text: str) -> str:
        """A text of Salesforce's without what we sent."""
        for secret in (self._secret, self._id, self._client and self._client.session_id):
            text = text.replace(secret, "...") if secret else text
        return shown(text, 200)


def _address(given: str) -> str:
    """The address of the API; people copy that of the pages that they see, https://mycompany.lightning.force.com/..."""
    parts = urlsplit(given.strip())
    host = parts.netloc.replace(".lightning.force.com", ".my.salesforce.com")
    return f"{parts.scheme}://{host}" if host else given


def _field(one: Mapping[str, Any]) -> _Field:
    choices = {str(choice["value"]): str(choice["label"]) for choice in one.get("picklistValues") or []}
    return _Field(one["name"], one["label"], choices, one["type"])


def _near(name: str, names: list[str]) -> str:
    """The closest names, if there are any: an object has hundreds of fields."""
    found = nearest(name, names)
    return f"; {found}" if found.startswith("did you mean") else ": check the mapping"


def _first(content: Any) -> tuple[str, str]:
    """Code and message of an error: Salesforce sends a list of them."""
    first = content[0] if isinstance(content, list) and content and isinstance(content[0], dict) else {}
    return str(first.get("errorCode", "")), str(first.get("message", content))
