"""What an import refuses, keeps, counts and leaves blank; and how the rows reach the workbook."""

import csv
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from xlsmkt.crm.delivering import daily_that_fits, leads_of
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.joining import stack
from xlsmkt.crm.model import DAILY, LEADS
from xlsmkt.errors import UserError

TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def take(tmp_path):
    def take(*texts, **options):
        paths = []
        for number, text in enumerate(texts, 1):
            paths.append(tmp_path / f"file{number}.csv")
            paths[-1].write_bytes(text.encode())
        return import_files(paths, today=TODAY, **options)

    return take


HEAD = "Lead ID,Created,Source,Attempts,MQL,Won,Amount\n"


def test_each_refused_row_has_its_file_line_column_value_and_reason(take):
    result = take(
        HEAD
        + '1,2026-01-02,"two\nlines",3,,,\n'
        + "2,,Web,,,,\n"
        + "\n"
        + "3,yesterday,Web,,,,\n"
        + '4,2026-01-04,"a ""quoted"" one",,soon,,\n'
        + "5,2026-01-05,Web,,,2026-01-01,10\n"
        + "6,2026-01-06,Web,,,2026-02-01,plenty\n"
        + "7,2026-01-07,Web\n"
        + "8,2026-01-08,Web,,,,\n"
    )
    width = "the row has more or fewer values than there are headings"
    assert result.refused.values.tolist() == [
        ["file1.csv", 4, "Created", "", "no created date"],
        ["file1.csv", 6, "Created", "yesterday", "not a date"],
        ["file1.csv", 7, "MQL", "soon", "not a date"],
        ["file1.csv", 8, "Won", "2026-01-01", "won before created"],
        ["file1.csv", 9, "Amount", "plenty", "not a number"],
        ["file1.csv", 10, "", "7,2026-01-07,Web", width],
    ]
    assert result.tables["Leads"]["Lead ID"].tolist() == ["1", "8"]
    assert result.taken == {"Leads": 2}


def test_a_row_with_two_faults_is_refused_once(take):
    result = take(HEAD + "1,never,Web,,soon,,plenty\n")
    assert result.refused[["Column", "Value"]].values.tolist() == [["Created", "never"]]


def test_other_values_that_cannot_be_read_are_left_blank_and_noted(take):
    result = take(HEAD + "1,2026-01-02,Web,often,,,\n2,2026-01-02,Web,often,,,\n3,2026-01-02,Web,2,,,\n")
    assert len(result.refused) == 0
    assert result.tables["Leads"]["Attempts"].fillna(-1).tolist() == [-1, -1, 2]
    assert result.noted.values.tolist() == [["file1.csv", 2, "Attempts", "often", "not a number; left blank (2 rows)"]]
    assert result.log()["Line"] == [2]


def test_a_deal_won_before_the_first_contact_is_real(take):
    result = take("Lead ID,Created,First worked,Won\n1,2026-01-02,2026-01-20 10:00,2026-01-10\n")
    assert len(result.tables["Leads"]) == 1


def test_won_on_the_day_of_creation_is_no_negative_time(take):
    assert len(take("Lead ID,Created,Won\n1,2026-01-02 18:00,2026-01-02 09:00\n").refused) == 0


def test_empty_rows_are_no_rows(take):
    result = take(HEAD + ",,,,,,\n1,2026-01-02,Web,,,,\n , ,,,,,\n\n;\n")
    assert len(result.tables["Leads"]) == 1
    assert result.refused["Value"].tolist() == [";"]
    kept = take("Lead ID,Created,Telephone\n,,123\n1,2026-01-02,\n,,\n")
    assert kept.refused[["Line", "Reason"]].values.tolist() == [[2, "no created date"]]


