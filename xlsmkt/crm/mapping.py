"""Mapping files: which columns of which file feed which of ours.

A mapping is a TOML file of one or more ``[[file]]`` entries::

    [[file]]
    path = "Leads*.csv"            # a name or pattern; files given on the command line first, then beside the mapping
    table = "Leads"                # Leads, Spend, Web or Touches
    ignore = { IsDeleted = ["TRUE"] }      # rows left out; `where` names the rows to keep
    newest_by = "Last_Modified"    # of rows with the same Lead ID the newest wins; without it the last one
    date_order = "day"             # or "month": settles 05/04/2026; { Closed = "month" } for single columns
    decimal = ","                  # settles 1.234; { Amount = "." } for single columns

    [file.columns]                 # ours = theirs
    "Lead ID" = "Lead_ID"
    Created = "Lead_Date"
    Closed = ["Won_Date", "Lost_Date"]     # the first one that is filled
    Won = "Close_Date"
    Owner = "Agent_ID"

    [file.when]                    # a stage counts only where another column says so
    Won = { column = "Status", is = ["Sold"] }

    [file.lookup]                  # ids shown as names
    Owner = { path = "Agents.csv", key = "Agent_ID", value = "Agent_Name" }

    [file.constants]               # the same value in every row
    "Lead type" = "Webinar"

    [[file]]                       # deals, joined to the leads by an id: several deals of a lead are added up
    path = "Sales.csv"
    table = "Leads"
    join = { "Lead ID" = "Lead_ID" }
    columns = { Won = "Sale_Date", Amount = "Sale_Value" }

    [[file]]                       # a file may feed two tables; sum adds up the rows of the same day and words
    path = "Leads*.csv"
    table = "Spend"
    sum = true
    columns = { Date = "Lead_Date", Channel = "Source", Campaign = "Campaign", Cost = "Cost" }

Further keys of a ``[[file]]``: ``sheet`` (Excel), ``encoding`` and ``delimiter`` (CSV). Leads may also map ``Deal ID``,
the id of a lead's deal, for a deals file that is joined by it.
"""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from xlsmkt.crm.model import IMPORTED, DataTable
from xlsmkt.crm.texts import plain
from xlsmkt.errors import UserError

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
    """One ``[[file]]`` entry; see the module."""

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


