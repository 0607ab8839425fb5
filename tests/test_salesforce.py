"""The connector to Salesforce against a server that speaks as Salesforce does."""

import datetime as dt

import crm_readings
import pytest
from crm_servers.base import in_thread
from crm_servers.salesforce import CLIENT_ID, CLIENT_SECRET, Salesforce, key

from xlsmkt.crm import http
from xlsmkt.crm.connection import Connection
from xlsmkt.crm.sources.salesforce import Source
from xlsmkt.errors import UserError

SECRETS = (CLIENT_ID, CLIENT_SECRET, "00D5g0000000001!AQ5E1EC7ED")


def source_of(mock, secret=CLIENT_SECRET, url=""):
    settings = {"url": url or mock.url, "requests_per_second": "5000", "retry_seconds": "0.001"}
    secrets = {"client_id": CLIENT_ID, "client_secret": secret}
    return Source(Connection("salesforce", "salesforce", settings), secrets)


def pages(source, fields=("Id",), since=None, cursor="", name="Lead"):
    return crm_readings.pages(source, name, fields, since, cursor)


def rows(source, fields=("Id",), since=None, cursor="", name="Lead"):
    return crm_readings.rows(source, name, fields, since, cursor)


def ids(source, **given):
    return [record["Id"] for record in rows(source, **given)]


@pytest.fixture
def mock():
    with in_thread(Salesforce(2_300, 2_100, 30)) as mock:
        yield mock


def held(mock, kind="Lead"):
    return sorted(mock.tell("records", kind=kind))


def refused(source, **given):
    with pytest.raises(UserError) as caught:
        rows(source, **given)
    assert not any(secret in str(caught.value) for secret in SECRETS)
    return str(caught.value)


def test_11_000_leads_of_one_moment_come_once_each():
    with in_thread(Salesforce(12_500, 11_000)) as mock:
        found = [page.records for page in pages(source_of(mock))]
        assert [record["Id"] for records in found for record in records] == held(mock)
        assert [len(records) for records in found] == [2000] * 6 + [500]
        assert mock.rows()["query Lead"] == 12_500


def test_values_come_as_texts(mock):
    fields = ["CreatedDate", "LeadSource", "NumberOfEmployees", "Title", "Owner.Name", "ConvertedDate", "IsConverted",
              "ConvertedOpportunityId", "Score__c", "First_Demo__c", "Remark__c", "Industry"]  # fmt: skip
    first, second, third, fourth, *_ = rows(source_of(mock), fields)
    assert first == {
        "Id": "00Q5g0000000000AAA", "CreatedDate": "2026-01-01T00:00:00", "LeadSource": "Web", "Industry": "Retail",
        "NumberOfEmployees": "5", "Title": "=1+1", "Owner.Name": "Rep North 0", "ConvertedDate": "2026-01-10",
        "IsConverted": "true", "ConvertedOpportunityId": "0065g0000000000AAA", "Score__c": "10000000",
        "First_Demo__c": "2026-01-02T00:00:00", "Remark__c": "007",
    }  # fmt: skip
    assert (second["Score__c"], second["NumberOfEmployees"], second["Remark__c"]) == ("12.5", "10000000", "12.10")
    assert (second["IsConverted"], second["ConvertedDate"]) == ("false", None)
    assert (third["Score__c"], third["LeadSource"], third["Industry"]) == ("0", "Größe & Co", None)
    assert (fourth["Score__c"], fourth["Remark__c"], fourth["LeadSource"]) == (None, None, None)


def test_amounts_come_without_exponent(mock):
    amounts = rows(source_of(mock), ["Amount", "IsWon"], name="Opportunity")[:2]
    assert amounts == [
        {"Id": "0065g0000000000AAA", "Amount": "25000000", "IsWon": "false"},
        {"Id": "0065g0000000001AAA", "Amount": "200", "IsWon": "true"},
    ]


