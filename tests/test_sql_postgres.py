"""What can go wrong with a database server, on a real one: a sentence each time, never the password, no change."""

import threading
import time

import psycopg
import pytest
import sql_leads
from engines import free_port, start_postgres

from xlsmkt.crm.connection import Connection, Wish
from xlsmkt.crm.databases import open_database, query_of
from xlsmkt.crm.sources.sql import Source
from xlsmkt.errors import UserError

pytestmark = pytest.mark.xdist_group("engines")  # Spark and PostgreSQL start once
READER, PASSWORD = "reader", "let+me/in@now"


@pytest.fixture(scope="module")
def server(postgres):
    """A database with leads and a user who may read them and nothing else, not even make temporary tables."""
    postgres.run(
        f"create role {READER} login password '{PASSWORD}'",
        "create database company",
        "revoke all on database company from public",
        f"grant connect on database company to {READER}",
    )
    company = type(postgres)(**{**vars(postgres), "database": "company"})
    company.run("revoke all on schema public from public", "create schema crm", "create schema hidden")
    for name, table in sql_leads.TABLES.items():
        company.load(f"crm.{name}", table)
    company.load("hidden.leads", sql_leads.TABLES["leads"])
    company.run(
        "create table crm.salaries (id int, made date)",
        f"grant usage on schema crm to {READER}",
        f"grant select on crm.leads, crm.deals, crm.users to {READER}",
        "alter database company set timezone to 'America/New_York'",
    )
    yield company
    postgres.run("drop database company with (force)", f"drop role {READER}")


def address(server, user=READER, host=None, port=None, database="company", more=""):
    return f"postgresql://{user}@{host or server.host}:{port or server.port}/{database}{more}"


def source(url, password=PASSWORD):
    return Source(Connection("company", "sql", {"url": url}), {"password": password})


def refused(url, wish=None, password=PASSWORD):
    """The sentence with which reading is refused."""
    with pytest.raises(UserError) as caught:
        source(url, password).read(wish or Wish())
    told = str(caught.value)
    assert "\n" not in told
    assert password not in told
    assert caught.value.__cause__ is None  # nor in what a traceback would show
    return told


def entry(folder, what, columns='"Lead ID" = "id", Created = "made"'):
    path = folder / "mapping.toml"
    path.write_text(f'[[file]]\n{what}\ntable = "Leads"\ncolumns = {{ {columns} }}\n')
    return Wish(path, today=sql_leads.TODAY)


def test_the_right_to_select_is_enough(server, tmp_path):
    found = source(address(server)).read(Wish(sql_leads.mapping(tmp_path, "crm.{}"), today=sql_leads.TODAY))
    assert found.taken == {"Leads": 5}
    assert found.lists("Leads")["Created"][0] == 46027  # 2026-01-05 in UTC, although the server is in New York


def test_more_words_than_an_expression_holds(server, tmp_path):
    """Names for many ids: no temporary table may be made for them."""
    server.run(
        "create table crm.many as "
        "select n as id, date '2026-01-01' as made, 'u' || n as rep from generate_series(1, 500) n",
        "create table crm.names as select 'u' || n as key, 'Rep North ' || n as name from generate_series(1, 500) n",
        f"grant select on crm.many, crm.names to {READER}",
    )
    wish = entry(tmp_path, 'path = "crm.many"', '"Lead ID" = "id", Created = "made", Owner = "rep"')
    with wish.mapping.open("a") as mapping:
        mapping.write('lookup = { Owner = { path = "crm.names", key = "key", value = "name" } }\n')
    try:
        found = source(address(server)).read(wish)
    finally:
        server.run("drop table crm.many, crm.names")
    leads = found.tables["Leads"]
    assert (leads["Owner"].astype(str) == "Rep North " + leads["Lead ID"].astype(str)).all()
    assert len(leads) == 500


def test_the_server_itself_refuses_every_change(server):
    """Even with all rights, and where a query only seems to select."""
    backend = open_database(address(server, server.user), server.password)
    server.run("create sequence if not exists crm.counter")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        query_of(backend, "select nextval('crm.counter') as id").execute()


def test_check_says_where_we_are(server):
    told = source(address(server)).check()
    assert told.startswith(address(server))
    assert told.endswith("tables that can be seen: 3")  # those that it may read
    assert PASSWORD not in repr(source(address(server))) + repr(vars(Connection("a", "sql", {"url": address(server)})))


