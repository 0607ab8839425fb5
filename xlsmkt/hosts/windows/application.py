"""Excel itself while a workbook is written: nothing flickers, computes, asks or runs in between."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import xlwings as xw

from xlsmkt.hosts.windows.com_errors import is_busy

_MANUAL = -4135  # xlCalculationManual
_PATIENCE = 10.0  # seconds


@contextmanager
def quiet(app: xw.App) -> Iterator[None]:
    """Switch off what disturbs while cells are written; afterwards all is as it was."""
    api = app.api
    wanted: list[tuple[Any, str, Any]] = [
        (api, "ScreenUpdating", False),
        (api, "DisplayAlerts", False),
        (api, "EnableEvents", False),
        (api, "Calculation", _MANUAL),
        # A formula in a column of a table would be copied to all of its rows.
        (api.AutoCorrect, "AutoFillFormulasInLists", False),
    ]
    before = []
    try:
        for owner, name, value in wanted:
            before.append((owner, name, getattr(owner, name)))
            setattr(owner, name, value)
        api.CutCopyMode = False  # or inserting cells would insert those copied
        yield
    finally:
        for owner, name, value in reversed(before):
            with suppress(Exception):
                patiently(lambda owner=owner, name=name, value=value: setattr(owner, name, value))  # type: ignore[misc]


def patiently(call: Callable[[], None]) -> None:
    """Call until Excel has time."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return call()
        except Exception as error:
            if not is_busy(error) or time.monotonic() > end:
                raise
            time.sleep(0.1)
