"""Reading whole columns of a table, quickly."""

import re
from collections.abc import Callable, Mapping, Sequence

from xlsmkt.package.cells import plain_text, read_value
from xlsmkt.package.rows import Sheet

_FORGET_AFTER = 50_000  # texts kept for the case that they come again
_NUMBER, _SHARED, _OTHER = range(3)


def read_columns(
    sheet: Sheet, first: int, last: int, lists: Mapping[bytes, list[object]], strings: Callable[[], Sequence[str]]
) -> None:
    """Fill the lists, one for each column (by its letters), with the values of the rows first to last."""
    s = sheet.syntax
    p = re.escape(s.prefix)
    letters = b"|".join(lists)
    # Nearly all cells hold nothing, one <v> or one inline text; all others are left to read_value.
    quick = re.compile(
        rb'<%sc r="(%s)\d+"([^>]*)>(?:<%sv>([^<]*)</%sv></%sc>|<%sis><%st[^>]*>([^<]*)</%st></%sis></%sc>)?'
        % (p, letters, p, p, p, p, p, p, p, p)
    )
    kinds: dict[bytes, int] = {}
    texts: dict[bytes, str] = {}
    for number, row in sheet.rows():
        if number < first:
            continue
        if number > last:
            return
        index = number - first
        for column, attributes, value, text in quick.findall(row):
            if value:
                kind = kinds.get(attributes)
                if kind is None:
                    found = b' t="s"' in attributes, b' t="' in attributes
                    kind = _SHARED if found[0] else _OTHER if found[1] else _NUMBER
                    kinds[attributes] = kind
                if kind == _NUMBER:
                    lists[column][index] = float(value)
                elif kind == _SHARED:
                    lists[column][index] = strings()[int(value)]
                else:
                    inner = b"<%sv>%s</%sv>" % (s.prefix, value, s.prefix)
                    lists[column][index] = read_value(attributes, inner, s, strings)
            elif text:
                known = texts.get(text)
                if known is None:
                    if len(texts) > _FORGET_AFTER:
                        texts.clear()
                    known = texts[text] = plain_text(text)
                lists[column][index] = known
            elif not attributes.endswith(b"/"):
                for name, cell_attributes, inner in s.cell.findall(row):
                    if inner and name in lists:
                        lists[name][index] = read_value(cell_attributes, inner, s, strings)
                break
