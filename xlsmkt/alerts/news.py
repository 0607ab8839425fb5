"""What of all that holds now is news, and what is known once it has been told."""

from dataclasses import dataclass

from xlsmkt.alerts.holding import Lead, Now
from xlsmkt.alerts.told import Told

MOST_LISTED = 20  # leads; a wrong import would make a mail of thousands


@dataclass(frozen=True)
class Alert:
    """One thing that needs somebody, or does so no longer."""

    kind: str  # "marketing", "sales", "ready", "late"
    subject: str  # in a few words
    lines: list[str]


def everything(now: Now) -> list[Alert]:
    """All that holds now, whether or not it was told."""
    return [
        *_standings(now, {}),
        *_listed("ready", now.ready or [], None, now.agreed),
        *_listed("late", now.late or [], None, now.agreed),
    ]


def first(now: Now) -> list[Alert]:
    """What a first run tells: an SLA that is behind, and how many leads there are already."""
    alerts = _standings(now, {})
    counted = [
        _subject(kind, len(leads), now.agreed) for kind, leads in (("ready", now.ready), ("late", now.late)) if leads
    ]
    if counted:
        line = f"Known from now on: {'; '.join(counted)} (xlsmkt alerts BOOK --all lists them)."
        alerts.append(Alert("known", ", ".join(counted), [line]))
    return alerts


def since(now: Now, told: Told) -> list[Alert]:
    """What is new since it was told."""
    before = set(told.ready)
    ready = [lead for lead in now.ready or [] if lead.key not in before]
    late = [lead for lead in now.late or [] if told.late.get(lead.key) != lead.assigned]
    return [
        *_standings(now, told.behind),
        *_listed("ready", ready, MOST_LISTED, now.agreed),
        *_listed("late", late, MOST_LISTED, now.agreed),
    ]


def known_after(now: Now, told: Told | None) -> Told:
    """What is known once all that holds now has been told; of what the workbook cannot say, what was known before.

    Leads that are not in the workbook stay known: a wrong import must not make them all news.
    """
    before = told or Told()
    ready = {key for key in before.ready if key not in now.below} | now.above
    late = dict(before.late)
    if now.late is not None:
        late = {k: a for k, a in late.items() if k not in now.known or now.waiting.get(k) == a}
        late |= {lead.key: lead.assigned for lead in now.late}
    behind = {side: month for side, month in before.behind.items() if side not in now.standings}
    behind |= {side: standing.month for side, standing in now.standings.items() if standing.behind}
    return Told(sorted(ready), late, behind)


def _standings(now: Now, told: dict[str, str]) -> list[Alert]:
    """SLAs that turned behind, each month anew, and those that are so no longer."""
    alerts = []
    for side, standing in now.standings.items():
        if standing.behind and told.get(side) != standing.month:
            what = f"{standing.title} behind"
        elif not standing.behind and side in told:
            what = f"{standing.title} back on track" if told[side] == standing.month else f"{standing.title} on track"
        else:
            continue
        alerts.append(Alert(side, what, [f"{what} in {standing.spoken_month}: {standing.figures}."]))
    return alerts


def _listed(kind: str, leads: list[Lead], most: int | None, agreed: str) -> list[Alert]:
    if not leads:
        return []
    subject = _subject(kind, len(leads), agreed)
    lines = [f"{subject}:", *(f"- {lead.words}" for lead in leads[:most])]
    if most is not None and len(leads) > most:
        lines.append(f"- and {len(leads) - most:,} more (xlsmkt alerts BOOK --all lists all that hold now)")
    return [Alert(kind, subject, lines)]


def _subject(kind: str, many: int, agreed: str) -> str:
    leads = "1 lead" if many == 1 else f"{many:,} leads"
    if kind == "ready":
        return f"{leads} to call"
    return f"{leads} not worked within {agreed} hours"
