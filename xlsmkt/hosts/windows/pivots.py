"""Pivot tables over our tables show the new rows."""

import xlwings as xw

from xlsmkt.package import TableInfo


def refresh_pivots(book: xw.Book, tables: list[TableInfo]) -> list[str]:
    """Refresh every pivot table that draws on one of ``tables``; a sentence for each that Excel does not refresh."""
    names = {table.name.casefold() for table in tables}
    sheets = {table.sheet.casefold() for table in tables}
    failed = []
    for sheet in book.sheets:
        for pivot in sheet.api.PivotTables():
            try:
                source = str(pivot.PivotCache().SourceData).casefold()
            except Exception:  # it draws on a database
                continue
            if source in names or source.rpartition("!")[0].strip("'") in sheets:
                try:
                    pivot.PivotCache().Refresh()
                except Exception:
                    failed.append(f"The pivot table {pivot.Name} on the sheet {sheet.name} could not be refreshed.")
    return failed
