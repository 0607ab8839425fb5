"""The import in plain Python, for places without pandas: the same rules for tables that the alias tables know.

Standard library only; openpyxl where a workbook is read.
"""

from xlsmkt.crm.plain.importing import PlainImported, import_plain
from xlsmkt.crm.plain.tables import PlainTable, pasted, read_file

__all__ = ["PlainImported", "PlainTable", "import_plain", "pasted", "read_file"]