def test_refusals_of_an_excel_file_name_its_rows(tmp_path):
    workbook = Workbook()
    for row in (["Lead ID", "Created"], [1, dt.date(2026, 1, 2)], [], [2, "soon"], [3, None], [4, True]):
        workbook.active.append(row)
    workbook.save(tmp_path / "leads.xlsx")
    result = import_files([tmp_path / "leads.xlsx"], today=TODAY)
    assert result.refused[["Line", "Value", "Reason"]].values.tolist() == [
        [4, "soon", "not a date"], [5, "", "no created date"], [6, "", "no created date"],
    ]  # fmt: skip
    assert result.tables["Leads"]["Lead ID"].tolist() == ["1"]


# --- versions and twins ---


def test_rows_without_an_id_are_never_taken_for_one(take):
    result = take("Created,Source\n2026-01-02,Web\n2026-01-02,Web\n")
    assert len(result.tables["Leads"]) == 2
    assert result.tables["Daily"]["Leads"].tolist() == [2]
    assert result.superseded == 0
    mixed = take("Lead ID,Created\n,2026-01-02\n,2026-01-02\n1,2026-01-02\n-,2026-01-02\n")
    assert len(mixed.tables["Leads"]) == 4


def test_of_rows_with_one_id_the_last_wins_and_the_others_are_counted(take):
    result = take(
        "Lead ID,Created,Source\n1,2026-01-02,Old\n2,2026-01-02,Web\n1,2026-01-02,Newer\n",
        "Lead ID,Created,Source\n1,2026-01-02,Newest\na,2026-01-02,x\nA,2026-01-02,x\n",
    )
    leads = result.tables["Leads"]
    assert dict(zip(leads["Lead ID"], leads["Source"], strict=True)) == {"2": "Web", "1": "Newest", "a": "x", "A": "x"}
    assert result.superseded == 2
    assert len(result.refused) == 0


def test_the_last_change_decides_where_it_is_known(take):
    result = take(
        "Lead ID,Created Date,Lead Owner,Last Modified Date\n"
        "1,2026-01-02,New,2026-03-01 10:00\n1,2026-01-02,Old,2026-02-01 10:00\n1,2026-01-02,Unknown,\n"
    )
    assert result.tables["Leads"]["Owner"].tolist() == ["New"]
    assert result.superseded == 2


def test_a_date_of_change_that_stays_open_is_no_question_where_no_version_depends_on_it(take):
    head = "Lead ID,Created Date,Lead Owner,Last Modified Date\n"
    assert len(take(head + "1,2026-01-02,Ann,05/04/2026\n").tables["Leads"]) == 1
    with pytest.raises(UserError, match="column Last Modified Date"):
        take(head + "1,2026-01-02,Ann,05/04/2026\n1,2026-01-02,Bob,06/04/2026\n")


# --- words ---


def test_words_get_one_spelling_over_all_files(take):
    result = take(
        "Lead ID,Created,Source\n1,2026-01-02,google\n2,2026-01-02,Google \n",
        "Lead ID,Created,Source\n3,2026-01-02,Google\n",
    )
    assert result.tables["Leads"]["Source"].tolist() == ["Google"] * 3
    assert result.tables["Daily"][["Source", "Leads"]].values.tolist() == [["Google", 3]]


