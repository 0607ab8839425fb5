"""HubSpot's records become leads: contacts, what their deals say, the names of their owners."""

import datetime as dt
import time

import pandas as pd
import pytest
from crm_servers.base import in_thread
from crm_servers.hubspot import HubSpot
from test_hubspot import SEARCH, source

from xlsmkt.crm.connection import Wish
from xlsmkt.errors import UserError

DAY = dt.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def mock():
    with in_thread(HubSpot(600, 500, 300, zone="Europe/Berlin")) as mock:
        yield mock


def leads(mock, **wish):
    imported = source(mock).read(Wish(today=DAY, **wish))
    return imported, imported.tables["Leads"].set_index("Lead ID")


def local(text):
    """What Berlin calls a moment in UTC."""
    return pd.Timestamp(text).tz_convert("Europe/Berlin").tz_localize(None)


def test_leads_agree_with_the_records_of_the_server(mock):
    imported, table = leads(mock)
    contacts = mock.tell("records")
    owners = {str(400 + number): f"Rep North {number}" for number in range(23)} | {"423": "rep23@example.com"}
    words = {"ORGANIC_SEARCH": "Organic Search", "OFFLINE": "Offline Sources", "DIRECT_TRAFFIC": "Direct Traffic"}
    assert list(table.index) == sorted(contacts, key=int)
    for key, row in table.iterrows():
        one = contacts[key]
        assert row["Created"] == local(one["createdate"]).normalize()
        assert row["Source"] == words.get(
            one["hs_analytics_source"], one["hs_analytics_source"].title().replace("_", " ")
        )
        assert row["Campaign"] == one["hs_analytics_source_data_1"]
        assert row["Owner"] == owners[one["hubspot_owner_id"]]
        assert row["Assigned"] == local(one["hubspot_owner_assigneddate"])
        assert row["Attempts"] == int(one["num_contacted_notes"])
        mql = one["hs_lifecyclestage_marketingqualifiedlead_date"]
        assert (pd.isna(row["MQL"]) and mql is None) or row["MQL"] == local(mql).normalize()
    assert imported.tables["Daily"]["Leads"].sum() == 600


def test_deals_say_which_leads_are_won(mock):
    imported, table = leads(mock)
    deals, linked = mock.tell("records", kind="deals"), {}
    # 600 contacts and 300 deals: every second contact has one; every 100th deal has no contact.
    for number, key in enumerate(sorted(deals, key=int)):
        if number % 100 != 99:
            linked[str(51 + 14 * number)] = deals[key]
    for key, row in table.iterrows():
        deal = linked.get(key)
        closed = local(deal["closedate"]).normalize() if deal and deal["hs_is_closed"] == "true" else None
        won = closed if deal and deal["hs_is_closed_won"] == "true" else None
        assert (row["Closed"] == closed) if closed is not None else pd.isna(row["Closed"])
        assert (row["Won"] == won) if won is not None else pd.isna(row["Won"])
        assert (row["Amount"] == float(deal["amount"])) if deal else pd.isna(row["Amount"])
    assert sorted(imported.refused["Line"]) == [9_001 + 3 * number for number in (99, 199, 299)]
    assert set(imported.refused["File"]) == {"HubSpot deals"}


def test_a_second_run_gets_what_changed_and_nothing_else(mock):
    leads(mock)
    mock.log(clear=True)
    leads(mock)
    assert mock.rows()[SEARCH] == mock.rows()["POST /crm/v3/objects/deals/search"] == 0
    mock.tell("touch", ids=["51", "58"], values={"jobtitle": "Director"})
    _, table = leads(mock)
    assert mock.rows()[SEARCH] == 2
    assert list(table["Job title"].head(3)) == ["Director", "Director", "Buyer"]


def test_properties_of_the_account_feed_our_columns(mock, tmp_path):
    mapping = tmp_path / "ours.toml"
    mapping.write_text(
        '[[file]]\npath = "contacts"\ntable = "Leads"\n[file.columns]\n"Lead ID" = "hs_object_id"\n'
        'Created = "createdate"\nConnected = "first_demo"\nCampaign = "interests"\n'
    )
    _, table = leads(mock, mapping=mapping)
    assert table.loc["51", "Connected"] == pd.Timestamp("2026-02-01")  # a day is a day in every time zone
    assert table.loc["58", "Campaign"] == "Power tools; Spare parts"
    assert (
        table["Won"].notna().sum() == 99
    )  # the deals are still joined: every third of 300, less one that belongs to nobody
    mapping.write_text(mapping.read_text().replace("first_demo", "first_demmo"))
    with pytest.raises(
        UserError, match=r"ours\.toml: HubSpot contacts has no field 'first_demmo'; did you mean first_demo"
    ):
        leads(mock, mapping=mapping)


def test_an_account_without_some_of_the_usual_properties(mock):
    mock.tell("property", kind="contacts", name="hs_analytics_source")
    _, table = leads(mock)
    assert table["Source"].isna().all()
    assert table["Campaign"].notna().all()


def test_a_change_that_the_search_finds_late_is_not_lost(mock):
    leads(mock)
    mock.tell("lag", seconds=1.5)
    mock.tell("touch", ids=["51"], values={"jobtitle": "Director"})
    _, table = leads(mock)  # the search does not know it yet
    assert table.loc["51", "Job title"] == "Buyer"
    time.sleep(1.5)
    _, table = leads(mock)
    assert table.loc["51", "Job title"] == "Director"
