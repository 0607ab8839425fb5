"""The first draft of a mapping, for `xlsmkt map FILE...`: what is certain is written, what is likely is a comment."""

import json
from pathlib import Path

from rapidfuzz import fuzz

from xlsmkt.crm.aliases import EXPORTS
from xlsmkt.crm.asking import Answers
from xlsmkt.crm.dates import day_readings
from xlsmkt.crm.mapping import FileMapping
from xlsmkt.crm.model import IMPORTED, LEADS, DataTable, Field
from xlsmkt.crm.numbers import number_readings
from xlsmkt.crm.reading import RawTable
from xlsmkt.crm.recognising import Recognised, join_deals, recognise
from xlsmkt.crm.sources.file import Source
from xlsmkt.crm.texts import plain
from xlsmkt.errors import UserError

_LIKELY = 75.0  # rapidfuzz's score from which a heading is worth a suggestion

_INTRO = """\
# A draft: look it through, then refresh with --mapping and this file.
# Left of each sign of equality stands our column, right of it the heading in the file.
"""


def draft_mapping(paths: list[Path], *, encoding: str | None = None) -> str:
    """A mapping file for these files, as text.

    Columns whose heading is known are written out. For the others the likeliest headings stand there as comments, to be
    activated by taking away the ``#``; a column that a table cannot do without is always written, with its best guess.

    Raises
    ------
    UserError
        A file cannot be read, or none of them holds a column of dates.
    """
    tables = list(Source(paths, Answers(encoding, ask=lambda question: next(iter(question.readings)))).tables())
    known: list[Recognised | None] = []
    for table in tables:
        try:
            known.append(recognise(table.name, table.headings))
        except UserError:
            known.append(None)
    leads = [one.mapping() for one in known if one and _has_leads(one)]
    parts = []
    for table, one in zip(tables, known, strict=True):
        if one is None:
            parts.append(_guessed(table, beside_leads=any(map(_has_leads, known))))
        elif one.is_deals and leads:
            parts.append(_written(_joined(leads[0], one), table))
        else:
            parts.append(_written(one.mapping(), table))
    if not any("[[file]]" in part for part in parts):
        names = ", ".join(table.name for table in tables)
        raise UserError(f"{names}: no column holds dates, so nothing can be counted; give the file of leads as well")
    return "\n".join([_INTRO, *parts])


def _has_leads(one: Recognised | None) -> bool:
    return one is not None and one.table == "Leads" and not one.is_deals


def _joined(leads: FileMapping, deals: Recognised) -> FileMapping:
    try:
        return join_deals(leads, deals)
    except UserError:
        return deals.mapping()


def _written(entry: FileMapping, table: RawTable) -> str:
    """An entry whose headings are all known."""
    lines = ["[[file]]", f"path = {_text(entry.path)}", f"table = {_text(entry.table)}"]
    if entry.join:
        lines.append(f"join = {_inline(entry.join)}")
    if entry.newest_by:
        lines.append(f"newest_by = {_text(entry.newest_by)}")
    if entry.ignore:
        lines.append(f"ignore = {_inline(entry.ignore)}")
    lines += ["", "[file.columns]"]
    for ours, theirs in entry.columns.items():
        lines.append(f"{_key(ours)} = {_text(theirs[0] if len(theirs) == 1 else theirs)}")
    if not entry.join:
        used = {heading for headings in entry.columns.values() for heading in headings}
        lines += _suggestions(entry.model, table, {*entry.columns, *entry.when}, used)
    if entry.when:
        lines += ["", "[file.when]"]
        for ours, rule in entry.when.items():
            held = table.read([rule.column]).columns[rule.column].sample(100_000)
            known = {plain(word) for word in rule.is_}
            words = [word for word in held if plain(word) in known] or rule.is_
            lines.append(f"{_key(ours)} = {{ column = {_text(rule.column)}, is = {_text(words)} }}")
            others = [word for word in held if word not in words][:20]
            lines += [f"# {_text(rule.column)} also holds: {', '.join(map(_text, others))}"] if others else []
    return "\n".join([*lines, *_unused(table, entry.headings), ""])


