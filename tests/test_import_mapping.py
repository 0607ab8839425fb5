"""Mapping files: columns, rules, joins, lookups, sums; what is wrong with one; drafts; three open data sets."""

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.drafting import draft_mapping
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.mapping import load_mapping
from xlsmkt.crm.reading import read_csv
from xlsmkt.errors import UserError

TODAY = dt.date(2026, 6, 30)
HERE = Path(__file__).parent


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "people.csv").write_text(
        "No,When,Bought,Dropped,How,Rep,State,Cost\n"
        "1,2026-01-02,2026-02-01,,Web,A1,sold,5\n"
        "2,2026-01-02,,2026-02-05,Web,A2,lost,7\n"
        "3,2026-01-03,,,Fair,A3,open,\n"
        "4,2026-01-04,,,Fair,A1,test,1\n"
    )
    (tmp_path / "reps.csv").write_text("Key,Name\nA1,Rep North\nA2,Rep North\nA9,Nobody\n")
    (tmp_path / "sales.csv").write_text(
        "Sale,Person,Day,State,Value\ns1,1,2026-02-01,won,100\ns2,1,2026-03-01,won,50\ns3,1,2026-01-20,lost,999\n"
        "s4,2,2026-02-05,lost,10\ns5,2,2026-02-09,lost,20\ns6,3,,open,30\ns7,8,2026-02-01,won,1\n"
    )
    return tmp_path


@pytest.fixture
def take(folder):
    def take(mapping, *names, **options):
        path = folder / "map.toml"
        path.write_text(mapping)
        return import_files([folder / name for name in names], path, today=TODAY, **options)

    return take


LEADS = """
[[file]]
path = "people.csv"
table = "Leads"
[file.columns]
"Lead ID" = "No"
Created = "When"
Source = "How"
"""


def days(frame, column):
    return frame[column].dt.strftime("%m-%d").fillna("").tolist()


def test_columns_of_ours_from_columns_of_theirs(take):
    leads = take(LEADS).tables["Leads"]
    assert leads["Lead ID"].tolist() == ["1", "2", "3", "4"]
    assert leads["Source"].tolist() == ["Web", "Web", "Fair", "Fair"]
    assert days(leads, "Created") == ["01-02", "01-02", "01-03", "01-04"]


def test_the_first_column_that_is_filled_constants_and_rows_left_out(take):
    result = take(
        LEADS.replace('table = "Leads"', 'table = "Leads"\nignore = { State = ["Test"] }')
        + 'Closed = ["Bought", "Dropped"]\n[file.constants]\n"Lead type" = "Fair 2026"\nAttempts = "2"\n'
    )
    leads = result.tables["Leads"]
    assert days(leads, "Closed") == ["02-01", "02-05", ""]
    assert leads["Lead type"].tolist() == ["Fair 2026"] * 3
    assert leads["Attempts"].tolist() == [2.0] * 3
    assert result.ignored == 1
    kept = take(LEADS.replace('table = "Leads"', 'table = "Leads"\nwhere = { State = ["open", "test"] }'))
    assert kept.tables["Leads"]["Lead ID"].tolist() == ["3", "4"]
    assert kept.ignored == 2


def test_a_stage_counts_only_where_a_rule_says_so(take):
    result = take(LEADS + 'Won = "Bought"\n[file.when]\nWon = { column = "State", is = ["Sold", "TEST"] }\n')
    assert days(result.tables["Leads"], "Won") == ["02-01", "", "", "01-04"]
    assert result.noted["Reason"].tolist() == ["no date; that of its creation is taken"]


def test_names_for_ids_and_two_people_of_one_name(take):
    result = take(LEADS + 'Owner = "Rep"\n[file.lookup]\nOwner = { path = "reps.csv", key = "Key", value = "Name" }\n')
    assert result.tables["Leads"]["Owner"].tolist() == ["Rep North (A1)", "Rep North (A2)", "A3", "Rep North (A1)"]
    assert result.noted[["File", "Line", "Column", "Value"]].values.tolist() == [["people.csv", 4, "Rep", "A3"]]


DEALS = """
[[file]]
path = "sales.csv"
table = "Leads"
join = { "Lead ID" = "Person" }
columns = { Won = "Day", Closed = "Day", Amount = "Value" }
when = { Won = { column = "State", is = ["won"] }, Closed = { column = "State", is = ["won", "lost"] } }
"""


def test_deals_are_added_up_for_their_lead(take):
    result = take(LEADS + DEALS)
    leads = result.tables["Leads"]
    assert leads["Amount"].fillna(0).tolist() == [150, 30, 30, 0]  # won ones only; both lost ones; the open one
    assert days(leads, "Won") == ["02-01", "", "", ""]
    assert days(leads, "Closed") == ["02-01", "02-05", "", ""]
    assert result.refused.values.tolist() == [["sales.csv", 8, "Person", "8", "no lead has this id"]]
    assert result.tables["Daily"]["Revenue"].sum() == 150


