"""The connector to Pipedrive against a server that speaks as Pipedrive does."""

import datetime as dt

import crm_readings
import pytest
import requests
from crm_servers.base import in_thread
from crm_servers.pipedrive import BUDGET, NEEDS, REMARK, SEGMENT, TOKEN, Pipedrive

from xlsmkt.crm import http
from xlsmkt.crm.connection import Connection
from xlsmkt.crm.sources.pipedrive import Source
from xlsmkt.errors import UserError

DAY = dt.timedelta(days=1)


def source_of(mock, token=TOKEN):
    settings = {"url": mock.url, "requests_per_second": "5000", "retry_seconds": "0.001"}
    return Source(Connection("pipedrive", "pipedrive", settings), {"token": token})


def pages(source, fields=("id",), since=None, cursor="", name="deals"):
    return crm_readings.pages(source, name, fields, since, cursor)


def rows(source, fields=("id",), since=None, cursor="", name="deals"):
    return crm_readings.rows(source, name, fields, since, cursor)


def ids(source, **given):
    return [int(record["id"]) for record in rows(source, **given)]


@pytest.fixture
def mock():
    with in_thread(Pipedrive(1_300, 1_200)) as mock:
        yield mock


def held(mock):
    """The deals of the server, those that are not archived first, each part in the order of ids."""
    deals = {int(key): deal for key, deal in mock.tell("records").items()}
    return sorted(deals, key=lambda key: (deals[key]["is_archived"], key))


def refused(source, **given):
    with pytest.raises(UserError) as caught:
        rows(source, **given)
    assert TOKEN not in str(caught.value)
    return str(caught.value)


def test_11_000_deals_of_one_moment_come_once_each():
    with in_thread(Pipedrive(12_500, 11_000)) as mock:
        source = source_of(mock)
        found = [page.records for page in pages(source)]
        assert [int(record["id"]) for records in found for record in records] == held(mock)
        assert max(len(records) for records in found) == 500
        assert mock.rows()["GET /api/v2/deals"] == 12_188  # every 40th is archived
        assert mock.rows()["GET /api/v2/deals/archived"] == 312


def test_values_come_as_texts(mock):
    fields = ["add_time", "label_ids", "channel", "value", "won_time", "done_activities_count", "is_deleted", "title",
              "expected_close_date", "Segment", f"custom_fields.{NEEDS}", BUDGET, "Remark"]  # fmt: skip
    first, second, third, *_ = rows(source_of(mock), fields)
    blank = {"label_ids": None, "won_time": None, BUDGET: None, "Segment": "39"}
    assert first == blank | {
        "id": "7", "add_time": "2026-01-01T00:00:00", "channel": "51", "value": "10000000",
        "done_activities_count": "0", "is_deleted": "false", "title": "=1+1", "expected_close_date": "2026-12-31",
        f"custom_fields.{NEEDS}": "7;8", "Remark": "007",
    }  # fmt: skip
    assert (second["value"], second[BUDGET], second["Remark"]) == ("1234.5", "2300", "12.10")
    assert (third["value"], third["label_ids"], third["Remark"]) == ("0", "11;12", "déjà vu 東京")


def test_moments_are_those_of_the_users_time_zone():
    with in_thread(Pipedrive(2, 0, zone="America/New_York")) as mock:
        first = rows(source_of(mock), ["add_time", "expected_close_date"])[0]
        assert (first["add_time"], first["expected_close_date"]) == ("2025-12-31T19:00:00", "2026-12-31")
    with in_thread(Pipedrive(2, 0, zone="Mars/Crater")) as mock:
        assert refused(source_of(mock)) == (
            "this computer does not know the time zone Mars/Crater that Pipedrive names: pip install --upgrade tzdata, "
            "then run again"
        )


def test_fields_have_words_for_their_choices(mock):
    fields = source_of(mock).fields("deals")
    assert fields["channel"].options == {"51": "Web visitors", "52": "Live chat", "53": "Größe & Co"}
    assert fields["label_ids"].options == {"11": "Hot", "12": "Warm"}
    assert fields[SEGMENT].options == fields["Segment"].options == {"39": "Retail", "41": "Software"}
    assert fields[f"custom_fields.{REMARK}"].label == "Remark"
    assert fields["status"].options == {}  # rules in mappings name the states themselves
    assert len(fields) == len({name.lower() for name in fields})


