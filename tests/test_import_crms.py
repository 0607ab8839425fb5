"""Exports of the five CRMs, and plain ones, are known by their headings."""

import datetime as dt

import pytest
from openpyxl import Workbook

from xlsmkt.crm.drafting import draft_mapping
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.model import TABLES
from xlsmkt.errors import UserError

TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def take(tmp_path):
    def take(**files):
        paths = []
        for name, text in files.items():
            paths.append(tmp_path / f"{name}.csv")
            paths[-1].write_text(text, "utf-8")
        return import_files(paths, today=TODAY)

    return take


def first(frame, row=0):
    """A row as plain values: days as texts, blanks left out."""
    values = frame.iloc[row].dropna()
    return {name: value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else value for name, value in values.items()}


def test_hubspot_contacts(take):
    result = take(
        contacts=(
            "Record ID,First Name,Email,Create Date,Lifecycle Stage,Original Source,Original Source Drill-Down 1,"
            "Contact owner,Industry,Country/Region,Job Title,Number of Employees,Number of times contacted,"
            "Date of first engagement,Became a Marketing Qualified Lead Date,Became a Sales Qualified Lead Date,"
            "Became an Opportunity Date,Became a Customer Date,Close Date,Recent Deal Amount,Last Modified Date\n"
            "101,Ann,ann@example.com,2026-01-05 14:02,Customer,Organic Search,blog,Rep One,SOFTWARE,Germany,CEO,250,4,"
            "2026-01-06 09:30,2026-01-07 10:00,2026-01-08 10:00,2026-01-09 10:00,2026-02-10 08:00,2026-02-10 08:00,"
            "1200.50,2026-02-11 00:00\n"
            "102,Bob,,2026-01-06 23:59,Lead,Paid Search,,,,,,,,,,,,,,,2026-01-06 23:59\n"
        )
    )
    leads = result.tables["Leads"]
    assert first(leads) == {
        "Lead ID": "101", "Created": "2026-01-05", "Source": "Organic Search", "Campaign": "blog",
        "Industry": "SOFTWARE", "Country": "Germany", "Company size": 250.0, "Job title": "CEO", "Owner": "Rep One",
        "First worked": "2026-01-06", "Attempts": 4.0, "MQL": "2026-01-07", "SQL": "2026-01-08",
        "Opportunity": "2026-01-09", "Closed": "2026-02-10", "Won": "2026-02-10", "Amount": 1200.5,
    }  # fmt: skip
    assert first(leads, 1) == {"Lead ID": "102", "Created": "2026-01-06", "Source": "Paid Search"}
    assert leads["First worked"][0].hour == 9
    assert len(result.refused) == 0
    assert result.until == dt.date(2026, 2, 10)


def test_hubspot_deals(take):
    result = take(
        deals=(
            "Record ID,Deal Name,Deal Stage,Create Date,Close Date,Amount,Deal owner,Original Source Type\n"
            "1,A,Closed won,2026-01-05 14:02,2026-02-05 10:00,500,Rep,Direct Traffic\n"
            "2,B,Closed lost,2026-01-06 14:02,2026-02-06 10:00,700,Rep,Direct Traffic\n"
            "3,C,Contract sent,2026-01-07 14:02,2026-09-30 10:00,900,Rep,Direct Traffic\n"
        )
    )
    leads = result.tables["Leads"]
    assert leads["Won"].notna().tolist() == [True, False, False]
    assert leads["Closed"].notna().tolist() == [True, True, False]  # an open deal's close date is a forecast
    assert leads["Opportunity"].tolist() == leads["Created"].tolist()
    assert result.tables["Daily"]["Revenue"].sum() == 500


def test_hubspot_contacts_and_deals_joined_by_the_contact(take):
    result = take(
        contacts="Record ID,Create Date,Contact owner,Original Source\n7,2026-01-05,Ann,Web\n8,2026-01-06,Bob,Web\n",
        deals=(
            "Record ID,Deal Name,Deal Stage,Create Date,Close Date,Amount,Deal owner,Associated Contact IDs,"
            "Last Modified Date\n"
            "1,A,Closed won,2026-01-15,2026-02-05,500,Ann,7;8,2026-02-05\n"
            "1,A,Contract sent,2026-01-15,2026-02-05,450,Ann,7,2026-02-01\n"
            "2,B,Closed won,2026-01-15,2026-02-06,40,Ann,7,2026-02-06\n"
            "3,C,Closed won,2026-01-15,2026-02-06,40,Ann,,2026-02-06\n"
        ),
    )
    leads = result.tables["Leads"]
    assert leads["Amount"].fillna(0).tolist() == [540, 0]
    assert first(leads)["Won"] == "2026-02-05"
    assert first(leads)["Opportunity"] == "2026-01-15"
    assert result.superseded == 1
    assert result.refused.values.tolist() == [["deals.csv", 5, "Associated Contact IDs", "", "no lead is named"]]


