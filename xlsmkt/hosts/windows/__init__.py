"""What Excel on Windows needs besides the functions: values and errors over COM, VBA, the open workbook, the set-up."""
