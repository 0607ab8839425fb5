"""xlwings Lite: a workbook that holds its Python, for Excel on Mac and the web."""