def test_the_mapping_names_fields_that_are_there(mock):
    source = source_of(mock)
    for entry in source.mapping:
        assert set(entry.headings) <= set(source.fields(entry.path))
        for rule in entry.lookup.values():
            assert {rule.key, rule.value} <= set(source.fields(rule.path))


def test_owners_who_left_have_names_too(mock):
    users = rows(source_of(mock), ["name"], name="users")
    assert len(users) == 24
    assert users[23] == {"id": "423", "name": "Rep North 23"}


def test_only_what_changed_is_given_out(mock):
    source = source_of(mock)
    now = source.now()
    assert ids(source, since=now - dt.timedelta(seconds=1)) == []
    mock.tell("touch", ids=[12, 7], values={"value": 5})
    changed = rows(source, ["value"], now - dt.timedelta(seconds=1))
    assert changed == [{"id": "7", "value": "5"}, {"id": "12", "value": "5"}]
    assert len(ids(source, since=dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC))) == 1_300  # that very moment counts


def test_deleted_deals_come_marked_for_30_days(mock):
    source = source_of(mock)
    since = source.now() - dt.timedelta(seconds=1)
    mock.tell("delete", ids=[7, 202])  # 202 is an archived one
    marked = rows(source, ["is_deleted"], since)
    assert marked == [{"id": "7", "is_deleted": "true"}, {"id": "202", "is_deleted": "true"}]
    mock.tell("delete", ids=[7, 202], purge=True)
    assert not {7, 202} & set(ids(source))


@pytest.mark.parametrize("count", [1, 2, 3])  # the last one is in the list of archived deals
def test_a_cursor_that_is_refused_loses_and_repeats_nothing(count):
    with in_thread(Pipedrive(2_400, 0, archived_every=2)) as mock:
        early, cursor = [], ""
        for page, _ in zip(pages(source_of(mock)), range(count + 1), strict=False):
            early += [int(record["id"]) for record in page.records]
            cursor = page.cursor
        mock.tell("cursors")
        assert early + ids(source_of(mock), cursor=cursor) == held(mock)


def test_edits_during_the_run_come_in_it_or_in_the_next_one(mock):
    source = source_of(mock)
    start, everything = source.now(), held(mock)
    reading = pages(source, ["value"])
    first = next(reading)
    mock.tell("touch", ids=[7], values={"value": 5})  # behind the cursor
    mock.tell("put", records={"9000001": {"value": 6, "is_archived": False}})  # before it
    found = first.records + [record for page in reading for record in page.records]
    assert sorted(int(record["id"]) for record in found) == sorted([*everything, 9_000_001])
    later = rows(source, ["value"], start - dt.timedelta(seconds=1))
    assert later == [{"id": "7", "value": "5"}, {"id": "9000001", "value": "6"}]


def test_another_process_goes_on_from_a_cursor(mock):
    first = next(pages(source_of(mock)))
    later = ids(source_of(mock), cursor=first.cursor)
    assert [int(record["id"]) for record in first.records] + later == held(mock)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "limit"},
        {"kind": "answer", "status": 502, "body": "<html>Bad Gateway</html>"},
        {"kind": "answer", "status": 503, "headers": {"Retry-After": "0"}},
        {"kind": "drop"},
        {"kind": "hang up"},
        {"kind": "slow", "seconds": 0.5},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('status', '')}".strip(),
)
def test_what_passes_is_waited_for(mock, fault, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (5.0, 0.25))
    mock.faults(fault | {"every": 2, "times": 3})
    assert ids(source_of(mock)) == held(mock)
    assert mock.tell("faults-seen")[0]["happened"] == 3


@pytest.mark.parametrize("told", [True, False])  # the newer header, or the older one
def test_the_limit_of_the_day_ends_the_run_at_once(mock, told):
    source = source_of(mock)
    source.check()
    mock.tell("budget", tokens=15, told=told)
    mock.log(clear=True)
    assert refused(source) == (
        "the requests that Pipedrive allows a company in a day are used up: run again tomorrow, what has arrived is "
        "kept"
    )
    assert [one["status"] for one in mock.log()] == [200, 429]


def test_a_limit_that_does_not_pass(mock):
    mock.faults({"kind": "limit", "where": "/deals"})
    assert refused(source_of(mock)) == (
        "Pipedrive still answers that there are too many requests; other programs may use the same limit: run again "
        "later, what has arrived is kept"
    )


