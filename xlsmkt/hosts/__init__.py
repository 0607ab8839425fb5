"""The programs that show our functions."""
