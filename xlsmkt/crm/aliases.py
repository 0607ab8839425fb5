"""The headings of the usual CRMs: one table a CRM and kind of export, our column → its headings, the best one first.

Headings are compared without case, accents and signs; a heading that stands in no table here feeds nothing.
"""

from dataclasses import dataclass, field

from xlsmkt.crm.model import IMPORTED, LEADS

DELETED = ("True", "1", "Yes", "Deleted")
WON = ("Won", "Closed Won", "Closed - Won", "Deal Won", "Customer", "Evangelist", "True", "Yes", "1")
CLOSED = (*WON, "Lost", "Closed Lost", "Closed - Lost", "Closed Lost to Competition", "Closed - Lost to Competition",
          "Closed", "Deal Lost", "Out-Sold", "Abandoned", "Canceled", "Cancelled")  # fmt: skip


@dataclass(frozen=True)
class Export:
    """The headings of one kind of export."""

    crm: str
    kind: str  # "deals", or the table of ours that it feeds
    columns: dict[str, tuple[str, ...]]
    won: tuple[str, ...] = ()  # columns that say whether a deal is won; the date beside them may be a forecast
    closed: tuple[str, ...] = ()  # columns that say whether a deal is closed
    newest_by: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    lead_id: tuple[str, ...] = ()  # in deals: the lead's id
    every: dict[str, tuple[str, ...]] = field(default_factory=dict)  # columns filled from several headings together
    telling: tuple[str, ...] = ()  # headings that only this kind of export has; one of them must be there
    never: tuple[str, ...] = ()  # headings that it never has


OURS = tuple(Export("xlsmkt", table.name, {name: (name,) for name in table.columns}) for table in IMPORTED)

_PERSON = {
    "Industry": ("Industry",),
    "Country": ("Country", "Country/Region", "Country/Territory"),
    "Job title": ("Job Title", "Title", "Designation"),
}

HUBSPOT = (
    Export(
        "HubSpot",
        "Leads",
        {
            "Lead ID": ("Record ID", "Record ID - Contact", "Contact ID"),
            "Created": ("Create Date", "Created Date", "Created At"),
            "Lead type": ("Lead Type", "First Conversion", "Recent Conversion"),
            "Source": ("Original Source", "Original Source Type", "Original Traffic Source", "Latest Source",
                       "Latest Traffic Source", "Lead Source"),
            "Campaign": ("Campaign", "First Touch Converting Campaign", "Last Touch Converting Campaign",
                         "Original Source Drill-Down 1", "Original Traffic Source Drill-Down 1"),
            **_PERSON,
            "Company size": ("Number of Employees", "Company Size", "Employees"),
            "Owner": ("Contact owner", "HubSpot Owner", "Owner"),
            "Assigned": ("Owner Assigned Date", "Owner assigned date"),
            "First worked": ("First Outreach Date", "Date of first engagement", "First Activity Date",
                             "First Contacted Date"),
            "Attempts": ("Number of times contacted", "Number of Sales Activities"),
            "Connected": ("Date entered 'Connected'", "Connected Date"),
            "MQL": ("Became a Marketing Qualified Lead Date", "MQL Date",
                    "Date entered 'Marketing Qualified Lead (Lifecycle Stage Pipeline)'"),
            "SQL": ("Became a Sales Qualified Lead Date", "SQL Date",
                    "Date entered 'Sales Qualified Lead (Lifecycle Stage Pipeline)'"),
            "Opportunity": ("Became an Opportunity Date", "First Deal Created Date",
                            "Date entered 'Opportunity (Lifecycle Stage Pipeline)'"),
            # a contact's close date is the day on which it became a customer
            "Closed": ("Became a Customer Date", "Close Date"),
            "Won": ("Became a Customer Date", "Close Date"),
            "Amount": ("Amount", "Recent Deal Amount", "Total Revenue"),
        },
        newest_by=("Last Modified Date", "Last Modified"),
        telling=("Record ID", "Record ID - Contact", "Contact ID", "Contact owner", "Lifecycle Stage",
                 "Became a Marketing Qualified Lead Date", "Original Source", "HubSpot Owner"),
    ),
    Export(
        "HubSpot",
        "deals",
        {
            "Deal ID": ("Record ID", "Record ID - Deal", "Deal ID"),
            "Created": ("Create Date", "Created Date"),
            "Lead type": ("Deal Type",),
            "Source": ("Original Source Type", "Original Traffic Source", "Original Source", "Lead Source"),
            "Campaign": ("Campaign", "Campaign of last booking in meetings tool", "Original Source Data 1",
                         "Original Traffic Source Drill-Down 1"),
            "Owner": ("Deal owner", "HubSpot Owner", "Owner"),
            "Attempts": ("Number of times contacted", "Number of Sales Activities"),
            "Closed": ("Close Date",),
            "Won": ("Close Date",),
            "Amount": ("Amount", "Amount in company currency"),
        },
        won=("Is Closed Won", "Deal Stage"),
        closed=("Is Deal Closed?", "Is Closed", "Is closed (numeric)", "Deal Stage"),
        newest_by=("Last Modified Date", "Last Modified"),
        lead_id=("Associated Contact IDs", "Associated Contact ID"),
        telling=("Deal Stage", "Deal Name", "Deal owner", "Record ID - Deal"),
    ),
)  # fmt: skip

