"""The CRMs that the servers of `crm_servers` play: what a store must hold of each, and what each lead says of it."""

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import requests
from crm_servers import hubspot_account, pipedrive, salesforce
from crm_servers.base import Mock

from xlsmkt.crm.connection import Connection, Wish
from xlsmkt.crm.importing import Imported
from xlsmkt.crm.sources import source_class
from xlsmkt.crm.store import Store

ROWS = 50  # of a page: small, so that a short run has many


@contextlib.contextmanager
def small_pages(name: str) -> Iterator[None]:
    """A source that reads small pages, as fast as it can."""
    module = importlib.import_module(f"xlsmkt.crm.sources.{name}")
    faster = {"_ROWS": ROWS, "_SEARCHES": 1_000.0, "_PACE": 1_000.0}
    with contextlib.ExitStack() as stack:
        for constant in [one for one in faster if hasattr(module, one)]:
            stack.enter_context(mock.patch.object(module, constant, faster[constant]))
        yield


def read_once(name: str, url: str, secrets: dict[str, str], home: Path, wish: Wish | None = None) -> Imported:
    """Import from a CRM, its store below ``home``."""
    with small_pages(name), mock.patch.dict(os.environ, {"XLSMKT_HOME": str(home)}):
        return source_class(name)(Connection(name, name, {"url": url, "retry_seconds": "0.01"}), secrets).read(
            wish or Wish()
        )


@dataclass
class Case:
    """A CRM: its server, what the store must hold of it, and what each lead says of it."""

    options: dict[str, Any]
    secrets: dict[str, str]
    endpoints: dict[str, str]  # that give out the records, and the object that a store keeps them under
    stored: Callable[[Mock, str], list[dict[str, str]]]  # some fields of all records of an object, as texts
    leads: Callable[[Mock], list[tuple[str, str, str]]]  # id, day of creation, owner
    edit: dict[str, Any]  # values of a field that is stored
    limit: tuple[Callable[[Mock], object], Callable[[Mock], object]]  # of the day: used up after some pages, and raised


def text(value: object) -> str:
    """A value as the store keeps it."""
    return "" if value is None else str(value)


def hubspot_stored(server: Mock, name: str) -> list[dict[str, str]]:
    fields = {"contacts": ["hs_object_id", "country", "jobtitle", "hubspot_owner_id", "num_contacted_notes"]}
    records = server.tell("records", kind=name)
    return [{one: text(row.get(one)) for one in fields.get(name, ["hs_object_id", "amount"])} for row in by_id(records)]


def hubspot_leads(server: Mock) -> list[tuple[str, str, str]]:
    names = {}
    for archived in ("false", "true"):
        asked = {"limit": 500, "archived": archived}
        head = {"Authorization": f"Bearer {hubspot_account.TOKEN}"}
        for one in requests.get(f"{server.url}/crm/v3/owners", asked, headers=head, timeout=60).json()["results"]:
            names[one["id"]] = f"{one['firstName']} {one['lastName']}".strip() or one["email"]
    rows = by_id(server.tell("records", kind="contacts"))
    return [(row["hs_object_id"], row["createdate"][:10], names[row["hubspot_owner_id"]]) for row in rows]


def pipedrive_stored(server: Mock, _name: str) -> list[dict[str, str]]:
    fields = ["id", "owner_id", "status", "channel_id", "done_activities_count"]
    return [{one: text(row[one]) for one in fields} for row in by_id(server.tell("records"))]


def pipedrive_leads(server: Mock) -> list[tuple[str, str, str]]:
    rows = by_id(server.tell("records"))
    return [(str(row["id"]), row["add_time"][:10], f"Rep North {row['owner_id'] - 400}") for row in rows]


def salesforce_stored(server: Mock, name: str) -> list[dict[str, str]]:
    fields = {"Lead": ["Id", "LeadSource", "Industry", "Title"], "Opportunity": ["Id", "CloseDate"]}
    records = by_id(server.tell("records", kind=name))
    return [{one: text(row[one]) for one in fields[name]} for row in records]


def salesforce_leads(server: Mock) -> list[tuple[str, str, str]]:
    names = {key: one["Name"] for key, one in server.tell("records", kind="User").items()}
    rows = by_id(server.tell("records", kind="Lead"))
    return [(row["Id"], row["CreatedDate"][:10], names[row["OwnerId"]]) for row in rows]


def by_id(records: Any) -> list[Any]:
    return [records[key] for key in sorted(records, key=lambda one: (len(one), one))]


CASES = {
    "hubspot": Case(
        {"contacts": 270, "same": 200, "deals": 120},
        {"token": hubspot_account.TOKEN},
        {
            "POST /crm/v3/objects/contacts/search": "contacts",
            "POST /crm/v3/objects/deals/search": "deals",
        },
        hubspot_stored,
        hubspot_leads,
        {"jobtitle": "Head of Buying"},
        (
            lambda server: server.faults(
                {"kind": "limit", "given": {"policy": "DAILY"}, "after": 3, "where": "contacts/search"}
            ),
            lambda server: server.faults(),
        ),
    ),
    "salesforce": Case(
        {"leads": 260, "same": 200, "opportunities": 80},
        {"client_id": salesforce.CLIENT_ID, "client_secret": salesforce.CLIENT_SECRET},
        {"query Lead": "Lead", "query Opportunity": "Opportunity"},
        salesforce_stored,
        salesforce_leads,
        {"Title": "Head of Buying", "OwnerId": salesforce.key("User", 1)},
        (lambda server: server.tell("left", requests=8), lambda server: server.tell("left", requests=1_000)),
    ),
    "pipedrive": Case(
        {"deals": 370, "same": 300},
        {"token": pipedrive.TOKEN},
        {"GET /api/v2/deals": "deals", "GET /api/v2/deals/archived": "deals"},
        pipedrive_stored,
        pipedrive_leads,
        {"done_activities_count": 77},
        (lambda server: server.tell("budget", tokens=80), lambda server: server.tell("budget", tokens=10_000)),
    ),
}


def given_out(server: Mock, case: Case) -> int:
    """How many records the server gave out since its log was cleared."""
    return sum(count for endpoint, count in server.rows().items() if endpoint in case.endpoints)


def tables(home: Path, name: str, case: Case) -> dict[str, list[dict[str, str]]]:
    """The records that a store holds, in the order of their ids."""
    found = {}
    with Store.open(home / "stores" / f"{name}.duckdb") as store:
        for kind in set(case.endpoints.values()):
            columns = store.columns(kind)
            found[kind] = store.texts(kind, columns[0], columns).to_pylist() if columns else []
    return found
