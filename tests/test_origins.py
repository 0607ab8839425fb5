"""What may follow --from or stand on Inputs: files first, then connections, then sources, then addresses."""

import keyring
import pytest
from keyring.backends import fail

from xlsmkt.crm import origins
from xlsmkt.crm.connection import Connection, Setting, Wish
from xlsmkt.crm.connections import keep_connection
from xlsmkt.crm.origins import connection_for, free_name, opened, read_from, without_password
from xlsmkt.crm.runs import STOPPED, last_run
from xlsmkt.crm.sources import source_class
from xlsmkt.errors import UserError
from xlsmkt.hosts.lite import running
from xlsmkt.hosts.server.data_folder import own_files
from xlsmkt.stored import stored_files

LEADS = "Lead ID,Created,Source\nA1,2026-01-05,Web\nA2,2026-01-06,Fair\n"
HUBSPOT = Connection("hubspot", "hubspot", {"url": "https://api.hubapi.com"})
SECRET = "pat-0123456789"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    yield tmp_path / "work"
    keyring.set_keyring(before)


@pytest.fixture
def calls(monkeypatch):
    """What a source that stands for HubSpot and for databases is asked; it tells, or fails with what is set."""
    told = []

    class Fake:
        title = "Fake"
        settings = (Setting("url", "Address", "https://default.example.com"),)
        secrets = (Setting("token", "Token"), Setting("note", "Note", optional=True))
        fails: Exception | None = None
        brings = None

        def __init__(self, connection, secrets):
            self.connection = connection
            told.append((connection.name, connection.source, dict(connection.settings), dict(secrets)))

        def read(self, wish):
            if Fake.fails:
                raise Fake.fails
            return Fake.brings

    real = source_class
    monkeypatch.setattr(origins, "source_class", lambda name: real(name) if name == "file" else Fake)
    monkeypatch.setenv("XLSMKT_HUBSPOT_TOKEN", SECRET)
    told.append(Fake)
    return told


def refusal(*given, **more):
    with pytest.raises(UserError) as refused:
        read_from(list(given), Wish(), **more)
    assert "\n" not in str(refused.value)
    return str(refused.value)


# --- which one a word is ---


def test_files_and_patterns_are_read(folder):
    (folder / "a.csv").write_text(LEADS)
    (folder / "b.csv").write_text(LEADS.replace("A1", "B1").replace("A2", "B2"))
    assert read_from(["a.csv"], Wish()).taken == {"Leads": 2}
    assert read_from(["*.csv"], Wish()).taken == {"Leads": 4}
    assert "none.csv is not there" in refusal("none.csv")
    assert "is not there" in refusal("n*.csv")


def test_a_file_counts_before_a_connection_of_its_name(folder, calls):
    keep_connection(HUBSPOT, "")
    (folder / "hubspot").write_text(LEADS)
    assert read_from(["hubspot"], Wish()).taken == {"Leads": 2} and len(calls) == 1
    (folder / "hubspot").unlink()
    (folder / "hubspot").mkdir()  # a folder is nothing to read
    read_connection = calls[0]
    read_connection.brings = read_from_file(folder)
    assert read_from(["hubspot"], Wish()).taken == {"Leads": 2} and len(calls) == 2


def read_from_file(folder):
    (folder / "leads.csv").write_text(LEADS)
    return read_from(["leads.csv"], Wish())


def test_a_connection_counts_before_a_source_of_its_name():
    keep_connection(Connection("hubspot", "pipedrive", {"url": "https://x.example.com"}), "")
    assert connection_for("HubSpot").source == "pipedrive"
    assert connection_for("salesforce") == Connection("salesforce", "salesforce")
    assert connection_for("nobody") is None


def test_an_address_is_the_connection_that_has_it():
    address = "postgres://ana@db.example.com/sales"
    assert connection_for(address) == Connection("sales", "sql", {"url": address})
    keep_connection(Connection("warehouse", "sql", {"url": address}), "")
    assert connection_for(address).name == "warehouse"
    keep_connection(Connection("sales", "sql", {"url": "postgres://other.example.com/sales"}), "")
    # that of another server must not give its password
    assert connection_for("postgres://third.example.com/sales").name == "sales-2"


@pytest.mark.parametrize(
    "address, name",
    [
        ("postgres://ana@db.example.com:5432/Sales Data", "sales-data"),
        ("duckdb:///home/ana/crm.duckdb", "crm"),
        ("duckdb://crm.duckdb", "crm-duckdb"),
        ("pyspark://", "pyspark"),
        ("snowflake://ana@account/2026/public", "public"),
        ("postgres://db.example.com/2026", "postgres-2026"),
        ("postgres://db.example.com/hubspot", "hubspot-2"),  # is the name of a source
        ("bigquery://project/Marts", "marts"),
    ],
)
def test_the_name_of_an_address(address, name):
    assert free_name(address) == name


