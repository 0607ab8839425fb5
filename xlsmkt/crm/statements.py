"""Names and texts in SQL."""


def quoted(name: str) -> str:
    """A name of a table or a column.

    >>> print(quoted('the "open" ones'))
    "the ""open"" ones"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text.

    >>> print(literal("Rep's"))
    'Rep\'\'s'
    """
    return "'" + text.replace("'", "''") + "'"