def _guessed(table: RawTable, beside_leads: bool) -> str:
    """An entry for a file of no known kind: the table whose columns its headings resemble most; beside a file of leads,
    one that holds their ids is joined to them."""
    kinds = _kinds(table)
    if "date" not in kinds.values():
        return "\n".join(
            [f"# {table.name} holds no dates; it may give names for ids:", "# [file.lookup]",
             f'# Owner = {{ path = {_text(table.name)}, key = {_text(table.headings[0])}, '
             f"value = {_text(table.headings[-1])} }}", ""]
        )  # fmt: skip
    model = max(IMPORTED, key=lambda one: _likeness(one, table, kinds))
    lines = ["[[file]]", f"path = {_text(table.name)}", f"table = {_text(model.name)}"]
    used: set[str] = set()
    done: set[str] = set()
    ids = [heading for score, heading in _ranked(LEADS.field("Lead ID"), table, kinds) if score == 100]
    if beside_leads and model is LEADS and ids:
        lines.append(f'join = {{ "Lead ID" = {_text(ids[0])} }}')
        used.add(ids[0])
        done.update(("Lead ID", "Created"))
    lines += ["", "[file.columns]"]
    for one in model.fields:
        if one.name in done:
            continue
        ranked = _ranked(one, table, kinds)
        if ranked and ranked[0][0] == 100 and ranked[0][1] not in used:
            lines.append(f"{_key(one.name)} = {_text(ranked[0][1])}")
        elif one.required:
            fallback = [heading for heading in table.headings if heading and _suits(one, kinds[heading])]
            best = [heading for _, heading in ranked] or fallback or [h for h in table.headings if h]
            lines.append(f"{_key(one.name)} = {_text(best[0])}  # a guess; check it")
            ranked = [(100.0, best[0])]
        else:
            continue
        used.add(ranked[0][1])
        done.add(one.name)
    lines += _suggestions(model, table, done, used)
    return "\n".join([*lines, *_unused(table, list(used)), ""])


def _suggestions(model: DataTable, table: RawTable, done: set[str], used: set[str]) -> list[str]:
    """Comments that name likely headings for the columns that are still empty."""
    kinds = _kinds(table)
    lines = []
    for one in model.fields:
        if one.name not in done:
            likely = [heading for _, heading in _ranked(one, table, kinds) if heading not in used]
            if likely:
                others = f"  # or {', '.join(map(_text, likely[1:3]))}" if len(likely) > 1 else ""
                lines.append(f"# {_key(one.name)} = {_text(likely[0])}{others}")
    return lines


def _unused(table: RawTable, used: list[str]) -> list[str]:
    rest = [heading for heading in table.headings if heading and heading not in used]
    return [f"# not used: {', '.join(_text(heading) for heading in rest)}"] if rest else []


def _likeness(model: DataTable, table: RawTable, kinds: dict[str, str]) -> float:
    """How well a file's headings resemble a table's; Leads in doubt."""
    best = [ranked[0][0] for one in model.fields if (ranked := _ranked(one, table, kinds))]
    return sum(best) + (1 if model.name == "Leads" else 0)


def _ranked(one: Field, table: RawTable, kinds: dict[str, str]) -> list[tuple[float, str]]:
    """The headings that resemble a column of ours or what a CRM calls it, the likeliest first."""
    names = {plain(one.name)}
    for export in EXPORTS:
        names.update(plain(alias) for alias in export.columns.get(one.name, ()))
    scored = []
    for heading in table.headings:
        if heading and _suits(one, kinds[heading]):
            score = 100.0 if plain(heading) in names else max(fuzz.token_sort_ratio(plain(heading), n) for n in names)
            if score >= _LIKELY:
                scored.append((score, heading))
    return sorted(scored, key=lambda pair: -pair[0])


def _suits(one: Field, kind: str) -> bool:
    """Whether a column of a file may hold what a column of ours does."""
    if kind == "blank":
        return not one.required
    if one.kind in ("date", "time"):
        return kind == "date"
    return kind == "number" if one.kind == "number" else kind != "date"


def _kinds(table: RawTable) -> dict[str, str]:
    """What each column of a file holds, told from its first values: date, number, text or blank."""
    headings = [heading for heading in table.headings if heading]
    columns = table.read(headings).columns
    kinds = {}
    for heading in headings:
        values = columns[heading].sample()
        days = sum(bool(day_readings(text.replace("T", " ").split(" ")[0]) or day_readings(text)) for text in values)
        numbers = sum(bool(number_readings(text)) for text in values)
        if not values:
            kinds[heading] = "blank"
        elif 2 * days > len(values):
            kinds[heading] = "date"
        else:
            kinds[heading] = "number" if 2 * numbers > len(values) else "text"
    return kinds


def _key(name: str) -> str:
    return name if name.isalnum() and name.isascii() else _text(name)


def _text(value: str | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # else a JSON text is a TOML text


def _inline(values: dict[str, str] | dict[str, list[str]]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {_text(value)}" for key, value in values.items()) + " }"
