"""Files that go through the database bring what the careful import of the same files brings."""

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_beside import attempt
from test_plain_import_any import OPTIONS, csv_texts

from xlsmkt.crm.importing import import_files

TODAY = dt.date(2026, 6, 30)
IN_BULK = []  # whether the last files went through the database


def import_both(paths, mapping=None, **options):
    """The careful import, after that through the database was seen to bring the same, or to refuse with the same
    sentence."""
    paths = list(paths)
    answers = {}
    ask = options.get("ask")

    def remembered(question):
        answers[str(question)] = ask(question)
        return answers[str(question)]

    known = ask and (lambda question: answers[str(question)])
    careful, refusal = attempt(
        lambda: import_files(paths, mapping, bulk=False, **{**options, "ask": ask and remembered})
    )
    bulk, other = attempt(
        lambda: import_files(paths, mapping, bulk=True, **{**options, "ask": known, "progress": None})
    )
    assert str(other) == str(refusal)
    if refusal is not None:
        raise refusal
    IN_BULK.append(bulk.held is not None)
    assert_same(bulk, careful)
    return careful


def assert_same(bulk, careful):
    """Everything that an import brings is the same both ways; the order of words in a column may differ."""
    assert list(bulk.tables) == list(careful.tables)
    for name in careful.tables:
        for date1904 in (False, True):
            expected = careful.columns(name, date1904)
            for heading, column in bulk.columns(name, date1904).items():
                assert column.to_pylist() == pytest.approx(expected[heading].to_pylist(), abs=1e-9, nan_ok=True), (
                    heading
                )
    assert bulk.log() == careful.log()
    for one in ("superseded", "ignored", "until", "sources", "note", "taken", "last_days"):
        assert getattr(bulk, one) == getattr(careful, one), one


@pytest.fixture(autouse=True)
def fresh():
    IN_BULK.clear()


@pytest.fixture
def take(tmp_path):
    def take(*texts, **options):
        paths = []
        for number, text in enumerate(texts, 1):
            paths.append(tmp_path / f"file{number}.csv")
            paths[-1].write_bytes(text.encode())
        return import_both(paths, today=TODAY, **options)

    return take


HEAD = "Lead ID,Created,Source,Attempts,MQL,Won,Amount\n"


def test_plain_rough_and_refused_rows_of_one_file(take):
    take(
        HEAD
        + '1,2026-01-02,"two\nlines",3,,,2.5\n'
        + "2,,Web,,,,\n"
        + "\n"
        + "3,yesterday,Web,,,,\n"
        + '4,2026-01-04,"a ""quoted"" one",often,soon,,\n'
        + "5,2026-01-05, web,,,2026-01-01,10\n"
        + "6,2026-01-06,WEB,often,,2026-02-01,1.234\n"
        + "7,2026-01-07,Web\n"
        + "8,2026-01-08T10:00:00Z,web,1,Jan 9 2026,,\n"
        + "1,2026-01-09,-None-,,,,7\n"
    )
    assert IN_BULK == [True]


def test_deals_beside_leads(take):
    take(
        "Lead ID,Created Date,Lead Owner,Opportunity ID\n1,2026-01-02,Rep North 1,a\n2,2026-01-03,rep north 1,b\n"
        "3,2026-03-03,Rep North 2,c\n",
        "Opportunity ID,Opportunity Name,Stage,Created Date,Close Date,Amount\n"
        "a,One,Closed Won,2026-01-20,2026-02-01,10.5\nb,Two,Closed Lost,2026-01-20,2026-02-01,3\n"
        "c,Three,Closed Won,2026-01-20,2026-02-01,3\nd,Four,Open,2026-01-20,,\n",
    )
    assert IN_BULK == [True]


@settings(max_examples=60, deadline=None)
@given(st.lists(csv_texts(), min_size=1, max_size=2), OPTIONS)
def test_any_export(texts, options):
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"file{number}.csv") for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_bytes(text.encode())
        attempt(lambda: import_both(paths, today=TODAY, **options))
