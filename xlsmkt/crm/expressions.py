"""What single columns of a database say: texts, moments and numbers, as expressions of Ibis.

A mask is None where a column's kind alone says that no row is meant: what cannot happen is not asked for. None is a
bare NOT, for Ibis 12 writes "NOT x IS NULL" where it means "(NOT x) IS NULL".
"""

import itertools
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pyarrow as pa
import sqlglot

from xlsmkt.cell_texts import LONGEST_TEXT
from xlsmkt.crm.amounts import LARGEST
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.dates import read_dates
from xlsmkt.crm.model import Field
from xlsmkt.crm.moments import EARLIEST, FALSE, LATEST, TRUE
from xlsmkt.crm.numbers import read_numbers
from xlsmkt.crm.texts import RawColumn
from xlsmkt.crm.values import PLACEHOLDERS

_FEW = 200  # words that are replaced by an expression; more of them by a small table that is joined
_NUMBERS = itertools.count()

_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?"
ISO = (
    r"^(19|20|21)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    rf"([T ]{_CLOCK} ?(Z|UTC|[+-][0-9][0-9](:?[0-9][0-9])?)?)?$"
)
_NO_DAYS = ["02-30", "02-31", "04-31", "06-31", "09-31", "11-31"]
_LEAP_YEARS = [str(year) for year in range(1904, 2200, 4) if year != 2100]
_PLAIN_NUMBER = r"^[+-]?([0-9]{1,30}([.][0-9]*)?|[.][0-9]+)$"


def text_of(column: Any) -> Any:
    """A column as the texts that somebody would type."""
    kind: dt.DataType = column.type()
    if kind.is_string():
        return column
    if kind.is_boolean():
        return ibis.cases((column, "TRUE"), (~column, "FALSE"), else_=ibis.null("string"))
    if kind.is_floating() or kind.is_decimal():
        near = ibis.ifelse(column.abs() < 1e15, column, ibis.literal(0.5))  # NaN is beyond all numbers
        return ibis.ifelse(near == near.floor(), near.floor().cast("int64").cast("string"), column.cast("string"))
    return column.cast("string")


def trimmed(column: Any) -> Any:
    """A column as texts without blanks around them."""
    text = text_of(column)
    return text.strip() if column.type().is_string() else text


def tidy(text: Any) -> Any:
    """Texts trimmed; null where they say that there is nothing."""
    return without_blanks(text.strip())


def tidy_of(column: Any) -> Any:
    """A column as tidy texts; those of numbers are tidy as they are."""
    kind: dt.DataType = column.type()
    exact = kind.is_integer() or kind.is_boolean() or kind.is_uuid() or kind.is_date() or kind.is_timestamp()
    return text_of(column) if exact else tidy(text_of(column))


def without_blanks(text: Any) -> Any:
    """Null where a text says that there is nothing."""
    return ibis.ifelse(text.lower().isin(PLACEHOLDERS), ibis.null("string"), text)


def too_long(column: Any, text: Any) -> Any:
    """The rows in which the text of a column is longer than a cell holds."""
    kind: dt.DataType = column.type()
    return text.length() > LONGEST_TEXT if not (kind.is_numeric() or kind.is_uuid() or kind.is_temporal()) else None


def any_of(masks: list[Any]) -> Any:
    """The rows that one of some masks means; None if none of them is one."""
    result = None
    for mask in masks:
        if mask is not None:
            result = mask if result is None else result | mask
    return result


def without(value: Any, rows: Any) -> Any:
    """A column, null in the rows that a mask means."""
    return value if rows is None else ibis.ifelse(rows, ibis.null(value.type()), value)


def not_meant(rows: Any) -> Any:
    """The rows that a mask does not mean: those where it is unknown, too."""
    if isinstance(rows.op(), ops.IsNull):  # it is never unknown, and Spark reads no "x IS NULL IS NULL"
        return ~rows
    return rows.isnull() | ~rows


def both(left: Any, right: Any) -> Any:
    """The rows that two masks mean."""
    return None if left is None or right is None else left & right


def moments_of(column: Any) -> tuple[Any, Any, Any]:
    """The moments of a typed column; the rows whose value is none that counts, though it may be one; those that say
    only that it happened."""
    kind: dt.DataType = column.type()
    none = ibis.null("timestamp")
    if kind.is_date() or kind.is_timestamp():
        moment = column.cast("timestamp")
        first, behind = (f"{year}-01-01 00:00:00" for year in (EARLIEST.year, LATEST.year + 1))
        first, behind = (ibis.literal(moment, type="timestamp") for moment in (first, behind))
        return moment, (moment < first) | (moment >= behind), None
    if kind.is_boolean():
        return none, None, column
    if kind.is_numeric():
        return none, (column != 0) & (column != 1), column == 1
    return none, column.notnull(), None  # nothing that could be a moment