FORMULAS = ['=HYPERLINK("http://x";"y")', "+49 30 1234", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0"]


def test_texts_that_look_like_formulas_stay_texts_and_are_guarded_in_the_csv(take, tmp_path):
    quoted = ['"' + text.replace('"', '""') + '"' for text in FORMULAS]
    result = take("Lead ID,Created,Source\n" + "".join(f"{n},2026-01-02,{text}\n" for n, text in enumerate(quoted)))
    assert result.lists("Leads")["Source"] == FORMULAS
    refused = take("Lead ID,Created\n" + "".join(f"{n},{text}\n" for n, text in enumerate(quoted)))
    assert refused.refused["Value"].tolist() == FORMULAS
    path = tmp_path / "refused.csv"
    refused.write_refusals_csv(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfFile,Line,Column,Value,Reason\r\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Value"] for row in rows] == ["'" + text for text in FORMULAS]
    assert rows[0]["Line"] == "2"


# --- Daily, the last day, and what fits on a sheet ---

COHORT = (
    "Lead ID,Created,Source,First worked,Attempts,Connected,MQL,SQL,Opportunity,Closed,Won,Amount\n"
    "1,2026-01-02 09:00,Web,2026-01-03 10:00,,2026-01-03,2026-01-03,2026-01-04,2026-01-05,2026-02-01,2026-02-01,100\n"
    "2,2026-01-02 23:59,Web,,2,,2026-01-05,,,,,70\n"
    "3,2026-01-02,Fair,,0,2026-01-09,,,,2026-02-02,,50\n"
    "4,2026-01-03,web,,,,,,,,,\n"
)


def test_daily_counts_what_became_of_the_leads_of_a_day(take):
    daily = take(COHORT).tables["Daily"]
    assert list(daily.columns) == DAILY.columns
    shown = daily.drop(columns=["Lead type", "Campaign", "Industry", "Owner"]).assign(Date=daily["Date"].dt.day)
    assert shown.values.tolist() == [
        [2, "Fair", 1, 0, 0, 0, 0, 1, 1, 0.0],  # reached, so it was worked
        [2, "Web", 2, 2, 1, 1, 1, 2, 1, 100.0],
        [3, "Web", 1, 0, 0, 0, 0, 0, 0, 0.0],
    ]


def test_the_last_day_is_the_last_one_of_the_leads_that_is_not_to_come(take):
    assert take(COHORT).until == dt.date(2026, 2, 2)
    assert take(COHORT + "5,2026-01-04,Web,,,,,,,2026-12-24,,\n").until == dt.date(2026, 2, 2)
    spend = "Date,Channel,Campaign,Cost\n2026-05-01,Web,A,1\n"
    assert take(COHORT, spend).until == dt.date(2026, 2, 2)
    assert take(COHORT, spend).last_days == {"Leads": dt.date(2026, 2, 2), "Spend": dt.date(2026, 5, 1)}


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("Spend", "Date,Channel,Campaign,Cost\n2026-05-01,Web,A,1\n2027-05-01,Web,A,1\n"),
        ("Web", "Date,Source,Visits\n2026-05-01,Web,5\n"),
        ("Touches", "Lead ID,Time,Channel\n1,2026-05-01 10:00,Web\n"),
    ],
)
def test_without_leads_there_is_no_day_of_the_report(take, table, text):
    result = take(text)
    assert result.until is None
    assert result.last_days == {table: dt.date(2026, 5, 1)}
    assert take(COHORT, text).until == dt.date(2026, 2, 2)


def test_a_refused_row_names_the_heading_of_its_file(take):
    head = "Lead ID,Created Date,Lead Owner,Stage,Close Date,Amount\n"
    result = take(head + "1,2026-01-05,Rep North,Closed Won,2026-01-01,10\n2,2026-01-05,Rep North,Lost,2026-01-02,\n")
    assert result.refused.values.tolist() == [
        ["file1.csv", 2, "Close Date", "2026-01-01", "won before created"],
        ["file1.csv", 3, "Close Date", "2026-01-02", "closed before created"],
    ]


def test_more_leads_than_a_sheet_holds(take):
    result = take(COHORT, most_rows=3)
    assert result.tables["Leads"]["Lead ID"].tolist() == [
        "2",
        "3",
        "4",
    ]  # the open ones, then the most recent closed one
    assert result.tables["Daily"]["Leads"].sum() == 4
    assert result.taken["Leads"] == 4
    assert result.note == (
        "There are 4 leads; the sheet Leads holds the 3 that are open or most recent, and Daily counts them all."
    )


