"""The first draft of a mapping, for `xlsmkt map FILE...`: what is certain is written, what is likely is a comment."""

import json
from pathlib import Path

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.encodings import require_code_page
from xlsmkt.crm.entries import DEAL_ID, FileMapping
from xlsmkt.crm.guessing import KNOWN, Look, Shared, shared_id
from xlsmkt.crm.model import LEADS, TOUCHES
from xlsmkt.crm.opening import Files
from xlsmkt.crm.paths import refuse_twice
from xlsmkt.crm.recognising import Recognised, join_deals, joined, recognise
from xlsmkt.crm.staging import Draft, deal_stages, lead_stages
from xlsmkt.crm.values import plain
from xlsmkt.crm.words import is_id, is_won
from xlsmkt.errors import UserError

_INTRO = """\
# A draft: look it through, then refresh with --mapping and this file.
# Left of each sign of equality stands our column, right of it the heading in the file.
"""
_LISTS = ("plain list", "xlsmkt")  # what people keep by hand: their words for won are not known


def draft_mapping(paths: list[Path], *, encoding: str | None = None) -> str:
    """A mapping file for these files, as text.

    Columns whose heading is known are written out. For the others the likeliest headings stand there as comments, to be
    activated by taking away the ``#``; a column that a table cannot do without is always written, with its best guess.
    Of several files one holds the leads; a file that shares an id with it is joined to it.

    Raises
    ------
    UserError
        A file cannot be read, or none of them holds a column of dates.
    """
    refuse_twice(paths)
    if encoding is not None:
        require_code_page(encoding)
    tables = Files(paths, Answers(encoding, ask=lambda question: next(iter(question.readings)))).tables()
    looks = [Look(table) for table in tables]
    known = [recognise(look.name, look.table.headings) for look in looks]
    if not any(one or look.dated for look, one in zip(looks, known, strict=True)):
        names = ", ".join(look.name for look in looks)
        more = "give the file of leads as well" if len(looks) == 1 else "export the dates of creation as well"
        raise UserError(f"{names}: no column holds dates, so nothing can be counted; {more}")
    main = _main(looks, known)
    drafts: list[Draft | None] = [None] * len(looks)
    if main is not None:
        drafts[main] = _leads(looks[main], known[main])
    for number, (look, one) in enumerate(zip(looks, known, strict=True)):
        if number != main:
            drafts[number] = _other(look, one, drafts[main] if main is not None else None)
    if main is not None and (leads := drafts[main]) and _is_list(known[main]):
        told = any(draft and draft.entry.join and "Won" in draft.entry.columns for draft in drafts)
        lead_stages(leads, told)
    parts = [_names(look) if draft is None else _text_of(draft) for look, draft in zip(looks, drafts, strict=True)]
    return "\n".join([_INTRO, *parts])


def _is_list(one: Recognised | None) -> bool:
    return one is None or (one.export.crm in _LISTS and one.table == "Leads")


# --- which file is what ---


def _main(looks: list[Look], known: list[Recognised | None]) -> int | None:
    """The file of leads: an export of a CRM, else the one to which the others can be joined best."""
    numbers = range(len(looks))
    for number in numbers:
        one = known[number]
        if one and one.table == "Leads" and not one.is_deals and not _is_list(one):
            return number
    best, most = None, -1.0
    for number in numbers:
        if not _is_list(known[number]) or (known[number] is None and not _may_be_leads(looks[number])):
            continue
        others = [shared_id(looks[number], looks[other]) for other in numbers if other != number]
        score = sum(2 * one.found - (0.5 if one.once else 0) for one in others if one) + (0.1 if known[number] else 0)
        if score > most:
            best, most = number, score
    return best


def _may_be_leads(look: Look) -> bool:
    return look.dated and look.model is LEADS


def _leads(look: Look, one: Recognised | None) -> Draft:
    """The entry of the file of leads, less its stages."""
    return _of_export(look, one) if one else _guessed(look, FileMapping(look.name, "Leads", {}))


def _of_export(look: Look, one: Recognised) -> Draft:
    """The entry of an export that is known; a date of closing that does not say whether it was won is a suggestion."""
    draft = Draft(look, one.mapping())
    if one.remark:
        draft.likely["Won"] = draft.entry.columns["Closed"]
    return draft


