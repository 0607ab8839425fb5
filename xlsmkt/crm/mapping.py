"""Mapping files: which columns of which file feed which of ours.

A mapping is a TOML file of one or more ``[[file]]`` entries::

    [[file]]
    path = "Leads*.csv"            # a name or pattern; files given on the command line first, then beside the mapping
    table = "Leads"                # Leads, Spend, Web or Touches
    ignore = { IsDeleted = ["TRUE"] }      # rows left out; `where` names the rows to keep
    newest_by = "Last_Modified"    # of rows with the same Lead ID the newest wins; without it the last one
    date_order = "day"             # or "month", "year": settles 05/04/2026; { Closed = "month" } for single columns
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

For a database ``path`` is a table, ``"leads"`` or ``"crm.leads"``, as is the path of a lookup. Instead of a table an
entry may give a ``query``, which selects; its ``path`` is then what the import log calls it, and may be left out::

    [[file]]
    query = "select * from crm.leads where region = 'North'"
    table = "Leads"
"""

import datetime as dt
import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from xlsmkt.crm.amounts import LARGEST, number_readings
from xlsmkt.crm.encodings import require_code_page
from xlsmkt.crm.entries import DEAL_ID, FileMapping, Lookup, When
from xlsmkt.crm.model import IMPORTED
from xlsmkt.crm.moments import ORDERS, day_readings
from xlsmkt.crm.paths import identity, name_of, shown
from xlsmkt.crm.values import plain
from xlsmkt.errors import UserError

_SUMMED = ("Spend", "Web")  # tables whose rows are numbers of a day
_LONGEST_NAME = 255  # bytes, on all usual systems


def load_mapping(path: Path) -> list[FileMapping]:
    """The entries of a mapping file.

    Raises
    ------
    UserError
        The file is missing, is no TOML, or has a key or a column that does not exist.
    """
    name = name_of(path)
    if not os.path.exists(path):
        raise UserError(f"{shown(path, 200)} is not there; write a mapping with xlsmkt map FILE")
    identity(path)
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except RecursionError:
        raise UserError(f"{name} is not a mapping: its brackets stand too deep in each other") from None
    except ValueError as error:  # also what no TOML is, or no UTF-8
        raise UserError(f"{name} is not a TOML file: {shown(error, 200)}") from None
    except OSError as error:
        raise UserError(f"{name} cannot be read ({error.strerror or error})") from None
    entries = data.get("file")
    if not isinstance(entries, list) or not entries or set(data) != {"file"}:
        raise UserError(f"{name} must hold [[file]] entries and nothing else; xlsmkt map FILE drafts one")
    if not all(isinstance(entry, dict) for entry in entries):
        raise UserError(f"{name}: file must hold entries such as [[file]] with path, table and columns below it")
    return [_Reader(name, number, entry).read() for number, entry in enumerate(entries, 1)]


def nearest(name: str, choices: list[str]) -> str:
    """The closest names to one that is not there, as the end of a message."""
    found = process.extract(name, choices, scorer=fuzz.WRatio, processor=plain, limit=3, score_cutoff=60)
    if found:
        return "did you mean " + " or ".join(shown(match[0]) for match in found) + "?"
    return f"there are {', '.join(shown(choice) for choice in choices if choice)}"


