"""Reads a numpydoc docstring: the words about a function, and its examples as calls and what they show."""

import ast
import datetime as dt
import doctest
import re
from typing import Any, Dict, List, NamedTuple, Tuple

from xlsmkt import errors


class Call(NamedTuple):
    """One doctest: a call of the function, and the value (or the CellError) that it shows."""

    arguments: Tuple[Any, ...]
    keywords: Dict[str, Any]
    shows: Any


class Words(NamedTuple):
    """What a docstring says, section by section."""

    summary: str
    definition: str  # the lines between the summary and the first section
    parameters: Dict[str, str]
    raises: Dict[str, str]  # sign -> when
    references: str
    calls: Tuple[Call, ...]


class Written(float):
    """A number as an example writes it. One with four decimals or five digits may be a rounding; others are exact."""

    slack: float

    def __new__(cls, text: str) -> "Written":
        number = super().__new__(cls, text)
        decimals = len(text.partition(".")[2])
        rounded = decimals >= 4 or len(text.strip("-0.")) - ("." in text.strip("-0.")) >= 5
        number.slack = 0.5000001 * 10.0**-decimals if rounded else 1e-12 * max(1.0, abs(number))
        return number

    def means(self, value: float) -> bool:
        return abs(value - self) <= self.slack


def shows_the_same(shown: Any, value: Any) -> bool:
    """Whether a value is what an example shows; lists are compared cell by cell."""
    if isinstance(shown, (list, tuple)):
        return (
            isinstance(value, (list, tuple))
            and len(value) == len(shown)
            and all(shows_the_same(s, v) for s, v in zip(shown, value))
        )
    if isinstance(shown, Written):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and shown.means(value)
    return bool(shown == value)


def read_words(doc: str) -> Words:
    """The sections of a docstring."""
    sections = _sections(doc)
    head = sections[""]
    return Words(
        summary=" ".join(head.partition("\n\n")[0].split()),
        definition=head.partition("\n\n")[2].strip(),
        parameters=_entries(sections.get("Parameters", "")),
        raises=_entries(sections.get("Raises", "")),
        references=" ".join(sections.get("References", "").split()),
        calls=tuple(_calls(sections.get("Examples", ""))),
    )


def _sections(doc: str) -> Dict[str, str]:
    parts = re.split(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", doc, flags=re.M)
    return {"": parts[0].strip(), **dict(zip(parts[1::2], parts[2::2]))}


def _entries(text: str) -> Dict[str, str]:
    entries: Dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line and not line.startswith(" "):
            name = line.strip().lstrip("*")
            entries[name] = ""
        elif line.strip():
            entries[name] = f"{entries[name]} {line.strip()}".strip()
    return entries


def _calls(text: str) -> List[Call]:
    calls = []
    for example in doctest.DocTestParser().get_examples(text):
        call = ast.parse(example.source.strip(), mode="eval").body
        if not isinstance(call, ast.Call):
            raise TypeError(f"an example must be one call of the function: {example.source.strip()}")
        arguments = tuple(ast.literal_eval(argument) for argument in call.args)
        keywords = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
        calls.append(Call(arguments, keywords, _shown(example)))
    return calls


def _shown(example: doctest.Example) -> Any:
    if example.exc_msg:
        kind, _, message = example.exc_msg.strip().partition(": ")
        error = getattr(errors, kind.rpartition(".")[2])
        return error(message)
    # a list shows a cell's error as its bare sign: [400, #DIV/0!]
    text = re.sub(r"#(?:N/A|[A-Z0-9/]+!)", lambda sign: f"error({sign[0]!r})", example.want.strip())
    return _value(ast.parse(text, mode="eval").body, text)


def _value(node: ast.expr, text: str) -> Any:
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(item, text) for item in node.elts]
    if isinstance(node, ast.Call):
        values = [ast.literal_eval(argument) for argument in node.args]
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        make: Any = {"date": dt.date, "datetime": dt.datetime, "error": lambda sign: errors.error_kind(sign)("")}[name]
        return make(*values)
    value = ast.literal_eval(node)
    return Written(ast.get_source_segment(text, node) or "") if isinstance(value, float) else value