@pytest.mark.parametrize(
    ("what", "sign"),
    [
        (
            {"user": "nobody"},
            "the user or the password is wrong; give the right one with: xlsmkt connect postgresql://",
        ),
        ({"host": "nowhere.invalid"}, "there is no computer of this name"),
        ({"port": free_port()}, "nothing answers at this port"),
        ({"database": "compony"}, "there is no database of this name"),
        ({"more": "?sslmode=require"}, "answered:"),
        ({"more": "?nonsense=1"}, "answered:"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_database_that_cannot_be_opened(server, what, sign):
    told = refused(address(server, **what))
    assert sign in told
    assert told.startswith("postgresql://")


def test_a_wrong_password(server):
    assert "the user or the password is wrong" in refused(address(server), password="not-the-password")
    with pytest.raises(UserError, match="the user or the password is wrong"):
        source(address(server), "").check()


@pytest.mark.parametrize(
    ("what", "sign"),
    [
        ('path = "crm.leeds"', "there is no table crm.leeds, or this user may not see it; did you mean crm.leads"),
        ('path = "crm.salaries"', "this user may not read it (permission denied for table salaries)"),
        ('path = "hidden.leads"', "this user may not read it (permission denied for schema hidden)"),
        ('query = "select * from crm.salaries"', "permission denied for table salaries"),
        ('query = "selekt * from crm.leads"', "the query"),
        ('query = "select nothing from crm.leads"', 'answered: column "nothing" does not exist'),
        ('query = "drop table crm.leads"', "must be one that selects"),
        ('query = "select 1; select 2"', "must be one that selects"),
        ('query = "with x as (delete from crm.leads returning *) select * from x"', "must be one that selects"),
        ('query = "select * into crm.copy from crm.leads"', "must be one that selects"),
    ],
)
def test_a_table_or_a_query_that_cannot_be_read(server, tmp_path, what, sign):
    assert sign in refused(address(server), entry(tmp_path, what))


def test_columns_of_every_kind_and_names_of_every_spelling(server, tmp_path):
    """None stops the import, and what is no date or no number is never taken for one."""
    table = '''crm."it's ""odd"" so"'''
    server.run(
        f'create table {table} (id float8, "Made ""On""" timestamptz, day date, text text, yes bool, '
        "json json, list text[], bytes bytea)",
        f"""insert into {table} values
        (1, '2026-01-01 23:00-05', '2026-01-03', '05/04/2026', true, '{{"a": 1}}', '{{x}}', 'x'),
        (2, '2026-01-02 00:00+00', 'infinity', '2026-01-05', false, null, null, null),
        ('NaN', '2026-01-02 00:00+00', null, null, null, null, null, null)""",
        f"grant select on {table} to {READER}",
    )
    name = f"query = '''select * from {table} -- all of them'''"
    columns = '"Lead ID" = "id", Created = "Made \\"On\\"", {}'
    try:
        read = {}
        for ours, theirs in (("Won", "day"), ("Closed", "text"), ("Amount", "yes"), ("Source", "list"), ("MQL", "json"),
                             ("Assigned", "bytes")):  # fmt: skip
            found = source(address(server)).read(entry(tmp_path, name, columns.format(f'{ours} = "{theirs}"')))
            held = found.tables["Leads"].set_index("Lead ID")[ours].dropna().astype(str).to_dict()
            read[ours] = held, found.refused[["Value", "Reason"]].values.tolist(), found.taken["Leads"]
        whole = source(address(server)).read(
            entry(tmp_path, """path = '''crm.it's "odd" so'''""", columns.removesuffix(", {}"))
        )
    finally:
        server.run(f"drop table {table}")
    assert read == {
        "Won": ({"1": "2026-01-03"}, [["infinity (lead 2)", "not a date"]], 2),
        "Closed": ({"2": "2026-01-05"}, [["05/04/2026 (lead 1)", "not a date"]], 2),
        "Amount": ({"1": "1.0", "2": "0.0"}, [], 3),
        "Source": ({"1": "{x}"}, [], 3),
        "MQL": ({}, [['{"a": 1} (lead 1)', "not a date"]], 2),
        "Assigned": ({}, [], 3),
    }
    leads = whole.tables["Leads"]
    assert leads["Created"].dt.day.tolist() == [2, 2, 2]  # 23:00 in New York is the next day in UTC
    assert leads["Lead ID"].isna().sum() == 1


def test_a_column_that_is_not_there(server, tmp_path):
    wish = entry(tmp_path, 'path = "crm.leads"', 'Created = "mode"')
    assert refused(address(server), wish) == "crm.leads has no column 'mode'; did you mean made or deleted?"


def test_capitals_do_not_matter_where_one_table_fits(server, tmp_path):
    found = source(address(server)).read(entry(tmp_path, 'path = "CRM.Leads"'))
    assert found.taken == {"Leads": 7}


def test_without_a_mapping_the_table_leads_is_known_by_its_headings(server, tmp_path):
    told = refused(address(server))
    assert told.startswith("No table here is named leads (there are crm.deals, crm.leads")
    server.run(
        "create table crm.usual as "
        'select id as "Lead ID", made::date as "Created" from crm.leads where made is not null',
        "alter table crm.leads rename to others",
        'alter table crm.usual rename to "Leads"',
        f'grant select on crm."Leads" to {READER}',
    )
    try:
        found = source(address(server, more="/crm")).read(Wish(today=sql_leads.TODAY))
    finally:
        server.run('drop table crm."Leads"', "alter table crm.others rename to leads")
    assert found.taken == {"Leads": 7}
    told = refused(address(server, more="/crm"))
    assert "The headings of leads are not known (id, made, Source" in told


def test_a_query_that_takes_too_long_for_the_server(server, tmp_path):
    wish = entry(tmp_path, "query = 'select id, made from crm.leads, pg_sleep(20)'")
    assert "longer than it allows" in refused(address(server, more="?options=-c%20statement_timeout=300"), wish)


def test_a_server_that_stops_in_the_middle(tmp_path):
    server = start_postgres()
    try:
        server.load("leads", sql_leads.TABLES["leads"])
        wish = entry(tmp_path, "query = 'select id, made from leads, pg_sleep(30)'")
        told = []
        url = address(server, server.user, database="postgres")
        reading = threading.Thread(target=lambda: told.append(refused(url, wish, server.password)))
        reading.start()
        until = time.monotonic() + 30
        while time.monotonic() < until and not _sleeping(server):
            time.sleep(0.05)
        assert _sleeping(server)
        server.stop()
        reading.join(30)
    finally:
        server.stop()
    assert "the connection was lost; nothing was changed, run this again" in told[0]


def _sleeping(server):
    with server.connect() as connection:
        asked = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
        return connection.execute(asked).fetchone()[0]