class _Reader:
    """Reads one entry and names what is wrong with it."""

    def __init__(self, file: str, number: int, entry: dict[str, Any]) -> None:
        self.where, self.entry = f"{file}, entry {number}", entry

    def read(self) -> FileMapping:
        keys = [one.name for one in fields(FileMapping)]
        for key in self.entry:
            if key not in keys:
                raise UserError(f"{self.where}: there is no key {shown(key)!r}; {nearest(key, keys)}")
        table = self.text("table") or ""
        names = [one.name for one in IMPORTED]
        if table not in names:
            raise UserError(f"{self.where}: table is {shown(table)!r}; write one of {', '.join(names)}")
        query = self.text("query")
        if query is not None and not query.strip(" \t\r\n;"):
            raise UserError(f'{self.where}: query is empty; write one that selects, "select * from leads"')
        path = self.text("path") or ("query" if query else None)
        if not path:
            raise UserError(f"{self.where}: path is missing; write the name of the file, or of the table of a database")
        self.names_file("path", path)
        columns = {
            ours: [theirs] if isinstance(theirs, str) else self.words(f"columns.{ours}", theirs)
            for ours, theirs in self.table("columns").items()
        }
        entry = FileMapping(
            path,
            table,
            columns,
            constants={ours: self.constant(ours, value) for ours, value in self.table("constants").items()},
            when={ours: self.rule(ours, rule) for ours, rule in self.table("when").items()},
            lookup={ours: self.names(ours, rule) for ours, rule in self.table("lookup").items()},
            where={column: self.words(f"where.{column}", words) for column, words in self.table("where").items()},
            ignore={column: self.words(f"ignore.{column}", words) for column, words in self.table("ignore").items()},
            join={ours: self.word(f"join.{ours}", theirs) for ours, theirs in self.table("join").items()},
            newest_by=self.text("newest_by"),
            sum=self.yes_or_no("sum"),
            sheet=self.text("sheet"),
            encoding=self.encoding(),
            delimiter=self.delimiter(),
            date_order=self.choice("date_order", ORDERS),
            decimal=self.choice("decimal", (".", ",")),
            query=query,
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
                raise UserError(f"{self.where}: {entry.table} has no column {shown(ours)!r}; {nearest(ours, known)}")
        for ours in entry.when:
            if ours == DEAL_ID or entry.model.field(ours).kind not in ("date", "time"):
                raise UserError(f"{self.where}: when.{ours} must be a column of dates")
        for ours, value in entry.constants.items():
            self.fits(ours, value, "text" if ours == DEAL_ID else entry.model.field(ours).kind)
        if entry.sum and entry.table not in _SUMMED:
            raise UserError(
                f"{self.where}: sum is for {' and '.join(_SUMMED)}; take it out of an entry of {entry.table}"
            )
        for ours in entry.lookup:
            if ours in ("Lead ID", DEAL_ID) or entry.model.field(ours).kind != "text":
                raise UserError(f"{self.where}: lookup.{ours} must be a column of words, such as Owner")
            if ours not in entry.columns:
                raise UserError(f"{self.where}: lookup.{ours} needs {ours} in columns")
        if entry.join:
            if entry.table != "Leads" or len(entry.join) != 1 or next(iter(entry.join)) not in ("Lead ID", DEAL_ID):
                raise UserError(f'{self.where}: write join = {{ "Lead ID" = "the column that holds it" }}')
            return
        for one in entry.model.fields:
            if one.required and one.name not in entry.columns and one.name not in entry.constants:
                raise UserError(f"{self.where}: {entry.table} needs {one.name}; name its column under columns")

    def fits(self, ours: str, value: str, kind: str) -> None:
        """Whether a constant is of the kind that its column holds."""
        readings = number_readings(value).values()
        if kind == "number" and not any(abs(number) <= LARGEST for number in readings):
            raise UserError(f"{self.where}: constants.{ours} is {shown(value)!r} and must be a number, such as 12.5")
        days = day_readings(value) or day_readings(value.replace("T", " ").split(" ", 1)[0])
        if kind in ("date", "time") and not days:
            raise UserError(
                f"{self.where}: constants.{ours} is {shown(value)!r} and must be a date, such as 2026-01-31"
            )

    def constant(self, ours: str, value: Any) -> str:
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST
        if value == "" or not (number or isinstance(value, str | dt.date)):
            raise UserError(
                f"{self.where}: constants.{shown(ours)} must be a text in quotation marks, a number or a date"
            )
        return str(value)

    def names_file(self, key: str, path: str) -> None:
        """Whether a text can be the name of a file or a pattern of names."""
        parts = Path(path).parts
        broken = any("**" in part and part != "**" for part in parts) or "\0" in path
        long = any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts) or len(path) > 4000
        if not Path(path).name.strip(". ") or broken or long:
            raise UserError(
                f'{self.where}: {key} is {shown(path)!r}; write the name of a file or a pattern, "Leads*.csv"'
            )

    def yes_or_no(self, key: str) -> bool:
        value = self.entry.get(key, False)
        if not isinstance(value, bool):
            raise UserError(f"{self.where}: {key} must be true or false, without quotation marks")
        return value

    def encoding(self) -> str | None:
        value = self.text("encoding")
        if value is not None:
            try:
                require_code_page(value)
            except UserError as error:
                raise UserError(f"{self.where}: encoding: {error}") from None
        return value

    def delimiter(self) -> str | None:
        value = self.text("delimiter")
        if value is not None and (len(value) != 1 or not value.isascii() or value.isalnum() or value in '"\r\n\0'):
            raise UserError(f'{self.where}: delimiter must be one sign, such as ";" or "\\t"')
        return value

    def word(self, key: str, value: Any) -> str:
        if not isinstance(value, str):
            raise UserError(f"{self.where}: {shown(key)} must be a text in quotation marks")
        return value

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
            raise UserError(f'{self.where}: {shown(key)} must be a list of texts, such as ["Won"]')
        return value

    def rule(self, ours: str, value: Any) -> When:
        if not isinstance(value, dict) or set(value) != {"column", "is"} or not isinstance(value["column"], str):
            raise UserError(f'{self.where}: write when.{shown(ours)} = {{ column = "Stage", is = ["Closed Won"] }}')
        return When(value["column"], self.words(f"when.{ours}.is", value["is"]))

    def names(self, ours: str, value: Any) -> Lookup:
        keys = {"path", "key", "value"}
        if not isinstance(value, dict) or set(value) != keys or not all(isinstance(v, str) for v in value.values()):
            raise UserError(
                f'{self.where}: write lookup.{shown(ours)} = {{ path = "Users.csv", key = "Id", value = "Name" }}'
            )
        self.names_file(f"lookup.{ours}.path", value["path"])
        return Lookup(**value)

    def choice(self, key: str, words: tuple[str, ...]) -> str | dict[str, str] | None:
        value = self.entry.get(key)
        given = list(value.values()) if isinstance(value, dict) else [value]
        if value is not None and any(one not in words for one in given):
            raise UserError(f"{self.where}: {key} must be {' or '.join(map(repr, words))}")
        return value
