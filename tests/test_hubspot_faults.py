"""HubSpot when something is wrong: what passes is waited for, what stays is said in a sentence."""

import datetime as dt
import re
import time
import traceback

import pytest
from crm_servers.base import in_process, in_thread
from crm_servers.hubspot import HubSpot
from crm_servers.hubspot_account import TOKEN
from test_hubspot import all_ids, ids, records, source

from xlsmkt.errors import UserError

BACK = "what has arrived is kept"
SCOPES = "crm.objects.contacts.read, crm.objects.deals.read and crm.objects.owners.read"


@pytest.fixture(scope="module")
def crm():
    with in_thread(HubSpot(1_050, 500, 250, zone="America/New_York")) as mock:
        yield mock


@pytest.fixture
def mock(crm):
    crm.faults()
    crm.tell("clock")
    crm.tell("token")
    crm.tell("scopes", missing=[])
    crm.log(clear=True)
    return crm


def limit(policy, **more):
    return {"kind": "limit", "given": {"policy": policy}, **more}


def refused(call, *args):
    """The sentence with which a call ends; the token is nowhere."""
    with pytest.raises(UserError) as caught:
        call(*args)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


# --- what passes ---


@pytest.mark.parametrize(
    "fault",
    [
        limit("SECONDLY", every=2),
        limit("TEN_SECONDLY_ROLLING", every=2),
        limit("TEN_SECONDLY_ROLLING", times=2, headers={"Retry-After": "1"}, after=3),
        {"kind": "answer", "status": 502, "body": "<html>Bad gateway</html>", "every": 2},
        {"kind": "answer", "status": 500, "body": {"status": "error"}, "every": 3},
        {"kind": "drop", "every": 2},
        {"kind": "hang up", "every": 3},
        {"kind": "slow", "seconds": 0.1, "every": 4},
    ],
    ids=lambda fault: " ".join([fault["kind"], str(fault.get("status") or fault.get("given", {}).get("policy") or "")]),
)
def test_faults_that_pass_lose_and_double_nothing(mock, fault):
    mock.faults(fault)
    hub = source(mock)
    assert ids(hub) == all_ids(mock)
    assert len(records(hub, "deals", ["hs_object_id", "associated_contact_id"])) == 250
    assert mock.tell("faults-seen")[0]["happened"] >= 2


# --- what stays ---


def test_the_limit_of_the_day_ends_the_run_at_once(mock):
    mock.tell("clock", off=dt.datetime(2026, 6, 15, 2, tzinfo=dt.UTC).timestamp() - time.time())
    hub = source(mock)
    first = hub.page("contacts", ["hs_object_id"], None, "")
    mock.log(clear=True)
    mock.faults(limit("DAILY"))
    said = "the HubSpot account has used up its requests of today: run again after"
    # In New York it is still 14 June.
    assert refused(hub.page, "contacts", ["hs_object_id"], None, first.cursor) == (
        f"{said} 2026-06-15 00:00 (America/New_York), {BACK}"
    )
    assert len(mock.log()) == 1
    assert refused(source(mock).check) == f"{said} midnight in the time zone of the account, {BACK}"
    assert len(mock.log()) == 2


def test_a_limit_of_a_second_that_stays(mock):
    mock.faults(limit("SECONDLY"))
    assert refused(source(mock).check) == (
        "HubSpot still answers that there are too many requests; other programs may use the same limit: run again "
        f"later, {BACK}"
    )


def test_a_token_that_expires_on_the_way(mock):
    hub = source(mock)
    hub.page("contacts", ["hs_object_id"], None, "")
    mock.tell("token", expires_after=2)
    said = "HubSpot does not accept the token: run xlsmkt connect hubspot and give one that holds"
    assert refused(ids, hub) == said
    assert refused(source(mock).check) == said


@pytest.mark.parametrize("kind", ["contacts", "deals", "owners"])
def test_scopes_that_are_missing(mock, kind):
    mock.tell("scopes", missing=[f"crm.objects.{kind}.read"])
    assert refused(source(mock).check) == (
        f"the private app in HubSpot lacks the scope crm.objects.{kind}.read: give it {SCOPES} under Settings, "
        "Integrations, Private Apps, then run again"
    )


def test_a_property_that_is_not_there(mock):
    said = refused(source(mock).page, "contacts", ["hs_object_id", "hs_analytics_sourc"], None, "")
    start = "HubSpot contacts have no property 'hs_analytics_sourc'; did you mean hs_analytics_source or "
    assert said.startswith(start)
    assert not any("search" in one["endpoint"] for one in mock.log())


def test_an_object_that_is_not_there(mock):
    said = refused(source(mock).fields, "widgets")
    assert said == (
        "HubSpot refused /crm/v3/properties/widgets (status 400): Unable to infer object type from: widgets"
    )


@pytest.mark.parametrize("body", [{"ok": True}, [], 7, {"results": {}}])
@pytest.mark.parametrize("where", ["account-info", "properties", "search", "owners"])
def test_data_of_something_else(mock, body, where):
    mock.faults({"kind": "answer", "status": 200, "body": body, "where": where})
    assert refused(source(mock).check) == (
        "127.0.0.1 answers with something else than data, such as a page to log in: check the address of hubspot, or "
        "ask whoever runs your network whether a proxy stands between"
    )


def test_contacts_of_deals_that_are_not_told(mock):
    error = {"status": "error", "category": "FORBIDDEN", "message": f"{TOKEN} may not", "context": {}}
    body = {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]}
    mock.faults({"kind": "answer", "status": 207, "body": body, "where": "associations"})
    said = refused(records, source(mock), "deals", ["hs_object_id", "associated_contact_id"])
    assert said == "HubSpot does not tell the contacts of some deals: ... may not"


def test_a_time_zone_that_is_unknown_here():
    with in_thread(HubSpot(1, 0, 0, zone="Mars/Olympus")) as mock:
        assert refused(source(mock).check) == (
            "this computer does not know the time zone Mars/Olympus of the HubSpot account: pip install --upgrade "
            "tzdata, then run again"
        )


def test_a_server_that_goes_away():
    with in_process("hubspot", contacts=500, same=0, deals=0) as mock:
        hub = source(mock)
        first = hub.page("contacts", ["hs_object_id"], None, "")
        assert len(first.records) == 200
    said = refused(hub.page, "contacts", ["hs_object_id"], None, first.cursor)
    assert re.match(r"(127\.0\.0\.1 refuses connections|HubSpot broke off its answers 6 times): ", said)


def test_the_token_shows_nowhere(mock):
    hub = source(mock)
    hub.check()
    shown = [repr(hub), repr(vars(hub)), repr(hub.connection), repr(vars(hub._web)["headers"])]
    assert not any(TOKEN in text for text in shown)