SALESFORCE = (
    Export(
        "Salesforce",
        "Leads",
        {
            "Lead ID": ("Lead ID", "Id", "Lead: Lead ID"),
            "Created": ("Created Date", "CreatedDate", "Create Date", "Lead: Created Date"),
            "Lead type": ("Lead Type", "Lead Record Type", "Type"),
            "Source": ("Lead Source", "LeadSource"),
            "Campaign": ("Campaign Name", "Primary Campaign", "Campaign", "Last Campaign",
                         "Campaign: Campaign Name"),
            **_PERSON,
            "Company size": ("No. of Employees", "NumberOfEmployees", "Employees", "Number of Employees"),
            "Owner": ("Lead Owner", "Owner Name", "Lead Owner: Full Name", "Owner: Full Name", "OwnerId",
                      "Owner ID", "Owner"),
            "Assigned": ("Assigned Date", "Date Assigned", "Lead Assigned Date"),
            "First worked": ("First Response Date", "First Activity Date", "FirstCallDateTime", "First Call",
                             "FirstEmailDateTime", "First Email"),
            "Attempts": ("Call Attempts", "Number of Attempts", "Attempts"),
            "Connected": ("Connected Date", "First Connected Date"),
            "MQL": ("MQL Date", "MQL_Date__c", "Marketing Qualified Date"),
            "SQL": ("SQL Date", "SQL_Date__c", "Sales Qualified Date"),
            "Opportunity": ("Converted Date", "ConvertedDate", "Date Converted", "Opportunity Created Date",
                            "Opportunity: Created Date"),
            "Closed": ("Close Date", "CloseDate", "Opportunity: Close Date", "Opportunity Close Date"),
            "Won": ("Close Date", "CloseDate", "Opportunity: Close Date", "Opportunity Close Date"),
            "Amount": ("Opportunity Amount", "Amount", "Opportunity: Amount", "Converted Opportunity Amount"),
            "Deal ID": ("ConvertedOpportunityId", "Converted Opportunity ID", "Opportunity ID",
                        "Converted Opportunity: Opportunity ID"),
        },
        won=("IsWon", "Won", "Opportunity: Won", "Stage", "StageName", "Opportunity: Stage", "Opportunity Stage"),
        closed=("IsClosed", "Closed", "Opportunity: Closed", "Stage", "StageName", "Opportunity: Stage",
                "Opportunity Stage"),
        newest_by=("Last Modified Date", "LastModifiedDate", "SystemModstamp", "Last Modified"),
        deleted=("IsDeleted", "Deleted"),
        telling=("Lead ID", "Lead Owner", "LeadSource", "Lead Source", "Lead Status", "Converted Date",
                 "ConvertedDate", "IsConverted", "Lead: Lead ID", "Lead Owner: Full Name"),
        never=("LeadOrContactId", "Member Status", "HasResponded"),  # members of a campaign
    ),
    Export(
        "Salesforce",
        "deals",
        {
            "Deal ID": ("Opportunity ID", "Id", "Opportunity: Opportunity ID"),
            "Created": ("Created Date", "CreatedDate", "Opportunity: Created Date"),
            "Lead type": ("Type", "Opportunity Type"),
            "Source": ("Lead Source", "LeadSource"),
            "Campaign": ("Primary Campaign Source", "Primary Campaign Source: Campaign Name", "Campaign Name",
                         "CampaignId"),
            "Industry": ("Industry", "Account: Industry"),
            "Country": ("Billing Country", "Account: Billing Country"),
            "Company size": ("Employees", "Account: Employees"),
            "Owner": ("Opportunity Owner", "Opportunity Owner: Full Name", "Owner Name", "OwnerId", "Owner ID"),
            "Closed": ("Close Date", "CloseDate"),
            "Won": ("Close Date", "CloseDate"),
            "Amount": ("Amount", "Opportunity Amount"),
        },
        won=("IsWon", "Won", "Stage", "StageName"),
        closed=("IsClosed", "Closed", "Stage", "StageName"),
        newest_by=("Last Modified Date", "LastModifiedDate", "SystemModstamp", "Last Modified"),
        deleted=("IsDeleted", "Deleted"),
        lead_id=("Lead ID", "Lead_ID__c", "LeadId"),
        telling=("StageName", "Opportunity ID", "Opportunity Name", "Opportunity Owner", "Stage", "IsWon",
                 "Opportunity: Opportunity ID", "Opportunity Owner: Full Name"),
    ),
)  # fmt: skip

