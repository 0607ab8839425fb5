"""The engines that figures are computed on: DuckDB, a PostgreSQL server and Spark, each with the same million leads."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

LEADS = 1_000_000
SOURCES = ["Organic search", "Paid search", "email", "Événement", "Referral", "social"]  # engines sort these apart
TYPES = ["Contact", "Demo", "E-book", "Trial", "Webinar"]
INDUSTRIES = ["Finance", "Health", "Media", "Öffentlich", "Retail", "Software"]
COUNTRIES = ["AT", "BR", "DE", "FR", "GB", "US"]
TITLES = ["Analyst", "Buyer", "Director", "Engineer", "Head of sales"]
CAMPAIGNS = [f"{season} {year}" for year in (2023, 2024, 2025) for season in ("Spring", "Summer", "Autumn", "Winter")]
REPS = [f"Rep {part} {number}" for part in ("North", "South", "West") for number in range(1, 8)]
STAGES = {"MQL": (0.6, 5), "SQL": (0.55, 8), "Opportunity": (0.5, 14)}  # share, days on average
TYPE_OF = {"text": pa.string(), "number": pa.float64(), "date": pa.date32(), "time": pa.timestamp("s")}


def million_leads(rows=LEADS, seed=7):
    """Leads of three years as the import would leave them, with the hidden column ``_row``."""
    from xlsmkt.crm import model

    r = np.random.default_rng(seed)
    second = np.datetime64("2023-01-01", "s") + r.integers(0, 1095 * 86400, rows).astype("timedelta64[s]")
    created = second.astype("datetime64[D]")
    # a source brings two types of lead, some have campaigns, a rep works one industry: as in life, words go together
    source, rep = r.integers(0, len(SOURCES), rows), r.integers(0, len(REPS), rows)
    kind = (source + r.integers(0, 2, rows)) % len(TYPES)
    quarter = (created - np.datetime64("2023-01-01")).astype(int) * 12 // 1095

    def words(choices, codes, blank=0.0):
        return pa.array(choices).take(pa.array(codes)), r.random(rows) < blank

    def any_of(choices, blank=0.0):
        return words(choices, r.integers(0, len(choices), rows), blank)

    def after(moments, average, unit):
        return moments + (r.exponential(average, rows) * unit).astype("timedelta64[s]")

    def days_after(days, average):
        return days + np.round(r.exponential(average, rows)).astype("timedelta64[D]")  # whole days: many are the same

    data = {
        "Lead ID": (pa.array([f"L{number:07d}" for number in range(rows)]), r.random(rows) < 0.001),
        "Created": (created, False),
        "Lead type": words(TYPES, kind),
        "Source": words(SOURCES, source, 0.04),
        "Campaign": (pa.array(CAMPAIGNS).take(pa.array(quarter)), source % 2 == 0),
        "Industry": (pa.array(INDUSTRIES).take(pa.array(rep % len(INDUSTRIES))), rep == 20),
        "Country": any_of(COUNTRIES, 0.05),
        "Company size": (np.round(r.lognormal(4, 1.5, rows)), r.random(rows) < 0.2),
        "Job title": any_of(TITLES, 0.3),
        "Owner": words(REPS, rep, 0.05),
    }
    assigned = after(second, 2, 3600)
    early = r.random(rows) < 0.03  # worked on before anybody was named
    worked = np.where(early, after(second, 0.5, 3600), after(assigned, 10, 3600))
    data["Assigned"] = (assigned, r.random(rows) < 0.05)
    data["First worked"] = (worked, r.random(rows) < 0.12)
    data["Attempts"] = (r.integers(0, 9, rows).astype(float), r.random(rows) < 0.1)
    data["Connected"] = (days_after(created, 3), r.random(rows) < 0.3)
    day, reached = created, np.full(rows, True)
    for stage, (share, average) in STAGES.items():
        day = days_after(day, average)
        reached &= r.random(rows) < share + 0.04 * kind
        # systems leave gaps: a stage may be blank although a later one was reached
        data[stage] = (day, ~reached | (r.random(rows) < 0.02))
    closed = days_after(day, 30)
    won = reached & (r.random(rows) < 0.2 + 0.04 * source)
    lost = ~won & (r.random(rows) < 0.4)
    data["Closed"], data["Won"] = (closed, ~won & ~lost), (closed, ~won)
    data["Amount"] = (np.round(r.lognormal(8, 1, rows), 2), ~reached | (r.random(rows) < 0.02))

    columns = {}
    for field in model.LEADS.fields:
        values, blank = data[field.name]
        array = values if isinstance(values, pa.Array) else pa.array(values)
        if blank is not False:
            array = pa.compute.if_else(pa.array(blank), pa.scalar(None, array.type), array)
        columns[field.name] = array.cast(TYPE_OF[field.kind])
    return pa.table({**columns, "_row": pa.array(np.arange(rows))})


def missing(told):
    """Without what it needs a test is skipped; in continuous integration it fails."""
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)


# --- PostgreSQL ---


@dataclass
class Postgres:
    """A server on loopback: its super user, and what it takes to reach it."""

    port: int
    process: subprocess.Popen
    folder: Path
    host: str = "127.0.0.1"
    user: str = "postgres"
    password: str = "s3cret-of-the-server"
    database: str = "postgres"

    @property
    def url(self):
        return f"postgres://{self.user}@{self.host}:{self.port}/{self.database}"

    def connect(self, **how):
        """A connection of psycopg."""
        import psycopg

        who = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        return psycopg.connect(dbname=self.database, autocommit=True, **who | how)

    def run(self, *statements):
        """Run statements as super user."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def load(self, table, data):
        """A new table with the columns of an Arrow table, filled by COPY."""
        columns = ", ".join(f'"{one.name}" {_postgres_type(one.type)}' for one in data.schema)
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"create table {table} ({columns})")
            with cursor.copy(f"copy {table} from stdin (format csv)") as copy:
                for batch in data.to_batches(50_000):
                    text = pa.BufferOutputStream()
                    pyarrow.csv.write_csv(batch, text, pyarrow.csv.WriteOptions(include_header=False))
                    copy.write(text.getvalue().to_pybytes())
            cursor.execute(f"analyze {table}")

    def stop(self):
        """Stop the server; its connections end."""
        if self.process.poll() is None:
            self.process.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _postgres_type(kind):
    if pa.types.is_timestamp(kind):
        return "timestamptz" if kind.tz else "timestamp"
    plain = {pa.string(): "text", pa.float64(): "float8", pa.int64(): "int8", pa.date32(): "date", pa.bool_(): "bool"}
    return plain.get(kind, "numeric")


