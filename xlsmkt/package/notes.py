"""Notes and comments on cells that moved."""

import re

from xlsmkt.package.parts import Package
from xlsmkt.package.references import Area, Follow, parse_area

_COMMENT = re.compile(rb'(<(?:[\w.-]+:)?(?:comment|threadedComment)\s(?:[^>]*?\s)?ref=")([A-Z]+[0-9]+)(")')
_SHAPE = re.compile(rb"<v:shape\s.*?</v:shape>", re.DOTALL)
_ROW = re.compile(rb"(<x:Row>)\s*(\d+)\s*(</x:Row>)")
_COLUMN = re.compile(rb"<x:Column>\s*(\d+)\s*</x:Column>")
_ANCHOR = re.compile(rb"(<x:Anchor>)([^<]+)(</x:Anchor>)")


def move_notes(package: Package, part: str, sheet: str, follow: Follow) -> None:
    """Let the notes of a sheet, their boxes and their threads go with their cells."""

    def comment(match: re.Match[bytes]) -> bytes:
        return match[1] + str(follow(sheet, parse_area(match[2].decode()), False)).encode() + match[3]

    def shape(match: re.Match[bytes]) -> bytes:
        text = match[0]
        row, column = _ROW.search(text), _COLUMN.search(text)
        if b'ObjectType="Note"' not in text or not row or not column:
            return text
        number = int(row[2]) + 1
        here = Area(int(column[1]) + 1, number, int(column[1]) + 1, number)
        down = follow(sheet, here, False).top - number
        if not down:
            return text
        text = _ROW.sub(lambda found: found[1] + b"%d" % (int(found[2]) + down) + found[3], text)
        return _ANCHOR.sub(lambda found: found[1] + _moved_anchor(found[2], down) + found[3], text)

    for kind in ("comments", "threadedComment"):
        for target in package.targets(part, kind):
            _replace(package, target, _COMMENT.sub(comment, package.read(target)))
    for target in package.targets(part, "vmlDrawing"):
        _replace(package, target, _SHAPE.sub(shape, package.read(target)))


def _moved_anchor(anchor: bytes, down: int) -> bytes:
    """``column, offset, row, offset, column, offset, row, offset``, further down."""
    numbers = [int(number) for number in anchor.split(b",")]
    for i in (2, 6):
        if i < len(numbers):
            numbers[i] = max(numbers[i] + down, 0)
    return b", ".join(b"%d" % number for number in numbers)


def _replace(package: Package, part: str, new: bytes) -> None:
    if new != package.read(part):
        package.replace(part, new)