PIPEDRIVE = (
    Export(
        "Pipedrive",
        "deals",
        {
            "Deal ID": ("Deal - ID", "ID"),
            "Created": ("Deal - Deal created", "Deal created", "Deal - Add time", "Add time"),
            "Lead type": ("Deal - Label", "Label", "Deal - Labels"),
            "Source": ("Deal - Source channel", "Source channel", "Deal - Lead source", "Deal - Source",
                       "Deal - Source origin", "Source origin", "Lead source"),
            "Campaign": ("Deal - Campaign", "Deal - Source channel ID", "Source channel ID", "Campaign"),
            "Industry": ("Organization - Industry", "Industry"),
            "Country": ("Organization - Country of Address", "Organization - Country", "Country"),
            "Company size": ("Organization - Employee count", "Organization - Number of employees"),
            "Job title": ("Person - Job title", "Job title"),
            "Owner": ("Deal - Owner", "Owner", "Deal - Deal owner"),
            "Attempts": ("Deal - Done activities", "Done activities"),
            "Won": ("Deal - Won time", "Won time"),
            "Amount": ("Deal - Value", "Value"),
        },
        every={"Closed": ("Deal - Won time", "Deal - Lost time", "Deal - Deal closed on", "Deal - Closed on",
                          "Won time", "Lost time", "Deal closed on", "Closed on")},
        newest_by=("Deal - Update time", "Update time"),
        deleted=("Deal - Status", "Status"),
        telling=("Deal - ID", "Deal - Deal created", "Deal created", "Deal - Won time", "Deal - Title"),
    ),
    Export(
        "Pipedrive",
        "Leads",
        {
            "Lead ID": ("Lead - ID",),
            "Created": ("Lead - Lead created", "Lead created", "Lead - Created"),
            "Lead type": ("Lead - Labels", "Lead - Label"),
            "Source": ("Lead - Source channel", "Lead - Lead source", "Lead - Source", "Lead - Source origin"),
            "Campaign": ("Lead - Campaign", "Lead - Source channel ID"),
            "Industry": ("Organization - Industry",),
            "Country": ("Organization - Country",),
            "Job title": ("Person - Job title",),
            "Owner": ("Lead - Owner",),
            "Amount": ("Lead - Value",),
        },
        newest_by=("Lead - Update time",),
        telling=("Lead - ID", "Lead - Lead created", "Lead created", "Lead - Title"),
    ),
)  # fmt: skip

ZOHO = (
    Export(
        "Zoho",
        "Leads",
        {
            "Lead ID": ("Record Id", "Lead Id"),
            "Created": ("Created Time",),
            "Lead type": ("Lead Type",),
            "Source": ("Lead Source",),
            "Campaign": ("Campaign Source", "Campaign", "Campaign Name", "Ad Campaign Name"),
            **_PERSON,
            "Company size": ("No. of Employees", "No of Employees"),
            "Owner": ("Lead Owner", "Lead Owner Name"),
            "Assigned": ("Assigned Time",),
            "First worked": ("First Contacted Time", "First Response Time"),
            "Opportunity": ("Converted Date/Time", "Converted Time", "Lead Converted Time"),
            "Closed": ("Closing Date",),
            "Won": ("Closing Date",),
            "Amount": ("Amount",),
        },
        won=("Stage",),
        closed=("Stage",),
        newest_by=("Modified Time", "Last Modified Time"),
        telling=("Lead Owner", "Lead Id", "Lead Status", "Created Time"),
    ),
    Export(
        "Zoho",
        "deals",
        {
            "Deal ID": ("Record Id", "Deal Id"),
            "Created": ("Created Time",),
            "Lead type": ("Type", "Lead Type"),
            "Source": ("Lead Source",),
            "Campaign": ("Campaign Source", "Campaign Source.name"),
            "Owner": ("Deal Owner", "Deal Owner Name"),
            "Closed": ("Closing Date",),
            "Won": ("Closing Date",),
            "Amount": ("Amount",),
        },
        won=("Stage",),
        closed=("Stage",),
        newest_by=("Modified Time", "Last Modified Time"),
        lead_id=("Lead Id", "Lead ID"),
        telling=("Deal Owner", "Deal Name", "Closing Date", "Deal Id"),
    ),
)

