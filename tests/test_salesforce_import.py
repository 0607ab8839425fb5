"""From Salesforce to our table of leads, with the mapping that needs no word of the user's."""

import pytest
from crm_readings import leads
from crm_servers.base import in_thread
from crm_servers.salesforce import CLIENT_ID, CLIENT_SECRET, Salesforce, key

from xlsmkt.crm.connection import Connection, Wish
from xlsmkt.crm.sources.salesforce import Source


@pytest.fixture
def mock(tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path))
    with in_thread(Salesforce(90, 80, 20)) as mock:
        yield mock


def imported(mock, mapping=None):
    settings = {"url": mock.url, "requests_per_second": "5000", "retry_seconds": "0.001"}
    source = Source(
        Connection("salesforce", "salesforce", settings), {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    )
    return source.read(Wish(mapping=mapping))


def test_leads_and_their_opportunities(mock):
    found = leads(imported(mock))
    assert len(found) == 90
    # Lead 3 became opportunity 1, which was won 30 days after it was made; the amount counts 100 for each number.
    assert found[key("Lead", 3)] == {
        "Lead ID": key("Lead", 3), "Created": "2026-01-01", "Industry": "Retail", "Country": "Brazil",
        "Company size": 5, "Job title": "Buyer", "Owner": "Rep North 3", "Opportunity": "2026-01-10",
        "Closed": "2026-02-09", "Won": "2026-02-09", "Amount": 200,
    }  # fmt: skip
    lost, open_, unconverted = (found[key("Lead", number)] for number in (6, 9, 1))
    assert (lost["Closed"], lost["Amount"]) == ("2026-02-09", 300)
    assert "Won" not in lost
    assert (open_["Opportunity"], open_["Amount"]) == ("2026-01-10", 400)  # its closing date is a forecast
    assert not {"Closed", "Won"} & set(open_)
    assert not {"Opportunity", "Closed", "Won", "Amount"} & set(unconverted)
    assert unconverted["Source"] == "Phone"  # as users see it
    assert sum("Won" in one for one in found.values()) == 7  # of 20 opportunities 1, 4, 7, ... 19
    assert sum("Closed" in one for one in found.values()) == 13


def test_what_changes_there_changes_here(mock):
    imported(mock)
    mock.tell("delete", ids=[key("Lead", 1)])
    mock.tell("touch", kind="Opportunity", ids=[key("Opportunity", 3)], values={"IsClosed": True, "IsWon": True})
    mock.log(clear=True)
    found = leads(imported(mock))
    assert key("Lead", 1) not in found
    assert len(found) == 89
    assert found[key("Lead", 9)]["Won"] == "2026-02-09"
    assert (mock.rows()["query Lead"], mock.rows()["query Opportunity"]) == (1, 1)


def test_an_own_mapping_names_own_fields(mock, tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        """
        [[file]]
        path = "Lead"
        table = "Leads"
        [file.columns]
        "Lead ID" = "Id"
        Created = "CreatedDate"
        Owner = "Owner.Email"
        Connected = "First_Demo__c"
        "Lead type" = "Remark__c"
        "Deal ID" = "ConvertedOpportunityId"
        """,
        "utf-8",
    )
    found = leads(imported(mock, mapping))
    assert found[key("Lead", 0)]["Owner"] == "rep0@example.com"
    assert found[key("Lead", 0)]["Connected"] == "2026-01-02"
    assert [found[key("Lead", number)].get("Lead type") for number in range(4)] == [
        "007",
        "12.10",
        "déjà vu 東京",
        None,
    ]
    assert sum("Won" in one for one in found.values()) == 7
