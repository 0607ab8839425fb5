"""xlwings Server: our functions and the refresh for everybody's Excel, from a computer of one's own; an extra."""