def _other(look: Look, one: Recognised | None, main: Draft | None) -> Draft | None:
    """The entry of a file beside the leads; None for one that only gives names for ids."""
    if one and (main is None or not (one.is_deals or _is_list(one))):
        return _of_export(look, one)
    shared = shared_id(main.look, look) if main else None
    if main and one and one.is_deals:
        if entry := join_deals(main.entry, one):
            return Draft(look, entry)
        if shared and (join := _join(main, shared)):
            return Draft(look, joined(one, join))
        why = f"it shares no id with {main.look.name}, so its rows would count as leads of their own"
        return Draft(look, one.mapping(), off=why)
    if main and _same_kind(look, main):
        return Draft(look, one.mapping()) if one else _guessed(look, FileMapping(look.name, "Leads", {}))
    touches = look.model is TOUCHES and look.known(TOUCHES.field("Channel")) and not look.known(LEADS.field("Amount"))
    if main and shared and not touches and (join := _join(main, shared)):
        return _deals(look, join)
    if one:
        return _of_export(look, one)
    if not look.dated:
        return None
    draft = _guessed(look, FileMapping(look.name, look.model.name, {}))
    if main and look.model is LEADS:
        draft.off = f"it shares no id with {main.look.name}; take the # away only if its rows are leads of their own"
    return draft


def _same_kind(look: Look, main: Draft) -> bool:
    """Whether a file holds leads as the main one does: with the same headings for most and for their creation."""
    created = {plain(heading) for heading in main.entry.columns.get("Created", [])}
    ids = {plain(heading) for heading in main.entry.columns.get("Lead ID", [])}
    headings = {plain(heading) for heading in look.headings}
    theirs = {plain(heading) for heading in main.look.headings}
    alike = 2 * len(headings & theirs) >= len(headings | theirs)
    return alike and bool(created) and created <= headings and ids <= headings


def _join(main: Draft, shared: Shared) -> dict[str, str] | None:
    """How a file is joined to the leads by the columns that they share; the leads then map theirs."""
    columns = main.entry.columns
    if columns.get("Lead ID", [shared.ours]) == [shared.ours] or "Lead ID" in main.guessed:
        columns["Lead ID"] = [shared.ours]
        return {"Lead ID": shared.theirs}
    if shared.once and columns.get(DEAL_ID, [shared.ours]) == [shared.ours]:
        columns[DEAL_ID] = [shared.ours]
        return {DEAL_ID: shared.theirs}
    return None


# --- guesses ---


def _guessed(look: Look, entry: FileMapping) -> Draft:
    """An entry from headings that are known, guesses for what the table cannot do without, and comments."""
    draft = Draft(look, entry)
    used: set[str] = set()
    for one in entry.model.fields:
        ranked = [(score, heading) for score, heading in look.ranked(one) if heading not in used]
        if ranked and ranked[0][0] == KNOWN:
            entry.columns[one.name] = [ranked[0][1]]
        elif one.required:
            free = [heading for heading in look.headings if heading not in used] or look.headings
            kind = {"date": ["date"], "time": ["date"], "number": ["number"]}.get(one.kind, ["text", "number"])
            best = [heading for _, heading in ranked] or [h for h in free if look.kinds[h] in kind] or free
            entry.columns[one.name] = [best[0]]
            draft.guessed.add(one.name)
        else:
            continue
        used.add(entry.columns[one.name][0])
    return draft


def _deals(look: Look, join: dict[str, str]) -> Draft:
    """The entry of a file of sales or deals that is joined to the leads."""
    draft = Draft(look, FileMapping(look.name, "Leads", {}, join=join))
    amounts = [one for one in look.headings if look.kinds[one] == "number" and not is_id(one)]
    if amount := look.known(LEADS.field("Amount")):
        draft.entry.columns["Amount"] = [amount]
    elif len(amounts) == 1:
        draft.entry.columns["Amount"] = amounts
        draft.guessed.add("Amount")
    elif amounts:
        draft.likely["Amount"] = amounts[:1]
    deal_stages(draft)
    if not draft.entry.columns and not draft.entry.when:
        draft.off = "it can be joined, but what it tells of a lead is not certain"
    return draft


