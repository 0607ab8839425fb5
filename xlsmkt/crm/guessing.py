"""What an unknown file may hold: told from the likeness of its headings and from its values. For drafts of a mapping
and for advice; an import never goes by likeness."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz

from xlsmkt.crm.aliases import EXPORTS
from xlsmkt.crm.kinds import kind_of
from xlsmkt.crm.model import IMPORTED, LEADS, DataTable, Field
from xlsmkt.crm.reading import RawTable
from xlsmkt.crm.texts import id_column, is_one_of
from xlsmkt.crm.values import plain
from xlsmkt.crm.words import HEADINGS, is_id

_LIKELY = 75.0  # rapidfuzz's score from which a heading is worth a suggestion
KNOWN = 100.0
_UNIQUE = 0.95  # share of different values from which a column can be an id
_FOUND = 0.8  # share of a column's values that must stand among the ids of another file, whatever the headings say


class Look:
    """A file whose headings and values are looked at."""

    def __init__(self, table: RawTable) -> None:
        self.table, self.name = table, table.name
        self.headings = [heading for heading in table.headings if heading]
        self._ids: dict[str, pd.Series] = {}
        self._unique: dict[str, bool] = {}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What each column holds, told from its first values: date, number, text or blank."""
        columns = self.table.read(self.headings).columns
        return {heading: kind_of(columns[heading].sample()) for heading in self.headings}

    @property
    def dated(self) -> bool:
        """Whether any column holds dates: without one nothing can be counted."""
        return "date" in self.kinds.values()

    @cached_property
    def model(self) -> DataTable:
        """The table of ours whose columns the headings resemble most; Leads in doubt."""

        def likeness(model: DataTable) -> float:
            best = [ranked[0][0] for one in model.fields if (ranked := self.ranked(one))]
            return sum(best) + (1 if model is LEADS else 0)

        return max(IMPORTED, key=likeness)

    def ranked(self, one: Field) -> list[tuple[float, str]]:
        """The headings that resemble a column of ours or what a CRM or a list calls it, the likeliest first."""
        names = {plain(one.name), *HEADINGS.get(one.name, ())}
        for export in EXPORTS:
            names.update(plain(alias) for alias in export.columns.get(one.name, ()))
        scored = []
        for heading in self.headings:
            if _suits(one, self.kinds[heading]):
                name = plain(heading)
                score = KNOWN if name in names else max(fuzz.token_sort_ratio(name, other) for other in names)
                if score >= _LIKELY:
                    scored.append((score, heading))
        return sorted(scored, key=lambda pair: -pair[0])

    def known(self, one: Field) -> str | None:
        """The heading by which a column of ours is known, if there is one."""
        ranked = self.ranked(one)
        return ranked[0][1] if ranked and ranked[0][0] == KNOWN else None

    def dates(self, names: tuple[str, ...]) -> list[str]:
        """The headings of dates that have one of these names; the columns may still be empty."""
        return [one for one in self.headings if plain(one) in names and self.kinds[one] in ("date", "blank")]

    def words(self, heading: str) -> list[str]:
        """The different values of a column."""
        return self.table.read([heading]).columns[heading].sample(100_000)

    def ids(self, heading: str) -> pd.Series:
        """The values of a column as ids, blanks left out."""
        if heading not in self._ids:
            self._ids[heading] = id_column(self.table.read([heading]).columns[heading]).dropna()
        return self._ids[heading]

    def is_unique(self, heading: str) -> bool:
        """Whether nearly all values of a column are different."""
        if heading not in self._unique:
            values = self.ids(heading)
            self._unique[heading] = len(values) > 0 and values.nunique() >= _UNIQUE * len(values)
        return self._unique[heading]

    def agrees(self, dates: list[str], heading: str, words: list[str]) -> bool:
        """Whether nearly all rows with one of these dates hold one of these words."""
        columns = self.table.read([*dict.fromkeys([*dates, heading])]).columns
        filled = np.zeros(len(columns[heading]), bool)
        for one in dates:
            filled |= id_column(columns[one]).notna().to_numpy()
        said = is_one_of(columns[heading], words)
        return not filled.any() or float(said[filled].mean()) >= _UNIQUE


@dataclass(frozen=True)
class Shared:
    """Two columns that hold the same ids: one of the leads, where each stands once, and one of another file."""

    ours: str
    theirs: str
    found: float  # the share of the other file's values that stand among the leads'
    once: bool  # whether each stands once in the other file too


def shared_id(leads: Look, other: Look) -> Shared | None:
    """The columns by which another file can be joined to the leads: near-unique among the leads, of the same heading
    or nearly all found."""
    best: tuple[bool, float, Shared] | None = None
    for ours in leads.headings:
        if leads.kinds[ours] in ("date", "blank") or not leads.is_unique(ours):
            continue
        known = pa.array(leads.ids(ours), pa.string())
        for theirs in other.headings:
            if other.kinds[theirs] in ("date", "blank"):
                continue
            values = other.ids(theirs)
            hits = pc.is_in(pa.array(values, pa.string()), known)  # pandas' own isin is far slower for texts
            found = float(pc.mean(hits).as_py() or 0)
            named = plain(ours) == plain(theirs) and is_id(ours)
            if found and (named or (found >= _FOUND and _tells(values, theirs))):
                shared = Shared(ours, theirs, found, other.is_unique(theirs))
                if best is None or (named, found) > best[:2]:
                    best = named, found, shared
    return best[2] if best else None


def _tells(values: pd.Series, heading: str) -> bool:
    """Whether it says something that values stand among ids: small numbers do so by chance, and so does a word."""
    chance = values.str.fullmatch(r"\d{1,4}(\.\d+)?").mean() >= 0.5
    return not chance or (is_id(heading) and values.nunique() > 1)


def _suits(one: Field, kind: str) -> bool:
    """Whether a column of a file may hold what a column of ours does."""
    if kind == "blank":
        return not one.required
    if one.kind in ("date", "time"):
        return kind == "date"
    return kind == "number" if one.kind == "number" else kind != "date"
