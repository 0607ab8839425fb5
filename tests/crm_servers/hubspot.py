"""A server that speaks as HubSpot's CRM interface does, with its limits and its error bodies.

Sources: HubSpot's public documentation of the CRM search, objects, properties, owners, associations v4 and account
information, and the client that it publishes, which talks to this server in test_hubspot_protocol.py.
"""

import datetime as dt
import functools
import sys
import time
import uuid
from collections.abc import Callable
from operator import eq, ge, gt, le, lt

from crm_servers.base import Answer, Crm, Fault, Request, main
from crm_servers.hubspot_account import (
    DEFAULTS,
    MODIFIED,
    PROPERTIES,
    SAME,
    SCOPES,
    START,
    TOKEN,
    contact,
    deal,
    iso,
    owner,
)


def problem(status: int, message: str, category: str, **more) -> Answer:
    """An error as HubSpot words it."""
    body = {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), "category": category}
    return Answer(body | more, status)


class HubSpot(Crm):
    """An account: of its ``contacts`` the first ``same`` were changed at one moment; ``enforce`` the search limit."""

    def __init__(self, contacts=12_500, same=11_000, deals=1_200, token=TOKEN, enforce=False, zone="UTC", owners=24):
        super().__init__()
        self.token, self.enforce, self.zone = token, enforce, zone
        self.missing_scopes: set[str] = set()
        self.expires_after: int | None = None  # requests
        self.searches: list[float] = []
        self.lag = 0.0  # seconds until a search finds a change
        self.stale: dict[tuple[str, int], tuple[float, dict | None]] = {}  # until when it finds what was there before
        self.objects: dict[str, dict[int, dict]] = {"contacts": {}, "deals": {}}
        self.properties = {name: dict(one) for name, one in PROPERTIES.items()}
        self.linked: dict[int, list[int]] = {}  # deal: its contacts
        for n in range(contacts):
            # Ids of different length, so that ordering them as texts shows; one moment for many, then one a second.
            modified = SAME if n < same else SAME + dt.timedelta(seconds=n)
            self.put("contacts", 51 + 7 * n, modified, contact(n))
        for number in range(deals):
            lead = 51 + 7 * (number * max(contacts // max(deals, 1), 1))
            self.put("deals", 9_001 + 3 * number, SAME + dt.timedelta(seconds=number), deal(number))
            # Every 50th deal has two contacts, every 100th none.
            self.linked[9_001 + 3 * number] = [] if number % 100 == 99 else [lead, 51] if number % 50 == 7 else [lead]
        self.owners = [owner(number, owners) for number in range(owners)]

    # --- the data ---

    def put(self, kind: str, key: int, modified: dt.datetime, values: dict) -> None:
        """Set properties of a record, new or old."""
        before = self.objects[kind].get(key)
        if self.lag:
            self.stale[kind, key] = (time.monotonic() + self.lag, before)
        made = before or {"hs_object_id": str(key), "createdate": iso(modified)}
        self.objects[kind][key] = made | values | {MODIFIED[kind]: iso(modified)}

    def searchable(self, kind: str) -> list[dict]:
        """The records as a search finds them: with changes a while after they were made."""
        late = {
            key: old for (what, key), (until, old) in self.stale.items() if what == kind and until > time.monotonic()
        }
        found = self.objects[kind] | late if late else self.objects[kind]
        return [one for one in found.values() if one]

    def control(self, name, given):
        kind = given.get("kind", "contacts")
        moment = dt.datetime.fromtimestamp(self.now(), dt.UTC)
        if name == "put":  # records: {"kind": "deals", "records": {"9001": {"amount": "5"}}, "linked": {"9001": [51]}}
            for key, values in given["records"].items():
                self.put(kind, int(key), moment, values)
            self.linked |= {int(key): contacts for key, contacts in given.get("linked", {}).items()}
        elif name == "touch":  # the first ``count`` records, or those with these ``ids``, as changed now
            keys = given.get("ids") or sorted(self.objects[kind])[: given["count"]]
            for key in keys:
                self.put(kind, int(key), moment, given.get("values", {}))
        elif name == "delete":
            for key in given["ids"]:
                del self.objects[kind][int(key)]
        elif name == "records":  # what is there now
            return {str(key): value for key, value in self.objects[kind].items()}
        elif name == "token":  # {"expires_after": 5}, {"token": "..."}
            self.token, self.expires_after = given.get("token", self.token), given.get("expires_after")
        elif name == "lag":
            self.lag = given["seconds"]
        elif name == "scopes":
            self.missing_scopes = set(given["missing"])
        elif name == "property":  # a new one, or one less: {"kind": "contacts", "name": "x", "as": None}
            if given.get("as") is None:
                del self.properties[kind][given["name"]]
            else:
                self.properties[kind][given["name"]] = tuple(given["as"])
        else:
            return super().control(name, given)
        return None

    # --- the interface ---

    def fault(self, fault: Fault, request: Request) -> Answer | None:
        if fault.kind == "limit":  # given: {"policy": "DAILY"}
            policy = fault.given["policy"]
            words = {"DAILY": "daily", "SECONDLY": "secondly"}.get(policy, "ten_secondly_rolling")
            body = {
                "status": "error",
                "message": f"You have reached your {words} limit.",
                "errorType": "RATE_LIMIT",
                "correlationId": str(uuid.uuid4()),
                "policyName": policy,
                "requestId": str(uuid.uuid4()),
            }
            return Answer(body, 429, fault.headers)
        return super().fault(fault, request)

    def answer(self, request: Request) -> Answer:
        if self.expires_after is not None:
            self.expires_after -= 1
        expired = self.expires_after is not None and self.expires_after < 0
        if request.headers.get("authorization") != f"Bearer {self.token}" or expired:
            message = (
                "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find "
                "more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
            )
            return problem(401, message, "INVALID_AUTHENTICATION")
        match [request.method, *request.path.strip("/").split("/")]:
            case ["GET", "account-info", "v3", "details"]:
                return Answer(
                    {
                        "portalId": 1234567,
                        "accountType": "STANDARD",
                        "timeZone": self.zone,
                        "companyCurrency": "EUR",
                        "additionalCurrencies": [],
                        "utcOffset": "+00:00",
                        "utcOffsetMilliseconds": 0,
                        "uiDomain": "app-eu1.hubspot.com",
                        "dataHostingLocation": "eu1",
                    }
                )
            case ["GET", "crm", "v3", "owners"]:
                return self.allowed("owners") or self.list_owners(request)
            case ["GET", "crm", "v3", "properties", kind] if kind in self.objects:
                return self.allowed(kind) or self.list_properties(kind)
            case ["GET", "crm", "v3", "objects", kind] if kind in self.objects:
                return self.allowed(kind) or self.list_objects(kind, request)
            case ["POST", "crm", "v3", "objects", kind, "search"] if kind in self.objects:
                return self.allowed(kind) or self.search(kind, request)
            case ["POST", "crm", "v3", "objects", kind, "batch", "read"] if kind in self.objects:
                return self.allowed(kind) or self.batch_read(kind, request.json)
            case ["POST", "crm", "v4", "associations", "deals", "contacts", "batch", "read"]:
                return self.allowed("deals") or self.associations(request.json)
            case [_, "crm", "v3", "objects" | "properties", kind, *_]:
                return problem(400, f"Unable to infer object type from: {kind}", "VALIDATION_ERROR")
        return problem(404, "No route", "OBJECT_NOT_FOUND")

    def allowed(self, kind: str) -> Answer | None:
        """The refusal, if the token lacks the scope."""
        if SCOPES[kind] not in self.missing_scopes:
            return None
        message = (
            "This app hasn't been granted all required scopes to make this call. Read more about required scopes "
            "here: https://developers.hubspot.com/scopes."
        )
        errors = [
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [SCOPES[kind]]},
            }
        ]
        links = {"scopes": "https://developers.hubspot.com/scopes"}
        return problem(403, message, "MISSING_SCOPES", errors=errors, links=links)

    def list_owners(self, request: Request) -> Answer:
        limit, after = int(request.query.get("limit", 100)), int(request.query.get("after", 0))
        if not 1 <= limit <= 500:
            return problem(400, "limit must be from 1 to 500", "VALIDATION_ERROR")
        archived = request.query.get("archived", "").lower() == "true"
        found = [one for one in self.owners if one["archived"] == archived]
        return self.paged([one for one in found if int(one["id"]) > after], limit, lambda one: one["id"])

    def list_properties(self, kind: str) -> Answer:
        results = []
        for name, (label, type_, *options) in self.properties[kind].items():
            words = options[0] if options else {}
            results.append(
                {
                    "name": name,
                    "label": label,
                    "type": type_,
                    "fieldType": "select" if words else "text",
                    "description": "",
                    "groupName": "contactinformation" if kind == "contacts" else "dealinformation",
                    "options": [
                        {"label": words[value], "value": value, "displayOrder": order, "hidden": False}
                        for order, value in enumerate(words)
                    ],
                    "hubspotDefined": name not in ("first_demo", "interests"),
                }
            )
        return Answer({"results": results})

    def list_objects(self, kind: str, request: Request) -> Answer:
        limit, after = int(request.query.get("limit", 10)), int(request.query.get("after", 0))
        if not 1 <= limit <= 100:
            return problem(400, "limit must be from 1 to 100", "VALIDATION_ERROR")
        names = [name for name in request.query.get("properties", "").split(",") if name]
        found = [one for key, one in sorted(self.objects[kind].items()) if key > after]
        return self.paged([self.shown(kind, one, names) for one in found[: limit + 1]], limit, lambda one: one["id"])

    def paged(self, found: list, limit: int, key) -> Answer:
        """A page, and where the next one begins if there is one."""
        page = found[:limit]
        more = {"paging": {"next": {"after": key(page[-1]), "link": "https://api.hubapi.com/"}}}
        return Answer({"results": page} | (more if len(found) > limit else {}), rows=len(page))

    def shown(self, kind: str, one: dict, names: list) -> dict:
        """A record with the properties asked for; what the account does not have is silently left out."""
        wanted = names or DEFAULTS[kind]
        always = ["createdate", "hs_object_id", MODIFIED[kind]]
        held = {name: one.get(name) for name in [*wanted, *always] if name in self.properties[kind]}
        stamps = {"createdAt": one["createdate"], "updatedAt": one[MODIFIED[kind]]}
        return {"id": one["hs_object_id"], "properties": held, **stamps, "archived": False}

    def batch_read(self, kind: str, given: dict) -> Answer:
        if len(given["inputs"]) > 100:
            return problem(400, "The maximum number of inputs is 100", "VALIDATION_ERROR")
        found = [self.objects[kind].get(int(one["id"])) for one in given["inputs"]]
        shown = [self.shown(kind, one, given.get("properties") or []) for one in found if one]
        stamps = {"startedAt": iso(START), "completedAt": iso(START)}
        return Answer({"status": "COMPLETE", "results": shown, **stamps}, rows=len(shown))

    def associations(self, given: dict) -> Answer:
        if len(given["inputs"]) > 1000:
            return problem(400, "The maximum number of inputs is 1000", "VALIDATION_ERROR")
        results, errors = [], []
        kinds = [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}]
        for key in [one["id"] for one in given["inputs"]]:
            contacts = self.linked.get(int(key), [])
            if contacts:
                to = [{"toObjectId": contact, "associationTypes": kinds} for contact in contacts]
                results.append({"from": {"id": key}, "to": to})
            else:
                errors.append(
                    {
                        "status": "error",
                        "category": "OBJECT_NOT_FOUND",
                        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                        "message": f"No contact is associated with deal {key}.",
                        "context": {"fromObjectId": [key], "fromObjectType": ["deal"], "toObjectType": ["contact"]},
                    }
                )
        stamps = {"startedAt": iso(START), "completedAt": iso(START)}
        body = {"status": "COMPLETE", "results": results, **stamps}
        return Answer(body | ({"numErrors": len(errors), "errors": errors} if errors else {}), 207 if errors else 200)

    def search(self, kind: str, request: Request) -> Answer:
        given = request.json if isinstance(request.json, dict) else {}
        if self.enforce:  # five a second, over all the account's programs
            now = time.monotonic()
            self.searches = [at for at in self.searches if at > now - 1] + [now]
            if len(self.searches) > 5:
                return self.fault(Fault("limit", given={"policy": "SECONDLY"}), request)
        limit, after = given.get("limit", 10), int(given.get("after") or 0)
        groups = given.get("filterGroups", [])
        wrong = ""
        if not 0 <= limit <= 200:
            wrong = "limit must be less than or equal to 200"
        elif after + limit > 10_000:
            wrong = "The maximum offset of a search is 10000"
        elif len(groups) > 5 or any(len(group["filters"]) > 6 for group in groups):
            wrong = "Too many filters"
        elif any(one["propertyName"] not in self.properties[kind] for group in groups for one in group["filters"]):
            wrong = "There was a problem with the request: a property of a filter does not exist"
        elif len(given.get("sorts", [])) > 1:
            wrong = "Only one sort is supported"
        elif any(not isinstance(one, dict) for one in given.get("sorts", [])):
            wrong = "Invalid input JSON: sorts"  # objects, although the published contract says texts
        if wrong:
            return problem(400, wrong, "VALIDATION_ERROR")
        found = self.searchable(kind)
        if groups:
            fitting = [self.fitting(kind, group["filters"]) for group in groups]
            found = list({one["hs_object_id"]: one for rows in fitting for one in rows}.values())
        sort = (given.get("sorts") or [{"propertyName": "hs_object_id"}])[0]
        name, down = sort["propertyName"], sort.get("direction") == "DESCENDING"
        compared = self.compared(kind, name)
        found.sort(key=lambda one: compared(one.get(name)), reverse=down)
        page = [self.shown(kind, one, given.get("properties") or []) for one in found[after : after + limit]]
        more = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(found) else {}
        return Answer({"total": len(found), "results": page} | more, rows=len(page))

    def compared(self, kind: str, name: str) -> Callable[[str | None], float | str]:
        """How values of a property are compared: moments in milliseconds, however they are written."""
        return number if self.properties[kind][name][1] in ("number", "date", "datetime") else lambda text: text or ""

    def fitting(self, kind: str, filters: list) -> list[dict]:
        """The records that all filters of a group let through."""
        found = self.searchable(kind)
        for given in filters:
            fits = self.rule(kind, given)
            found = [one for one in found if fits(one)]
        return found

    def rule(self, kind: str, given: dict) -> Callable[[dict], bool]:
        """A filter."""
        name, sign = given["propertyName"], given["operator"]
        if sign in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
            return lambda one: (one.get(name) is not None) == (sign == "HAS_PROPERTY")
        compared = self.compared(kind, name)
        test = {"EQ": eq, "GT": gt, "GTE": ge, "LT": lt, "LTE": le}[sign]
        limit = compared(given["value"])
        return lambda one: one.get(name) is not None and test(compared(one[name]), limit)


@functools.cache
def number(text: str | None) -> float:
    """A number, or a day or moment in milliseconds; what is blank comes first."""
    try:
        return float(text or "-inf")
    except ValueError:
        moment = dt.datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or dt.UTC).timestamp() * 1000


if __name__ == "__main__":
    sys.exit(main(HubSpot))
