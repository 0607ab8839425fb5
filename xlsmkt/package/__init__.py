"""The workbook file itself: read it, replace the rows of a table, write computed values; all else keeps its bytes."""

from xlsmkt.keeping import LostRow
from xlsmkt.package.book import Book, Cell
from xlsmkt.package.edit import Edit
from xlsmkt.package.results import HoldsFormula, SpillBlocked
from xlsmkt.package.workbook import Name, TableInfo

__all__ = ["Book", "Cell", "Edit", "HoldsFormula", "LostRow", "Name", "SpillBlocked", "TableInfo"]
