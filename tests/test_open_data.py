"""Three open data sets become computed workbooks; the figures published with one of them come out of cells.

The data are test material beside the project, not a part of it.
"""

import datetime as dt
import os
from pathlib import Path

import openpyxl
import pytest

from xlsmkt import cli
from xlsmkt.crm.drafting import draft_mapping
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.mapping import load_mapping
from xlsmkt.package import Book
from xlsmkt.template.shipped import shipped_template

DATA = Path(os.environ.get("XLSMKT_OPEN_DATA", Path(__file__).parents[2] / "shared" / "data"))
MAPPINGS = Path(__file__).parent / "mappings"
TODAY = dt.date(2026, 6, 30)

# As published with the data: 5,000 leads, 813 sold, conversion 16.26 %, win rate 68.67 %, Referral CPL and CAC.
DUBAI = {
    "=SUM(Daily[Leads])": (5000, 0),
    "=SUM(Daily[Customers])": (813, 0),
    "=LEAD_TO_CUSTOMER_RATE(SUM(Daily[Customers]),SUM(Daily[Leads]))": (0.1626, 4),
    "=OPPORTUNITY_TO_CUSTOMER_RATE(SUM(Daily[Customers]),SUM(Daily[Opportunities]))": (0.6867, 4),
    '=SUMIFS(Spend[Cost],Spend[Channel],"Referral")/SUMIFS(Daily[Leads],Daily[Source],"Referral")': (25.28, 2),
    '=SUMIFS(Spend[Cost],Spend[Channel],"Referral")/SUMIFS(Daily[Customers],Daily[Source],"Referral")': (153.44, 2),
}


@pytest.fixture
def data():
    """The folder of the data sets: the one named in XLSMKT_OPEN_DATA, which must exist, or the usual one."""
    if not DATA.is_dir():
        told = "the open data sets are not there; name their folder in XLSMKT_OPEN_DATA"
        pytest.fail(told) if "XLSMKT_OPEN_DATA" in os.environ else pytest.skip(told)
    return DATA


@pytest.fixture
def book(tmp_path):
    """A workbook to which a user has added a sheet with the formulas above."""
    path = tmp_path / "mine.xlsx"
    workbook = openpyxl.load_workbook(shipped_template())
    sheet = workbook.create_sheet("Mine")
    for formula in DUBAI:
        sheet.append([formula])
    workbook.save(path)
    return path


FILES = {
    "dubai_real_estate": ["Leads.csv", "Sales.csv", "Agents.csv"],
    "salesforce_powerbi_demo": ["Opportunity.csv"],
    "salesforce_sfdc_assets": ["Lead.csv", "CampaignMember.csv", "Campaign.csv"],
}


def refresh(book, data, name):
    files = [str(data / name / file) for file in FILES[name]]
    assert cli.main(["refresh", str(book), "--mapping", str(MAPPINGS / f"{name}.toml"), "--from", *files]) == 0


def take(data, name):
    return import_files([data / name / file for file in FILES[name]], MAPPINGS / f"{name}.toml", today=TODAY)


def test_the_published_figures_come_out_of_cells(book, data):
    refresh(book, data, "dubai_real_estate")
    shown = [row[0] for row in Book.open(book).range("Mine", f"A1:A{len(DUBAI)}")]
    assert [round(value, digits) for value, (_, digits) in zip(shown, DUBAI.values(), strict=True)] == [
        figure for figure, _ in DUBAI.values()
    ]


@pytest.mark.parametrize(("name", "leads"), [("salesforce_powerbi_demo", 31), ("salesforce_sfdc_assets", 60)])
def test_object_exports_become_workbooks(book, data, name, leads):
    refresh(book, data, name)
    assert Book.open(book).range("Mine", "A1") == [[leads]]


def test_dubai_gives_its_published_figures(data):
    result = take(data, "dubai_real_estate")
    leads, daily, spend = (result.tables[name] for name in ("Leads", "Daily", "Spend"))
    assert len(leads) == daily["Leads"].sum() == 5000
    assert leads["Won"].notna().sum() == daily["Customers"].sum() == 813
    assert round(813 / 5000, 4) == 0.1626
    assert round(daily["Customers"].sum() / daily["Opportunities"].sum(), 4) == 0.6867
    referral = spend.loc[spend["Channel"] == "Referral", "Cost"].sum()
    counted = daily[daily["Source"] == "Referral"]
    assert round(referral / counted["Leads"].sum(), 2) == 25.28
    assert round(referral / counted["Customers"].sum(), 2) == 153.44
    website = spend.loc[spend["Channel"] == "Website", "Cost"].sum()
    counted = daily[daily["Source"] == "Website"]
    assert round(website / counted["Leads"].sum(), 2) == 50.84
    assert round(website / counted["Customers"].sum(), 2) == 296.90
    cycle = (leads["Won"] - leads["Created"]).dt.days.mean()
    assert round(cycle, 2) == 61.27
    assert leads["Owner"].nunique() == 45
    assert len(result.refused) == 0
    assert result.until == TODAY


def test_salesforce_demo(data):
    result = take(data, "salesforce_powerbi_demo")
    leads = result.tables["Leads"]
    assert len(leads) == 31  # of 36; five have no simulated date
    assert result.refused["Reason"].tolist() == ["no created date"] * 5
    assert leads["Won"].notna().sum() == 12
    assert leads["Closed"].notna().sum() == 18
    assert leads.loc[0, "Created"] == dt.datetime(2024, 2, 12)


def test_salesforce_assets(data):
    result = take(data, "salesforce_sfdc_assets")
    leads, touches = result.tables["Leads"], result.tables["Touches"]
    assert (len(leads), leads["MQL"].notna().sum()) == (60, 24)
    assert leads["Source"].value_counts().to_dict() == {"Cold Call": 25, "Referral": 22, "Online Form": 13}
    assert len(touches) == 34
    assert set(touches["Channel"]) <= {"Email", "event", "web marketing", "social media"}
    assert result.ignored == 34  # contacts, not leads
    assert len(result.refused) == 0


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("dubai_real_estate", ["Leads.csv", "Sales.csv", "Agents.csv"]),
        ("salesforce_powerbi_demo", ["Lead.csv", "Opportunity.csv"]),
        ("salesforce_sfdc_assets", ["Lead.csv", "Opportunity.csv", "CampaignMember.csv", "Campaign.csv"]),
    ],
)
def test_drafts_of_the_data_sets_load(data, name, files, tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text(draft_mapping([data / name / file for file in files]), "utf-8")
    assert load_mapping(draft)