def test_an_owner_who_is_not_to_be_seen_is_blank(mock):
    mock.tell("touch", ids=[key("Lead", 1)], values={"OwnerId": "00G5g0000000001AAA"})
    assert rows(source_of(mock), ["Owner.Name"])[1] == {"Id": key("Lead", 1), "Owner.Name": None}


def test_moments_are_those_of_the_organisations_time_zone():
    with in_thread(Salesforce(6, 0, 1, zone="America/New_York")) as mock:
        first = rows(source_of(mock), ["CreatedDate", "ConvertedDate"])[0]
        assert (first["CreatedDate"], first["ConvertedDate"]) == ("2025-12-31T19:00:00", "2026-01-10")


def test_fields_are_those_of_records_that_are_pointed_to_as_well(mock):
    fields = source_of(mock).fields("Lead")
    assert fields["LeadSource"].options == {"Web": "Website", "Phone Inquiry": "Phone", "Größe & Co": "Größe & Co"}
    assert fields["Remark__c"].label == "Remark"
    assert {"Owner.Name", "Owner.Email", "ConvertedOpportunity.StageName"} <= set(fields)
    assert "Address" not in fields  # made of others
    found = rows(source_of(mock), ["ConvertedOpportunity.CreatedDate", "ConvertedOpportunity.StageName"])[0]
    assert found == {
        "Id": key("Lead", 0),
        "ConvertedOpportunity.CreatedDate": "2026-01-10T00:00:00",
        "ConvertedOpportunity.StageName": "Prospecting",
    }


def test_the_mapping_names_fields_that_are_there(mock):
    source = source_of(mock)
    for entry in source.mapping:
        assert set(entry.headings) <= set(source.fields(entry.path))


def test_only_what_changed_is_given_out(mock):
    source = source_of(mock)
    since = source.now() - dt.timedelta(seconds=1)
    assert ids(source, since=since) == []
    mock.tell("touch", ids=[key("Lead", 2_200), key("Lead", 3)], values={"Title": "Director"})
    assert rows(source, ["Title"], since) == [
        {"Id": key("Lead", 3), "Title": "Director"},
        {"Id": key("Lead", 2_200), "Title": "Director"},
    ]
    assert len(ids(source, since=dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC))) == 2_300  # that very moment counts


def test_deleted_leads_come_marked_while_they_are_in_the_bin(mock):
    source = source_of(mock)
    since = source.now() - dt.timedelta(seconds=1)
    mock.tell("delete", ids=[key("Lead", 3)])
    assert rows(source, ["IsDeleted"], since) == [{"Id": key("Lead", 3), "IsDeleted": "true"}]
    mock.tell("delete", ids=[key("Lead", 3)], purge=True)
    assert len(ids(source)) == 2_299


def test_edits_during_the_run_come_in_it_or_in_the_next_one(mock):
    source = source_of(mock)
    start, everything, new = source.now(), held(mock), key("Lead", 9_000_000)
    reading = pages(source, ["Title"])
    first = next(reading)
    mock.tell("touch", ids=[key("Lead", 3)], values={"Title": "Director"})  # behind the cursor
    mock.tell("put", records={new: {"Title": "Owner"}})  # before it
    found = first.records + [record for page in reading for record in page.records]
    assert [record["Id"] for record in found] == [*everything, new]
    later = rows(source, ["Title"], start - dt.timedelta(seconds=1))
    assert later == [{"Id": key("Lead", 3), "Title": "Director"}, {"Id": new, "Title": "Owner"}]


def test_users_are_few_and_come_anew_each_time(mock):
    users = rows(source_of(mock), ["Name"], name="User")
    assert len(users) == 24
    assert users[23] == {"Id": key("User", 23), "Name": "Rep North 23"}