DYNAMICS = (
    Export(
        "Dynamics",
        "Leads",
        {
            "Lead ID": ("(Do Not Modify) Lead", "Lead"),
            "Created": ("Created On",),
            "Lead type": ("Lead Type",),
            "Source": ("Lead Source",),
            "Campaign": ("Source Campaign", "Campaign"),
            **_PERSON,
            "Company size": ("No. of Employees", "Number of Employees"),
            "Owner": ("Owner",),
            "Closed": ("Actual Close Date",),
            "Won": ("Actual Close Date",),
            "Amount": ("Actual Revenue", "Est. Revenue", "Est. Value"),
            "Opportunity": ("Qualified On", "Qualification Date"),
            "Deal ID": ("Qualifying Opportunity",),
        },
        won=("Status Reason", "Status"),
        closed=("Status Reason", "Status"),
        newest_by=("(Do Not Modify) Modified On", "Modified On"),
        telling=("(Do Not Modify) Lead", "Source Campaign", "Created On"),
    ),
    Export(
        "Dynamics",
        "deals",
        {
            "Deal ID": ("(Do Not Modify) Opportunity", "Opportunity"),
            "Created": ("Created On",),
            "Source": ("Lead Source",),
            "Campaign": ("Source Campaign",),
            "Owner": ("Owner",),
            "Closed": ("Actual Close Date",),
            "Won": ("Actual Close Date",),
            "Amount": ("Actual Revenue", "Est. Revenue"),
        },
        won=("Status", "Status Reason"),
        closed=("Status", "Status Reason"),
        newest_by=("(Do Not Modify) Modified On", "Modified On"),
        lead_id=("Originating Lead",),
        telling=("(Do Not Modify) Opportunity", "Topic", "Est. Close Date", "Originating Lead"),
    ),
)

# What advertising and web analytics call the columns of Spend and Web.
SPEND = Export(
    "advertising",
    "Spend",
    {
        "Date": ("Date", "Day", "Month", "Reporting starts", "Start Date (in UTC)"),
        "Channel": ("Channel", "Source", "Marketing Channel", "Platform", "Network", "Medium", "Publisher platform"),
        "Campaign": ("Campaign", "Campaign name", "Campaign Name", "Utm campaign"),
        "Cost": ("Cost", "Spend", "Amount spent", "Amount spent (USD)", "Amount spent (EUR)", "Amount spent (GBP)",
                 "Total Spent", "Ad spend", "Marketing cost", "Media cost"),
        "Clicks": ("Clicks", "Link clicks", "Clicks (all)"),
    },
)  # fmt: skip
WEB = Export(
    "web analytics",
    "Web",
    {
        "Date": ("Date", "Day", "Month"),
        "Source": ("Source", "Channel", "Session default channel group", "Session source", "Default channel group"),
        "Visits": ("Visits", "Sessions"),
        "Page views": ("Page views", "Pageviews", "Views", "Screen page views"),
        "Submissions": ("Submissions", "Form submissions", "Conversions", "Key events"),
        "E-mail contacts": ("E-mail contacts", "Email contacts", "Email subscribers", "Email list"),
        "Social followers": ("Social followers", "Followers"),
        "Blog subscribers": ("Blog subscribers",),
    },
)
TOUCHES = Export(
    "attribution",
    "Touches",
    {
        "Lead ID": ("Lead ID", "Contact ID", "LeadId", "Record ID"),
        "Time": ("Time", "Timestamp", "Touch time", "Touch date", "Date"),
        "Channel": ("Channel", "Source", "Medium", "Touchpoint"),
    },
)

# A plain list of leads that a person keeps: what people call the columns.
PLAIN = Export(
    "plain list",
    "Leads",
    {
        **{name: (name,) for name in LEADS.columns},
        "Lead ID": ("Lead ID", "ID", "Lead No", "Lead number"),
        "Created": ("Created", "Created at", "Creation date", "Date created", "Created date", "Create date",
                    "Created on", "Lead date", "Lead created"),
        "Lead type": ("Lead type", "Type"),
        "Source": ("Source", "Lead source", "Channel", "Marketing channel"),
        "Campaign": ("Campaign", "Campaign name"),
        "Company size": ("Company size", "Employees", "Number of employees", "Headcount"),
        "Job title": ("Job title", "Title", "Position"),
        "Owner": ("Owner", "Sales rep", "Rep", "Lead owner", "Assigned to"),
        "Assigned": ("Assigned", "Assigned at", "Assigned date"),
        "First worked": ("First worked", "First contacted", "First activity", "First touch", "Worked"),
        "MQL": ("MQL", "MQL date"),
        "SQL": ("SQL", "SQL date"),
        "Opportunity": ("Opportunity", "Opportunity date", "Opportunity created"),
        "Closed": ("Closed", "Closed date", "Close date"),
        "Won": ("Won", "Won date", "Customer since"),
        "Amount": ("Amount", "Deal amount", "Deal value", "Value", "Revenue"),
    },
)  # fmt: skip

EXPORTS = (*OURS, *HUBSPOT, *SALESFORCE, *PIPEDRIVE, *ZOHO, *DYNAMICS, SPEND, WEB, TOUCHES, PLAIN)
