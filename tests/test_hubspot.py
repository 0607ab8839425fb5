"""HubSpot read from a server of our own: every record once, with its values."""

import datetime as dt
import time

import pytest
from crm_servers.base import in_thread
from crm_servers.hubspot import HubSpot
from crm_servers.hubspot_account import SAME, TOKEN

from xlsmkt.crm.connection import Connection
from xlsmkt.crm.sources.hubspot import Source

CONTACTS, DEALS = 650, 450
SEARCH = "POST /crm/v3/objects/contacts/search"


@pytest.fixture(scope="module")
def crm():
    """A small account; tests that change records make their own."""
    with in_thread(HubSpot(CONTACTS, 500, DEALS)) as mock:
        yield mock


@pytest.fixture
def mock(crm):
    crm.faults()
    crm.log(clear=True)
    return crm


def source(mock, **settings):
    fast = {"requests_per_second": "1000", "retry_seconds": "0.001"}
    return Source(Connection("hubspot", "hubspot", {"url": mock.url} | fast | settings), {"token": TOKEN})


def pages(source, name, fields, since=None):
    """All pages, one after the other."""
    cursor = ""
    while True:
        page = source.page(name, fields, since, cursor)
        yield page.records
        cursor = page.cursor
        if not cursor:
            return


def records(source, name, fields, since=None):
    return [record for page in pages(source, name, fields, since) for record in page]


def ids(source, name="contacts", since=None):
    return [record["hs_object_id"] for record in records(source, name, ["hs_object_id"], since)]


def all_ids(mock, name="contacts"):
    """The server's own ids, in order."""
    return [str(key) for key in sorted(int(key) for key in mock.tell("records", kind=name))]


def test_check_says_who_we_are_and_reads_everything_once(mock):
    assert source(mock).check() == "account 1234567 (app-eu1.hubspot.com)"
    asked = mock.counts()
    for name in ("contacts", "deals"):
        assert asked[f"GET /crm/v3/properties/{name}"] == asked[f"POST /crm/v3/objects/{name}/search"] == 1
    assert asked["GET /crm/v3/owners"] == 1


# --- all records once ---


def test_thousands_of_contacts_changed_in_one_moment_come_once():
    with in_thread(HubSpot()) as mock:
        there = all_ids(mock)
        assert len(there) == 12_500
        hub = source(mock)
        assert ids(hub, since=SAME) == there
        assert {one["status"] for one in mock.log()} == {200}
        assert mock.rows()[SEARCH] == 12_500
        later = ids(hub, since=SAME + dt.timedelta(milliseconds=1))
        assert later == there[11_000:]
        assert ids(hub, since=SAME + dt.timedelta(days=300)) == []


def test_edits_and_deletions_during_the_run():
    with in_thread(HubSpot(CONTACTS, 500, 0)) as mock:
        there = all_ids(mock)
        hub = source(mock)
        before = hub.now()
        reading = pages(hub, "contacts", ["hs_object_id", "jobtitle"])
        found = next(reading)
        # Behind the cursor and before it: one edited, one deleted; and a new one.
        mock.tell("touch", ids=[there[3], there[640]], values={"jobtitle": "Director"})
        mock.tell("delete", ids=[there[5], there[630]])
        mock.tell("put", records={"99999": {"jobtitle": "Clerk"}})
        found += [record for page in reading for record in page]
        expected = [one for one in there if one != there[630]] + ["99999"]
        assert [record["hs_object_id"] for record in found] == expected
        titles = {record["hs_object_id"]: record["jobtitle"] for record in found}
        assert (titles[there[3]], titles[there[640]], titles["99999"]) == ("Buyer", "Director", "Clerk")
        again = records(hub, "contacts", ["hs_object_id", "jobtitle"], before)
        assert [tuple(record.values()) for record in again] == [
            (there[3], "Director"),
            (there[640], "Director"),
            ("99999", "Clerk"),
        ]


def test_a_page_asked_for_again_is_the_same(mock):
    """As after the end of a process: a new source goes on from a cursor."""
    first = source(mock).page("contacts", ["hs_object_id"], None, "")
    second = source(mock).page("contacts", ["hs_object_id"], None, first.cursor)
    assert second == source(mock).page("contacts", ["hs_object_id"], None, first.cursor)
    assert [record["hs_object_id"] for record in first.records + second.records] == all_ids(mock)[:400]


def test_exactly_full_pages():
    with in_thread(HubSpot(400, 0, 0)) as mock:
        assert ids(source(mock)) == all_ids(mock)


def test_an_empty_account():
    with in_thread(HubSpot(0, 0, 0)) as mock:
        assert ids(source(mock)) == records(source(mock), "deals", ["hs_object_id", "associated_contact_id"]) == []


# --- values ---


