"""What Excel refuses while we write into an open workbook, as sentences."""

from xlsmkt.errors import UserError

BUSY = "Excel is busy: leave the cell you are editing and click Refresh again; nothing was changed."
_BUSY = {
    -2147418111,  # RPC_E_CALL_REJECTED
    -2147417846,  # RPC_E_SERVERCALL_RETRYLATER
    -2146777998,  # VBA_E_IGNORE, 0x800AC472
}


def is_com_error(error: BaseException) -> bool:
    """Whether an exception comes from Excel; by name, since pywin32 exists on Windows only."""
    return type(error).__name__ == "com_error"


def is_busy(error: BaseException) -> bool:
    """Whether Excel only had no time for us."""
    if type(error).__name__ == "ExcelBusyError":  # xlwings' own
        return True
    return is_com_error(error) and not _BUSY.isdisjoint({*error.args[:1], _details(error)[5]})


def as_user_error(error: BaseException) -> UserError | None:
    """The sentence for what Excel refused; None for an exception that does not come from Excel."""
    if is_busy(error):
        return UserError(BUSY)
    if is_com_error(error):
        return UserError(
            f"Excel refused to change the workbook ({said(error)}); nothing was changed, save and reopen it, then "
            "click Refresh again."
        )
    return None


def said(error: BaseException) -> str:
    """What Excel itself says of an error, without the full stop."""
    words = _details(error)[2] or (error.args[1] if len(error.args) > 1 else error)
    return " ".join(str(words).split()).rstrip(".")


def _details(error: BaseException) -> tuple[object, ...]:
    """Excel's own part of an error: (wcode, source, text, help file, help id, scode)."""
    found = error.args[2] if len(error.args) > 2 else None
    return found if isinstance(found, tuple) and len(found) == 6 else (None,) * 6
