"""The template workbook, built from code."""
