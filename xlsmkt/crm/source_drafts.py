"""The mapping of a connection as a file to edit, for `xlsmkt map NAME`."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

import tomlkit

from xlsmkt.crm.api import ApiField, ApiSource
from xlsmkt.crm.connection import Source
from xlsmkt.crm.entries import FileMapping, Lookup, When
from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError

_INTRO = """\
# How {title} is read. Edit it, save it as a file, then: xlsmkt refresh BOOK --from {name} --mapping FILE
# Left of each sign of equality stands our column, right of it the field of {title}.

"""


def draft_source_mapping(source: Source | ApiSource) -> str:
    """The entries by which a source is read, as TOML; the fields that they do not use follow as comments.

    Raises
    ------
    UserError
        The source has no mapping of its own, or does not answer.
    """
    entries: tuple[FileMapping, ...] = getattr(source, "mapping", ())
    if not entries or not isinstance(source, ApiSource):
        raise UserError(
            'Only you know which table of a database holds leads: write a file with [[file]], path = "the table" (or '
            'query = "select ..."), table = "Leads" and below [file.columns] lines such as Created = "created_at".'
        )
    name = source.connection.name
    parts = []
    for entry in entries:
        known = source.fields(entry.path)
        parts.append(_text_of(_as_there(entry, known)) + _unused(known.values(), entry, entries))
    return _INTRO.format(title=source.title, name=name) + "\n".join(parts)


def _as_there(entry: FileMapping, known: Mapping[str, ApiField]) -> FileMapping:
    """The entry with those fields alone that this account has: what users write must be there."""
    columns = {ours: [one for one in theirs if one in known] for ours, theirs in entry.columns.items()}
    columns = {ours: theirs for ours, theirs in columns.items() if theirs}
    lookup = {ours: rule for ours, rule in entry.lookup.items() if ours in columns}
    return replace(entry, columns=columns, lookup=lookup)


def _text_of(entry: FileMapping) -> str:
    table = tomlkit.table()
    below = {}
    for one in fields(FileMapping):
        value = getattr(entry, one.name)
        if value is None or value in ("", False, {}, []):
            continue
        if isinstance(value, dict) and one.name not in ("join", "where", "ignore", "date_order", "decimal"):
            below[one.name] = {key: _plain(held) for key, held in value.items()}
        else:
            table[one.name] = _inline(value) if isinstance(value, dict) else value
    for key, values in below.items():
        inner = tomlkit.table()
        for ours, held in values.items():
            inner[ours] = _inline(held) if isinstance(held, dict) else held
        table[key] = inner
    document = tomlkit.document()
    rows = tomlkit.aot()
    rows.append(table)
    document["file"] = rows
    return tomlkit.dumps(document)


def _plain(value: Any) -> Any:
    if isinstance(value, When):
        return {"column": value.column, "is": value.is_}
    if isinstance(value, Lookup):
        return {"path": value.path, "key": value.key, "value": value.value}
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _inline(values: dict[str, Any]) -> Any:
    made = tomlkit.inline_table()
    made.update(values)
    return made


def _unused(known: Iterable[ApiField], entry: FileMapping, entries: Iterable[FileMapping]) -> str:
    """The fields of the entry's object that no entry for it uses, as comments."""
    used = {field for other in entries if other.path == entry.path for field in other.headings}
    lines = [
        f"#   {shown(one.name)}" + (f"  ({shown(one.label)})" if one.label and one.label != one.name else "")
        for one in known
        if one.name not in used
    ]
    return "\n".join(["", f"# {entry.path} also has:", *lines, ""]) if lines else ""
