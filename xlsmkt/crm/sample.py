"""The sample CRM export: two years of leads of a company that sells to companies, with spend, web figures and touches.

Made from seeds: the same files at every run. The leads file has the headings of Salesforce's report on leads with
converted lead information; a few rows in it are broken on purpose, as in every real export.

Leads, the reps' work and touches have a generator each: a change of one leaves the others as they are.
"""

import csv
import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from xlsmkt.crm.sample_sales import REPS, Contact, work
from xlsmkt.crm.sample_touches import TOUCH_HEADINGS, make_touches

FIRST_DAY = dt.date(2024, 10, 1)
LAST_DAY = dt.date(2026, 10, 20)
END = dt.datetime.combine(LAST_DAY, dt.time(23))  # what happens later is not in the export
SEED = 20261020
LEADS_A_DAY = 12.2  # on an average business day of the first year
GROWTH_A_YEAR = 1.11


@dataclass(frozen=True)
class LeadType:
    """A kind of lead: how often it comes, how far it gets."""

    name: str
    share: float
    mql: float  # chance to be marketing qualified
    opportunity: float  # chance that a marketing qualified one becomes an opportunity
    won: float  # chance that an opportunity closes


LEAD_TYPES = (
    LeadType("Demo request", 0.16, 0.86, 0.46, 0.34),
    LeadType("Webinar", 0.21, 0.62, 0.30, 0.25),
    LeadType("Whitepaper", 0.30, 0.41, 0.22, 0.22),
    LeadType("Newsletter", 0.27, 0.18, 0.16, 0.20),
    LeadType("Referral", 0.06, 0.90, 0.58, 0.42),
)


@dataclass(frozen=True)
class Source:
    """Where leads come from, what it costs and how many visitors it takes."""

    name: str
    share: float
    quality: float  # times the chances above
    campaigns: tuple[str, ...]
    cost_a_day: float
    visits_a_day: float


SOURCES = (
    Source("Organic search", 0.29, 1.00, ("",), 75, 420),
    Source("Paid search", 0.22, 0.92, ("Search brand", "Search product"), 270, 230),
    Source("Social", 0.17, 0.80, ("Social spring", "Social always on"), 100, 260),
    Source("E-mail", 0.14, 1.05, ("Nurture", "Product news"), 45, 120),
    Source("Events", 0.09, 1.25, ("Trade fair", "Roadshow"), 120, 18),
    Source("Partners", 0.09, 1.35, ("Partner programme",), 48, 40),
)


class Trait(NamedTuple):
    """Something a lead can be: its share among the leads that go nowhere, and how it grows from stage to stage."""

    name: str
    share: float
    growth: float  # times the share, for each stage that a lead reaches: MQL, opportunity, customer


INDUSTRIES = (
    Trait("Software", 0.30, 1.08),
    Trait("Manufacturing", 0.24, 1.02),
    Trait("Financial services", 0.18, 1.05),
    Trait("Health care", 0.15, 0.94),
    Trait("Retail", 0.13, 0.82),
)
COUNTRIES = (
    Trait("Germany", 0.34, 1.06),
    Trait("France", 0.18, 0.97),
    Trait("Netherlands", 0.14, 1.02),
    Trait("United Kingdom", 0.20, 1.00),
    Trait("Spain", 0.14, 0.90),
)
JOB_TITLES = (
    Trait("Head of sales", 0.22, 1.12),
    Trait("Marketing manager", 0.30, 1.02),
    Trait("Managing director", 0.14, 1.14),
    Trait("Analyst", 0.20, 0.88),
    Trait("Intern", 0.14, 0.76),
)
SIZES = (8, 20, 180, 90, 45, 400, 900, 2500)  # the third to the sixth fit best

# Fewer leads in the summer holidays and at the turn of the year, more in spring and autumn.
SEASON = {1: 0.90, 2: 1.00, 3: 1.12, 4: 1.05, 5: 1.02, 6: 1.00, 7: 0.86, 8: 0.80, 9: 1.12, 10: 1.14, 11: 1.10, 12: 0.78}

LEAD_HEADINGS = [
    "Lead ID", "Created Date", "Lead Type", "Lead Source", "Campaign Name", "Industry", "Country",
    "No. of Employees", "Title", "Lead Owner", "Assigned Date", "First Response Date",
    "Call Attempts", "Connected Date", "MQL Date",
    "SQL Date", "Converted Date", "Close Date", "Stage", "Opportunity Amount",
]  # fmt: skip
SPEND_HEADINGS = ["Date", "Channel", "Campaign", "Cost", "Clicks"]
WEB_HEADINGS = [
    "Date",
    "Source",
    "Visits",
    "Page views",
    "Submissions",
    "E-mail contacts",
    "Social followers",
    "Blog subscribers",
]

