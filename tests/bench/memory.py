"""Peak memory and time of a refresh with very many leads. Run: python tests/bench/memory.py [LEADS]"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data import write_leads

from xlsmkt.template.shipped import shipped_template


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        leads = write_leads(folder / "leads.csv", count)
        book = folder / "sla.xlsx"
        shutil.copy(shipped_template(), book)
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "xlsmkt", "refresh", str(book), "--from", str(leads)], check=True)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"{count:,} leads: {seconds:.1f} s, peak {peak:,.0f} MiB, workbook {book.stat().st_size / 2**20:,.0f} MiB"
        )


if __name__ == "__main__":
    main()
