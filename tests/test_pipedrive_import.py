"""From Pipedrive to our table of leads, with the mapping that needs no word of the user's."""

import pytest
from crm_readings import leads
from crm_servers.base import in_thread
from crm_servers.pipedrive import TOKEN, Pipedrive

from xlsmkt.crm.connection import Connection, Wish
from xlsmkt.crm.sources.pipedrive import Source


@pytest.fixture
def mock(tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path))
    with in_thread(Pipedrive(90, 80)) as mock:
        yield mock


def imported(mock, mapping=None):
    settings = {"url": mock.url, "requests_per_second": "5000", "retry_seconds": "0.001"}
    return Source(Connection("pipedrive", "pipedrive", settings), {"token": TOKEN}).read(Wish(mapping=mapping))


def test_deals_are_leads(mock):
    found = leads(imported(mock))
    assert len(found) == 90  # with two that are archived
    assert found["12"] == {
        "Lead ID": "12", "Created": "2026-01-01", "Lead type": "Hot", "Source": "Live chat", "Campaign": "campaign 1",
        "Owner": "Rep North 1", "Attempts": 1, "Closed": "2026-01-21", "Won": "2026-01-21", "Amount": 1234.5,
    }  # fmt: skip
    assert found["17"]["Lead type"] == "Hot; Warm"
    assert found["17"]["Closed"] == "2026-01-21"  # lost
    assert "Won" not in found["17"]
    assert not {"Closed", "Won", "Lead type"} & set(found["7"])
    assert found["22"]["Source"] == "API"  # without a channel the way it was made
    assert sum("Won" in one for one in found.values()) == 30
    assert sum("Closed" in one for one in found.values()) == 60


def test_what_changes_there_changes_here(mock):
    imported(mock)
    mock.tell("delete", ids=[7, 202])  # 202 is an archived one
    mock.tell("touch", ids=[22], values={"status": "won", "won_time": "2026-02-03T10:00:00Z"})
    mock.log(clear=True)
    found = leads(imported(mock))
    assert not {"7", "202"} & set(found)
    assert len(found) == 88
    assert found["22"]["Won"] == "2026-02-03"
    assert (mock.rows()["GET /api/v2/deals"], mock.rows()["GET /api/v2/deals/archived"]) == (2, 1)


def test_a_deal_that_is_opened_again_is_not_won(mock):
    mock.tell("touch", ids=[12], values={"status": "open"})  # should its time of winning stay
    assert not {"Closed", "Won"} & set(leads(imported(mock))["12"])


def test_an_own_mapping_names_own_fields(mock, tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        """
        [[file]]
        path = "deals"
        table = "Leads"
        ignore = { is_deleted = ["true"] }
        where = { Segment = ["Retail", "Software"] }
        [file.columns]
        "Lead ID" = "id"
        Created = "add_time"
        Industry = "Segment"
        Campaign = "Needs"
        Amount = "Budget"
        """,
        "utf-8",
    )
    found = leads(imported(mock, mapping))
    assert len(found) == 60  # every third has no segment
    assert (found["7"]["Industry"], found["7"]["Campaign"]) == ("Retail", "Power tools; Spare parts")
    assert (found["12"]["Industry"], found["12"]["Amount"]) == ("Software", 2300)