def _names(look: Look) -> str:
    """A file without dates that shares no id with the leads."""
    headings = look.headings or [""]
    return "\n".join(
        [f"# {look.name} holds no dates and no id of the leads; it may give names for ids:", "# [file.lookup]",
         f"# Owner = {{ path = {_text(look.name)}, key = {_text(headings[0])}, value = {_text(headings[-1])} }}", ""]
    )  # fmt: skip


# --- writing ---


def _text_of(draft: Draft) -> str:
    """The entry as TOML."""
    entry, look = draft.entry, draft.look
    lines = ["[[file]]", f"path = {_text(entry.path)}", f"table = {_text(entry.table)}"]
    if entry.join:
        lines.append(f"join = {_inline(entry.join)}")
    if entry.newest_by:
        lines.append(f"newest_by = {_text(entry.newest_by)}")
    if entry.ignore:
        lines.append(f"ignore = {_inline(entry.ignore)}")
    lines += ["", "[file.columns]"]
    for ours, theirs in entry.columns.items():
        check = "  # a guess; check it" if ours in draft.guessed else ""
        lines.append(f"{_key(ours)} = {_text(theirs[0] if len(theirs) == 1 else theirs)}{check}")
    lines += _suggestions(draft)
    if entry.when or draft.rules:
        lines += ["", "[file.when]" if entry.when else "# [file.when]"]
    for ours, rule in entry.when.items():
        held = look.words(rule.column)
        known = {plain(word) for word in rule.is_}
        words = [word for word in held if plain(word) in known or (ours == "Won" and is_won(word))] or rule.is_
        check = "  # a guess; check it" if ours in draft.guessed and not entry.columns.get(ours) else ""
        lines.append(f"{_key(ours)} = {_rule(rule.column, words)}{check}")
        if ours == "Won" and not entry.columns.keys() & {"Won", "Closed"}:
            lines.append("# no column is known to hold the day of winning: the day of creation is taken instead")
        others = [word for word in held if word not in words][:20]
        lines += [f"# {_text(rule.column)} also holds: {', '.join(map(_text, others))}"] if others else []
    lines += [f"# {_key(ours)} = {_rule(rule.column, rule.is_)}  # {why}" for ours, (rule, why) in draft.rules.items()]
    used = entry.headings
    rest = [heading for heading in look.headings if heading not in used]
    lines += [f"# not used: {', '.join(map(_text, rest))}"] if rest else []
    if draft.off:
        why = f"# {look.name} is left out: {draft.off}."
        lines = [why, *(line if line.startswith("#") or not line else f"# {line}" for line in lines)]
    return "\n".join([*lines, ""])


def _suggestions(draft: Draft) -> list[str]:
    """Comments that name likely headings for the columns that are still empty."""
    entry, look = draft.entry, draft.look
    used, done = set(entry.headings), {*entry.columns, *entry.when, *entry.join}
    likeliest = {ours: theirs for ours, theirs in draft.likely.items() if ours not in entry.columns}
    lines = [
        f"# {_key(ours)} = {_text(theirs[0] if len(theirs) == 1 else theirs)}" for ours, theirs in likeliest.items()
    ]
    if entry.join and look.known(LEADS.field("Owner")) and "Owner" not in done:
        owner = look.known(LEADS.field("Owner")) or ""
        return [*lines, f"# Owner = {_text(owner)}  # only leads that have a row here would have one"]
    for one in entry.model.fields if not entry.join else ():
        likely = [heading for _, heading in look.ranked(one) if heading not in used]
        if likely and one.name not in done and one.name not in draft.likely:
            others = f"  # or {', '.join(map(_text, likely[1:3]))}" if len(likely) > 1 else ""
            lines.append(f"# {_key(one.name)} = {_text(likely[0])}{others}")
    return lines


def _rule(column: str, words: list[str]) -> str:
    return f"{{ column = {_text(column)}, is = {_text(words)} }}"


def _key(name: str) -> str:
    return name if name.isalnum() and name.isascii() else _text(name)


def _text(value: str | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # else a JSON text is a TOML text


def _inline(values: dict[str, str] | dict[str, list[str]]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {_text(value)}" for key, value in values.items()) + " }"
