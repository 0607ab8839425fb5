"""The server that stands for Salesforce, spoken to by simple-salesforce alone: that it is no invention of ours."""

import pytest
import requests
from crm_servers.base import in_thread
from crm_servers.salesforce import CLIENT_ID, CLIENT_SECRET, Salesforce, key
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce as Client
from simple_salesforce import exceptions
from simple_salesforce.login import token_login


class _Plain(HTTPAdapter):
    """The library takes every server to speak https."""

    def send(self, request, *args, **kwargs):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


@pytest.fixture
def server():
    with in_thread(Salesforce(5_000, 4_000, 100)) as mock:
        yield mock


@pytest.fixture
def client(server):
    session = requests.Session()
    session.mount("https://127.0.0.1", _Plain())
    given = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    token, _ = token_login(f"{server.url}/services/oauth2/token", given, "mycompany.my", CLIENT_ID, None, None, session)
    return Client(session_id=token, instance_url=server.url, session=session)


def test_query_all_goes_from_batch_to_batch(client):
    found = client.query_all("SELECT Id, LastName, Owner.Name FROM Lead ORDER BY Id")
    assert found["totalSize"] == 5_000
    assert [one["Id"] for one in found["records"]] == [key("Lead", number) for number in range(5_000)]
    assert found["records"][25]["Owner"]["Name"] == "Rep North 1"


def test_deleted_records_come_only_when_asked_for(server, client):
    server.tell("delete", ids=[key("Lead", 7)])
    query = f"SELECT Id, IsDeleted FROM Lead WHERE Id = '{key('Lead', 7)}'"
    assert client.query(query)["records"] == []
    assert client.query(query, include_deleted=True)["records"][0]["IsDeleted"] is True


def test_describe_and_usage(client):
    described = client.Lead.describe()
    assert {"name": "SystemModstamp", "type": "datetime"}.items() <= described["fields"][2].items()
    assert "Lead" in [one["name"] for one in client.describe()["sobjects"]]
    assert client.api_usage["api-usage"].total == 100_000


def test_conditions_are_those_of_the_language(client):
    def count(where):
        return client.query(f"SELECT Id FROM Lead WHERE {where}", include_deleted=True)["totalSize"]

    # Of 5,000 leads 4,000 share a moment; every third has no industry, every second comes from Germany.
    assert count("SystemModstamp >= 2026-03-01T12:00:00Z") == 5_000
    assert count("SystemModstamp > 2026-03-01T12:00:00Z") == 1_000
    assert count("SystemModstamp <= 2026-03-01T13:00:00+01:00") == 4_000
    assert count("Industry = null") == 1_666
    assert count("Country = 'Germany' AND NumberOfEmployees > 5") == 833
    assert count("NumberOfEmployees < 6") == 1_667
    assert count("IsConverted = true") == 100


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Id FROM Leed", "INVALID_TYPE"),
        ("SELECT Idd FROM Lead", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE SystemModstamp > '2026-03-01T12:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE SystemModstamp > 2026-03-01", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Id > 00Q", "INVALID_FIELD"),
        ("SELECT Id FROM Lead LIMIT ten", "MALFORMED_QUERY"),
        ("DELETE FROM Lead", "MALFORMED_QUERY"),
    ],
)
def test_wrong_queries_are_refused(client, query, code):
    with pytest.raises(exceptions.SalesforceMalformedRequest) as caught:
        client.query(query)
    assert caught.value.content[0]["errorCode"] == code


def test_errors_are_those_that_the_library_knows(server, client):
    with pytest.raises(exceptions.SalesforceResourceNotFound):
        client.Leed.describe()
    server.tell("left", requests=0)
    with pytest.raises(exceptions.SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
        client.query("SELECT Id FROM Lead LIMIT 1")
    server.tell("left", requests=100_000)
    server.tell("sessions")
    with pytest.raises(exceptions.SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        client.query("SELECT Id FROM Lead LIMIT 1")


def test_a_wrong_secret(server):
    given = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": "wrong"}
    with pytest.raises(exceptions.SalesforceAuthenticationFailed, match="invalid client credentials"):
        token_login(f"{server.url}/services/oauth2/token", given, "mycompany.my", CLIENT_ID, None, None, None)