def test_another_process_goes_on_from_a_cursor(mock):
    first = next(pages(source_of(mock)))
    mock.tell("delete", ids=[first.records[-1]["Id"]], purge=True)  # the cursor outlives the lead that it names
    later = ids(source_of(mock), cursor=first.cursor)
    assert [record["Id"] for record in first.records[:-1]] + later == held(mock)


def test_answers_with_fewer_records_than_asked_for_lose_nothing(mock):
    mock.tell("batch", records=700)
    found = [len(page.records) for page in pages(source_of(mock))]
    assert found == [700] * 3 + [200]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "limit"},
        {"kind": "answer", "status": 429},
        {"kind": "answer", "status": 500, "body": [{"errorCode": "UNKNOWN_EXCEPTION", "message": "An error"}]},
        {"kind": "answer", "status": 503, "body": [{"errorCode": "SERVER_UNAVAILABLE", "message": "Busy"}]},
        {"kind": "drop"},
        {"kind": "hang up"},
        {"kind": "slow", "seconds": 0.5},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('status', '')}".strip(),
)
def test_what_passes_is_waited_for(mock, fault, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (5.0, 0.25))
    mock.faults(fault | {"every": 2, "times": 3, "where": "/services/data/"})
    assert ids(source_of(mock)) == held(mock)
    assert mock.tell("faults-seen")[0]["happened"] == 3


def test_a_session_that_ends_is_begun_anew(mock):
    mock.tell("sessions", requests=4)
    source = source_of(mock)
    assert ids(source) == held(mock)
    first = next(pages(source))
    mock.tell("sessions")
    assert len(first.records) + len(ids(source, cursor=first.cursor)) == 2_300
    assert mock.counts()["POST /services/oauth2/token"] == 3


def test_sessions_that_end_at_once(mock):
    mock.faults(
        {
            "kind": "answer",
            "where": "/services/data/",
            "status": 401,
            "body": [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
        }
    )
    assert refused(source_of(mock)) == (
        "Salesforce ends each session at once: ask its administrator for the policies of the app"
    )
    assert mock.counts()["POST /services/oauth2/token"] == 2


def test_the_limit_of_the_day_ends_the_run_at_once(mock):
    source = source_of(mock)
    source.check()
    mock.tell("left", requests=1)
    mock.log(clear=True)
    assert refused(source) == (
        "the requests that Salesforce allows an organisation in a day are used up: run again tomorrow, what has "
        "arrived is kept"
    )
    assert [one["status"] for one in mock.log()] == [200, 403]


def test_limits_that_do_not_pass(mock):
    mock.faults({"kind": "limit", "where": "/queryAll"})
    assert refused(source_of(mock)) == (
        "Salesforce still answers that too much is asked at once; other programs may use the same limit: run again "
        "later, what has arrived is kept"
    )


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (
            ("invalid_grant", "no client credentials user enabled"),
            "the app has no user to run as: name one in Salesforce, in the policies of the app under Client "
            "Credentials Flow, then run again",
        ),
        (
            ("unsupported_grant_type", "grant type not supported"),
            "the app does not allow the client credentials flow: enable it in Salesforce, then run again",
        ),
        (
            ("invalid_grant", "request not supported on this domain"),
            "Salesforce signs apps in only at an organisation's own address, https://mycompany.my.salesforce.com: give "
            "yours with xlsmkt connect salesforce",
        ),
        (
            ("inactive_org", f"{CLIENT_SECRET} is locked"),
            "Salesforce does not let the app sign in (inactive_org: ... is locked): ask its administrator",
        ),
    ],
)
def test_an_app_that_may_not_sign_in(mock, problem, sentence):
    mock.tell("sign-in", problem=problem)
    assert refused(source_of(mock)) == sentence