def test_salesforce_report_with_footer(take):
    result = take(
        report=(
            '"Lead ID","Created Date","Lead Source","Lead Owner","Lead Status","Converted Date","Opportunity Amount",'
            '"Close Date","Stage","Last Modified Date"\n'
            '"00Q1","1/15/2026","Web","Ann Rep","Qualified","1/20/2026","$5,000.00",'
            '"3/31/2026","Closed Won","3/31/2026"\n'
            '"00Q2","1/16/2026","Phone Inquiry","Bob Rep","Open","","","","","1/16/2026"\n'
            '\n"Leads with opportunities"\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
            '"Confidential Information - Do Not Distribute"\n"Generated By:  Ann Rep  6/1/2026 9:05 AM"\n"Example"\n'
        )
    )
    assert first(result.tables["Leads"]) == {
        "Lead ID": "00Q1", "Created": "2026-01-15", "Source": "Web", "Owner": "Ann Rep", "Opportunity": "2026-01-20",
        "Closed": "2026-03-31", "Won": "2026-03-31", "Amount": 5000.0,
    }  # fmt: skip
    assert len(result.tables["Leads"]) == 2
    assert len(result.refused) == 0
    assert result.ignored == 5


SF_LEADS = (
    "Id,IsDeleted,LeadSource,Status,Industry,NumberOfEmployees,OwnerId,IsConverted,ConvertedDate,"
    "ConvertedOpportunityId,CreatedDate,LastModifiedDate,Title,Country\n"
    "00Q1,false,Web,Closed - Converted,Apparel,90,005A,true,2026-02-01,006000000000AAA,"
    "2026-01-02T08:00:00.000+0000,2026-02-01T08:00:00.000+0000,CFO,US\n"
    "00Q2,false,Partner,Open,,,005A,false,,,2026-01-03T08:00:00.000+0000,2026-01-03T08:00:00.000+0000,,US\n"
    "00Q3,true,Partner,Open,,,005A,false,,,2026-01-03T08:00:00.000+0000,2026-01-03T08:00:00.000+0000,,US\n"
)
SF_DEALS = (
    "Id,IsDeleted,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate,LastModifiedDate,OwnerId\n"
    "006000000000AAABBB,false,Closed Won,100.5,2026-03-01,true,true,2026-02-01T08:00:00Z,2026-03-01T08:00:00Z,005A\n"
    "006000000000XXXBBB,false,Qualification,100.5,2026-03-01,false,false,2026-02-01T08:00:00Z,2026-03-01T08:00:00Z,005A\n"
)


def test_salesforce_objects_joined_by_the_id_of_the_opportunity(take):
    result = take(Lead=SF_LEADS, Opportunity=SF_DEALS)
    leads = result.tables["Leads"]
    assert first(leads) == {
        "Lead ID": "00Q1", "Created": "2026-01-02", "Source": "Web", "Industry": "Apparel", "Country": "US",
        "Company size": 90.0, "Job title": "CFO", "Owner": "005A", "Opportunity": "2026-02-01", "Closed": "2026-03-01",
        "Won": "2026-03-01", "Amount": 100.5,
    }  # fmt: skip
    assert leads["Lead ID"].tolist() == ["00Q1", "00Q2"]  # the deleted one is left out
    assert result.ignored == 1
    assert result.refused.values.tolist() == [["Opportunity.csv", 3, "Id", "006000000000XXXBBB", "no lead has this id"]]


def test_salesforce_opportunities_alone(take):
    leads = take(Opportunity=SF_DEALS).tables["Leads"]
    assert leads["Lead ID"].tolist() == ["006000000000AAABBB", "006000000000XXXBBB"]
    assert leads["Won"].notna().tolist() == [True, False]


def test_members_of_a_campaign_are_not_taken_for_leads(take):
    with pytest.raises(UserError, match="xlsmkt map"):
        take(members="Id,CampaignId,LeadId,Status,HasResponded,CreatedDate,LeadSource\n1,2,3,Sent,,2026-01-01,Web\n")


