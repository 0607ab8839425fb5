"""What says which columns of a file feed which of ours: an entry of a mapping file, or what follows from headings."""

from dataclasses import dataclass, field

from xlsmkt.crm.model import IMPORTED, DataTable

DEAL_ID = "Deal ID"  # joins leads and deals; not a column of the workbook


@dataclass(frozen=True)
class When:
    """A stage counts in the rows whose ``column`` holds one of the words ``is_``."""

    column: str
    is_: list[str]


@dataclass(frozen=True)
class Lookup:
    """A file that gives names for ids."""

    path: str
    key: str
    value: str


@dataclass
class FileMapping:
    """One ``[[file]]`` entry; see `xlsmkt.crm.mapping`.

    For a database ``path`` names a table, or what a ``query`` is called in the import log.
    """

    path: str
    table: str
    columns: dict[str, list[str]]
    constants: dict[str, str] = field(default_factory=dict)
    when: dict[str, When] = field(default_factory=dict)
    lookup: dict[str, Lookup] = field(default_factory=dict)
    where: dict[str, list[str]] = field(default_factory=dict)
    ignore: dict[str, list[str]] = field(default_factory=dict)
    join: dict[str, str] = field(default_factory=dict)
    newest_by: str | None = None
    sum: bool = False
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    date_order: str | dict[str, str] | None = None
    decimal: str | dict[str, str] | None = None
    query: str | None = None

    @property
    def model(self) -> DataTable:
        """The table of ours that the file feeds."""
        return next(table for table in IMPORTED if table.name == self.table)

    @property
    def headings(self) -> list[str]:
        """All headings of the file that are needed, each once."""
        named = [heading for headings in self.columns.values() for heading in headings]
        named += [rule.column for rule in self.when.values()]
        named += [*self.where, *self.ignore, *self.join.values(), *([self.newest_by] if self.newest_by else [])]
        return list(dict.fromkeys(named))

    def heading(self, ours: str) -> str:
        """The heading of the file that feeds a column of ours, or "" for none."""
        if ours in self.join:
            return self.join[ours]
        if ours in self.columns:
            return " or ".join(self.columns[ours])
        return self.when[ours].column if ours in self.when else ""

    def setting(self, key: str, column: str) -> str | None:
        """The date order or decimal sign that the mapping gives for one of our columns."""
        given = getattr(self, key)
        return given.get(column) if isinstance(given, dict) else given
