"""What the values of a column are, by a look at some of them."""

from xlsmkt.crm.amounts import number_readings
from xlsmkt.crm.moments import day_readings


def kind_of(values: list[str]) -> str:
    """``date``, ``number``, ``text`` or ``blank``: what most of these texts are."""
    days = sum(bool(day_readings(text.replace("T", " ").split(" ")[0]) or day_readings(text)) for text in values)
    numbers = sum(bool(number_readings(text)) for text in values)
    if not values:
        return "blank"
    if 2 * days > len(values):
        return "date"
    return "number" if 2 * numbers > len(values) else "text"
