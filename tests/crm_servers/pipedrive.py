"""A server that speaks as Pipedrive's interface does: version 2 for deals and their fields, version 1 for users.

Sources: the descriptions of the interface that Pipedrive publishes with its clients for PHP and JavaScript (parameters,
fields, limits), its pages on pagination, rate limiting and moving to version 2, and what its users report of headers
and refusals.
"""

import base64
import datetime as dt
import json
import re
import sys

from crm_servers.base import Answer, Crm, Fault, Request, main

TOKEN = "5e1ec7ed0123456789abcdef0123456789abcdef"  # 40 signs of a hash, as Pipedrive's tokens are
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SAME = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)  # the moment that many deals share, as after a change of all of them
CHANNELS = {51: "Web visitors", 52: "Live chat", 53: "Größe & Co"}
LABELS = {11: "Hot", 12: "Warm"}
SEGMENT, NEEDS, BUDGET, REMARK = (f"{name:0<40}" for name in ("5e9", "4eed5", "b0d9e7", "4e3a4c"))
SEGMENTS, NEED_WORDS = {39: "Retail", 41: "Software"}, {7: "Power tools", 8: "Spare parts"}
OPTIONAL = ("done_activities_count", "activities_count", "notes_count")  # come with include_fields only
FIELDS = [  # code, name, kind, choices
    ("id", "ID", "int", None),
    ("title", "Title", "varchar", None),
    ("value", "Value", "monetary", None),
    ("status", "Status", "status", {"open": "Open", "won": "Won", "lost": "Lost", "deleted": "Deleted"}),
    ("owner_id", "Owner", "user", None),
    ("add_time", "Deal created", "date", None),
    ("update_time", "Update time", "date", None),
    ("won_time", "Won time", "date", None),
    ("lost_time", "Lost time", "date", None),
    ("close_time", "Deal closed on", "date", None),
    ("label_ids", "Label", "set", LABELS),
    ("channel", "Source channel", "enum", CHANNELS),
    ("channel_id", "Source channel ID", "varchar", None),
    ("origin", "Source origin", "varchar", None),
    ("done_activities_count", "Done activities", "int", None),
    (SEGMENT, "Segment", "enum", SEGMENTS),
    (NEEDS, "Needs", "set", NEED_WORDS),
    (BUDGET, "Budget", "monetary", None),
    (REMARK, "Remark", "text", None),
]


