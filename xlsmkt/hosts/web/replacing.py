"""Which rows of a table stay, go and come when new data replace the old ones.

What stands beside a row can neither be read as a formula nor be moved by us: so a row that continues stays where it is,
rows that are gone are deleted, and new ones come at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


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


def steps(free: Sequence[bool], origins: Sequence[int | None], new_before_last: bool) -> Steps:
    """The steps from old rows to as many as there are ``origins``: for each new row the old one that it continues.

    Parameters
    ----------
    free
        Whether each old row can take any new row once it is gone, as nothing stands beside it. Deleting takes Excel
        an action for each run of rows.
    new_before_last
        New rows go before the last one, not behind it: only there does a table with totals surely take them in.

    >>> steps([False, False, False, False], [3, None, 0], False)
    Steps(deleted=[(1, 2)], grows=1, order=[2, 0, 1])
    >>> steps([False, True, True, False], [3, None, 0], False)
    Steps(deleted=[(2, 1)], grows=0, order=[2, 1, 0])
    >>> steps([False, False], [None, None, None], False)
    Steps(deleted=[(1, 1)], grows=3, order=[None, 0, 1, 2])
    """
    stays = {origin: row for row, origin in enumerate(origins) if origin is not None}
    come = [row for row, origin in enumerate(origins) if origin is None]
    reused = [row for row, is_free in enumerate(free) if is_free and row not in stays][: len(come)]
    stays |= dict(zip(reused, come, strict=False))
    come = come[len(reused) :]
    gone = [row for row in range(len(free)) if row not in stays]
    there: list[int | None] = [stays[row] for row in sorted(stays)]
    if not there:  # a table keeps one row, so the first is deleted when others have come
        there, gone = [None], gone[1:]
    order = [*there[:-1], *come, there[-1]] if new_before_last else [*there, *come]
    return Steps(_runs(gone)[::-1], len(come), order)


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