def test_refusals_say_what_to_do(mock):
    assert refused(source_of(mock, "wrong")) == (
        "Salesforce does not accept the consumer key or its secret: run xlsmkt connect salesforce and give those that "
        "hold"
    )
    source = source_of(mock)
    assert refused(source, name="Leed") == "Salesforce shows this user no object 'Leed'; did you mean Lead?"
    assert refused(source, name="Lead WHERE") == (
        "Salesforce shows this user no object 'Lead WHERE'; did you mean Lead?"
    )
    assert refused(source, fields=["LeadSorce"]) == (
        "Lead in Salesforce has no field 'LeadSorce' that this user may read; did you mean LeadSource?"
    )
    assert refused(source, fields=["Id FROM User"]).startswith("Lead in Salesforce has no field 'Id FROM User'")


def test_an_object_that_the_user_may_not_read(mock):
    sentence = (
        "Salesforce does not let this user read Lead: give the user that the app runs as the right to read it, then "
        "run again"
    )
    late = source_of(mock)
    late.fields("Lead")
    mock.tell("hidden", objects=["Lead"])
    with pytest.raises(UserError) as caught:
        source_of(mock).check()
    assert str(caught.value) == sentence
    assert refused(source_of(mock)) == sentence
    assert refused(late) == sentence  # the right was taken away during the run


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (
            403,
            "API_DISABLED_FOR_ORG",
            "this Salesforce lets no program in (its API is disabled): ask its administrator to enable it",
        ),
        (400, "QUERY_TIMEOUT", "Salesforce was too busy to read Lead: run again later, what has arrived is kept"),
        (400, "MALFORMED_QUERY", "Salesforce refused a request (MALFORMED_QUERY words ...): check the mapping"),
    ],
)
def test_errors_of_a_query(mock, status, code, sentence):
    body = [{"message": f"words {CLIENT_SECRET}", "errorCode": code}]
    mock.faults({"kind": "answer", "where": "/queryAll", "after": 4, "status": status, "body": body})
    source = source_of(mock)
    source.check()
    assert refused(source) == sentence


def test_something_else_than_salesforce_answers(mock):
    mock.faults({"kind": "answer", "status": 404, "body": "<html>Not here</html>"})
    assert refused(source_of(mock)) == (
        "127.0.0.1 does not sign in as Salesforce does: check the address of salesforce"
    )
    mock.faults({"kind": "answer", "where": "/services/data/", "status": 200, "body": "<html>Log in</html>"})
    assert refused(source_of(mock)) == (
        "127.0.0.1 answers with something else than data, such as a page to log in: check the address of salesforce"
    )


def test_who_we_are_and_what_time_it_is(mock):
    source = source_of(mock)
    assert source.check() == "Example Ltd (00D5g0000000001AAA), user Rep North 0"
    assert abs(source.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    mock.tell("clock", off=86_400)
    assert dt.timedelta(hours=23) < source_of(mock).now() - dt.datetime.now(dt.UTC) < dt.timedelta(hours=25)
    with in_thread(Salesforce(1, 1, 1, sandbox=True)) as sandbox:
        assert source_of(sandbox).check() == "Example Ltd (00D5g0000000001AAA, a sandbox), user Rep North 0"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://mycompany.my.salesforce.com/", "https://mycompany.my.salesforce.com"),
        ("https://mycompany.lightning.force.com/lightning/page/home", "https://mycompany.my.salesforce.com"),
        (
            " https://mycompany--test.sandbox.lightning.force.com",
            "https://mycompany--test.sandbox.my.salesforce.com",
        ),
    ],
)
def test_addresses_of_pages_lead_to_the_api(given, address):
    assert source_of(None, url=given)._session.address == address


def test_an_address_without_https():
    with pytest.raises(UserError) as caught:
        source_of(None, url="mycompany.my.salesforce.com")
    assert str(caught.value) == ("the address of the connection salesforce is none: write it as https:// and a name")


def test_secrets_show_nowhere(mock, capfd):
    source = source_of(mock)
    rows(source)
    shown = repr(source) + repr(source.connection) + "".join(capfd.readouterr())
    assert not any(secret in shown for secret in SECRETS)
