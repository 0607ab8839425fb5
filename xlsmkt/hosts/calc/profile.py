"""The settings of an office of our own: it asks nothing, fetches nothing, and runs nothing that a document brings."""

from pathlib import Path
from xml.sax.saxutils import escape

_COMMON = "/org.openoffice.Office.Common"
_CALC = "/org.openoffice.Office.Calc"

SETTINGS: dict[str, dict[str, str]] = {
    # no wizard, no tip, no news, no report of a crash
    f"{_COMMON}/Misc": {
        "FirstRun": "false",
        "ShowTipOfTheDay": "false",
        "CrashReport": "false",
        "CollectUsageInformation": "false",
    },
    "/org.openoffice.Office.Recovery/AutoSave": {"Enabled": "false"},
    "/org.openoffice.Office.Recovery/RecoveryInfo": {"Enabled": "false"},
    "/org.openoffice.Office.Jobs/Jobs/org.openoffice.Office.Jobs:Job['UpdateCheck']/Arguments": {
        "AutoCheckEnabled": "false",
        "AutoDownloadEnabled": "false",
    },
    # never compute while loading: a job first links our functions, then computes once
    f"{_CALC}/Formula/Load": {"OOXMLRecalcMode": "1", "ODFRecalcMode": "1"},
    # what a document brings or points to stays untouched
    f"{_COMMON}/Security/Scripting": {
        "MacroSecurityLevel": "3",
        "DisableMacrosExecution": "true",
        "BlockUntrustedRefererLinks": "true",
    },
    f"{_CALC}/Content/Update": {"Link": "2"},
    # the printer of this computer has no say in how pages look
    f"{_COMMON}/Save/Document": {"LoadPrinter": "false"},
    # texts become numbers and dates as in an English Excel, whoever runs this
    "/org.openoffice.Setup/L10N": {"ooLocale": "en-US", "ooSetupSystemLocale": "en-US"},
}


def write_profile(folder: Path) -> None:
    """Write a fresh user profile with the settings into ``folder``."""
    items = "".join(
        f'<item oor:path="{escape(path)}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>\n'
        for path, properties in SETTINGS.items()
        for name, value in properties.items()
    )
    (folder / "user").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">\n'
        f"{items}</oor:items>\n",
        "utf-8",
    )
