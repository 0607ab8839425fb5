"""The dashboard of a computed workbook outside of it: as a page, a PDF, pictures; nothing is computed here."""