def load_mapping(path: Path) -> list[FileMapping]:
    """The entries of a mapping file.

    Raises
    ------
    UserError
        The file is missing, is no TOML, or has a key or a column that does not exist.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise UserError(f"{path} is not there; write a mapping with xlsmkt map FILE") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path.name} is not a TOML file: {error}") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror or error})") from None
    entries = data.get("file")
    if not isinstance(entries, list) or not entries or set(data) != {"file"}:
        raise UserError(f"{path.name} must hold [[file]] entries and nothing else; xlsmkt map FILE drafts one")
    return [_Reader(path.name, number, entry).read() for number, entry in enumerate(entries, 1)]


def nearest(name: str, choices: list[str]) -> str:
    """The closest names to one that is not there, as the end of a message."""
    found = process.extract(name, choices, scorer=fuzz.WRatio, processor=plain, limit=3, score_cutoff=60)
    if found:
        return "did you mean " + " or ".join(match[0] for match in found) + "?"
    return f"there are {', '.join(choice for choice in choices if choice)}"


class _Reader:
    """Reads one entry and names what is wrong with it."""

    def __init__(self, file: str, number: int, entry: dict[str, Any]) -> None:
        self.where, self.entry = f"{file}, entry {number}", entry

    def read(self) -> FileMapping:
        keys = [one.name for one in fields(FileMapping)]
        for key in self.entry:
            if key not in keys:
                raise UserError(f"{self.where}: there is no key {key!r}; {nearest(key, keys)}")
        table = self.text("table") or ""
        names = [one.name for one in IMPORTED]
        if table not in names:
            raise UserError(f"{self.where}: table is {table!r}; write one of {', '.join(names)}")
        path = self.text("path")
        if not path:
            raise UserError(f"{self.where}: path is missing; write the name of the file")
        columns = {
            ours: [theirs] if isinstance(theirs, str) else self.words(f"columns.{ours}", theirs)
            for ours, theirs in self.table("columns").items()
        }
        entry = FileMapping(
            path,
            table,
            columns,
            constants={ours: str(value) for ours, value in self.table("constants").items()},
            when={ours: self.rule(ours, rule) for ours, rule in self.table("when").items()},
            lookup={ours: self.names(ours, rule) for ours, rule in self.table("lookup").items()},
            where={column: self.words("where", words) for column, words in self.table("where").items()},
            ignore={column: self.words("ignore", words) for column, words in self.table("ignore").items()},
            join={ours: str(theirs) for ours, theirs in self.table("join").items()},
            newest_by=self.text("newest_by"),
            sum=self.entry.get("sum") is True,
            sheet=self.text("sheet"),
            encoding=self.text("encoding"),
            delimiter=self.text("delimiter"),
            date_order=self.choice("date_order", ("day", "month")),
            decimal=self.choice("decimal", (".", ",")),
        )
        self.check(entry)
        return entry

    def check(self, entry: FileMapping) -> None:
        """Whether all of our columns that the entry names exist, and those that a table cannot do without are there."""
        known = entry.model.columns + ([DEAL_ID] if entry.table == "Leads" else [])
        settled = [key for key in (entry.date_order, entry.decimal) if isinstance(key, dict)]
        named: tuple[Any, ...] = (entry.columns, entry.constants, entry.when, entry.lookup, entry.join, *settled)
        for ours in [column for part in named for column in part]:
            if ours not in known:
                raise UserError(f"{self.where}: {entry.table} has no column {ours!r}; {nearest(ours, known)}")
        for ours in entry.when:
            if entry.model.field(ours).kind not in ("date", "time"):
                raise UserError(f"{self.where}: when.{ours} must be a column of dates")
        for ours in entry.lookup:
            if ours not in entry.columns:
                raise UserError(f"{self.where}: lookup.{ours} needs {ours} in columns")
        if entry.join:
            if entry.table != "Leads" or len(entry.join) != 1 or next(iter(entry.join)) not in ("Lead ID", DEAL_ID):
                raise UserError(f'{self.where}: write join = {{ "Lead ID" = "the column that holds it" }}')
            return
        for one in entry.model.fields:
            if one.required and one.name not in entry.columns and one.name not in entry.constants:
                raise UserError(f"{self.where}: {entry.table} needs {one.name}; name its column under columns")

    def text(self, key: str) -> str | None:
        value = self.entry.get(key)
        if value is not None and not isinstance(value, str):
            raise UserError(f"{self.where}: {key} must be a text in quotation marks")
        return value

    def table(self, key: str) -> dict[str, Any]:
        value = self.entry.get(key, {})
        if not isinstance(value, dict):
            raise UserError(f'{self.where}: {key} must be a table, such as {key} = {{ "ours" = "theirs" }}')
        return value

    def words(self, key: str, value: Any) -> list[str]:
        if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
            raise UserError(f'{self.where}: {key} must be a list of texts, such as ["Won"]')
        return value

    def rule(self, ours: str, value: Any) -> When:
        if not isinstance(value, dict) or set(value) != {"column", "is"} or not isinstance(value["column"], str):
            raise UserError(f'{self.where}: write when.{ours} = {{ column = "Stage", is = ["Closed Won"] }}')
        return When(value["column"], self.words(f"when.{ours}.is", value["is"]))

    def names(self, ours: str, value: Any) -> Lookup:
        keys = {"path", "key", "value"}
        if not isinstance(value, dict) or set(value) != keys or not all(isinstance(v, str) for v in value.values()):
            raise UserError(f'{self.where}: write lookup.{ours} = {{ path = "Users.csv", key = "Id", value = "Name" }}')
        return Lookup(**value)

    def choice(self, key: str, words: tuple[str, str]) -> str | dict[str, str] | None:
        value = self.entry.get(key)
        given = list(value.values()) if isinstance(value, dict) else [value]
        if value is not None and any(one not in words for one in given):
            raise UserError(f"{self.where}: {key} must be {words[0]!r} or {words[1]!r}")
        return value
