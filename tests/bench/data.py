"""A CRM export of any size: the sample's company, only busier."""

import csv
import itertools
import random
from pathlib import Path

from xlsmkt.crm.sample import LEAD_HEADINGS, SEED, make_leads


def write_leads(path: Path, count: int) -> Path:
    """Write ``count`` leads with the headings of a Salesforce report to ``path``."""
    leads = itertools.islice(make_leads(random.Random(SEED), count / 600), count)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, LEAD_HEADINGS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(leads)
    return path
