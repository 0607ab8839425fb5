"""What a file without a mapping is: told from its headings by the alias tables, never by likeness."""

from xlsmkt.crm.aliases import CLOSED, DELETED, EXPORTS, WON, Export
from xlsmkt.crm.entries import DEAL_ID, FileMapping, When
from xlsmkt.crm.model import IMPORTED
from xlsmkt.crm.values import plain


class Recognised:
    """A file's headings beside one kind of export: what matches, and the mapping that follows."""

    def __init__(self, export: Export, name: str, headings: list[str]) -> None:
        self.export, self.name = export, name
        self.found = {plain(heading): heading for heading in reversed(headings) if heading}
        self.columns = {ours: [hit] for ours, theirs in export.columns.items() if (hit := self.first(theirs))}
        for ours, theirs in export.every.items():
            hits = [self.found[plain(one)] for one in theirs if plain(one) in self.found]
            if hits:
                self.columns[ours] = hits

    def first(self, theirs: tuple[str, ...]) -> str | None:
        """The first of these headings that the file has, as the file spells it."""
        return next((self.found[plain(one)] for one in theirs if plain(one) in self.found), None)

    @property
    def is_deals(self) -> bool:
        return self.export.kind == "deals"

    @property
    def table(self) -> str:
        return "Leads" if self.is_deals else self.export.kind

    @property
    def fits(self) -> bool:
        """Whether the columns are there that the table cannot do without."""
        model = next(table for table in IMPORTED if table.name == self.table)
        needed = all(field.name in self.columns for field in model.fields if field.required)
        if self.export.kind == "Web":
            needed = needed and len(self.columns) > 1 and set(self.columns) != {"Date", "Source"}
        telling = not self.export.telling or self.first(self.export.telling) is not None
        return needed and telling and self.first(self.export.never) is None

    @property
    def score(self) -> int:
        """How many different headings of the file it explains."""
        used = {heading for headings in self.columns.values() for heading in headings}
        for group in (self.export.won, self.export.closed, self.export.newest_by, self.export.deleted,
                      self.export.lead_id, self.export.telling):  # fmt: skip
            used.update(self.found[plain(one)] for one in group if plain(one) in self.found)
        return len(used)

    @property
    def remark(self) -> str:
        """What the export leaves open: a date of closing beside which nothing says whether the deal was won."""
        if self.export.won and "Closed" in self.columns and not self.first(self.export.won):
            return "nothing says which deals were won: none counts; export the stage as well or write a mapping"
        return ""

    def mapping(self) -> FileMapping:
        """The mapping that one would write for this file."""
        columns = dict(self.columns)
        when = {}
        won, closed = self.first(self.export.won), self.first(self.export.closed)
        for stage, column, words in (("Won", won, WON), ("Closed", closed, CLOSED)):
            if column and (stage in columns or stage == "Won"):
                when[stage] = When(column, list(words))
        if self.export.won and not won:
            columns.pop("Won", None)  # nothing says which of the closed deals are won
        if self.is_deals:
            columns.setdefault("Opportunity", columns["Created"])
            deal_id = columns.pop(DEAL_ID, None)
            if deal_id:
                columns = {"Lead ID": deal_id, **columns}
        deleted = self.first(self.export.deleted)
        return FileMapping(
            self.name,
            self.table,
            columns,
            when=when,
            ignore={deleted: list(DELETED)} if deleted else {},
            newest_by=self.first(self.export.newest_by),
        )


def recognise(name: str, headings: list[str]) -> Recognised | None:
    """The kind of export that explains most of a file's headings; None for headings of no export that is known."""
    fitting = [one for one in (Recognised(export, name, headings) for export in EXPORTS) if one.fits]
    return max(fitting, key=lambda one: one.score) if fitting else None


_OF_DEALS = ("Opportunity", "Closed", "Won", "Amount")  # what a deal says of its lead


def join_deals(leads: FileMapping, deals: Recognised) -> FileMapping | None:
    """The mapping of a deals file that comes beside a leads file: joined by the id that the two share, by their
    headings; None where they share none."""
    own = deals.columns.get(DEAL_ID)
    lead_id = deals.first(deals.export.lead_id)
    if lead_id and "Lead ID" in leads.columns:
        return joined(deals, {"Lead ID": lead_id})
    if own and DEAL_ID in leads.columns:
        return joined(deals, {DEAL_ID: own[0]})
    return None


def joined(deals: Recognised, join: dict[str, str]) -> FileMapping:
    """The mapping of a deals file that is joined to leads: only what a deal says of its lead."""
    entry = deals.mapping()
    entry.columns = {ours: theirs for ours, theirs in entry.columns.items() if ours in _OF_DEALS}
    if own := deals.columns.get(DEAL_ID):
        entry.columns[DEAL_ID] = own
    entry.join = join
    return entry
