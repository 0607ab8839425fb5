"""For drafts: when a row of an unknown file counts as won and as closed, told from its dates and words."""

from dataclasses import dataclass, field

from xlsmkt.crm.entries import FileMapping, When
from xlsmkt.crm.guessing import Look
from xlsmkt.crm.model import LEADS
from xlsmkt.crm.words import CLOSE_DATES, LOST_DATES, SALE_DATES, is_closed, is_lost, is_status, is_won, is_won_mark

_MOST_STAGES = 40  # a column of more different words holds no stages


@dataclass
class Draft:
    """A mapping entry in the making: what is certain, what is a guess, and what only a comment tells."""

    look: Look
    entry: FileMapping
    guessed: set[str] = field(default_factory=set)  # columns of ours whose line asks to be checked
    likely: dict[str, list[str]] = field(default_factory=dict)  # columns that stand as comments
    rules: dict[str, tuple[When, str]] = field(default_factory=dict)  # rules that stand as comments, and why
    off: str = ""  # why the whole entry stands as a comment


@dataclass(frozen=True)
class Stages:
    """A column of stages: which of its words say won, and which closed."""

    column: str
    won: list[str]
    closed: list[str]
    sure: bool  # the heading says as well that these are stages


def stages_of(look: Look, order: bool = False) -> Stages | None:
    """The column of a file that tells won from lost; for an ``order`` delivered and paid are won too."""
    best: Stages | None = None
    for heading in look.headings:
        if look.kinds[heading] in ("date", "blank"):
            continue
        words = look.words(heading)
        if len(words) > _MOST_STAGES:
            continue
        marks = [word for word in words if is_won_mark(heading, word)]
        if marks:
            return Stages(heading, marks, marks, True)
        if look.kinds[heading] == "number":
            continue
        won = [word for word in words if is_won(word, order)]
        closed = [word for word in words if word in won or is_closed(word)]
        if not won and order and is_status(heading) and (lost := [word for word in words if is_lost(word)]):
            won = [word for word in words if word not in lost]  # what is not called off is sold
            closed, sure = words, False
        else:
            sure = is_status(heading)
        if closed and (best is None or (sure, bool(won)) > (best.sure, bool(best.won))):
            best = Stages(heading, won, closed, sure)
    return best


def lead_stages(draft: Draft, told_by_deals: bool) -> None:
    """Won and closed in a file of leads. ``told_by_deals``: a file of deals tells the dates of winning."""
    look, entry = draft.look, draft.entry
    used = {heading for headings in entry.columns.values() for heading in headings}
    won = entry.columns.get("Won") or [one for one in [look.known(LEADS.field("Won"))] if one and one not in used][:1]
    lost = [one for one in look.dates(LOST_DATES) if one not in used]
    closed = entry.columns.get("Closed") or [one for one in look.dates(CLOSE_DATES) if one not in used][:1]
    either = won == closed or (closed and not won)  # one date for both: only the stage tells them apart
    stages = stages_of(look)
    if lost and not either:
        closed = list(dict.fromkeys([*won, *lost, *(one for one in closed if one not in won)]))
    elif lost:
        closed = list(dict.fromkeys([*closed, *lost]))
    if closed:
        entry.columns["Closed"] = closed
    if stages and stages.won and not won and closed:
        won = [one for one in closed if one not in lost]
    if won and not (either and not (stages and stages.won)):
        entry.columns["Won"] = won
    if stages is None:
        return
    if stages.won and not won:  # dates that stand where the stage says won, and nowhere else
        free = [one for one in look.headings if look.kinds[one] == "date" and one not in used]
        draft.likely["Won"] = [one for one in free if look.agrees([one], stages.column, stages.won)][:1]
        draft.likely = {ours: theirs for ours, theirs in draft.likely.items() if theirs}
    _rule(draft, "Won", stages, stages.won, won, told_by_deals)
    if closed:
        _rule(draft, "Closed", stages, stages.closed, closed, told_by_deals)


def deal_stages(draft: Draft) -> None:
    """Won and closed in a file of sales or deals that is joined to leads."""
    look, entry = draft.look, draft.entry
    sold = look.dates(SALE_DATES)
    named = [one for one in [look.known(LEADS.field("Won"))] if one]
    ended, lost = look.dates(CLOSE_DATES), look.dates(LOST_DATES)
    started = look.known(LEADS.field("Created"))
    dates = [one for one in look.headings if look.kinds[one] == "date" and one not in lost and one != started]
    stages = stages_of(look, order=True)
    sure = [one for one in named if one not in ended] or sold
    day = (sure or ended or named or dates)[:1]
    if started and started not in day:
        entry.columns["Opportunity"] = [started]
    if not day:
        if stages and stages.won:
            draft.rules["Won"] = When(stages.column, stages.won), "no column holds the date"
        return
    if not sure and not (stages and stages.won):
        draft.likely |= {"Won": day, "Closed": day}
        return
    if not (sure or ended):
        draft.guessed |= {"Won", "Closed"}
    entry.columns["Won"] = day
    entry.columns["Closed"] = list(dict.fromkeys([*day, *lost]))
    if stages and stages.won:
        _rule(draft, "Won", stages, stages.won, day, False)
        _rule(draft, "Closed", stages, stages.closed, entry.columns["Closed"], False)
        if not stages.sure:
            draft.guessed |= set(entry.when)


def _rule(draft: Draft, stage: str, stages: Stages, words: list[str], dates: list[str], told_by_deals: bool) -> None:
    """Writes the rule that a stage counts only where the column of stages says so; as a comment where that is weak."""
    if not words:
        return
    rule = When(stages.column, words)
    alone = dates and (draft.entry.columns.get("Won") != draft.entry.columns.get("Closed"))
    if not stages.sure and not draft.entry.join:
        draft.rules[stage] = rule, "a guess"
    elif not dates and told_by_deals:
        draft.rules[stage] = rule, "the file of deals tells it, with its date"
    elif alone and not draft.look.agrees(dates, stages.column, words):
        draft.rules[stage] = rule, "rows with a date say otherwise"
    else:
        draft.entry.when[stage] = rule