def test_values_are_those_of_hubspot_and_blanks_none(mock):
    fields = [
        "hs_object_id",
        "hs_analytics_source",
        "interests",
        "industry",
        "createdate",
        "first_demo",
        "numemployees",
    ]
    first, second, third = records(source(mock), "contacts", fields)[:3]
    assert first == {
        "hs_object_id": "51",
        "hs_analytics_source": "ORGANIC_SEARCH",
        "interests": "tools",
        "industry": "Retail",
        "createdate": "2026-01-01T00:00:00",
        "first_demo": "2026-02-01",
        "numemployees": None,
    }
    assert second["interests"] == "tools;parts"
    assert third["industry"] is None


def test_moments_are_told_in_the_time_zone_of_the_account():
    with in_thread(HubSpot(10, 0, 0, zone="US/Eastern")) as mock:  # an older name, which accounts may have
        fields = ["createdate", "hs_sa_first_engagement_date", "first_demo"]
        first, second = records(source(mock), "contacts", fields)[:2]
    assert first == {
        "createdate": "2025-12-31T19:00:00",
        "hs_sa_first_engagement_date": None,
        "first_demo": "2026-02-01",
    }
    assert second["hs_sa_first_engagement_date"] == "2025-12-31T22:07:00"


@pytest.mark.parametrize("value", ["soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])
def test_moments_that_are_none_stay_as_they_are(value):
    with in_thread(HubSpot(1, 0, 0, zone="Pacific/Auckland" if value[0] == "9" else "America/Lima")) as mock:
        mock.tell("touch", count=1, values={"closedate": value})
        assert records(source(mock), "contacts", ["closedate"]) == [{"closedate": value}]


def test_deals_know_their_contact_and_whether_they_are_won(mock):
    fields = ["hs_object_id", "associated_contact_id", "amount", "hs_is_closed", "hs_is_closed_won", "dealstage"]
    deals = records(source(mock), "deals", fields)
    assert [deal["hs_object_id"] for deal in deals] == all_ids(mock, "deals")
    # 650 contacts and 450 deals: one contact a deal, every 100th deal has none.
    expected = [None if number % 100 == 99 else str(51 + 7 * number) for number in range(DEALS)]
    assert [deal["associated_contact_id"] for deal in deals] == expected
    assert [tuple(deal.values())[2:] for deal in deals[:3]] == [
        ("100", "false", "false", "qualifiedtobuy"),
        ("200", "true", "true", "closedwon"),
        ("300", "true", "false", "closedlost"),
    ]
    asked = mock.counts()
    assert asked["POST /crm/v4/associations/deals/contacts/batch/read"] == 3  # one a page


def test_contacts_of_deals_are_asked_for_only_where_they_are_wanted(mock):
    ids(source(mock), "deals")
    assert not any("associations" in endpoint for endpoint in mock.counts())


def test_owners_come_with_those_who_left():
    with in_thread(HubSpot(0, 0, 0, owners=1_100)) as mock:
        owners = records(source(mock), "owners", ["id", "name"])
        assert [owner["id"] for owner in owners] == [str(400 + number) for number in range(1_100)]
        assert [owner["name"] for owner in owners[:2]] == ["Rep North 0", "Rep North 1"]
        assert owners[-1]["name"] == "rep1099@example.com"
        assert mock.rows()["GET /crm/v3/owners"] == 1_100


def test_fields_have_labels_and_choices(mock):
    hub = source(mock)
    fields = hub.fields("contacts")
    assert fields["hs_analytics_source"].label == "Original Traffic Source"
    assert fields["hs_analytics_source"].options["OFFLINE"] == "Offline Sources"
    assert fields["first_demo"].label == "First demo"
    assert "associated_contact_id" in hub.fields("deals")
    assert list(hub.fields("owners")) == ["id", "name", "email"]
    assert mock.counts() == {"GET /crm/v3/properties/contacts": 1, "GET /crm/v3/properties/deals": 1}


# --- manners and time ---


def test_searches_stay_within_the_limit_of_five_a_second():
    with in_thread(HubSpot(1_300, 0, 0, enforce=True)) as mock:
        hub = Source(Connection("hubspot", "hubspot", {"url": mock.url}), {"token": TOKEN})  # at its own pace
        assert len(ids(hub)) == 1_300
        assert [one["status"] for one in mock.log(clear=True)].count(429) <= 1  # a server that stalls may take one so
        quick = source(mock, retry_seconds="0.2")
        assert len(ids(quick)) == 1_300  # refused on the way, and tried again
        assert [one["status"] for one in mock.log()].count(429) > 1


@pytest.mark.parametrize("off", [-7200, 0, 7200])
def test_now_is_the_time_of_hubspot(mock, off):
    mock.tell("clock", off=off)
    moment = dt.datetime.fromtimestamp(time.time() + off, dt.UTC)
    assert abs(source(mock).now() - moment) < dt.timedelta(seconds=30)
    mock.tell("clock")


def test_now_without_a_date_header_is_our_own(mock):
    mock.tell("clock", tells=False)
    assert abs(source(mock).now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=30)
    mock.tell("clock")
