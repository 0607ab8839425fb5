"""Snowflake and BigQuery cannot run here: every figure, and the reading of tables, at least become SQL of theirs."""

import datetime as dt

import ibis
import pytest
import sqlglot

from xlsmkt.crm.entries import FileMapping
from xlsmkt.crm.figures import FIGURES, last_day, leads_to_show
from xlsmkt.crm.model import LEADS
from xlsmkt.crm.translating import KINDS, rows_of

DIALECTS = ["snowflake", "bigquery"]
PLACES = {"snowflake": '"leads"', "bigquery": "`leads`"}
TABLE = ibis.table({one.name: KINDS[one.kind] for one in LEADS.fields}, name="leads")
THEIRS = ibis.table(
    {
        "id": "int64",
        "made": "timestamp('UTC')",
        "day": "date",
        "text": "string",
        "paid": "decimal(12, 2)",
        "won": "boolean",
    },
    name="leads",
)
ENTRY = FileMapping(
    "leads",
    "Leads",
    {"Lead ID": ["id"], "Created": ["made"], "Won": ["won"], "Closed": ["day"], "Amount": ["paid"], "Source": ["text"],
     "Attempts": ["text"], "First worked": ["text"]},
    newest_by="made",
)  # fmt: skip


def compiled(table, dialect):
    text = ibis.to_sql(table, dialect=dialect)
    [parsed] = sqlglot.parse(text, read=dialect)
    assert isinstance(parsed, sqlglot.exp.Query)
    assert PLACES[dialect] in text
    return text


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_can_be_said_there(name, dialect):
    text = compiled(FIGURES[name](TABLE), dialect)
    assert "GROUP BY" in text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_a_workbook_takes_can_be_said_there(dialect):
    compiled(leads_to_show(TABLE, 1000), dialect)
    compiled(last_day(TABLE, dt.date(2026, 7, 1)), dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tables_can_be_read_there(dialect):
    rows = rows_of(THEIRS, ENTRY)
    compiled(rows.counted(list(range(len(rows.faults)))), dialect)
    compiled(rows.refused(), dialect)
    compiled(rows.kept.aggregate(**{str(place): one.rows.sum() for place, one in enumerate(rows.blanked)}), dialect)
