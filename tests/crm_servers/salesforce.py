"""A server that speaks as Salesforce's REST interface does: signing in of apps, describe, query and queryAll.

Sources: Salesforce's guides to the REST interface, to the client credentials flow and to its limits, and the client
simple-salesforce, which talks to this server in test_salesforce_protocol.py.
"""

import datetime as dt
import json
import re
import sys
from urllib.parse import parse_qs

from crm_servers.base import Answer, Crm, Fault, Request, main
from crm_servers.soql import Wrong, fits, parsed

CLIENT_ID = "3MVG9.5e1ec7ed_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH"
CLIENT_SECRET = "5E1EC7ED0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF01234567"
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SAME = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)  # the moment that many leads share, as after a change of all of them
BATCH = 2000
PREFIX = {"Lead": "00Q", "Opportunity": "006", "User": "005"}
SOURCES = {
    "Web": "Website",
    "Phone Inquiry": "Phone",
    "Größe & Co": "Größe & Co",
}  # value, label in the user's language
_RECORD = {"Id": "id", "CreatedDate": "datetime", "SystemModstamp": "datetime"}
KINDS = {
    "Lead": _RECORD | {
        "IsDeleted": "boolean", "LastName": "string", "LeadSource": "picklist", "Industry": "string",
        "Country": "string", "Address": "address", "NumberOfEmployees": "int", "Title": "string", "Status": "string",
        "OwnerId": "reference", "IsConverted": "boolean", "ConvertedDate": "date",
        "ConvertedOpportunityId": "reference", "Score__c": "double", "First_Demo__c": "datetime", "Remark__c": "string",
    },
    "Opportunity": _RECORD | {
        "IsDeleted": "boolean", "Name": "string", "StageName": "string", "Amount": "currency", "CloseDate": "date",
        "IsClosed": "boolean", "IsWon": "boolean", "OwnerId": "reference",
    },
    "User": _RECORD | {"Name": "string", "Email": "email", "IsActive": "boolean"},
    "Organization": {"Id": "id", "Name": "string", "IsSandbox": "boolean", "TimeZoneSidKey": "string"},
}  # fmt: skip
POINTS = {  # field: how it is called in a query, and what it may point to
    "Lead": {
        "OwnerId": ("Owner", ["Group", "User"]),
        "ConvertedOpportunityId": ("ConvertedOpportunity", ["Opportunity"]),
    },
    "Opportunity": {"OwnerId": ("Owner", ["User"])},
}