# Rows as strangers and old forms leave them; the import refuses each with its reason.
BROKEN_LEADS = (
    {"Lead ID": "90001", "Created Date": "", "Lead Type": "Webinar", "Lead Source": "Events"},
    {
        "Lead ID": "90002",
        "Created Date": "2026-02-30 10:15",
        "Lead Type": "Demo request",
        "Lead Source": "Partners",
    },
    {
        "Lead ID": "90003",
        "Created Date": "2026-06-11 09:02",
        "Lead Type": "Whitepaper",
        "Opportunity Amount": "on request",
    },
    {
        "Lead ID": "90004",
        "Created Date": "2026-08-03 16:40",
        "Close Date": "2026-07-01",
        "Stage": "Closed Won",
        "Opportunity Amount": "4800",
    },
)


def write_sample(folder: Path) -> list[Path]:
    """Write ``leads.csv``, ``spend.csv``, ``web.csv`` and ``touches.csv`` into a folder; the paths, in this order."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(SEED)
    made = list(make_leads(rng))
    leads = [[lead.get(heading, "") for heading in LEAD_HEADINGS] for lead in (*made, *BROKEN_LEADS)]
    visits_per_lead = {source.name: source.visits_a_day / (source.share * LEADS_A_DAY) for source in SOURCES}
    files = {
        "leads.csv": (LEAD_HEADINGS, leads),
        "spend.csv": (SPEND_HEADINGS, list(_spend(rng))),
        "web.csv": (WEB_HEADINGS, list(_web(rng, leads, visits_per_lead))),
        "touches.csv": (TOUCH_HEADINGS, make_touches(random.Random(SEED + 2), made, END)),
    }
    for name, (headings, rows) in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([headings, *rows])
    return [folder / name for name in files]


def _days() -> Iterator[dt.date]:
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        yield FIRST_DAY + dt.timedelta(number)


def _busyness(day: dt.date) -> float:
    """How many leads the day brings, as a share of an average business day."""
    years = (day - FIRST_DAY).days / 365.25
    weekday = (1.08, 1.12, 1.06, 1.0, 0.82, 0.16, 0.14)[day.weekday()]
    return float(weekday * SEASON[day.month] * GROWTH_A_YEAR**years)


def make_leads(rng: random.Random, leads_a_day: float = LEADS_A_DAY) -> Iterator[dict[str, str]]:
    """Leads with the headings of the export, in the order of their creation."""
    number = 10000
    reps_rng = random.Random(SEED + 1)
    for day in _days():
        expected = leads_a_day * _busyness(day) * (0.75 + 0.5 * rng.random())
        for _ in range(int(expected) + (rng.random() < expected % 1)):
            number += 1
            yield _lead(rng, reps_rng, number, day)


def _lead(rng: random.Random, reps_rng: random.Random, number: int, day: dt.date) -> dict[str, str]:
    kind = rng.choices(LEAD_TYPES, [kind.share for kind in LEAD_TYPES])[0]
    source = rng.choices(SOURCES, [source.share for source in SOURCES])[0]
    created = dt.datetime.combine(day, dt.time(7)) + dt.timedelta(minutes=int(rng.random() * 780))
    size = SIZES[int(rng.random() * len(SIZES))]
    fit = 1.15 if 45 <= size <= 400 else 0.9
    steps = {"created": created}
    by_rule = rng.random() < 0.96  # the others are handed out by hand, some days later
    luck = rng if by_rule else reps_rng
    wait = luck.random()
    steps["assigned"] = created + dt.timedelta(minutes=4 + int(wait**3 * 1200) if by_rule else int(wait * 9 * 1440))
    has_number = luck.random() < 0.93
    queue = luck.random() if has_number else 1.0
    answers_at = 1 + int(rng.random() ** 1.6 * 7)
    answers = has_number and luck.random() < 0.58
    pause = luck.random() if answers else 0.0
    if rng.random() < min(1.0, kind.mql * source.quality * fit):
        steps["mql"] = created + dt.timedelta(days=rng.random() ** 2 * 9)
        if rng.random() < min(1.0, kind.opportunity * source.quality):
            steps["sql"] = steps["mql"] + dt.timedelta(days=1 + rng.random() * 9)
            steps["opportunity"] = steps["sql"] + dt.timedelta(days=2 + rng.random() * 18)
            steps["closed"] = steps["opportunity"] + dt.timedelta(days=8 + rng.random() * 62)
            if not by_rule:
                steps["assigned"] = min(steps["assigned"], created + (steps["sql"] - created) / 2)
    won = rng.random() < min(1.0, kind.won * fit)
    amount = round(5000 * (0.45 + rng.random() ** 1.7 * 1.7), -1)
    campaign = source.campaigns[int(rng.random() * len(source.campaigns))]
    reached = ("mql" in steps) + ("closed" in steps) + ("closed" in steps and won)
    industry, country, title = (_trait(rng, traits, reached) for traits in (INDUSTRIES, COUNTRIES, JOB_TITLES))
    owner, attempts = "", 0
    if steps["assigned"] <= END:
        rep = luck.choices(REPS, [rep.share for rep in REPS])[0]
        contact = Contact(steps["assigned"], has_number, queue, answers_at if answers else 0, pause, steps.get("sql"))
        attempts, calls = work(reps_rng, rep, contact, END)
        owner, steps = rep.name, {**steps, **calls}
    shown = {step: when for step, when in steps.items() if when <= END}
    stage = "" if "opportunity" not in shown else "Negotiation"
    if "closed" in shown:
        stage = "Closed Won" if won else "Closed Lost"
    moments = {
        "Created Date": "created", "Assigned Date": "assigned", "First Response Date": "worked",
    }  # fmt: skip
    days = {
        "Connected Date": "connected", "MQL Date": "mql",
        "SQL Date": "sql", "Converted Date": "opportunity",
        "Close Date": "closed",
    }  # fmt: skip
    return {
        "Lead ID": str(number),
        "Lead Type": kind.name,
        "Lead Source": source.name,
        "Campaign Name": campaign,
        "Industry": industry,
        "Country": country,
        "No. of Employees": str(size),
        "Title": title,
        "Lead Owner": owner,
        "Call Attempts": str(attempts),
        "Stage": stage,
        "Opportunity Amount": f"{amount:.0f}" if "opportunity" in shown else "",
        **{heading: shown[step].strftime("%Y-%m-%d %H:%M") for heading, step in moments.items() if step in shown},
        **{heading: shown[step].strftime("%Y-%m-%d") for heading, step in days.items() if step in shown},
    }


def _trait(rng: random.Random, traits: Sequence[Trait], reached: int) -> str:
    """What a lead is that reached so many stages."""
    return rng.choices(traits, [trait.share * trait.growth**reached for trait in traits])[0].name


def _spend(rng: random.Random) -> Iterator[list[str]]:
    """What each campaign cost, week by week (each Monday)."""
    for day in _days():
        if day.weekday() != 0:
            continue
        for source in SOURCES:
            for campaign in source.campaigns:
                cost = source.cost_a_day * 7 / len(source.campaigns) * _busyness(day) * (0.85 + 0.3 * rng.random())
                clicks = int(source.visits_a_day * 7 / len(source.campaigns) * (0.5 + 0.2 * rng.random()))
                yield [day.isoformat(), source.name, campaign, f"{cost:.2f}", str(clicks)]


def _web(rng: random.Random, leads: list[list[str]], visits_per_lead: dict[str, float]) -> Iterator[list[str]]:
    """Visits, page views and submissions a day and source; the sizes of the three audiences each Monday."""
    made: dict[tuple[str, str], int] = {}
    for lead in leads:
        key = (lead[1][:10], lead[3])
        made[key] = made.get(key, 0) + 1
    for day in _days():
        for source in SOURCES:
            count = made.get((day.isoformat(), source.name), 0)
            quiet = source.visits_a_day * _busyness(day) * (0.8 + 0.4 * rng.random())
            visits = int(0.5 * quiet + 0.5 * count * visits_per_lead[source.name]) + count
            yield [
                day.isoformat(),
                source.name,
                str(visits),
                str(int(visits * (2.1 + rng.random()))),
                str(count),
                "",
                "",
                "",
            ]
        if day.weekday() == 0:
            weeks = (day - FIRST_DAY).days / 7
            audiences = (14200 + 61 * weeks, 5300 + 38 * weeks, 2100 + 12 * weeks)
            yield [day.isoformat(), "", "", "", "", *(str(int(size)) for size in audiences)]
