"""The version of xlwings that a workbook was made for: its VBA looks for a DLL of exactly that version."""

import re

_VERSION = re.compile(r'^Public Const XLWINGS_VERSION As String = "(.+?)"', re.MULTILINE)


def xlwings_version(source: str) -> str | None:
    """The version that a source of the module xlwings is of; None if it does not say.

    >>> xlwings_version('Public Const XLWINGS_VERSION As String = "0.37.8"')
    '0.37.8'
    """
    found = _VERSION.search(source)
    return found[1] if found else None
