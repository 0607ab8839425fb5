"""A CRM export of any size: the sample's leads again and again, each with an id of its own."""

import csv
import itertools
import tempfile
from pathlib import Path

from xlsmkt.crm.sample import write_sample


def write_leads(path: Path, count: int) -> Path:
    """Write ``count`` leads with the headings of a Salesforce report to ``path``."""
    with tempfile.TemporaryDirectory() as folder:
        leads, *_ = write_sample(Path(folder))
        with leads.open(encoding="utf-8", newline="") as file:
            headings, *rows = csv.reader(file)
    good = [row for row in rows if not row[0].startswith("9000")]  # without the rows that are broken on purpose
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headings)
        for number, row in enumerate(itertools.islice(itertools.cycle(good), count), 1):
            writer.writerow([number, *row[1:]])
    return path