def iso(moment: dt.datetime) -> str:
    """A moment as version 2 writes it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def problem(status: int, message: str) -> Answer:
    """An error as Pipedrive words it."""
    info = "Please check developers.pipedrive.com for more information about Pipedrive API."
    return Answer({"success": False, "error": message, "errorCode": status, "error_info": info, "data": None}, status)


class Pipedrive(Crm):
    """A company: ``deals`` of which the first ``same`` were changed at one moment, some archived; 24 users."""

    def __init__(self, deals=12_500, same=11_000, archived_every=40, token=TOKEN, zone="UTC"):
        super().__init__()
        self.token, self.zone = token, zone
        self.budget = 1_000_000  # of the day; a list costs 10, the list of archived deals 20
        self.generation = 0  # of cursors; those of another one are refused
        self.told_budget = True
        self.forbidden = False
        self.deals = {7 + 5 * number: self.deal(number, same, archived_every) for number in range(deals)}
        self.users = [self.user(number) for number in range(24)]

    # --- the data ---

    def deal(self, number: int, same: int, archived_every: int) -> dict:
        """A deal: every third is won, every third lost."""
        added = START + dt.timedelta(minutes=7 * number)
        status = ("open", "won", "lost")[number % 3]
        closed = iso(added + dt.timedelta(days=20)) if number % 3 else None
        return {
            "id": 7 + 5 * number,
            "title": "=1+1" if number % 50 == 0 else f"deal {number}",
            "owner_id": 400 + number % 24,
            "person_id": 1000 + number,
            "org_id": None,
            "pipeline_id": 1,
            "stage_id": 3,
            "value": (1e7, 1234.5, 0, None)[number % 4],
            "currency": "EUR",
            "add_time": iso(added),
            "update_time": iso(SAME if number < same else SAME + dt.timedelta(seconds=number)),
            "stage_change_time": None,
            "is_deleted": False,
            "is_archived": number % archived_every == archived_every - 1,
            "status": status,
            "probability": None,
            "lost_reason": "too dear" if status == "lost" else None,
            "visible_to": 3,
            "close_time": closed,
            "won_time": closed if status == "won" else None,
            "lost_time": closed if status == "lost" else None,
            "expected_close_date": "2026-12-31",
            "label_ids": [[], [11], [11, 12]][number % 3],
            "origin": "API" if number % 2 else "ManuallyCreated",
            "origin_id": None,
            "channel": [51, 52, 53, None][number % 4],
            "channel_id": f"campaign {number % 9}",
            "done_activities_count": number % 6,
            "activities_count": number % 6 + 1,
            "notes_count": 0,
            "custom_fields": {
                SEGMENT: [39, 41, None][number % 3],
                NEEDS: [[7, 8], [8], None][number % 3],
                BUDGET: {"value": 2300, "currency": "EUR"} if number % 2 else None,
                REMARK: ["007", "12.10", "déjà vu 東京", None][number % 4],
            },
        }

    def user(self, number: int) -> dict:
        """The last four left the company."""
        name = f"Rep North {number}"
        return {
            "id": 400 + number,
            "name": name,
            "email": f"rep{number}@example.com",
            "active_flag": number < 20,
            "timezone_name": self.zone,
        }

    def control(self, name, given):
        moment = iso(dt.datetime.fromtimestamp(self.now(), dt.UTC))
        if name == "touch":  # the first ``count`` deals, or those with these ``ids``, changed now
            keys = given.get("ids") or sorted(self.deals)[: given["count"]]
            for key in keys:
                self.deals[int(key)] |= {"update_time": moment, **given.get("values", {})}
        elif name == "put":  # {"records": {"9000001": {"value": 5}}}: new ones, or changes of old ones
            for key, values in given["records"].items():
                old = self.deals.get(int(key)) or self.deal(0, 1, 40) | {"add_time": moment}
                self.deals[int(key)] = old | {"id": int(key), "update_time": moment} | values
        elif name == "delete":  # they stay for 30 days, marked; ``purge``: those days are over
            for key in given["ids"]:
                if given.get("purge"):
                    del self.deals[int(key)]
                else:
                    self.deals[int(key)] |= {"is_deleted": True, "status": "deleted", "update_time": moment}
        elif name == "records":
            return {str(key): value for key, value in self.deals.items()}
        elif name == "token":
            self.token = given["token"]
        elif name == "forbidden":
            self.forbidden = given["is"]
        elif name == "budget":
            self.budget, self.told_budget = given["tokens"], given.get("told", True)
        elif name == "cursors":  # those that were given out are refused from now on
            self.generation += 1
        else:
            return super().control(name, given)
        return None

    # --- the interface ---

    def limits(self) -> dict:
        """The headers about limits."""
        day = {"x-daily-ratelimit-token-limit": 1_000_000, "x-daily-ratelimit-token-remaining": max(self.budget, 0)}
        burst = {"x-ratelimit-limit": 20, "x-ratelimit-remaining": 19, "x-ratelimit-reset": 2}
        return burst | (day if self.told_budget else {"x-daily-requests-left": 0 if self.budget <= 0 else 9999})

    def fault(self, fault: Fault, request: Request) -> Answer | None:
        if fault.kind == "limit":  # of two seconds
            answer = problem(429, "request over limit")
            answer.headers = self.limits() | {"x-ratelimit-remaining": 0} | fault.headers
            return answer
        if fault.kind == "shut out":  # by the network in front of Pipedrive
            return Answer("<!DOCTYPE html><title>Access denied</title>error code: 1015", 403)
        return super().fault(fault, request)

    def answer(self, request: Request) -> Answer:
        answer = self.routed(request)
        answer.headers = {"Content-Type": "application/json; charset=utf-8"} | self.limits()
        answer.body = json.dumps(answer.body)
        return answer

    def routed(self, request: Request) -> Answer:
        if request.headers.get("x-api-token") != self.token:
            return problem(401, "unauthorized access")
        cost = {"/api/v2/deals/archived": 20, "/api/v1/users/me": 2}.get(request.path, 10)
        if self.budget < cost:
            self.budget = 0
            return problem(429, "daily token budget exceeded")
        self.budget -= cost
        match [request.method, *request.path.strip("/").split("/")]:
            case ["GET", "api", "v1", "users", "me"]:
                company = {"company_id": 54235, "company_name": "Example Ltd", "company_domain": "example"}
                return Answer({"success": True, "data": self.users[0] | company})
            case ["GET", "api", "v1", "users"]:
                return Answer({"success": True, "data": self.users}, rows=len(self.users))
            case ["GET", "api", "v2", "dealFields"]:
                return self.list_fields(request.query)
            case ["GET", "api", "v2", "deals"]:
                return self.list_deals(request.query, False)
            case ["GET", "api", "v2", "deals", "archived"]:
                return self.list_deals(request.query, True)
        return problem(404, "Unknown method .")

    def list_fields(self, query: dict) -> Answer:
        if not 1 <= int(query.get("limit", 100)) <= 500:
            return problem(400, "limit must be between 1 and 500")
        start = int(self.read_cursor(query["cursor"], "fields") or 0) if "cursor" in query else 0
        page = FIELDS[start : start + 12]  # fewer than asked for: there are accounts with more than one page
        data = [
            {
                "field_code": code,
                "field_name": name,
                "field_type": kind,
                "options": [{"id": key, "label": word} for key, word in choices.items()] if choices else None,
                "subfields": None,
                "is_custom_field": len(code) == 40,
                "is_optional_response_field": code in OPTIONAL,
            }
            for code, name, kind, choices in page
        ]
        return self.paged(data, "fields", start + 12 if start + 12 < len(FIELDS) else None, 0)

    def list_deals(self, query: dict, archived: bool) -> Answer:
        kind = "archived" if archived else "deals"
        if self.forbidden:
            return problem(403, "Scope and URL mismatch")
        limit, since = query.get("limit", "100"), query.get("updated_since", "")
        states = query.get("status", "open,won,lost").split(",")
        custom = [key for key in query.get("custom_fields", "").split(",") if key]
        more = [name for name in query.get("include_fields", "").split(",") if name]
        wrong = ""
        if not limit.isdigit() or not 1 <= int(limit) <= 500:
            wrong = "limit must be between 1 and 500"
        elif since and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", since):
            wrong = "updated_since must be in RFC3339 format"
        elif not set(states) <= {"open", "won", "lost", "deleted"}:
            wrong = "status must be one of open, won, lost, deleted"
        elif len(custom) > 15:
            wrong = "custom_fields must contain at most 15 keys"
        elif not set(more) <= set(OPTIONAL):
            wrong = "include_fields has a value that is not allowed"
        elif query.get("sort_by", "id") not in ("id", "update_time", "add_time"):
            wrong = "sort_by must be one of id, update_time, add_time"
        first = self.read_cursor(query["cursor"], kind) if "cursor" in query else 0
        if first is None:
            wrong = "The provided cursor is invalid"
        if wrong:
            return problem(400, wrong)
        sort = query.get("sort_by", "id")
        found = sorted(
            (
                deal
                for deal in self.deals.values()
                if deal["is_archived"] == archived and deal["status"] in states and deal["update_time"] >= since
            ),
            key=lambda deal: (deal[sort], deal["id"]),
            reverse=query.get("sort_direction", "asc") == "desc",
        )
        if sort == "id":
            found = [deal for deal in found if deal["id"] >= first]
        page = found[: int(limit)]
        following = found[len(page)]["id"] if len(found) > len(page) else None
        return self.paged([self.shown(deal, custom, more) for deal in page], kind, following, len(page))

    def shown(self, deal: dict, custom: list, more: list) -> dict:
        """A deal with the custom fields asked for, all if none is."""
        held = {name: value for name, value in deal.items() if name not in OPTIONAL or name in more}
        own = deal["custom_fields"]
        return held | {"custom_fields": {key: own[key] for key in custom if key in own} if custom else own}

    def paged(self, data: list, kind: str, following, rows: int) -> Answer:
        """A page; its cursor names the first thing on the next one."""
        mark = json.dumps({kind: following, "g": self.generation}, separators=(",", ":"))
        cursor = base64.urlsafe_b64encode(mark.encode()).decode().rstrip("=") if following is not None else None
        return Answer({"success": True, "data": data, "additional_data": {"next_cursor": cursor}}, rows=rows)

    def read_cursor(self, cursor: str, kind: str):
        """What a cursor says; None if it is none of ours."""
        try:
            mark = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except ValueError:
            return None
        return mark.get(kind) if mark.get("g") == self.generation else None


if __name__ == "__main__":
    sys.exit(main(Pipedrive))
