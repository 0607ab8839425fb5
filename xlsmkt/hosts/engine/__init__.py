"""Computes workbooks without a spreadsheet program: formulas as trees, our calls lifted out, an engine for the rest."""
