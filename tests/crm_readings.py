"""What tests of sources read of them."""


def pages(source, name, fields, since=None, cursor=""):
    """The pages of an object, from a cursor on."""
    while True:
        page = source.page(name, list(fields), since, cursor)
        yield page
        cursor = page.cursor
        if not cursor:
            return


def rows(source, name, fields, since=None, cursor=""):
    """The records on these pages."""
    return [record for page in pages(source, name, fields, since, cursor) for record in page.records]


def leads(found):
    """The leads of an import by their ids; days as texts, blanks left out."""
    columns = found.tables["Leads"].to_dict("records")
    return {
        one["Lead ID"]: {
            name: f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else value
            for name, value in one.items()
            if value == value and value is not None  # noqa: PLR0124 (no blank)
        }
        for one in columns
    }