def test_pipedrive_deals(take):
    result = take(
        deals=(
            "Deal - ID;Deal - Title;Deal - Deal created;Deal - Won time;Deal - Lost time;Deal - Value;Deal - Owner;"
            "Deal - Status;Deal - Source channel;Deal - Update time;Deal - Expected close date\n"
            "1;A;2026-01-05 10:11:12;2026-02-01 10:00:00;;1.250,50;Ann;Won;Web forms;2026-02-01 10:00:00;2026-03-31\n"
            "2;B;2026-01-06 10:11:12;;2026-02-02 10:00:00;900;Ann;Lost;Web forms;2026-02-02 10:00:00;2026-03-31\n"
            "3;C;2026-01-07 10:11:12;;;1.000;Bob;Open;;2026-01-07 10:11:12;2026-03-31\n"
            "4;D;2026-01-07 10:11:12;;;5;Bob;Deleted;;2026-01-07 10:11:12;\n"
        )
    )
    leads = result.tables["Leads"]
    assert first(leads) == {
        "Lead ID": "1", "Created": "2026-01-05", "Source": "Web forms", "Owner": "Ann", "Opportunity": "2026-01-05",
        "Closed": "2026-02-01", "Won": "2026-02-01", "Amount": 1250.5,
    }  # fmt: skip
    assert leads["Closed"].notna().tolist() == [True, True, False]
    assert leads["Amount"].tolist() == [1250.5, 900, 1000]
    assert result.ignored == 1


def test_zoho_leads_and_deals(take):
    leads = (
        "Record Id,Lead Owner,Lead Source,Lead Status,Industry,Country,No. of Employees,Designation,Created Time,"
        "Modified Time\n"
        'zcrm_1,Ann,-None-,Contacted,"Retail",IN,11,Manager,"Sep 12, 2025 10:15 AM","Sep 13, 2025 10:15 PM"\n'
    )
    assert first(take(leads=leads).tables["Leads"]) == {
        "Lead ID": "zcrm_1", "Created": "2025-09-12", "Industry": "Retail", "Country": "IN", "Company size": 11.0,
        "Job title": "Manager", "Owner": "Ann",
    }  # fmt: skip
    deals = (
        "Record Id,Deal Owner,Deal Name,Stage,Closing Date,Amount,Lead Source,Created Time,Modified Time\n"
        'zcrm_9,Ann,A,Closed Won,"Oct 12, 2025","$ 1,200.00",Web,"Sep 12, 2025 10:15 AM","Sep 13, 2025 10:15 PM"\n'
        'zcrm_8,Ann,B,Closed-Lost to Competition,"Oct 13, 2025",$ 300.00,Web,"Sep 12, 2025 10:15 AM",\n'
        'zcrm_7,Ann,C,Negotiation,"Dec 24, 2026",$ 300.00,Web,"Sep 12, 2025 10:15 AM",\n'
    )
    frame = take(deals=deals).tables["Leads"]
    assert first(frame)["Won"] == "2025-10-12"
    assert frame["Closed"].notna().tolist() == [True, True, False]
    with pytest.raises(UserError, match="share no id"):
        take(leads=leads, deals=deals)


def test_dynamics_leads_as_excel_file(tmp_path):
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["(Do Not Modify) Lead", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On", "Created On",
                  "Lead Source", "Owner", "Status", "Est. Revenue", "Actual Close Date"])  # fmt: skip
    when = dt.datetime(2026, 1, 5, 9, 5)
    sheet.append(["{A-1}", "x", when, when, "Web", "Ann", "Won", 5000, dt.datetime(2026, 2, 1)])
    sheet.append(["{A-2}", "x", when, when, "Web", "Ann", "Open", 700, None])
    path = tmp_path / "My Open Leads.xlsx"
    workbook.save(path)
    leads = import_files([path], today=TODAY).tables["Leads"]
    assert first(leads) == {
        "Lead ID": "{A-1}", "Created": "2026-01-05", "Source": "Web", "Owner": "Ann", "Closed": "2026-02-01",
        "Won": "2026-02-01", "Amount": 5000.0,
    }  # fmt: skip
    assert first(leads, 1)["Amount"] == 700


def test_our_own_headings_always_work_in_every_table(take):
    result = take(
        leads="lead id,CREATED,Lead type,Owner,Won,Amount,Notes\n1,2026-01-02,Demo,Ann,2026-02-01,10,x\n",
        spend="Date,Channel,Campaign,Cost,Clicks\n2026-01-01,Web,A,5.5,10\n",
        web="Date,Source,Visits,Page views,E-mail contacts\n2026-01-01,Web,100,300,5000\n",
        touches="Lead ID,Time,Channel\n1,2026-01-01 10:00,Web\n",
    )
    assert list(result.tables) == ["Leads", "Daily", "Spend", "Web", "Touches"]
    for table in TABLES[:-1]:
        assert list(result.tables[table.name].columns) == table.columns
        assert len(result.tables[table.name]) == 1
    assert first(result.tables["Leads"])["Closed"] == "2026-02-01"
    assert result.tables["Web"]["E-mail contacts"].tolist() == [5000.0]
    assert result.sources == ["leads.csv", "spend.csv", "web.csv", "touches.csv"]


