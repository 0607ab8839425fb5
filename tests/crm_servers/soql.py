"""As much of Salesforce's query language as the server here understands: what is not understood is refused.

Source: the SOQL and SOSL reference of Salesforce. Comparisons with a text stand in quotation marks, those with a moment
must not; a record whose field is null fits no comparison but ``=`` and ``!=``.
"""

import datetime as dt
import operator
import re
from dataclasses import dataclass, field

_QUERY = re.compile(
    r"\s*SELECT\s+(?P<fields>.+?)\s+FROM\s+(?P<object>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>[\w.]+)(?:\s+(?P<way>ASC|DESC))?)?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_RULE = re.compile(r"\s*(?P<field>[\w.]+)\s*(?P<sign>>=|<=|!=|=|>|<)\s*(?P<value>'(?:[^'\\]|\\.)*'|[^\s']+)\s*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
_SIGNS = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, "=": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None}


class Wrong(Exception):
    """A query that Salesforce refuses: code and message."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass
class Query:
    """What a query asks for."""

    object: str
    fields: list[str]
    rules: list[tuple] = field(default_factory=list)  # field, sign, value
    order: str = ""
    down: bool = False
    limit: int | None = None


def parsed(text: str, kinds) -> Query:
    """A query; ``kinds(object)`` gives the kind of each field by its name, or None for no such object."""
    found = _QUERY.fullmatch(text)
    if found is None:
        raise Wrong("MALFORMED_QUERY", f"\n{text}\n^\nERROR at Row:1:Column:1\nunexpected token: '{text[:10]}'")
    query = Query(
        found["object"],
        [name.strip() for name in found["fields"].split(",")],
        order=found["order"] or "",
        down=(found["way"] or "").upper() == "DESC",
        limit=int(found["limit"]) if found["limit"] else None,
    )
    known = kinds(query.object)
    if known is None:
        raise Wrong(
            "INVALID_TYPE",
            f"\n{text}\nERROR at Row:1:Column:1\nsObject type '{query.object}' is not supported. If you are attempting "
            "to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or "
            "the describe call for the appropriate names.",
        )
    parts = re.split(r"\s+AND\s+", found["where"], flags=re.IGNORECASE) if found["where"] else []
    rules = [_RULE.fullmatch(part) for part in parts]
    if not all(rules):
        raise Wrong("MALFORMED_QUERY", f"unexpected token in: {found['where']}")
    for name in [*query.fields, *(rule["field"] for rule in rules), *([query.order] if query.order else [])]:
        if name not in known:
            raise Wrong(
                "INVALID_FIELD",
                f"\n{text}\nERROR at Row:1:Column:8\nNo such column '{name}' on entity '{query.object}'. If you are "
                "attempting to use a custom field, be sure to append the '__c' after the custom field name. Please "
                "reference your WSDL or the describe call for the appropriate names.",
            )
    if len(set(query.fields)) < len(query.fields):
        raise Wrong("INVALID_FIELD", "duplicate field selected")
    query.rules = [(rule["field"], rule["sign"], _value(rule, known[rule["field"]])) for rule in rules]
    return query


def _value(rule, kind: str):
    text, name = rule["value"], rule["field"]
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    quoted = text.startswith("'")
    if quoted != (kind not in ("datetime", "date", "double", "currency", "int", "boolean")):
        raise Wrong(
            "INVALID_FIELD",
            f"value of filter criterion for field '{name}' must be of type {kind} and should"
            f"{' not' if quoted else ''} be enclosed in quotes",
        )
    if kind == "datetime":
        if not _MOMENT.fullmatch(text):
            raise Wrong("MALFORMED_QUERY", f"line 1: no viable alternative at '{text}'")
        return moment(text)
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if quoted else float(text)


def moment(text: str) -> dt.datetime:
    """A moment as Salesforce writes it or takes it."""
    return dt.datetime.fromisoformat(text)


def fits(query: Query, held, kinds: dict) -> bool:
    """Whether a record fits; ``held(name)`` gives its value of a field."""
    for name, sign, value in query.rules:
        has = held(name)
        has = moment(has) if kinds[name] == "datetime" and has is not None else has
        if None in (has, value):
            if sign not in ("=", "!=") or (has is value) != (sign == "="):
                return False
        elif not _SIGNS[sign](has, value):
            return False
    return True
