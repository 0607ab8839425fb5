"""The workbook file itself: read it, replace the rows of a table, write computed values; all else keeps its bytes."""