def test_advertising_and_analytics_exports(take):
    result = take(
        ads=(
            'Campaign report\n"January 1, 2026 - January 2, 2026"\nDay,Campaign,Cost,Clicks\n'
            '2026-01-01,Brand,"1,234.50",7\n'
        ),
        ga="Date,Session default channel group,Sessions,Views\n20260101,Organic Search,10,30\n",
    )
    assert result.tables["Spend"]["Cost"].tolist() == [1234.5]
    assert result.tables["Web"]["Visits"].tolist() == [10]
    assert result.last_days == {"Spend": dt.date(2026, 1, 1), "Web": dt.date(2026, 1, 1)}


@pytest.mark.parametrize(
    "text", ["Name,Phone,City\nA,1,B\n", "SKU,Price,Stock\n1,2,3\n", "just some words\nand more\n"]
)
def test_a_file_of_the_wrong_kind_says_what_was_found(take, text):
    with pytest.raises(UserError) as error:
        take(wrong=text)
    heading = text.split("\n")[0].replace(",", ", ")
    assert str(error.value) == (
        f"wrong.csv is no export that is known (its headings are {heading}) "
        "and no column holds dates, so nothing can be counted; "
        "give it beside the file of leads, or export the dates as well"
    )


def test_a_mapping_is_recommended_where_one_can_be_drafted(take, tmp_path):
    with pytest.raises(
        UserError, match=r"its headings are Date, Source\); write a mapping with xlsmkt map wrong\.csv$"
    ):
        take(wrong="Date,Source\n2026-01-01,x\n")
    assert "[[file]]" in draft_mapping([tmp_path / "wrong.csv"])
    with pytest.raises(UserError, match=r"xlsmkt map leads\.csv sales\.csv$"):
        take(leads="Lead ID,Created,Source\n1,2026-01-02,Web\n", sales="Lead ID,Sale Value\n1,5\n")
    assert "join" in draft_mapping([tmp_path / "leads.csv", tmp_path / "sales.csv"])


def test_beside_a_mapping_the_missing_entry_is_named(tmp_path):
    (tmp_path / "leads.csv").write_text("Lead ID,Created\n1,2026-01-02\n")
    (tmp_path / "sales.csv").write_text("Colour,Price\nred,5\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[[file]]\npath = "leads.csv"\ntable = "Leads"\ncolumns = { Created = "Created" }\n')
    with pytest.raises(UserError, match=r"mapping\.toml has no entry for it; add one, or leave the file out$"):
        import_files([tmp_path / "leads.csv", tmp_path / "sales.csv"], mapping, today=TODAY)


def test_a_closing_date_without_a_stage_wins_nothing_and_says_so(take):
    result = take(
        leads="Lead ID,Created Date,Lead Owner,Close Date,Opportunity Amount\n1,2026-01-02,Ann,2026-02-01,10\n"
    )
    assert result.tables["Leads"]["Won"].isna().all()
    assert "export the stage" in result.noted["Reason"][0]


def test_a_stage_column_in_which_nothing_says_won_is_noted(take):
    result = take(
        deals="Deal ID,Deal Name,Deal Stage,Create Date,Close Date,Amount\n1,A,Gewonnen,2026-01-02,2026-02-01,10\n"
    )
    assert result.tables["Leads"]["Won"].isna().all()
    assert result.noted[["Column", "Value"]].values.tolist() == [["Deal Stage", "Gewonnen"]]
    assert "when.Won" in result.noted["Reason"][0]


def test_a_checkbox_instead_of_a_date_takes_the_best_date_there_is(take):
    result = take(
        leads="Lead ID,Created,Closed,Won\n1,2026-01-02,2026-02-01,TRUE\n2,2026-01-03,,yes\n3,2026-01-04,,no\n"
    )
    days = result.tables["Leads"]["Won"].dt.strftime("%Y-%m-%d").fillna("").tolist()
    assert days == ["2026-02-01", "2026-01-03", ""]
    assert result.noted[["Line", "Column", "Reason"]].values.tolist() == [
        [3, "Won", "no date; that of its creation is taken"]
    ]
