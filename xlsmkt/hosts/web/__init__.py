"""What xlwings Lite and xlwings Server share: the functions, the refresh of a workbook that is open elsewhere."""