def test_refusals_say_what_to_do(mock):
    source = source_of(mock)
    assert refused(source_of(mock, "wrong")) == (
        "Pipedrive does not accept the token: run xlsmkt connect pipedrive and give one that holds"
    )
    assert refused(source, name="leeds") == ("no 'leeds' can be read from Pipedrive; there are deals, users")
    assert refused(source, fields=["won_tme"]) == (
        "deals of Pipedrive have no field 'won_tme'; did you mean won_time or lost_time or update_time?"
    )
    mock.tell("forbidden", **{"is": True})
    assert refused(source) == (
        "Pipedrive does not let the token read /api/v2/deals: widen its rights there, then run again"
    )
    with pytest.raises(UserError, match=r"^Pipedrive does not let the token read /api/v2/deals: "):
        source.check()
    mock.faults({"kind": "shut out"})
    assert refused(source) == (
        "Pipedrive has shut out this computer for a while, as too much was asked: run again in an hour"
    )
    mock.faults({"kind": "answer", "status": 402, "body": {"success": False, "error": "Payment required"}})
    assert refused(source) == (
        "Pipedrive says that the account of the company is closed or not paid: settle that there"
    )
    mock.faults({"kind": "answer", "status": 400, "body": {"success": False, "error": f"bad {TOKEN}"}})
    assert refused(source) == "Pipedrive refused a request (bad ...): check the mapping"
    mock.faults({"kind": "answer", "status": 200, "body": []})
    assert refused(source) == "127.0.0.1 does not answer as Pipedrive does: check the address of pipedrive"
    mock.faults({"kind": "answer", "status": 200, "body": "<html>Log in</html>"})
    assert refused(source) == (
        "127.0.0.1 answers with something else than data, such as a page to log in: check the address of pipedrive, or "
        "ask whoever runs your network whether a proxy stands between"
    )


def test_a_token_that_ends_during_the_run(mock):
    source = source_of(mock)
    reading = pages(source)
    first = next(reading)
    mock.tell("token", token="another")
    with pytest.raises(UserError, match=r"^Pipedrive does not accept the token: run xlsmkt connect pipedrive"):
        next(reading)
    rest = ids(source_of(mock, "another"), cursor=first.cursor)
    assert [int(record["id"]) for record in first.records] + rest == held(mock)


def test_who_we_are_and_what_time_it_is(mock):
    source = source_of(mock)
    assert source.check() == "Example Ltd (example.pipedrive.com), user Rep North 0"
    assert abs(source.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    mock.tell("clock", off=DAY.total_seconds())
    assert dt.timedelta(hours=23) < source_of(mock).now() - dt.datetime.now(dt.UTC) < dt.timedelta(hours=25)


def test_the_token_shows_nowhere(mock, capfd):
    source = source_of(mock)
    rows(source)
    assert TOKEN not in repr(source) + repr(vars(source)["connection"]) + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("limit=500", 200),
        ("limit=501", 400),
        ("updated_since=2026-01-01T00:00:00Z", 200),
        ("updated_since=2026-01-01T00:00:00.000Z", 400),
        ("status=open,deleted", 200),
        ("status=closed", 400),
        ("sort_by=title", 400),
        ("cursor=bm9uZQ", 400),
        ("include_fields=done_activities_count", 200),
        ("include_fields=anything", 400),
        (f"custom_fields={','.join([SEGMENT] * 15)}", 200),
        (f"custom_fields={','.join([SEGMENT] * 16)}", 400),
    ],
)
def test_the_server_is_as_strict_as_pipedrive(mock, asked, status):
    answer = requests.get(f"{mock.url}/api/v2/deals?{asked}", headers={"x-api-token": TOKEN}, timeout=10)
    assert (answer.status_code, answer.json()["success"]) == (status, status == 200)


def test_the_server_leaves_out_what_is_not_asked_for(mock):
    mock.tell("delete", ids=[7])
    answer = requests.get(f"{mock.url}/api/v2/deals", headers={"x-api-token": TOKEN}, timeout=10).json()
    assert len(answer["data"]) == 100
    assert answer["data"][0]["id"] == 12
    assert "done_activities_count" not in answer["data"][0]
    assert not any(deal["is_archived"] for deal in answer["data"])