def programs():
    """The folder of PostgreSQL's server programs, or None; Debian keeps them off the path."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


def free_port():
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_postgres():
    """A new server in a temporary folder, which wants a password; to be stopped by its `stop`."""
    bin_folder = programs()
    if bin_folder is None:
        missing("PostgreSQL is not installed; install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="xlsmkt-postgres-"))
    server = Postgres(free_port(), None, folder)
    secret = folder / "password"
    secret.write_text(server.password)
    before = []  # PostgreSQL refuses to run as root; and it must not outlive a test run that is killed
    if hasattr(os, "getuid") and os.getuid() == 0:
        import pwd

        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        os.chown(secret, account.pw_uid, account.pw_gid)
        before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=SIGQUIT"]
    how = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    init = [bin_folder / "initdb", "-D", folder / "data", "-U", server.user, "--pwfile", secret, "-A", "scram-sha-256"]
    # like most servers it sorts as a language does, not by code points
    sorting = ["-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
    made = subprocess.run([*before, *init, *sorting, "--no-sync"], check=False, timeout=120, **how)
    assert made.returncode == 0, made.stdout
    settings = {"listen_addresses": server.host, "port": server.port, "unix_socket_directories": ""}
    settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}
    told = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    with (folder / "log").open("w") as log:
        server.process = subprocess.Popen(
            [*before, bin_folder / "postgres", "-D", folder / "data", *told], cwd=folder, stdout=log, stderr=log
        )
    wait_for(server)
    return server


def wait_for(server):
    """Wait until the server takes connections."""
    import psycopg

    until = time.monotonic() + 60
    while True:
        try:
            server.connect(connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if server.process.poll() is not None or time.monotonic() > until:
                told = (server.folder / "log").read_text()
                server.stop()
                raise AssertionError(f"PostgreSQL did not start: {error}\n{told}") from None
            time.sleep(0.1)


# --- Spark ---


def start_spark(folder):
    """A Spark session on this machine."""
    if shutil.which("java") is None:
        missing("Java is not installed; install openjdk-17-jre-headless")
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": folder / "local",
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.sql.shuffle.partitions": 4,
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("xlsmkt tests")
    for key, value in settings.items():
        builder = builder.config(key, str(value))
    return builder.getOrCreate()


# --- the fixtures; conftest.py makes them known ---


@pytest.fixture(scope="session")
def lead_rows():
    """The million leads as an Arrow table."""
    return million_leads()


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server without tables."""
    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A Spark session."""
    session = start_spark(tmp_path_factory.mktemp("spark"))
    gateway = session.sparkContext._gateway
    yield session
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()  # the Java process ends with it
    gateway.proc.wait(30)


@pytest.fixture(scope="session")
def engines(lead_rows, postgres, spark, tmp_path_factory):
    """The million leads on each engine, as Ibis tables with exactly the columns of Leads and ``_row``."""
    import ibis

    duck = ibis.duckdb.connect()
    duck.con.register("arrow", lead_rows)
    duck.raw_sql("create table leads as from arrow")
    duck.con.unregister("arrow")
    postgres.run("create schema million")
    postgres.load("million.leads", lead_rows)
    path = tmp_path_factory.mktemp("leads") / "leads.parquet"
    pyarrow.parquet.write_table(lead_rows, path)
    spark.read.parquet(str(path)).createOrReplaceTempView("million_leads")
    there = ibis.postgres.connect(
        host=postgres.host, port=postgres.port, user=postgres.user, password=postgres.password, database="postgres"
    )
    over = ibis.pyspark.connect(spark)
    yield {
        "duckdb": duck.table("leads"),
        "postgres": there.table("leads", database="million"),
        "spark": over.table("million_leads"),
    }
    there.disconnect()
    duck.disconnect()