def test_a_sale_before_its_lead_names_the_heading_of_the_sales(take, folder):
    (folder / "sales.csv").write_text("Person,Day,State,Value\n1,2025-12-31,won,100\n2,2025-12-30,lost,10\n")
    result = take(LEADS + DEALS)
    assert result.refused.values.tolist() == [
        ["people.csv", 2, "Day (sales.csv)", "2025-12-31", "won before created"],
        ["people.csv", 3, "Day (sales.csv)", "2025-12-30", "closed before created"],
    ]


def test_a_file_may_feed_two_tables_and_costs_are_added_up(take):
    spend = (
        '[[file]]\npath = "people.csv"\ntable = "Spend"\nsum = true\n'
        'columns = { Date = "When", Channel = "How", Cost = "Cost" }\n'
    )
    result = take(LEADS + spend)
    frame = result.tables["Spend"]
    assert frame[["Channel", "Cost"]].values.tolist() == [["Web", 12.0], ["Fair", 1.0]]
    assert result.refused.values.tolist() == [["people.csv", 4, "Cost", "", "no cost"]]
    assert result.sources == ["people.csv"]


def test_patterns_and_files_given_before_files_beside_the_mapping(take, folder, tmp_path_factory):
    for month in ("01", "02"):
        (folder / f"export-{month}.csv").write_text(f"No,When,How\n{month},2026-{month}-02,Web\n")
    mapping = LEADS.replace("people.csv", "export-*.csv")
    assert take(mapping).tables["Leads"]["Lead ID"].tolist() == ["01", "02"]
    assert take(mapping, "export-02.csv").tables["Leads"]["Lead ID"].tolist() == ["02"]


def test_a_file_that_no_entry_names_is_taken_by_its_headings(take, folder):
    (folder / "ads.csv").write_text("Day,Campaign,Cost\n2026-01-01,A,5\n")
    assert take(LEADS, "people.csv", "ads.csv").tables["Spend"]["Cost"].tolist() == [5]


def test_a_name_with_brackets_is_a_name(take, folder):
    (folder / "people.csv").rename(folder / "people [1].csv")
    assert len(take(LEADS.replace("people.csv", "people [1].csv")).tables["Leads"]) == 4