def test_a_daily_that_does_not_fit_tells_fewer_words_apart(take):
    leads = take("Created,Source,Owner\n" + "".join(f"2026-01-02,Web,Rep {n}\n" for n in range(9))).tables["Leads"]
    daily, note = daily_that_fits(leads_of(leads), 5)
    assert daily[["Source", "Leads"]].values.tolist() == [["Web", 9]]
    assert daily["Owner"].isna().all()
    assert note == "Daily does not tell Owner apart, to fit on a sheet."


def test_a_table_that_does_not_fit_is_an_error(take):
    spend = "Date,Channel,Campaign,Cost\n" + "2026-05-01,Web,A,1\n" * 4
    with pytest.raises(UserError, match="Spend has 4 rows and a sheet holds 3; give a shorter period"):
        take(spend, most_rows=3)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["", "a", "b"]), st.sampled_from(["", "x", "y"]), st.booleans()),
        max_size=30,
    )
)
def test_daily_agrees_with_counting_by_hand(rows):
    frame = pd.DataFrame(
        {
            "Created": np.array([np.datetime64("2026-01-01") + day for day, *_ in rows], "datetime64[s]"),
            "Source": pd.Categorical([source or None for _, source, _, _ in rows], ["a", "b"]),
            "Owner": pd.Categorical([owner or None for _, _, owner, _ in rows], ["x", "y"]),
            "Won": np.array(["2026-02-01" if won else "NaT" for *_, won in rows], "datetime64[s]"),
            "Amount": np.full(len(rows), 2.5),
        }
    )
    daily, _ = daily_that_fits(leads_of(stack([frame], LEADS)))
    expected = {}
    for day, source, owner, won in rows:
        counts = expected.setdefault((day, source, owner), [0, 0, 0.0])
        counts[0] += 1
        counts[1] += won
        counts[2] += 2.5 * won
    words = daily[["Source", "Owner"]].astype(object).fillna("")
    found = {
        (row.Date.day - 1, *key): [row.Leads, row.Customers, row.Revenue]
        for row, key in zip(daily.itertuples(), words.itertuples(index=False, name=None), strict=True)
    }
    assert found == expected


# --- cells ---


def test_lists_for_cells(take):
    result = take(COHORT)
    lists = result.lists("Leads")
    assert list(lists) == LEADS.columns
    assert lists["Lead ID"] == ["1", "2", "3", "4"]
    assert lists["Created"] == [46024.0, 46024.0, 46024.0, 46025.0]  # 2026-01-02 is day 46024 of Excel
    assert lists["First worked"][0] == pytest.approx(46025 + 10 / 24, abs=1e-9)  # a double's step here is 7e-12
    assert lists["First worked"][1:] == [None, None, None]
    assert lists["Amount"] == [100.0, 70.0, 50.0, None]
    assert lists["Industry"] == [None] * 4
    assert {type(value) for column in lists.values() for value in column} == {str, float, type(None)}
    assert result.lists("Daily")["Leads"] == [1.0, 2.0, 1.0]


def test_progress_runs_from_start_to_end(take):
    told = []
    take(COHORT, progress=lambda share, words: told.append((share, words)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert ("Reading file1.csv") in [words for _, words in told]


def test_no_file_and_no_rows(take):
    with pytest.raises(UserError, match="no file was given"):
        import_files([])
    result = take(HEAD)
    assert len(result.tables["Leads"]) == len(result.tables["Daily"]) == 0
    assert result.until is None
    assert result.lists("Leads")["Created"] == []


def test_salesforce_ids_of_15_and_18_characters_are_one(take):
    result = take(
        "Lead ID,Created Date,Lead Owner,Opportunity ID\n00Q1,2026-01-02,Ann,006000000000AAA\n",
        "Opportunity ID,Opportunity Name,Stage,Created Date,Close Date,Amount\n"
        "006000000000AAAXYZ,A,Closed Won,2026-01-05,2026-02-01,10\n",
    )
    assert result.tables["Leads"]["Amount"].tolist() == [10]
