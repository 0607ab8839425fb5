"""What was refused, and what was changed on the way in, with the file and line of each row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from xlsmkt.crm.entries import FileMapping
from xlsmkt.crm.reasons import MOST_LOGGED, in_rows


class Place(NamedTuple):
    """Where a row stands: the number of its file and its line there."""

    file: int
    line: int


class Logged(NamedTuple):
    """A line of the import log, in the order of its columns."""

    file: str
    line: int
    column: str
    value: str
    reason: str


@dataclass
class Log:
    """The lines of the import log, and what was left out without one."""

    mappings: list[FileMapping] = field(default_factory=list)
    refused: list[tuple[Place, Logged]] = field(default_factory=list)
    noted: list[tuple[Place, Logged]] = field(default_factory=list)
    ignored: int = 0
    superseded: int = 0

    def add_file(self, mapping: FileMapping) -> int:
        """The number under which rows of this file are logged."""
        self.mappings.append(mapping)
        return len(self.mappings) - 1

    def heading(self, file: int, ours: str) -> str:
        """The heading under which a file has a column of ours, else our own."""
        return self.mappings[file].heading(ours) or ours

    def refuse(self, rows: Iterable[tuple[Place, str]], column: str, reason: str) -> None:
        """Log rows as refused, each with its value."""
        self.refused += [self._line(place, column, value, reason) for place, value in rows]

    def refuse_each(self, rows: Iterable[tuple[Place, str]], ours: str, reason: str, column: str = "") -> None:
        """Refuse rows, perhaps of several files, because of their values in a column of ours (or in ``column``)."""
        for place, value in rows:
            self.refuse([(place, value)], column or self.heading(place.file, ours), reason)

    def note(self, places: list[Place], column: str, value: str, what: str) -> None:
        """Log, in one line, that values of some rows were changed."""
        if places:
            self.noted.append(self._line(places[0], column, value, what + in_rows(len(places))))

    def _line(self, place: Place, column: str, value: str, reason: str) -> tuple[Place, Logged]:
        name = self.mappings[place.file].path
        return place, Logged(name, place.line, column[:MOST_LOGGED], value[:MOST_LOGGED], reason)


def in_order(lines: list[tuple[Place, Logged]]) -> list[Logged]:
    """Lines of the log in the order of the files."""
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]