def test_encoding_delimiter_and_reading_of_a_file(take, folder):
    (folder / "people.csv").write_bytes("No;When;How;Money\n1;05/04/2026;Bücher;1.000\n".encode("cp1252"))
    mapping = LEADS.replace(
        'table = "Leads"', 'table = "Leads"\nencoding = "cp1252"\ndelimiter = ";"\ndate_order = "month"\ndecimal = ","'
    )
    leads = take(mapping + 'Amount = "Money"\n').tables["Leads"]
    assert (days(leads, "Created"), leads["Source"].tolist(), leads["Amount"].tolist()) == (
        ["05-04"],
        ["Bücher"],
        [1000],
    )
    single = mapping.replace('"month"', '{ Created = "day" }').replace('decimal = ","', 'decimal = { Amount = "." }')
    leads = take(single + 'Amount = "Money"\n').tables["Leads"]
    assert (days(leads, "Created"), leads["Amount"].tolist()) == (["04-05"], [1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("Created = ", "Creatd = "), "map.toml, entry 1: Leads has no column 'Creatd'; did you mean Created"),
        (('"When"', '"Wen"'), "people.csv has no column 'Wen'; did you mean When"),
        (("people.csv", "peple.csv"), "map.toml names peple.csv, which is not there; did you mean people.csv"),
        (('table = "Leads"', 'table = "Lead"'), "entry 1: table is 'Lead'; write one of Leads, Spend, Web, Touches"),
        (('table = "Leads"', ""), "entry 1: table is ''"),
        (('path = "people.csv"', ""), "entry 1: path is missing"),
        (("path = ", "pth = "), "there is no key 'pth'; did you mean path"),
        (('Created = "When"', ""), "entry 1: Leads needs Created"),
        (('"When"', "5"), "columns.Created must be a list of texts"),
        (("[[file]]", "[file]"), "must hold \\[\\[file\\]\\] entries"),
        (("[[file]]", "[[file"), "map.toml is not a TOML file"),
        (('table = "Leads"', 'table = "Leads"\ndate_order = "never"'), "date_order must be 'day' or 'month' or 'year'"),
        (('table = "Leads"', 'table = "Leads"\ndecimal = { Created = ";" }'), "decimal must be '.' or ','"),
        (('table = "Leads"', 'table = "Leads"\nwhen = { Won = "State" }'), "write when.Won = "),
        (
            ('table = "Leads"', 'table = "Leads"\nwhen = { Owner = { column = "State", is = ["x"] } }'),
            "column of dates",
        ),
        (('table = "Leads"', 'table = "Leads"\nlookup = { Owner = "reps.csv" }'), "write lookup.Owner = "),
        (('table = "Leads"', 'table = "Leads"\njoin = { Owner = "Rep" }'), 'write join = { "Lead ID" = '),
        (('table = "Leads"', 'table = "Leads"\nconstants = "x"'), "constants must be a table"),
        (('table = "Leads"', 'table = "Leads"\nsheet = 5'), "sheet must be a text"),
        (('table = "Leads"', 'table = "Leads"\nignore = { State = "Test" }'), "ignore.State must be a list of texts"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_named(take, change, message):
    with pytest.raises(UserError, match=message.replace("(", r"\(").replace("{", r"\{")):
        take(LEADS.replace(*change))


def test_a_mapping_that_is_not_there_and_a_lookup_without_its_column(take, folder):
    with pytest.raises(UserError, match="xlsmkt map"):
        import_files([folder / "people.csv"], folder / "none.toml")
    with pytest.raises(UserError, match=r"reps\.csv has no column 'Nme'; did you mean Name"):
        take(LEADS + 'Owner = "Rep"\n[file.lookup]\nOwner = { path = "reps.csv", key = "Key", value = "Nme" }\n')
    with pytest.raises(UserError, match="without the leads"):
        take(DEALS)


# --- drafts ---


def test_a_draft_of_a_known_export_imports_as_the_export_itself(folder):
    path = folder / "deals.csv"
    path.write_text(
        "Record ID,Deal Name,Deal Stage,Create Date,Close Date,Amount,Deal owner,Favourite colour\n"
        '1,A,Closed won,2026-01-05,2026-02-05,500,"Rep, One",red\n'
        "2,B,Contract sent,2026-01-06,2026-02-06,700,Rep,blue\n"
    )
    draft = folder / "draft.toml"
    draft.write_text(draft_mapping([path]))
    plain, mapped = import_files([path], today=TODAY), import_files([path], draft, today=TODAY)
    assert mapped.tables["Leads"].equals(plain.tables["Leads"])
    text = draft.read_text()
    assert 'Won = { column = "Deal Stage", is = ["Closed won"] }' in text
    assert '# "Deal Stage" also holds: "Contract sent"' in text
    assert '# not used: "Deal Name", "Favourite colour"' in text


def test_a_draft_of_unknown_files_loads_and_suggests(folder):
    (folder / "kunden.csv").write_text("Nr;Tag;Lead Sources;Sales Agents\n1;31.12.2025;Web;Ann\n2;30.12.2025;Web;Bob\n")
    text = draft_mapping([folder / "kunden.csv", folder / "reps.csv"])
    draft = folder / "draft.toml"
    draft.write_text(text)
    (entry,) = load_mapping(draft)
    assert entry.columns["Created"] == ["Tag"]
    assert "# a guess; check it" in text
    assert '# Source = "Lead Sources"' in text
    assert '# Owner = { path = "reps.csv", key = "Key", value = "Name" }' in text
    assert len(import_files([folder / "kunden.csv"], draft, today=TODAY).tables["Leads"]) == 2


def test_a_draft_joins_deals_to_leads(folder):
    (folder / "Leads.csv").write_text("Lead ID,Created,Source\n1,2026-01-02,Web\n")
    (folder / "Sales.csv").write_text("Sale,Lead_ID,Won date,Deal value\ns1,1,2026-02-01,100\n")
    draft = folder / "draft.toml"
    draft.write_text(draft_mapping([folder / "Leads.csv", folder / "Sales.csv"]))
    leads = import_files([], draft, today=TODAY).tables["Leads"]
    assert leads[["Amount"]].values.tolist() == [[100]]
    assert days(leads, "Won") == ["02-01"]


CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\n\r"]  # many of them are no text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headings=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters=CONTROLS), max_size=12),
        min_size=1,
        max_size=6,
    )
)
def test_a_draft_can_be_loaded_whatever_the_headings(headings, tmp_path):
    path = tmp_path / "any.csv"
    headings = [f"h{heading}" for heading in headings]  # a row that is mostly blank is no row of headings
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([*headings, "when"])
        writer.writerow([*headings, "2026-01-31"])
        writer.writerow([*headings, "2026-01-30"])
    draft = tmp_path / "draft.toml"
    draft.write_text(draft_mapping([path]), "utf-8")
    (entry,) = load_mapping(draft)
    assert set(entry.headings) <= set(read_csv(path, Answers()).headings)


def test_nothing_to_draft(folder):
    with pytest.raises(UserError, match=r"reps\.csv: no column holds dates"):
        draft_mapping([folder / "reps.csv"])
