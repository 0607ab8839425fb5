"""LibreOffice Calc: the functions as an add-in, and the office as an engine that computes and prints workbooks."""
