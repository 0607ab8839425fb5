"""What the account holds that the HubSpot server plays: its properties and its records."""

import datetime as dt

TOKEN = "pat-na1-5e1ec7ed-0000-4000-8000-0123456789ab"  # private apps' tokens look so
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SAME = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)  # the moment that many contacts share, as after an import
MODIFIED = {"contacts": "lastmodifieddate", "deals": "hs_lastmodifieddate"}
SCOPES = {
    "contacts": "crm.objects.contacts.read",
    "deals": "crm.objects.deals.read",
    "owners": "crm.objects.owners.read",
}
DEFAULTS = {
    "contacts": ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"],
    "deals": ["amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id",
              "pipeline"],
}  # fmt: skip
SOURCES = {
    "ORGANIC_SEARCH": "Organic Search",
    "PAID_SEARCH": "Paid Search",
    "EMAIL_MARKETING": "Email Marketing",
    "DIRECT_TRAFFIC": "Direct Traffic",
    "OFFLINE": "Offline Sources",
}
PROPERTIES = {
    "contacts": {
        "hs_object_id": ("Record ID", "number"),
        "createdate": ("Create Date", "datetime"),
        "lastmodifieddate": ("Last Modified Date", "datetime"),
        "email": ("Email", "string"),
        "firstname": ("First Name", "string"),
        "lastname": ("Last Name", "string"),
        "hs_analytics_source": ("Original Traffic Source", "enumeration", SOURCES),
        "hs_analytics_source_data_1": ("Original Traffic Source Drill-Down 1", "string"),
        "first_conversion_event_name": ("First Conversion", "string"),
        "industry": ("Industry", "string"),
        "country": ("Country/Region", "string"),
        "numemployees": ("Number of Employees", "enumeration", {"1-5": "1-5", "5-25": "5-25"}),
        "jobtitle": ("Job Title", "string"),
        "hubspot_owner_id": ("Contact owner", "enumeration", {}),  # its options are the owners, not told here
        "hubspot_owner_assigneddate": ("Owner assigned date", "datetime"),
        "hs_sa_first_engagement_date": ("Date of first engagement", "datetime"),
        "num_contacted_notes": ("Number of times contacted", "number"),
        "hs_lifecyclestage_marketingqualifiedlead_date": ("Became a Marketing Qualified Lead Date", "datetime"),
        "hs_lifecyclestage_salesqualifiedlead_date": ("Became a Sales Qualified Lead Date", "datetime"),
        "hs_lifecyclestage_opportunity_date": ("Became an Opportunity Date", "datetime"),
        "closedate": ("Close Date", "datetime"),
        "first_demo": ("First demo", "date"),  # of this account's own
        "interests": ("Interests", "enumeration", {"tools": "Power tools", "parts": "Spare parts"}),
    },
    "deals": {
        "hs_object_id": ("Record ID", "number"),
        "createdate": ("Create Date", "datetime"),
        "hs_lastmodifieddate": ("Last Modified Date", "datetime"),
        "dealname": ("Deal Name", "string"),
        "dealstage": ("Deal Stage", "enumeration", {"closedwon": "Closed Won", "closedlost": "Closed Lost"}),
        "pipeline": ("Pipeline", "enumeration", {"default": "Sales Pipeline"}),
        "amount": ("Amount", "number"),
        "closedate": ("Close Date", "datetime"),
        "hs_is_closed_won": ("Is Closed Won", "bool", {"true": "True", "false": "False"}),
        "hs_is_closed": ("Is Deal Closed?", "bool", {"true": "True", "false": "False"}),
        "hubspot_owner_id": ("Deal owner", "enumeration", {}),
    },
}


def iso(moment: dt.datetime) -> str:
    """A moment as HubSpot writes it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def contact(number: int) -> dict:
    """The properties of a contact, as the docs say that they are written: texts."""
    created = START + dt.timedelta(minutes=7 * number)
    return {
        "createdate": iso(created),
        "email": f"contact{number}@example.com",
        "hs_analytics_source": list(SOURCES)[number % 5],
        "hs_analytics_source_data_1": f"campaign {number % 9}",
        "industry": ("Retail", "Software", "")[number % 3] or None,
        "country": ("Germany", "Brazil")[number % 2],
        "numemployees": "5-25" if number % 4 else None,
        "jobtitle": "Buyer",
        "hubspot_owner_id": str(400 + number % 24),
        "hubspot_owner_assigneddate": iso(created + dt.timedelta(hours=1)),
        "hs_sa_first_engagement_date": iso(created + dt.timedelta(hours=3)) if number % 3 else None,
        "num_contacted_notes": str(number % 6),
        "hs_lifecyclestage_marketingqualifiedlead_date": iso(created + dt.timedelta(days=2)) if number % 2 else None,
        "first_demo": "2026-02-01" if number % 10 == 0 else None,
        "interests": "tools;parts" if number % 10 == 1 else "tools",
    }


def deal(number: int) -> dict:
    """The properties of a deal: every third is won, every third lost."""
    closed, won = number % 3 > 0, number % 3 == 1
    return {
        "createdate": iso(START + dt.timedelta(days=100)),
        "dealname": f"deal {number}",
        "dealstage": "closedwon" if won else "closedlost" if closed else "qualifiedtobuy",
        "pipeline": "default",
        "amount": str(100 * (number % 40 + 1)),
        "closedate": iso(START + dt.timedelta(days=120 + number % 30)),
        "hs_is_closed_won": str(won).lower(),
        "hs_is_closed": str(closed).lower(),
        "hubspot_owner_id": str(400 + number % 24),
    }


def owner(number: int, count: int) -> dict:
    """The last four left the company; the very last never had a name."""
    name = (
        {"firstName": "Rep", "lastName": f"North {number}"} if number < count - 1 else {"firstName": "", "lastName": ""}
    )
    made = {"createdAt": iso(START), "updatedAt": iso(START), "archived": number >= count - 4, "type": "PERSON"}
    return {"id": str(400 + number), "email": f"rep{number}@example.com", "userId": 900 + number, **name, **made}