def iso(moment: dt.datetime) -> str:
    """A moment as Salesforce writes it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def key(kind: str, number: int) -> str:
    """An id of 18 signs; the last three say which letters are capitals, of which there are none here."""
    return f"{PREFIX[kind]}5g{number:010d}AAA"


def problem(status: int, code: str, message: str) -> Answer:
    """An error as Salesforce words it."""
    return Answer([{"message": message, "errorCode": code}], status)


class Salesforce(Crm):
    """An organisation: ``leads`` of which the first ``same`` were changed at one moment; every third of them was
    converted, up to ``opportunities``; 24 users."""

    def __init__(self, leads=12_500, same=11_000, opportunities=1_200, zone="UTC", sandbox=False):
        super().__init__()
        self.secret = CLIENT_SECRET
        self.sessions: list[str] = []  # those that hold
        self.count = 0  # of sessions begun
        self.session_requests: int | None = None  # after which a session ends
        self.left = 100_000  # requests of the day
        self.batch = BATCH  # records that one answer holds at most
        self.sign_in_problem: tuple[str, str] | None = None
        self.hidden: set[str] = set()  # objects that the user may not see
        self.cursors: dict[str, list] = {}
        converted = min(opportunities, leads // 3)
        self.records = {
            "Lead": {key("Lead", n): self.lead(n, same, converted) for n in range(leads)},
            "Opportunity": {key("Opportunity", n): self.opportunity(n) for n in range(converted)},
            "User": {key("User", n): self.user(n) for n in range(24)},
        }
        organisation = {"Id": "00D5g0000000001AAA", "Name": "Example Ltd", "IsSandbox": sandbox, "TimeZoneSidKey": zone}
        self.records["Organization"] = {organisation["Id"]: organisation}

    # --- the data ---

    def lead(self, number: int, same: int, converted: int) -> dict:
        """A lead: of the first ones every third is converted into the opportunity of a third of its number."""
        created = START + dt.timedelta(minutes=7 * number)
        is_converted = number % 3 == 0 and number // 3 < converted
        return {
            "Id": key("Lead", number),
            "IsDeleted": False,
            "CreatedDate": iso(created),
            "SystemModstamp": iso(SAME if number < same else SAME + dt.timedelta(seconds=number)),
            "LastName": f"lead {number}",
            "LeadSource": [*SOURCES, None][number % 4],
            "Industry": ("Retail", "Software", None)[number % 3],
            "Country": ("Germany", "Brazil")[number % 2],
            "Address": {"city": "Town", "country": "Germany", "street": None},
            "NumberOfEmployees": (5, 10_000_000, None)[number % 3],
            "Title": "=1+1" if number % 50 == 0 else "Buyer",
            "Status": "Qualified" if is_converted else "Open - Not Contacted",
            "OwnerId": key("User", number % 24),
            "IsConverted": is_converted,
            "ConvertedDate": str((created + dt.timedelta(days=9)).date()) if is_converted else None,
            "ConvertedOpportunityId": key("Opportunity", number // 3) if is_converted else None,
            "Score__c": (1e7, 12.5, 0.0, None)[number % 4],
            "First_Demo__c": iso(created + dt.timedelta(days=1)) if number % 5 == 0 else None,
            "Remark__c": ("007", "12.10", "déjà vu 東京", None)[number % 4],
        }

    def opportunity(self, number: int) -> dict:
        """An opportunity: every third is won, every third lost; the closing date of an open one is a forecast."""
        created = START + dt.timedelta(minutes=21 * number, days=9)
        return {
            "Id": key("Opportunity", number),
            "IsDeleted": False,
            "CreatedDate": iso(created),
            "SystemModstamp": iso(SAME + dt.timedelta(seconds=number)),
            "Name": f"opportunity {number}",
            "StageName": ("Prospecting", "Closed Won", "Closed Lost")[number % 3],
            "Amount": 100.0 * (number % 40 + 1) if number % 7 else 2.5e7,
            "CloseDate": str((created + dt.timedelta(days=30)).date()),
            "IsClosed": number % 3 > 0,
            "IsWon": number % 3 == 1,
            "OwnerId": key("User", number % 24),
        }

    def user(self, number: int) -> dict:
        stamps = {"CreatedDate": iso(START), "SystemModstamp": iso(START)}
        name = {"Name": f"Rep North {number}", "Email": f"rep{number}@example.com", "IsActive": number < 20}
        return {"Id": key("User", number), **stamps, **name}

    def control(self, name, given):
        kind = given.get("kind", "Lead")
        moment = iso(dt.datetime.fromtimestamp(self.now(), dt.UTC))
        records = self.records[kind]
        if name == "touch":  # the first ``count`` records, or those with these ``ids``, changed now
            for one in given.get("ids") or sorted(records)[: given["count"]]:
                records[one] |= {"SystemModstamp": moment, **given.get("values", {})}
        elif name == "put":  # {"records": {"00Q...": {"Title": "x"}}}: new ones, or changes of old ones
            for one, values in given["records"].items():
                blank = dict.fromkeys(KINDS[kind]) | {"IsDeleted": False, "CreatedDate": moment}
                records[one] = records.get(one, blank) | {"Id": one, "SystemModstamp": moment} | values
        elif name == "delete":  # they stay in the bin for 15 days, marked; ``purge``: those days are over
            for one in given["ids"]:
                if given.get("purge"):
                    del records[one]
                else:
                    records[one] |= {"IsDeleted": True, "SystemModstamp": moment}
        elif name == "records":
            return records
        elif name == "sessions":  # end those that hold; {"requests": 3}: end each after so many; {"secret": "..."}
            self.sessions.clear()
            self.session_requests, self.secret = given.get("requests"), given.get("secret", self.secret)
        elif name == "sign-in":  # {"problem": ["invalid_grant", "no client credentials user enabled"]}
            self.sign_in_problem = given["problem"]
        elif name == "hidden":
            self.hidden = set(given["objects"])
        elif name == "left":
            self.left = given["requests"]
        elif name == "batch":
            self.batch = given["records"]
        else:
            return super().control(name, given)
        return None

    # --- the interface ---

    def fault(self, fault: Fault, request: Request) -> Answer | None:
        if fault.kind == "limit":  # of requests at one time
            return problem(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.")
        return super().fault(fault, request)

    def answer(self, request: Request) -> Answer:
        if request.path == "/services/oauth2/token":
            return self.sign_in(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.sessions:
            return problem(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.session_requests is not None:
            self.session_requests -= 1
            if self.session_requests <= 0:
                self.sessions.remove(token)
                self.session_requests = None
        if self.left <= 0:
            return problem(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.left -= 1
        answer = self.routed(request)
        if not isinstance(answer.body, str):
            # Java writes numbers from ten million on as 1.0E7, and so does Salesforce.
            text = json.dumps(answer.body)
            answer.body = re.sub(
                r"(?<=: )(-?\d)(\d{7,})\.0(?=[,}])", lambda m: f"{m[1]}.{m[2].rstrip('0') or 0}E{len(m[2])}", text
            )
        answer.headers = {
            "Content-Type": "application/json;charset=UTF-8",
            "Sforce-Limit-Info": f"api-usage={100_000 - self.left}/100000",
        }
        return answer

    def routed(self, request: Request) -> Answer:
        match request.path.strip("/").split("/"):
            case ["services", "data", _, "sobjects"]:
                listed = [{"name": name, "queryable": True} for name in KINDS if name not in self.hidden]
                return Answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})
            case ["services", "data", _, "sobjects", name, "describe"] if name in KINDS and name not in self.hidden:
                return Answer(self.describe(name), endpoint="describe")
            case ["services", "data", _, "query" | "queryAll" as way] if "q" in request.query:
                return self.query(request.query["q"], way == "queryAll")
            case ["services", "data", _, "query" | "queryAll", cursor] if cursor in self.cursors:
                return self.batched(self.cursors.pop(cursor), "")
        return problem(404, "NOT_FOUND", "The requested resource does not exist")

    def sign_in(self, request: Request) -> Answer:
        """A session for an app, whose id and secret stand in a form."""
        given = {name: values[0] for name, values in parse_qs(request.text).items()}
        wrong = self.sign_in_problem
        if given.get("grant_type") != "client_credentials":
            wrong = "unsupported_grant_type", "grant type not supported"
        elif given.get("client_id") != CLIENT_ID:
            wrong = "invalid_client_id", "client identifier invalid"
        elif given.get("client_secret") != self.secret:
            wrong = "invalid_client", "invalid client credentials"
        if wrong:
            return Answer({"error": wrong[0], "error_description": wrong[1]}, 400)
        self.count += 1
        token = f"00D5g0000000001!AQ5E1EC7ED.{self.count:08d}"
        self.sessions.append(token)
        address = f"http://{request.headers['host']}"
        return Answer(
            {
                "access_token": token,
                "signature": "c2lnbmF0dXJl",
                "scope": "api",
                "instance_url": address,
                "id": f"{address}/id/00D5g0000000001AAA/{key('User', 0)}",
                "token_type": "Bearer",
                "issued_at": str(int(self.now() * 1000)),
            }
        )

    def describe(self, name: str) -> dict:
        """An object's fields."""
        fields = []
        for one, kind in KINDS[name].items():
            way, targets = POINTS.get(name, {}).get(one, (None, []))
            choices = SOURCES if one == "LeadSource" else {}
            fields.append(
                {
                    "name": one,
                    "label": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", one.removesuffix("__c").replace("_", " ")),
                    "type": kind,
                    "custom": one.endswith("__c"),
                    "relationshipName": way,
                    "referenceTo": targets,
                    "picklistValues": [{"value": v, "label": label, "active": True} for v, label in choices.items()],
                }
            )
        return {"name": name, "label": name, "queryable": True, "fields": fields}

    def kinds(self, name: str) -> dict | None:
        """The kind of each field that a query may name."""
        if name not in KINDS or name in self.hidden:
            return None
        found = dict(KINDS[name])
        for way, targets in POINTS.get(name, {}).values():
            found |= {f"{way}.{one}": kind for one, kind in KINDS[targets[-1]].items()}
        return found

    def query(self, text: str, deleted: bool) -> Answer:
        try:
            query = parsed(text, self.kinds)
        except Wrong as wrong:
            return problem(400, wrong.code, str(wrong))
        kinds = self.kinds(query.object)
        found = [
            one
            for one in self.records[query.object].values()
            if (deleted or not one.get("IsDeleted"))
            and fits(query, lambda name, one=one: self.held(query.object, one, name), kinds)
        ]
        if query.order:
            held = [(self.held(query.object, one, query.order), number) for number, one in enumerate(found)]
            held.sort(key=lambda pair: (pair[0] is not None, pair[0] or "", pair[1]), reverse=query.down)
            found = [found[number] for _, number in held]
        found = found[: query.limit]
        return self.batched([self.shown(query.object, one, query.fields) for one in found], query.object)

    def batched(self, found: list, name: str) -> Answer:
        """The first records, and where the others can be had."""
        page, rest = found[: self.batch], found[self.batch :]
        body = {"totalSize": len(found), "done": not rest, "records": page}
        if rest:
            cursor = f"01g5g{len(self.cursors):010d}AAA-{self.batch}"
            self.cursors[cursor] = rest
            body["nextRecordsUrl"] = f"/services/data/v62.0/query/{cursor}"
        return Answer(body, rows=len(page), endpoint=f"query {name}".strip())

    def held(self, kind: str, one: dict, name: str):
        """What a record holds at ``Owner.Name``."""
        way, dot, rest = name.partition(".")
        if not dot:
            return one.get(name)
        pointed = self.pointed(kind, one, way)
        return pointed and pointed.get(rest)

    def pointed(self, kind: str, one: dict, way: str) -> dict | None:
        """The record that another one points to."""
        source, targets = next((f, targets) for f, (called, targets) in POINTS[kind].items() if called == way)
        return self.records[targets[-1]].get(one[source])

    def shown(self, kind: str, one: dict, names: list) -> dict:
        """A record with the fields asked for; those of records that it points to stand in them."""
        url = "/services/data/v62.0/sobjects"
        found = {"attributes": {"type": kind, "url": f"{url}/{kind}/{one['Id']}"}}
        for name in names:
            way, dot, rest = name.partition(".")
            if not dot:
                found[name] = one.get(name)
                continue
            pointed = self.pointed(kind, one, way)
            if pointed is None:
                found[way] = None
            else:
                found.setdefault(way, {"attributes": {"type": "User", "url": f"{url}/User/{pointed['Id']}"}})
                found[way][rest] = pointed.get(rest)
        return found


if __name__ == "__main__":
    sys.exit(main(Salesforce))
