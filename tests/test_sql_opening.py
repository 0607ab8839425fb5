"""Addresses of databases, files that are databases, and what is said of those that cannot be opened."""

import subprocess
import sys

import duckdb
import ibis
import pytest

from xlsmkt.crm.connection import Connection, Wish
from xlsmkt.crm.databases import open_database, query_of, require_address, shown_address, tables_of
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.mapping import load_mapping
from xlsmkt.crm.sources.sql import Source
from xlsmkt.errors import UserError


def refused(address, password=""):
    with pytest.raises(UserError) as caught:
        open_database(address, password)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def leads_file(tmp_path):
    path = tmp_path / "all leads.duckdb"
    with duckdb.connect(path) as engine:
        engine.execute("create table Leads as select 'L' || n as \"Lead ID\", date '2026-01-01' + n::int as Created "
                       "from range(3) t(n)")  # fmt: skip
    return path


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("postgres://user@host/crm", "postgres"),
        ("postgresql://user@host:5432/crm/schema", "postgres"),
        ("duckdb:///data/leads.duckdb", "duckdb"),
        ("duckdb://leads@home.duckdb", "duckdb"),
        ("snowflake://user@org-account/DB/SCHEMA?warehouse=WH", "snowflake"),
        ("bigquery://project/dataset", "bigquery"),
        ("pyspark://?spark.master=local", "pyspark"),
        ("mysql://user@host/crm", "mysql"),
        ("mssql://user@host/crm", "mssql"),
        ("trino://user@host:8080/catalog/schema", "trino"),
        ("databricks://?server_hostname=host&http_path=/sql", "databricks"),
    ],
)
def test_every_database_that_ibis_knows_has_an_address(address, kind):
    assert require_address(address) == kind


def test_an_address_of_nothing_known():
    assert refused("postgras://user@host/crm") == "postgras:// is no database that is known; did you mean postgres?"
    assert "is no database that is known" in refused("leads")
    assert "pyspark://?spark.master=spark://host:7077" in refused("pyspark://host:7077/crm")


@pytest.mark.parametrize(
    "address",
    [
        "postgres://user:hidden-word@host/crm",
        "postgres://:hidden-word@host/crm",
        "postgres://user:pass/hidden-word@host/crm",
        "postgres://user:12/hidden-word@host/crm",
        "postgres://user:pass#hidden-word@host/crm",
        "postgres://user@host/crm?password=hidden-word",
        "snowflake://user@account/db?token=hidden-word",
        "databricks://?access_token=hidden-word",
        "postgres://user@host:hidden-word/crm",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(address):
    told = refused(address)
    assert "hidden-word" not in told
    assert "password" in told


def test_what_follows_the_question_mark_is_not_shown():
    assert shown_address("snowflake://user@account/db?warehouse=WH") == "snowflake://user@account/db"


def test_a_driver_that_is_not_installed(monkeypatch):
    for module in ("snowflake", "snowflake.connector", "google.cloud", "google.cloud.bigquery", "MySQLdb"):
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.delitem(sys.modules, f"ibis.backends.{module}", raising=False)
    assert refused("snowflake://user@account/db", "word") == (
        'The driver for snowflake:// is not installed; run: pip install "xlsmkt[snowflake]"'
    )
    assert 'pip install "xlsmkt[bigquery]"' in refused("bigquery://project/dataset")
    assert 'pip install "ibis-framework[mysql]"' in refused("mysql://user@host/crm")


def test_spark_without_java(tmp_path):
    """In a process of its own, since a Spark session that runs would be taken."""
    code = (
        "from xlsmkt.crm.databases import open_database\nfrom xlsmkt.errors import UserError\n"
        "try:\n    open_database('pyspark://')\nexcept UserError as error:\n    print(error)"
    )
    environment = {"PATH": str(tmp_path), "JAVA_HOME": str(tmp_path), "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert (
        done.stdout.strip() == "pyspark://: Spark needs Java; install a Java runtime, 17 or newer, and run this again"
    )


# --- mapping files ---


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ('query = " ; "', "query is empty"),
        ("query = 1", "query must be a text in quotation marks"),
        ("", "path is missing; write the name of the file, or of the table of a database"),
    ],
)
def test_a_query_that_is_none(tmp_path, what, told):
    (tmp_path / "mapping.toml").write_text(f'[[file]]\n{what}\ntable = "Leads"\ncolumns = {{ Created = "made" }}\n')
    with pytest.raises(UserError, match=told):
        load_mapping(tmp_path / "mapping.toml")


def test_files_answer_no_query(tmp_path):
    (tmp_path / "leads.csv").write_text("made\n2026-01-01\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[[file]]\nquery = "select 1"\npath = "leads.csv"\ntable = "Leads"\ncolumns = { Created = "made" }\n'
    )
    with pytest.raises(UserError, match="holds a query, which no file answers"):
        import_files([tmp_path / "leads.csv"], mapping)


# --- DuckDB ---


def test_a_file_is_read_and_never_written(leads_file):
    source = Source(Connection("leads", "sql", {"url": f"duckdb://{leads_file}"}), {})
    before = leads_file.read_bytes()
    found = source.read(Wish())
    assert found.tables["Leads"]["Lead ID"].tolist() == ["L0", "L1", "L2"]
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        open_database(f"duckdb://{leads_file}").raw_sql("create table other (a int)")
    assert leads_file.read_bytes() == before
    assert source.check().endswith("tables that can be seen: 1")


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    path = tmp_path / "no.duckdb"
    for kind in ("duckdb", "sqlite"):
        assert refused(f"{kind}://{path}") == f"{path} is not there; check the name of the database's file"
    assert list(tmp_path.iterdir()) == []
    assert "Name the file of the database" in refused("duckdb://")


def test_a_path_from_here(leads_file, monkeypatch):
    monkeypatch.chdir(leads_file.parent)
    assert tables_of(open_database(f"duckdb://{leads_file.name}")) == ["Leads"]


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "leads.duckdb"
    path.write_bytes(b"Lead ID,Created\n" * 1000)
    assert "it is no database that this version can read" in refused(f"duckdb://{path}")


def test_a_file_that_another_program_writes_to(leads_file):
    code = "import duckdb, sys; engine = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, leads_file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        told = refused(f"duckdb://{leads_file}")
        other.stdin.close()
        other.wait(30)
    assert told == f"duckdb://{leads_file}: another program has it open to write; close that one and run this again"
    assert open_database(f"duckdb://{leads_file}").name == "duckdb"


def test_queries_of_duckdb(leads_file):
    backend = open_database(f"duckdb://{leads_file}")
    assert query_of(backend, "from leads;").count().execute() == 3
    with pytest.raises(UserError, match="must be one that selects"):
        query_of(backend, "copy leads to 'leads.csv'")


def test_a_connection_of_ibis_that_is_open_already():
    engine = ibis.duckdb.connect()
    engine.raw_sql("create table leads as select 'L1' as lead_id, timestamptz '2026-01-01 23:30:00-05' as created_at")
    found = Source.over(engine).read(Wish())
    assert found.lists("Leads")["Created"] == [46024]  # 2026-01-02 in UTC
    assert Source.over(engine).check().startswith("The database (duckdb)")
