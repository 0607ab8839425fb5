"""Runs LibreOffice without a screen, with a profile of its own, and ends it."""

import subprocess
from pathlib import Path

from xlsmkt.hosts.calc.office import START_AGAIN

# Compute every formula on opening, whatever program saved the file.
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>{mode}</value></prop></item>
</oor:items>
"""


def convert(soffice: str, book: Path, folder: Path, to: str = "xlsx", recalculate: bool = True) -> Path:
    """Open a workbook in LibreOffice and save it into ``folder`` as another file type."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    settings = ALWAYS_RECALCULATE.format(mode=0 if recalculate else 1)
    (profile / "user" / "registrymodifications.xcu").write_text(settings, "utf-8")
    made = folder / "converted"
    command = [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--convert-to", to]
    command += ["--outdir", str(made), str(book)]
    run = subprocess.run(command, check=False, capture_output=True, timeout=180)
    if run.returncode in START_AGAIN:
        run = subprocess.run(command, check=False, capture_output=True, timeout=180)
    run.check_returncode()
    return made / f"{book.stem}.{to.partition(':')[0]}"
