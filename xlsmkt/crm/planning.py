"""Which file feeds which table: by a mapping, else by its headings."""

import fnmatch
from dataclasses import dataclass, field
from pathlib import Path

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.entries import FileMapping
from xlsmkt.crm.excel import ENDINGS
from xlsmkt.crm.guessing import Look, shared_id
from xlsmkt.crm.mapping import load_mapping, nearest
from xlsmkt.crm.opening import Files
from xlsmkt.crm.paths import each_once, identity, name_of, refuse_twice, shown
from xlsmkt.crm.reading import RawTable
from xlsmkt.crm.reasons import NO_DATES, NO_FILE, SHARE_AN_ID, headings_shown
from xlsmkt.crm.recognising import Recognised, join_deals, recognise
from xlsmkt.crm.scanning import LARGE, large_csv
from xlsmkt.crm.texts import id_column
from xlsmkt.errors import UserError


@dataclass
class Part:
    """A table to read, its mapping, the names of ids by column of ours, and what its headings leave open."""

    table: RawTable
    mapping: FileMapping
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    remark: str = ""


def plan_files(paths: list[Path], mapping: Path | None, answers: Answers, bulk: bool | None = None) -> list[Part]:
    """The tables to read, in the order of the mapping, then in that of the other files.

    Large CSV files are streams; with ``bulk`` all of them are, if it is False none.

    Raises
    ------
    UserError
        No file, a file that is not there, a file that no entry names and no alias table knows.
    """
    refuse_twice(paths)
    plan: list[Part] = []
    rest = list(paths)
    for entry in load_mapping(mapping) if mapping else []:
        assert mapping is not None
        if entry.query:
            raise UserError(
                f"{name_of(mapping)} holds a query, which no file answers; give the address of its database as well"
            )
        found = _files_of(entry.path, "path", paths, mapping)
        source = Files(found, answers, entry.sheet, entry.encoding, entry.delimiter)
        named = {
            ours: _files_of(rule.path, f"lookup.{ours}.path", paths, mapping)[0] for ours, rule in entry.lookup.items()
        }
        names = {ours: _names(named[ours], rule.key, rule.value, answers) for ours, rule in entry.lookup.items()}
        plan += [Part(table, entry, names, table.remark) for table in _tables(source, bulk)]
        used = {identity(path) for path in [*found, *named.values()]}
        rest = [path for path in rest if identity(path) not in used]
    tables = _tables(Files(rest, answers), bulk)
    kinds = [_kind(table, tables, paths, mapping) for table in tables]
    leads = [(part.mapping, part.table) for part in plan if part.mapping.table == "Leads" and not part.mapping.join]
    leads += [
        (kind.mapping(), table)
        for kind, table in zip(kinds, tables, strict=True)
        if kind.table == "Leads" and not kind.is_deals
    ]
    for table, kind in zip(tables, kinds, strict=True):
        entry = _beside(kind, table, leads[0]) if kind.is_deals and leads else kind.mapping()
        plan.append(Part(table, entry, remark="; ".join(filter(None, [kind.remark, table.remark]))))
    if not plan:
        raise UserError(NO_FILE)
    return plan


def _tables(files: Files, bulk: bool | None) -> list[RawTable]:
    """The table in each file, in the order given."""
    least = LARGE if bulk is None else 0
    tables: list[RawTable] = []
    for path in files.paths:
        stream = None
        if bulk is not False and path.suffix.lower() not in ENDINGS:
            stream = large_csv(path, files.answers, files.encoding, files.delimiter, least)
        one = Files([path], files.answers, files.sheet, files.encoding, files.delimiter)
        tables.append(stream or next(one.tables()))
    return tables


def _kind(table: RawTable, tables: list[RawTable], paths: list[Path], mapping: Path | None) -> Recognised:
    """The kind of export that a file is; for one that is not known advice that can help."""
    kind = recognise(table.name, table.headings)
    if kind is not None:
        return kind
    what = f"{table.name} is no export that is known (its headings are {headings_shown(table.headings)})"
    if mapping is not None:
        raise UserError(f"{what} and {name_of(mapping)} has no entry for it; add one, or leave the file out")
    if not any(Look(one).dated for one in tables):
        raise UserError(f"{what} and {NO_DATES}")
    names = " ".join(f'"{name_of(path)}"' if " " in path.name else name_of(path) for path in paths)
    raise UserError(f"{what}; write a mapping with xlsmkt map {names}")


def _beside(deals: Recognised, table: RawTable, leads: tuple[FileMapping, RawTable]) -> FileMapping:
    """The mapping of a deals file beside a leads file, joined by their headings."""
    entry = join_deals(leads[0], deals)
    if entry is not None:
        return entry
    files = f"{leads[1].name} and {table.name}"
    if shared_id(Look(leads[1]), Look(table)):
        raise UserError(
            f"{files} share no id that is known by its heading; "
            f"write a mapping with xlsmkt map {leads[1].name} {table.name}"
        )
    raise UserError(f"{files} share no id; {SHARE_AN_ID}")


def _files_of(pattern: str, key: str, paths: list[Path], mapping: Path) -> list[Path]:
    """The files that a mapping means, each once: of those given, else beside the mapping; a plain name before a
    pattern."""
    wanted = Path(pattern).name
    given = [path for path in paths if path.name == wanted]
    given = given or [path for path in paths if fnmatch.fnmatch(path.name, wanted)]
    if given:
        return given
    try:
        if (mapping.parent / pattern).is_file():
            return [mapping.parent / pattern]
        found = [] if Path(pattern).is_absolute() else sorted(mapping.parent.glob(pattern))
        beside = [path for path in found if path.is_file()]
        around = {name_of(path) for path in [*paths, *mapping.parent.iterdir()] if path.is_file()} - {mapping.name}
    except (OSError, ValueError, NotImplementedError, IndexError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(f"{name_of(mapping)}: {key} = {shown(pattern)!r} names no file ({why}); mend it") from None
    if not beside:
        hint = nearest(wanted, sorted(around))
        raise UserError(f"{name_of(mapping)} names {shown(pattern)}, which is not there; {hint}")
    return each_once(beside)


def _names(path: Path, key: str, value: str, answers: Answers) -> dict[str, str]:
    """The names that a file gives for ids."""
    table = next(Files([path], answers).tables())
    for heading in (key, value):
        if heading not in table.headings:
            raise UserError(f"{table.name} has no column {shown(heading)!r}; {nearest(heading, table.headings)}")
    rows = table.read([key, value])
    keys, values = id_column(rows.columns[key]), id_column(rows.columns[value])
    known = keys.notna() & values.notna()
    return dict(zip(keys[known], values[known], strict=True))
