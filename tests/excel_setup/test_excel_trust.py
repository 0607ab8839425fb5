"""Whether the macros of a workbook run: what Excel's settings, the policies and the file's mark are read to say."""

import pytest
from windows_computer import BOOK, DOWNLOADED, OFFICE, POLICY, to_mend

from xlsmkt.hosts.windows import setup, trust

LOCATION = rf"{OFFICE}\Excel\Security\Trusted Locations\Location3"


@pytest.mark.parametrize(
    ("path", "deep", "trusted"),
    [
        ("C:\\Users\\me\\Documents\\", None, True),
        ("c:\\users\\ME\\documents", 0, True),
        ("C:\\Users\\me\\", 1, True),
        ("C:\\Users\\me\\", 0, False),
        ("C:\\Users\\me\\Docu", 1, False),
        ("%HOME%\\Documents", None, True),
        ("", 1, False),
    ],
)
def test_a_trusted_location(path, deep, trusted, windows, template, book):
    windows.variables["HOME"] = r"C:\Users\me"
    windows.values[LOCATION, "Path"] = path
    if deep is not None:
        windows.values[LOCATION, "AllowSubfolders"] = deep
    windows.files[BOOK + ":Zone.Identifier"] = DOWNLOADED
    assert bool(trust.trusted_location(windows, BOOK)) is trusted
    assert len(to_mend(windows, book)) == (0 if trusted else 1)  # in a Trusted Location the mark does not matter


def test_trusted_locations_on_a_network_count_only_when_allowed(windows):
    windows.values[LOCATION, "Path"] = r"\\server\sla"
    assert trust.trusted_location(windows, r"\\server\sla\sla.xlsm") is None
    windows.values[rf"{OFFICE}\Excel\Security\Trusted Locations", "AllowNetworkLocations"] = 1
    assert trust.trusted_location(windows, r"\\server\sla\sla.xlsm") == r"\\server\sla"


def test_trusted_locations_may_be_forbidden(windows):
    windows.values[LOCATION, "Path"] = r"C:\Users\me\Documents"
    windows.values[rf"{POLICY}\Common\Security\Trusted Locations", "Allow User Locations"] = 0
    assert trust.trusted_location(windows, BOOK) is None
    windows.values[rf"{POLICY}\Excel\Security\Trusted Locations\Location0", "Path"] = r"C:\Users\me\Documents"
    assert trust.trusted_location(windows, BOOK) == r"C:\Users\me\Documents"
    windows.values[rf"{POLICY}\Excel\Security\Trusted Locations", "AllLocationsDisabled"] = 1
    assert trust.trusted_location(windows, BOOK) is None


def test_a_policy_goes_before_the_users_choice(windows, template):
    windows.values[rf"{OFFICE}\Excel\Security", "VBAWarnings"] = 1
    assert to_mend(windows) == []
    windows.values[rf"{POLICY}\Excel\Security", "VBAWarnings"] = 4
    assert len(to_mend(windows)) == 1


@pytest.mark.parametrize("zone", [0, 1, 2, "002", "0" * 5000])
def test_marks_of_the_computer_and_the_intranet_do_not_matter(zone, windows, template, book):
    windows.files[BOOK + ":Zone.Identifier"] = DOWNLOADED.replace(b"3", str(zone).encode())
    assert to_mend(windows, book) == []


@pytest.mark.parametrize("zone", ["3", "4", "03", "9" * 5000, "0" * 5000 + "3"])
def test_every_other_mark_blocks(zone, windows, template, book):
    windows.files[BOOK + ":Zone.Identifier"] = DOWNLOADED.replace(b"ZoneId=3", b"ZoneId=" + zone.encode())
    assert ["is marked as a download" in line for line in to_mend(windows, book)] == [True]


def test_a_mark_that_this_excel_does_not_block(windows, template, book):
    windows.files[BOOK + ":Zone.Identifier"] = DOWNLOADED
    windows.values[rf"{POLICY}\Excel\Security", "blockcontentexecutionfrominternet"] = 0
    assert to_mend(windows, book) == []


def test_a_book_that_is_open_and_one_in_onedrive_are_told(windows, template, book):
    windows.writable = False
    windows.files[BOOK.replace("sla.xlsm", "~$sla.xlsm")] = b""
    windows.variables["OneDriveCommercial"] = r"C:\Users\me\Documents"
    words = " / ".join(finding.words for finding in setup.findings(book, windows) if finding.ok)
    assert "is open in Excel: use its Refresh button" in words and "lies in the OneDrive folder" in words
