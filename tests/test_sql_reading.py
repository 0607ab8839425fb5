"""Leads that lie in a database: what a mapping makes of them there equals what it makes of the same rows in files."""

import datetime as dt

import ibis
import pyarrow.parquet
import pytest
import sql_leads
from sql_leads import TODAY

from xlsmkt.crm.connection import Connection, Wish
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.sources.sql import Source
from xlsmkt.errors import UserError

pytestmark = pytest.mark.xdist_group("engines")  # Spark and PostgreSQL start once
QUERY = "query = 'select * from {} where id < 1000;'"


@pytest.fixture(scope="module")
def from_files(tmp_path_factory):
    """What the import of files makes of the rows."""
    folder = tmp_path_factory.mktemp("files")
    return import_files(sql_leads.write_csv(folder), sql_leads.mapping(folder, "{}.csv"), today=TODAY)


@pytest.fixture(scope="module")
def duckdb_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("duckdb") / "company.duckdb"
    engine = ibis.duckdb.connect(path)
    engine.raw_sql("create schema crm")
    for name, table in sql_leads.TABLES.items():
        engine.con.register("given", table)
        engine.raw_sql(f"create table crm.{name} as from given")
    engine.disconnect()
    return path


@pytest.fixture(scope="module")
def in_postgres(postgres):
    postgres.run("create schema small")
    for name, table in sql_leads.TABLES.items():
        postgres.load(f"small.{name}", table)
    yield postgres
    postgres.run("drop schema small cascade")


@pytest.fixture(scope="module")
def in_spark(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parquet")
    for name, table in sql_leads.TABLES.items():
        pyarrow.parquet.write_table(table, folder / f"{name}.parquet")
        spark.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
    return spark


def of_duckdb(request):
    path = request.getfixturevalue("duckdb_file")
    return Source(Connection("crm", "sql", {"url": f"duckdb://{path}"}), {}), "crm.{}"


def of_postgres(request):
    server = request.getfixturevalue("in_postgres")
    return Source(Connection("crm", "sql", {"url": server.url}), {"password": server.password}), "small.{}"


def of_spark(request):
    return Source.over(request.getfixturevalue("in_spark")), "{}"


ENGINES = [of_duckdb, of_postgres, of_spark]


@pytest.fixture(scope="module", params=ENGINES, ids=lambda one: one.__name__)
def engine(request):
    """A source, and how tables are called there."""
    return request.param(request)


@pytest.fixture(scope="module")
def found(engine, tmp_path_factory):
    """What comes of the tables."""
    source, place = engine
    return source.read(Wish(sql_leads.mapping(tmp_path_factory.mktemp("mapping"), place), today=TODAY))


@pytest.fixture(scope="module", params=[of_duckdb, of_postgres], ids=lambda one: one.__name__)
def few(request, tmp_path_factory):
    """What comes of a query instead of a table, for a sheet of two leads."""
    source, place = request.param(request)
    mapping = sql_leads.mapping(tmp_path_factory.mktemp("query"), place, QUERY.format(place.format("leads")))
    return source.read(Wish(mapping, today=TODAY, most_leads=2))


def reasons(imported):
    """Why rows were refused: a database has no files and no lines, and its values name the lead."""
    return sorted(imported.refused["Reason"])


def test_tables_are_read_as_files_of_the_same_rows(found, from_files):
    assert list(found.tables) == list(from_files.tables) == ["Leads", "Daily"]
    for name in found.tables:
        assert found.lists(name) == from_files.lists(name), name
    assert found.taken == from_files.taken == {"Leads": 5}
    assert (found.until, found.last_days) == (from_files.until, from_files.last_days)
    assert found.until == dt.date(2026, 6, 30)
    assert (found.superseded, found.ignored) == (from_files.superseded, from_files.ignored) == (1, 1)
    assert reasons(found) == reasons(from_files)
    assert len(reasons(found)) == 4  # no day, ended too early, a deal of nobody, a deal of no lead that is there


def test_a_row_that_is_refused_is_found_by_its_id(found):
    assert found.refused["Line"].isna().all()  # what a database has not
    told = dict(zip(found.refused["Reason"], found.refused["Value"], strict=True))
    assert told["no lead has this id"] == "99"
    assert told["no created date"] == "lead 5"
    assert told["won before created"] == "2026-02-01 (lead 6)"


def test_the_rows_say_what_was_meant(found):
    """Worked by hand, so that not only one import agrees with the other."""
    leads = found.tables["Leads"].set_index("Lead ID")
    # in the spelling that most of the rows that count have
    assert leads["Source"].to_dict() == {"1": "email", "2": "email", "3": "email", "4": "Événement", "8": "Ads"}
    assert leads.loc["1", "Created"] == dt.datetime(2026, 1, 5)  # 23:30 in UTC, whatever the zone of the server
    assert leads.loc["1", "Won"] == dt.datetime(2026, 5, 1)  # the first of two deals
    assert leads.loc["1", "Amount"] == pytest.approx(11.05, abs=1e-12)
    assert leads.loc["4", "Company size"] == 41  # the newest version
    assert leads.loc["8", "Owner"] == "Rep North 2 (u3)"  # two reps of one name
    assert int(found.tables["Daily"]["Customers"].sum()) == 3


def test_a_query_is_counted_as_a_table(few, from_files):
    assert few.lists("Daily") == from_files.lists("Daily")
    assert few.sources[0] == "query"
    assert few.leads.count().execute() == 5


def test_only_the_open_and_recent_leads_travel(few):
    assert few.tables["Leads"]["Lead ID"].tolist() == ["2", "8"]  # the only open one, and the most recent one
    assert few.taken == {"Leads": 5}
    assert "5 leads" in few.note


def test_a_table_that_is_not_there(engine, tmp_path):
    source, place = engine
    wish = Wish(sql_leads.mapping(tmp_path, place, f'path = "{place.format("leeds")}"'))
    with pytest.raises(UserError, match=f"there is no table {place.format('leeds')}.*did you mean .*leads"):
        source.read(wish)


def test_headings_that_are_not_known_ask_for_a_mapping(engine):
    source, _ = engine
    with pytest.raises(UserError, match=r"(No table here is named|The headings of) leads .*; write a mapping with"):
        source.read(Wish())
    assert "tables that can be seen: " in source.check()