@pytest.mark.parametrize(
    "given, told",
    [
        (["hubspto"], "hubspto is no file that is there and no connection; did you mean hubspot?"),
        (["hubspot", "leads.csv"], "cannot be imported together"),
        (["hubspot", "pipedrive"], "cannot be imported together"),
        (["sql"], "the address of a database"),
        (["file"], "give the files themselves"),
        (["https://crm.example.com/leads.csv"], "is no address of a database"),
        (["postgres://[::1/x"], "cannot be read"),
        (["pipedrive"], "pipedrive is not connected; run: xlsmkt connect pipedrive"),
        (["hubspot"], "There is no token for hubspot; run: xlsmkt connect hubspot, or set XLSMKT_HUBSPOT_TOKEN."),
    ],
)
def test_what_cannot_be_read_is_told(folder, given, told):
    (folder / "leads.csv").write_text(LEADS)
    assert told in refusal(*given)


@pytest.mark.parametrize(
    "address",
    [
        "postgres://ana:s3cret-pw@db.example.com/sales",
        "postgres://ana:s3cret-pw@db.example.com/sales?sslmode=require",
        "postgres://db.example.com/sales?user=ana&password=s3cret-pw",
        "snowflake://ana@account/db?PRIVATE_KEY=s3cret-pw",
        "databricks://host/?access_token=s3cret-pw",
    ],
)
def test_an_address_with_a_password_is_refused_without_saying_it(address):
    told = refusal(address)
    assert "leave it out" in told and "s3cret-pw" not in told and "xlsmkt connect" in told


@pytest.mark.parametrize(
    "address, told",
    [
        ("http://crm.example.com", "everybody on the way could read the token"),
        ("https://", "is no address on the web"),
        ("api.hubapi.com", "is no address on the web"),
        ("https://ana:pw@api.hubapi.com", "leave it out"),
    ],
)
def test_an_address_of_a_crm_that_is_refused(address, told, monkeypatch):
    with pytest.raises(UserError, match=told):
        without_password(address, of_web=True)
    monkeypatch.setenv("XLSMKT_HUBSPOT_URL", address)
    monkeypatch.setenv("XLSMKT_HUBSPOT_TOKEN", SECRET)
    assert told in refusal("hubspot")


def test_a_workbook_cannot_call_an_address_that_its_user_has_not_connected(calls):
    address = "postgres://db.example.com/sales"
    assert "anybody may have written it" in refusal(address, from_book=True)
    assert len(calls) == 1  # nobody was called
    keep_connection(Connection("sales", "sql", {"url": address}), "")
    assert "There is no token for sales" in refusal(address, from_book=True)


def test_editions_that_call_no_crm_say_so(folder):
    class Inputs:
        path = folder / "sla.xlsx"

        def named_value(self, name):
            return "hubspot" if name == "CRM_Source" else None

    with pytest.raises(UserError, match="hubspot is no file in the folder data of the server, which calls no CRM"):
        own_files(Inputs(), folder)
    with pytest.raises(UserError, match=r"hubspot is no file of xlwings Lite .* it cannot call a CRM"):
        stored_files(Inputs(), lambda name, label: running._missing(name, label, folder))
    (folder / "hubspot").write_text(LEADS)  # a file of that name is one
    assert own_files(Inputs(), folder)[0] == stored_files(Inputs())[0] == [folder / "hubspot"]


# --- what a source is given, and what is kept of its runs ---


def test_settings_come_from_the_connection_then_the_environment_then_the_source(calls, monkeypatch):
    opened(connection_for("hubspot"))
    monkeypatch.setenv("XLSMKT_HUBSPOT_URL", "https://env.example.com")
    opened(connection_for("hubspot"))
    keep_connection(HUBSPOT, "")
    opened(connection_for("hubspot"))
    urls = [settings["url"] for _, _, settings, _ in calls[1:]]
    assert urls == ["https://default.example.com", "https://env.example.com", "https://api.hubapi.com"]
    assert calls[-1][3] == {"token": SECRET, "note": ""}


def test_what_came_of_a_run_is_kept(folder, calls):
    fake, brought = calls[0], read_from_file(folder)
    assert last_run("hubspot") is None
    fake.brings = brought
    read_from(["hubspot"], Wish())
    assert (last_run("hubspot").rows, last_run("hubspot").failure) == (2, "")
    fake.fails = UserError("the network is down")
    assert refusal("hubspot") == "the network is down"
    assert (last_run("hubspot").rows, last_run("hubspot").failure) == (2, "the network is down")
    fake.fails = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        read_from(["hubspot"], Wish())
    assert last_run("hubspot").failure == "It was stopped; run it again."


def test_a_run_that_is_killed_leaves_its_mark(folder, calls):
    fake = calls[0]

    class Seen:
        @property
        def taken(self):
            seen.append(last_run("hubspot").failure)
            return {"Leads": 1}

    seen = []
    fake.brings = Seen()
    read_from(["hubspot"], Wish())
    assert seen == [STOPPED]


def test_no_failure_says_the_secret(calls):
    calls[0].fails = UserError(f"the token {SECRET} is wrong")
    assert refusal("hubspot") == "the token *** is wrong" == last_run("hubspot").failure
    calls[0].fails = ValueError(f"Bearer {SECRET}")
    with pytest.raises(RuntimeError, match=r"^Bearer \*\*\*$"):
        read_from(["hubspot"], Wish())


def test_a_disk_that_is_full_does_not_hide_what_failed(calls, monkeypatch):
    def full(path, text):
        raise UserError("disk full")

    monkeypatch.setattr("xlsmkt.crm.runs.write_own", full)
    calls[0].fails = UserError("the network is down")
    assert refusal("hubspot") == "the network is down"