def is_iso(text: Any) -> Any:
    """Whether a text is a day in ISO form that exists, perhaps with a time."""
    day = text.substr(5, 5)
    exists = ~day.isin(_NO_DAYS) & ((day != "02-29") | text.substr(0, 4).isin(_LEAP_YEARS))
    return (text.re_search(ISO) & exists).fill_null(False)


def moments_in_texts(text: Any, iso: Any) -> tuple[Any, Any, Any]:
    """What `moments_of` gives, for texts; ``iso`` says in which of them a day stands."""
    clock = ibis.ifelse(text.length() == 10, "00:00", text.substr(11, 5))
    seconds = ibis.ifelse(text.substr(16, 1) == ":", text.substr(17, 2), "00")
    written = text.substr(0, 10) + " " + clock + ":" + seconds
    moment = ibis.ifelse(iso, written, ibis.null("string")).cast("timestamp")
    mark = text.lower().isin(TRUE).fill_null(False)
    return moment, (text.notnull() & ~iso & ~mark & ~text.lower().isin(FALSE)).fill_null(False), mark


def numbers_of(column: Any, decimal: str) -> tuple[Any, Any, bool]:
    """The numbers of a column, the rows whose value is none, and whether one may be too large; texts must be tidy."""
    kind: dt.DataType = column.type()
    if kind.is_boolean():
        return ibis.cases((column, 1), (~column, 0), else_=ibis.null("int8")).cast("float64"), None, False
    if kind.is_floating() or kind.is_decimal():
        number = column.cast("float64")
        return ibis.ifelse(number.isnan(), ibis.null("float64"), number), None, True
    if kind.is_integer():
        return column.cast("float64"), None, kind.is_int64() or kind.is_uint64()
    if not kind.is_string():
        return ibis.null("float64"), column.notnull(), False
    digits = column.replace(".", "").replace(",", ".") if decimal == "," else column
    is_number = digits.re_search(_PLAIN_NUMBER).fill_null(False)
    bare = ibis.ifelse(digits.startswith("+"), digits.substr(1), digits)
    value = ibis.ifelse(is_number, bare, ibis.null("string")).cast("float64")
    return value, column.notnull() & ~is_number, True


def constant(one: Field, text: str) -> Any:
    """A constant of a mapping, as its column holds it."""
    column, answers = RawColumn(pa.chunked_array([pa.array([text])])), Answers()
    if one.kind == "number":
        return ibis.literal(float(read_numbers(column, "", one.name, answers, ".").values[0]))
    if one.kind in ("date", "time"):
        return ibis.literal(read_dates(column, "", one.name, answers).values[0].item(), type="timestamp")
    return ibis.literal(column.distinct()[0][0].as_py(), type="string")


def is_huge(number: Any) -> Any:
    """The rows whose number no sheet can hold."""
    return number.abs() > LARGEST


# --- other words ---


def replaced(table: ibis.Table, name: str, words: dict[str, str | None]) -> ibis.Table:
    """The table with other words in a column; those that stay as they are need not be named."""
    words = {old: new for old, new in words.items() if old != new}
    if not words:
        return table
    if len(words) <= _FEW:
        cases = [(table[name] == old, _text(new)) for old, new in words.items()]
        return table.mutate(**{name: ibis.cases(*cases, else_=table[name])})
    held = pa.table({"_old": pa.array(words.keys(), pa.string()), "_new": pa.array(words.values(), pa.string())})
    names = _beside(table, held)
    joined = table.left_join(names, table[name] == names["_old"])
    kept = ibis.ifelse(joined["_old"].isnull(), joined[name], joined["_new"])
    return joined.mutate(**{name: kept}).select(*table.columns)


def _beside(table: ibis.Table, held: pa.Table) -> ibis.Table:
    """A small table where another one lies."""
    engine = table.get_backend()
    if engine.name != "duckdb":
        # its rows stand in the statement: Ibis would make a temporary table, which a user who may only read cannot
        columns = [sqlglot.to_identifier(column, quoted=True) for column in held.column_names]
        rows = sqlglot.exp.values([tuple(row.values()) for row in held.to_pylist()], "held", columns)
        query = sqlglot.select(*(sqlglot.exp.column(column) for column in columns)).from_(rows)
        return engine.sql(query.sql(engine.dialect), schema=ibis.schema(held.schema))
    name = f"_names{next(_NUMBERS)}"
    engine.con.register(name, held)
    return engine.table(name)


def _text(word: str | None) -> Any:
    return ibis.null("string") if word is None else ibis.literal(word)
