"""Reading from connections at the command line: workbooks, figures, mappings, what the list of sources then says."""

import csv
import os
import re
import sys
from collections import Counter
from dataclasses import replace

import duckdb
import keyring
import pytest
from crm_servers.base import in_thread
from crm_servers.hubspot import PROPERTIES, TOKEN, HubSpot
from keyring.backends import fail

from xlsmkt import cli
from xlsmkt.crm.mapping import load_mapping
from xlsmkt.crm.sources import source_class
from xlsmkt.package import Book, Edit
from xlsmkt.refresh import new_book

CONTACTS = 60


@pytest.fixture(scope="module")
def crm():
    with in_thread(HubSpot(contacts=CONTACTS, same=10, deals=9)) as mock:
        yield mock


@pytest.fixture
def main(tmp_path, monkeypatch, capsys):
    """Run a command; its exit code and what it printed."""
    for name in [name for name in os.environ if name.startswith("XLSMKT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.chdir(tmp_path)
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())

    def main(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return code, told.out + told.err

    yield main
    keyring.set_keyring(before)


@pytest.fixture
def hubspot(crm, monkeypatch):
    """HubSpot by the environment alone, which needs no connection."""
    monkeypatch.setenv("XLSMKT_HUBSPOT_TOKEN", TOKEN)
    monkeypatch.setenv("XLSMKT_HUBSPOT_URL", crm.url)
    return crm


@pytest.fixture
def book(tmp_path):
    new_book(tmp_path / "sla.xlsx")
    return tmp_path / "sla.xlsx"


def leads(book):
    with Book.open(book) as opened:
        return opened.column("Leads", "Lead ID")


def test_a_workbook_is_refreshed_from_a_crm_and_the_list_says_so(main, hubspot, book, tmp_path):
    code, told = main("refresh", book, "--from", "hubspot", "--leads", "7")
    assert code == 0, told
    assert f"Taken: {CONTACTS} rows of Leads" in told
    assert f"There are {CONTACTS} leads; the sheet Leads holds the 7 that are open or most recent" in told
    assert len(leads(book)) == 7
    code, told = main("sources")
    name, source, _day, _time, rows, *watermark = told.splitlines()[1].split()
    assert (code, name, source, rows, watermark[-1]) == (0, "hubspot", "hubspot", str(CONTACTS), "ok")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", " ".join(watermark[:3]))
    # neither the workbook nor anything in our home says the token
    with Book.open(book) as opened:
        assert opened.named_value("CRM_Source") is None
    held = [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert not held


def test_the_connection_that_inputs_name_and_its_failure(main, hubspot, book):
    edit = Edit.open(book)
    edit.set_named_value("CRM_Source", "hubspot")
    edit.save(book)
    assert main("refresh", book)[0] == 0 and len(leads(book)) == CONTACTS
    hubspot.tell("token", token="another")
    code, told = main("refresh", book)
    hubspot.tell("token", token=TOKEN)
    assert code == 2 and told.count("\n") == 1 and TOKEN not in told
    sentence = told.removeprefix("xlsmkt: ").strip()
    with Book.open(book) as opened:
        assert sentence.rstrip(".") in opened.named_value("Refresh_Failed")
    assert len(leads(book)) == CONTACTS
    assert main("sources")[1].splitlines()[1].endswith(sentence)


def test_the_mapping_of_a_connection_can_be_edited(main, hubspot, book, tmp_path):
    code, text = main("map", "hubspot")
    (tmp_path / "mine.toml").write_text(text)
    assert code == 0, text
    # the entries that HubSpot is read by, with the fields alone that this account has
    there = {kind: {*names, "associated_contact_id"} for kind, names in PROPERTIES.items()}
    expected = [
        replace(entry, columns={ours: had for ours, theirs in entry.columns.items()
                                if (had := [one for one in theirs if one in there[entry.path]])})
        for entry in source_class("hubspot").mapping
    ]  # fmt: skip
    assert load_mapping(tmp_path / "mine.toml") == expected != list(source_class("hubspot").mapping)
    assert "#   first_demo  (First demo)" in text  # a field of this account's own
    mine = text.replace('Campaign = "hs_analytics_source_data_1"', 'Campaign = "first_demo"')
    assert mine != text
    (tmp_path / "mine.toml").write_text(mine)
    code, told = main("refresh", book, "--from", "hubspot", "--mapping", "mine.toml")
    assert code == 0, told
    with Book.open(book) as opened:
        demos = Counter(opened.column("Leads", "Campaign"))
    assert demos == {"2026-02-01": CONTACTS / 10, None: CONTACTS * 9 / 10}


@pytest.fixture
def warehouse(tmp_path):
    """A database with three leads, and its address."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute('create table leads ("Lead ID" varchar, Created date, Source varchar, Won date)')
        connection.execute("insert into leads values ('D1', '2026-01-05', 'Web', '2026-02-01'), "
                           "('D2', '2026-01-06', 'Web', null), ('D3', '2026-01-07', null, null)")  # fmt: skip
    return f"duckdb://{path}"


def test_a_database_by_its_address_and_by_the_name_of_its_connection(main, warehouse, book, monkeypatch, tmp_path):
    code, told = main("refresh", book, "--from", warehouse)
    assert code == 0, told
    assert sorted(leads(book)) == ["D1", "D2", "D3"]
    edit = Edit.open(book)
    edit.set_named_value("CRM_Source", warehouse)
    edit.save(book)
    code, told = main("refresh", book)
    assert code == 2 and f"run: xlsmkt connect {warehouse}" in told
    monkeypatch.setenv("XLSMKT_WAREHOUSE_PASSWORD", "")
    monkeypatch.setattr("xlsmkt.source_commands.ask_secret", lambda words: "")  # blank for none
    code, told = main("connect", "duckdb://warehouse.duckdb")  # from the folder that it lies in
    assert code == 0 and "Stored: the connection warehouse.\n" in told, told
    monkeypatch.chdir("/")
    assert main("refresh", book)[0] == 0
    assert main("refresh", book, "--from", "warehouse")[0] == 0
    assert main("sources")[1].splitlines()[1].split()[::5] == ["warehouse", "-"]


def test_a_figure_over_all_leads(main, warehouse, tmp_path):
    code, told = main("figures", "close-rates", "--from", warehouse)
    assert code == 0, told
    assert [line.split() for line in told.splitlines()] == [
        ["Source", "Leads", "Customers", "Close", "rate", "Revenue"],
        ["1", "0", "0", "0"],
        ["Web", "2", "1", "0.5", "0"],
    ]
    code, told = main("figures", "close-rates", "--from", warehouse, "--to", "rates.csv", "--by", "source")
    assert (code, told) == (0, "Written to rates.csv: 2 rows.\n")
    with (tmp_path / "rates.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1:] == [["", "1", "0", "0.0", "0.0"], ["Web", "2", "1", "0.5", "0.0"]]


def test_a_file_with_words_that_a_spreadsheet_would_run(main, tmp_path):
    (tmp_path / "leads.csv").write_text("Lead ID,Created,Source\nA1,2026-01-05,=1+1\n")
    assert main("figures", "close-rates", "--from", "leads.csv", "--to", "rates.csv")[0] == 0
    assert "'=1+1,1," in (tmp_path / "rates.csv").read_text("utf-8-sig")
    (tmp_path / "spend.csv").write_text("Date,Channel,Campaign,Cost\n2026-01-05,Web,A,10\n")
    code, told = main("figures", "daily", "--from", "spend.csv")
    assert code == 2 and "spend.csv holds no leads" in told


def test_a_mapping_for_a_database_is_the_users_to_write(main, warehouse):
    code, told = main("map", warehouse)
    assert code == 2 and told.startswith("xlsmkt: Only you know which table of a database holds leads")
    assert told.count("\n") == 1
