"""Which rows of a table stay, go and come when new data replace the old ones.

What stands beside a row can neither be read as a formula nor be moved by us: so a row that continues stays where it is,
rows that are gone are deleted, and new ones come at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from xlsmkt.keeping import continued


@dataclass(frozen=True)
class Steps:
    """What happens to the rows of a table's body, counted from 0, in this order.

    Attributes
    ----------
    deleted
        Runs of rows that are deleted, as first row and how many; the last of them first.
    grows
        How many rows are added at the end.
    order
        Which of the new data stand in each row then; None in a row for which there are none.
    """

    deleted: list[tuple[int, int]]
    grows: int
    order: list[int | None]

    @property
    def shrinks(self) -> int:
        """How many rows are deleted before others are added."""
        return sum(length for _, length in self.deleted)

    @property
    def spare(self) -> bool:
        """Whether the row without data is deleted when others have come."""
        return None in self.order and len(self.order) > 1


def steps(old: int, origins: Sequence[int | None], spare_is_free: bool, new_before_last: bool) -> Steps:
    """The steps from ``old`` rows to as many as there are ``origins``: for each new row the old one that it continues.

    Parameters
    ----------
    spare_is_free
        Whether the first old row can take any new row, as nothing stands beside it.
    new_before_last
        New rows go before the last one, not behind it: only there does a table with totals surely take them in.

    >>> steps(4, [3, None, 0], False, False)
    Steps(deleted=[(1, 2)], grows=1, order=[2, 0, 1])
    >>> steps(2, [None, None, None], False, False)
    Steps(deleted=[(1, 1)], grows=3, order=[None, 0, 1, 2])
    >>> steps(2, [None, None, None], True, False)
    Steps(deleted=[(1, 1)], grows=2, order=[0, 1, 2])
    """
    stays = {origin: row for row, origin in enumerate(origins) if origin is not None}
    come = [row for row, origin in enumerate(origins) if origin is None]
    gone = [row for row in range(old) if row not in stays]
    there: list[int | None] = [stays[row] for row in sorted(stays)]
    if not there:  # a table keeps one row, so the first is deleted when others have come
        gone = gone[1:]
        there = [come.pop(0)] if spare_is_free and come else [None]
    order = [*there[:-1], *come, there[-1]] if new_before_last else [*there, *come]
    return Steps(_runs(gone)[::-1], len(come), order)


def origins_of(old_keys: Sequence[object], new_keys: Sequence[object], must_stay: bool) -> list[int | None]:
    """For each new row the old one that it continues: the one with its key, or where nothing must stay, the next."""
    if must_stay:
        return continued(old_keys, new_keys, False)
    return [row if row < len(old_keys) else None for row in range(len(new_keys))]


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Rows that follow each other, as first row and how many.

    >>> _runs([1, 2, 5])
    [(1, 2), (5, 1)]
    """
    runs = []
    for _, members in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
        run = [row for _, row in members]
        runs.append((run[0], len(run)))
    return runs
