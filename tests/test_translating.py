"""Mappings translated into expressions on DuckDB bring what the import of the same CSV files brings."""

import datetime as dt
import itertools
import os
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from xlsmkt.crm.importing import import_files
from xlsmkt.crm.mapping import load_mapping
from xlsmkt.crm.model import LEADS
from xlsmkt.crm.translating import Given, names_of
from xlsmkt.crm.uniting import frame_of, translate

NUMBERS = itertools.count()
TODAY = dt.date(2026, 6, 30)
MAPPINGS = Path(__file__).parent / "mappings"
DATA = Path(os.environ.get("XLSMKT_OPEN_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture
def engine():
    connection = ibis.duckdb.connect()
    yield connection
    connection.disconnect()


def table_of(engine, path, ordered=True):
    """A CSV file as a table of texts, its rows numbered in their order."""
    rows = pd.read_csv(path, dtype="str", keep_default_na=False, sep=None, engine="python", encoding="utf-8-sig")
    rows.columns = [name.strip() for name in rows.columns]
    for name in rows.columns:  # the days of one of the open data sets, as a database would hold them
        if name.endswith("_Simulated") or (name == "LastModifiedDate" and rows[name].str.contains("/").any()):
            rows[name] = pd.to_datetime(rows[name], format="mixed").astype("datetime64[us]")
    if ordered:
        rows["_row"] = range(len(rows))
    name = f"t{next(NUMBERS)}"
    engine.con.register(name, pa.Table.from_pandas(rows))
    return engine.table(name)


def translated(engine, paths, mapping, ordered=True):
    given = []
    for entry in load_mapping(mapping):
        path = next(path for path in paths if path.name == entry.path)
        names = {
            ours: names_of(table_of(engine, next(p for p in paths if p.name == rule.path)), rule.key, rule.value)
            for ours, rule in entry.lookup.items()
        }
        given.append(Given(table_of(engine, path, ordered), entry, entry.path, names))
    return translate(given)


def assert_same_frames(found, expected):
    """The same rows in the same order, words as words."""
    assert list(found.columns) == list(expected.columns)
    for name in expected:
        one, other = found[name].astype(object), expected[name].astype(object)
        assert one.isna().tolist() == other.isna().tolist(), name
        one, other = (held[held.notna()].tolist() for held in (one, other))
        # databases add up in no order of their own
        assert one == (pytest.approx(other, rel=1e-12) if expected[name].dtype == "float64" else other), name


def sorted_by(keys, frame):
    """The rows in order of some columns: sums come in no order of their own."""
    return frame.astype({key: object for key in keys}).sort_values(keys, ignore_index=True) if keys else frame


def assert_same(result, imported):
    if "Leads" in imported.tables:
        assert result.leads.columns[:20] == tuple(LEADS.columns)
        assert_same_frames(frame_of(result.leads, LEADS), imported.tables["Leads"])
    for name, frame in result.tables.items():
        keys = ["Date", "Channel", "Campaign"] if name == "Spend" else []
        assert_same_frames(*(sorted_by(keys, one) for one in (frame, imported.tables[name])))
    assert (result.superseded, result.ignored) == (imported.superseded, imported.ignored)
    assert result.refused_rows == len(imported.refused)
    wanted = ["File", "Column", "Value", "Reason"]
    assert sorted(result.refused[wanted].values.tolist()) == sorted(imported.refused[wanted].values.tolist())
    assert sorted(result.noted[wanted].values.tolist()) == sorted(imported.noted[wanted].values.tolist())


@pytest.fixture
def both(tmp_path, engine):
    """Writes files and a mapping, imports them both ways and compares."""

    def both(mapping, **texts):
        paths = []
        for name, text in texts.items():
            paths.append(tmp_path / f"{name}.csv")
            paths[-1].write_text(text, "utf-8")
        toml = tmp_path / "mapping.toml"
        toml.write_text(mapping, "utf-8")
        result = translated(engine, paths, toml)
        assert_same(result, import_files(paths, toml, today=TODAY))
        return result

    return both


HEAD = '[[file]]\npath = "A.csv"\ntable = "Leads"\n'


def test_first_filled_constants_and_refusals(both):
    result = both(
        HEAD + 'columns = { "Lead ID" = "Id", Created = "Day", Closed = ["Won", "Lost"], Won = "Won", Amount = "Value",'
        ' Attempts = "Calls", "Company size" = ["Staff", "Size"], Owner = ["Rep", "Team"] }\n'
        'constants = { "Lead type" = "Webinar", Country = "-" }\n',
        A="Id,Day,Won,Lost,Value,Calls,Staff,Size,Rep,Team\n"
        "1,2026-01-02,,2026-01-05,1.5,3,,20, ,North\n"
        "2,2026-01-03T08:15:30.5Z,2026-02-01 10:00,,12,often,7,,Rep 1,South\n"
        "3,,2026-02-01,,1,,,,,\n"
        "4,2026-02-30,,,1,,,,,\n"
        "5,2026-01-05,soon,,1,,,,,\n"
        "6,2026-01-05,,,plenty,often,,,rep 1,\n"
        "7,2026-03-05,2026-03-04,,2,0,,,,-\n"
        "8,2026-03-05,,2026-03-01,2,-1,,,REP 1,\n"
        "9,2026-03-05,2026-03-05,,9999999999999999,1,,,Rep 1,\n"
        "10,2026-03-05,TRUE,no,5,,,,Rep 1,\n",
    )
    assert result.refused["Reason"].value_counts().to_dict() == {
        "no created date": 1, "not a date": 2, "not a number": 1, "not a number that a sheet can hold": 1,
        "won before created": 1, "closed before created": 1,
    }  # fmt: skip


def test_stages_by_words_rows_left_out_and_versions(both):
    both(
        HEAD + 'newest_by = "Changed"\nwhere = { Kind = ["lead"] }\nignore = { Deleted = ["1", "true"] }\n'
        'columns = { "Lead ID" = "Id", Created = "Day", Closed = "End", Source = "Via" }\n'
        'when = { Won = { column = "Stage", is = ["Closed Won"] },'
        ' MQL = { column = "Stage", is = ["mql", "closed won"] } }\n',
        A="Id,Day,End,Stage,Kind,Deleted,Changed,Via\n"
        "1,2026-01-02,2026-02-01,Closed - WON,Lead,0,2026-02-02 10:00,Web\n"
        "1,2026-01-02,,Open,lead,0,2026-01-02 10:00,web\n"
        "2,2026-01-03,,closed won,LEAD!,,2026-01-07 00:00,web\n"
        "3,2026-01-04,,MQL,Contact,,,Web\n"
        "4,2026-01-04,,MQL,Lead,True,,Web\n"
        ",2026-01-04,,MQL,Lead,,2026-01-09,Fair\n"
        ",2026-01-04,,MQL,Lead,,2026-01-09,Fair\n",
    )


def test_deals_beside_leads(both):
    result = both(
        HEAD + 'columns = { "Lead ID" = "Id", Created = "Day", Amount = "Value" }\n'
        '[[file]]\npath = "B.csv"\ntable = "Leads"\njoin = { "Lead ID" = "Lead" }\nnewest_by = "Changed"\n'
        'columns = { Won = "Won", Closed = "End", Amount = "Worth", Owner = "Rep", "Deal ID" = "Deal" }\n',
        A="Id,Day,Value\n1,2026-01-02,9\n2,2026-01-02,8\n3,2026-01-02,7\n4,2026-02-02,6\n",
        B="Deal,Lead,Won,End,Worth,Rep,Changed\n"
        "a,1,2026-02-03,2026-02-03,10,,2026-03-01\n"
        "b,1,2026-02-01,2026-02-04,5.5,Rep 2,2026-03-01\n"
        "c,1,,,99,Rep 3,2026-03-01\n"
        "d,2,,,1,Rep 4,2026-03-01\n"
        "e,2,,2026-02-05,2,Rep 5,2026-03-01\n"
        "e,2,,,3,Rep 6,2026-03-02\n"
        "f,,,,2,Rep 5,\n"
        "g,77,,,2,Rep 5,\n"
        "h,3 ; 2,,2026-02-09,,,\n"
        "i,4,2026-01-09,2026-01-09,4,,\n",
    )
    rows = frame_of(result.leads, LEADS).set_index("Lead ID")
    assert rows.loc["1", ["Amount", "Won", "Closed", "Owner"]].astype(str).tolist() == [
        "15.5", "2026-02-01 00:00:00", "2026-02-03 00:00:00", "Rep 2",
    ]  # fmt: skip
    assert rows.loc["2", "Amount"] == 4  # the open deals d and the newer e
    assert result.refused["Reason"].tolist() == ["no lead is named", "no lead has this id", "won before created"]


def test_ids_of_two_lengths_meet(both):
    both(
        HEAD + 'columns = { "Lead ID" = "Id", Created = "Day", "Deal ID" = "Deal" }\n'
        '[[file]]\npath = "B.csv"\ntable = "Leads"\njoin = { "Deal ID" = "Id" }\ncolumns = { Won = "Won" }\n',
        A="Id,Day,Deal\n1,2026-01-02,006000000000AAA\n2,2026-01-02,006000000000AAB\n",
        B="Id,Won\n006000000000AABXYZ,2026-02-03\n",
    )


def test_names_for_ids_and_sums(both):
    owners = {f"u{number}": f"Rep {number % 300}" for number in range(600)}
    both(
        HEAD + 'columns = { "Lead ID" = "Id", Created = "Day", Owner = "Rep", Source = "Via" }\n'
        'lookup = { Owner = { path = "U.csv", key = "K", value = "N" },'
        ' Source = { path = "U.csv", key = "K", value = "N" } }\n'
        '[[file]]\npath = "A.csv"\ntable = "Spend"\nsum = true\n'
        'columns = { Date = "Day", Channel = "Via", Cost = "Cost" }\n'
        '[[file]]\npath = "T.csv"\ntable = "Touches"\ncolumns = { "Lead ID" = "L", Time = "At", Channel = "C" }\n',
        A="Id,Day,Rep,Via,Cost\n"
        + "".join(f"{n},2026-01-0{n % 9 + 1},u{n % 700},u{n % 5},{n % 7}.25\n" for n in range(1, 1500)),
        U="K,N\n" + "".join(f"{key},{name}\n" for key, name in owners.items()),
        T="L,At,C\n1,2026-01-02 10:00,Mail\n2,2026-01-02,\n3,2026-01-02T11:12:13,mail\n4,2026-01-02 09:00,mail\n",
    )


NAMES = {
    "dubai_real_estate": ["Leads.csv", "Sales.csv", "Agents.csv"],
    "salesforce_powerbi_demo": ["Opportunity.csv"],
    "salesforce_sfdc_assets": ["Lead.csv", "CampaignMember.csv", "Campaign.csv"],
}


@pytest.mark.parametrize("name", NAMES)
def test_open_data(engine, name):
    if not DATA.is_dir():
        told = "the open data sets are not there; name their folder in XLSMKT_OPEN_DATA"
        pytest.fail(told) if "XLSMKT_OPEN_DATA" in os.environ else pytest.skip(told)
    paths = [DATA / name / file for file in NAMES[name]]
    mapping = MAPPINGS / f"{name}.toml"
    assert_same(translated(engine, paths, mapping), import_files(paths, mapping, today=TODAY))
