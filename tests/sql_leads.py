"""A small CRM as typed tables: leads, deals and users, for databases and, as CSV, for the import of files."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.csv

UTC = dt.UTC
TODAY = dt.date(2026, 7, 1)


def _day(text):
    return dt.date.fromisoformat(text) if text else None


def _moment(text, zone=UTC):
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone) if text else None


def _leads():
    rows = [
        # id, made, source, rep, worked, tries, sql, closed, stage, size, deleted, changed
        (1, "2026-01-05 23:30:00", "Email", "u1", "2026-01-06 08:00:00", 2, "2026-01-20", None, "Open", 10, False, 1),
        (2, "2026-01-05 00:10:00", "email ", "u2", None, 0, None, None, "Open", None, False, 1),
        (
            3,
            "2026-01-06 12:00:00",
            "email",
            None,
            "2026-01-06 13:00:00",
            None,
            None,
            "2026-02-01",
            "Lost",
            250,
            False,
            1,
        ),
        (4, "2026-01-07 12:00:00", "", "u9", None, 1, "2026-02-02", "2026-03-01", "Won", 40, False, 1),
        (4, "2026-01-07 12:00:00", "Événement", "u1", None, 3, "2026-02-02", "2026-03-02", "Won", 41, False, 2),
        (5, None, "Email", "u1", None, None, None, None, "Open", None, False, 1),  # refused: no day
        (
            6,
            "2026-03-01 09:00:00",
            "n/a",
            "u2",
            None,
            None,
            None,
            "2026-02-01",
            "Won",
            5,
            False,
            1,
        ),  # refused: too early
        (7, "2026-03-02 09:00:00", "Ads", "u2", None, 1, "2026-03-05", None, "Open", 5, True, 1),  # left out
        (8, "2026-03-03 09:00:00", "Ads", "u3", None, None, None, "2026-06-30", "won", 5, False, 1),
    ]
    names = [
        "id",
        "made",
        "Source",
        "rep",
        "worked",
        "tries",
        "sql_on",
        "closed",
        "Stage",
        "size",
        "deleted",
        "changed",
    ]
    held = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    moments = pa.timestamp("us")
    return pa.table(
        {
            "id": pa.array(held["id"], pa.int64()),
            "made": pa.array([_moment(one) for one in held["made"]], pa.timestamp("us", tz="UTC")),
            "Source": pa.array(held["Source"]),
            "rep": pa.array(held["rep"]),
            "worked": pa.array([_moment(one, None) for one in held["worked"]], moments),
            "tries": pa.array(held["tries"], pa.int64()),
            "sql_on": pa.array([_day(one) for one in held["sql_on"]]),
            "closed": pa.array([_day(one) for one in held["closed"]]),
            "Stage": pa.array(held["Stage"]),
            "size": pa.array(held["size"], pa.int64()),
            "deleted": pa.array(held["deleted"]),
            "changed": pa.array([dt.datetime(2026, 4, day) for day in held["changed"]], moments),
        }
    )


USERS = pa.table({"key": ["u1", "u2", "u3"], "name": ["Rep North 1", "Rep North 2", "Rep North 2"]})
DEALS = pa.table(
    {
        "lead": pa.array([1, 1, 8, 99, None], pa.int64()),
        "sold": pa.array(list(map(_day, ["2026-05-01", "2026-06-01", None, "2026-05-01", "2026-05-01"]))),
        "value": pa.array([Decimal(one) for one in ("10.10", "0.95", "5.00", "7.00", "1.00")], pa.decimal128(12, 2)),
    }
)
TABLES = {"leads": _leads(), "deals": DEALS, "users": USERS}

MAPPING = """
[[file]]
{leads}
table = "Leads"
ignore = {{ deleted = ["true"] }}
newest_by = "changed"
columns = {{ "Lead ID" = "id", Created = "made", Source = "Source", Owner = "rep", "First worked" = "worked", \
Attempts = "tries", SQL = "sql_on", Closed = "closed", Won = "closed", "Company size" = "size" }}
when = {{ Won = {{ column = "Stage", is = ["Won"] }} }}
lookup = {{ Owner = {{ path = "{users}", key = "key", value = "name" }} }}
constants = {{ "Lead type" = "Webinar" }}

[[file]]
path = "{deals}"
table = "Leads"
join = {{ "Lead ID" = "lead" }}
columns = {{ Won = "sold", Amount = "value" }}
"""


def mapping(folder, place="{}", leads=""):
    """A mapping file for tables that are called as ``place`` says, or for leads that come otherwise."""
    named = {name: place.format(name) for name in ("users", "deals")}
    path = folder / "mapping.toml"
    path.write_text(MAPPING.format(leads=leads or f'path = "{place.format("leads")}"', **named))
    return path


def write_csv(folder):
    """The tables as CSV files: the paths."""
    for name, table in TABLES.items():
        pyarrow.csv.write_csv(table, folder / f"{name}.csv")
    return [folder / f"{name}.csv" for name in TABLES]
