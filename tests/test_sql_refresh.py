"""A workbook refreshed from a PostgreSQL server holds what a refresh from files of the same rows writes into it."""

import zipfile

import pytest
import sql_leads

from xlsmkt import cli
from xlsmkt.package import Book
from xlsmkt.refresh import new_book

pytestmark = pytest.mark.xdist_group("engines")  # Spark and PostgreSQL start once


@pytest.fixture(scope="module")
def shop(postgres):
    postgres.run("create database shop")
    shop = type(postgres)(**{**vars(postgres), "database": "shop"})
    shop.run("create schema crm")
    for name, table in sql_leads.TABLES.items():
        shop.load(f"crm.{name}", table)
    yield shop
    postgres.run("drop database shop with (force)")


def tables(path):
    with Book.open(path) as book:
        columns = {"Leads": ["Lead ID", "Created", "Owner", "Won", "Amount"], "Daily": ["Date", "Source", "Customers"]}
        return {(table, name): book.column(table, name) for table, names in columns.items() for name in names}


def test_a_refresh_from_a_server_end_to_end(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XLSMKT_SHOP_PASSWORD", shop.password)
    for folder in ("server", "files"):
        (tmp_path / folder).mkdir()
        new_book(tmp_path / folder / "sla.xlsx")
    book = tmp_path / "server" / "sla.xlsx"
    mapping = sql_leads.mapping(tmp_path / "server", "crm.{}")
    assert cli.main(["refresh", str(book), "--from", shop.url, "--mapping", str(mapping)]) == 0
    told = capsys.readouterr()

    files = sql_leads.write_csv(tmp_path / "files")
    other = tmp_path / "files" / "sla.xlsx"
    mapping = sql_leads.mapping(tmp_path / "files", "{}.csv")
    assert cli.main(["refresh", str(other), "--from", *map(str, files), "--mapping", str(mapping)]) == 0

    assert tables(book) == tables(other)
    assert tables(book)["Leads", "Lead ID"] == ["1", "2", "3", "4", "8"]
    with zipfile.ZipFile(book) as parts:
        assert not any(shop.password.encode() in parts.read(name) for name in parts.namelist())
    assert shop.password not in told.out + told.err


def test_a_refresh_that_fails_leaves_the_workbook_as_it_was(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XLSMKT_SHOP_PASSWORD", "not-the-password")
    book = tmp_path / "sla.xlsx"
    new_book(book)
    before = book.read_bytes()
    assert cli.main(["refresh", str(book), "--from", shop.url]) != 0
    assert book.read_bytes() == before
    told = capsys.readouterr().err
    assert "the user or the password is wrong" in told
    assert "not-the-password" not in told
