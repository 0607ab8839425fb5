"""Reads the text of a formula into a tree whose nodes know where they stand in the text.

Formulas are rewritten by replacing pieces of their text, never by writing them anew: what is not understood stays as it
was. Operators are kept flat, without precedence, which is for those who compute (columns.py).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from xlsmkt.errors import CellError, UserError
from xlsmkt.package.cells import error_value
from xlsmkt.package.references import MAX_COLUMN, MAX_ROW, Area, column_number, parse_area, sheet_of


class FormulaError(UserError):
    """A formula that cannot be read; the message says where."""


@dataclass(frozen=True)
class Reference:
    """A piece of text that stands for cells."""

    kind: str  # "cells", "columns", "rows", "name", "table" (structured), "elsewhere" (other workbook, several sheets)
    sheet: str | None = None
    text: str = ""  # without the sheet
    area: Area | None = None
    table: str = ""  # of a structured reference; empty inside the table itself
    items: tuple[str, ...] = ()  # "#all", "#headers", "#data", "#totals", "#this row"
    columns: tuple[str, ...] = ()  # none (all), one, or first and last


@dataclass(frozen=True)
class Node:
    """A part of a formula."""

    kind: str  # number, text, logical, error, array, reference, call, group, operation, omitted
    start: int
    end: int
    children: tuple["Node", ...] = ()
    value: object = None  # of a constant; rows of an array
    name: str = ""  # of a call, as written
    reference: Reference | None = None
    operators: frozenset[str] = field(default=frozenset())  # of an operation
    flat: tuple["Node | str", ...] = ()  # of an operation: operands and operators in the order of the text

    def walk(self) -> Iterator["Node"]:
        """This node and everything in it."""
        yield self
        for child in self.children:
            yield from child.walk()


@lru_cache(4096)
def parse(formula: str) -> Node:
    """The tree of a formula (without its leading "="). Raises FormulaError."""
    return _Parser(formula).whole()


def replaced(text: str, start: int, end: int, pieces: Mapping[tuple[int, int], str]) -> str:
    """The text from ``start`` to ``end`` with its pieces replaced; of pieces within pieces, the outer."""
    parts, at = [], start
    for (first, last), new in sorted(pieces.items(), key=lambda piece: (piece[0][0], -piece[0][1])):
        if at <= first and last <= end:
            parts += [text[at:first], new]
            at = last
    return "".join(parts) + text[at:end]


_THIS_ROW = re.compile(r'"(?:[^"]|"")*"|(\[\s*(?:\[#[^\[\]]+\]\s*,\s*)+)([^\[\]\s#@,\'](?:[^\[\],\']|\'.)*)\]')


def with_brackets(formula: str) -> str:
    """The formula with brackets around a column that some programs write bare: ``[[#This Row],Amount]``."""
    if "]," not in formula or "#" not in formula:
        return formula
    return _THIS_ROW.sub(lambda match: f"{match[1]}[{match[2].rstrip()}]]" if match[1] else match[0], formula)


# --- tokens ---

_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}"
_END = r"(?![\w.(!?\\\[])"
_TOKEN = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<text>"(?:[^"]|"")*")
    | (?P<error>\#(?:N/A|DIV/0!|GETTING_DATA|NAME\?|[A-Za-z]+!))
    | (?P<sheet>(?:'(?:[^']|'')*'|(?:\[[^\[\]]*\])?[^\W\d][\w.]*(?::[^\W\d][\w.]*)?|\[[^\[\]]*\]|[0-9]\w*)!)?
      (?: (?P<cells>{_CELL}(?::{_CELL})?{_END})
        | (?P<columns>\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}{_END})
        | (?P<rows>\$?[0-9]{{1,7}}:\$?[0-9]{{1,7}}(?![\w.]))
        | (?P<lost>(?<=!)\#REF!)
        | (?P<word>[^\W\d][\w.\\?]*|\\[\w.\\?]*) )
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<operator><>|<=|>=|[-+*/^&=<>:@#%])
    | (?P<mark>[(){{}},;\[])
    """,
    re.VERBOSE,
)
_INNER = re.compile(r"\[((?:[^\[\]']|'.)*)\]")
_PLACES = ("reference", "call", "group")  # what may stand for cells
_VALUES: dict[str, Callable[[str], object]] = {
    "text": lambda written: written[1:-1].replace('""', '"'),
    "number": float,
    "error": lambda written: error_value(written.upper()),
}
_BINARY = frozenset(("<>", "<=", ">=", *"-+*/^&=<>:"))


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.spaced = False  # whether blanks stood before the next token
        self.depth = 0
        self._skip()

    def whole(self) -> Node:
        node = self._expression()
        if self.at < len(self.text):
            self._fail(f'has "{self.text[self.at]}" where the formula should end or go on with an operator')
        return node

    def _fail(self, what: str, at: int | None = None) -> None:
        shown = self.text if len(self.text) <= 200 else f"{self.text[:80]}…{self.text[-80:]}"
        raise FormulaError(f"The formula ={shown} {what}, at position {(self.at if at is None else at) + 2}.")

    def _skip(self) -> None:
        before = self.at
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        self.spaced = self.at > before

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, sign: str) -> bool:
        if self._peek() == sign:
            self.at += 1
            self._skip()
            return True
        return False

    def _operator(self) -> str:
        for length in (2, 1):
            if (sign := self.text[self.at : self.at + length]) in _BINARY:
                return sign
        return ""

    def _expression(self, unions: bool = False) -> Node:
        """Operands and operators up to a comma, a closing sign or the end."""
        start, parts = self.at, []
        flat: list[Node | str] = []
        self.depth += 1
        if self.depth > 128:
            self._fail("is nested too deeply")
        while True:
            while self._peek() in ("+", "-", "@") and self._peek():
                flat.append(f"prefix {self._peek()}")
                self._take(self._peek())
            parts.append(self._operand())
            flat.append(parts[-1])
            while self._peek() and (self._peek() in "%#" or (self._peek() == "(" and not self.spaced)):
                if self._peek() == "(":  # what a call gives is called: LAMBDA(x,x)(5)
                    parts.extend(self._arguments())
                    flat.append("call")
                else:
                    flat.append(f"postfix {self._peek()}")
                    self._take(self._peek())
            if sign := self._operator():
                flat.append(sign)
                self.at += len(sign)
                self._skip()
            elif unions and self._peek() == ",":
                flat.append(",")
                self._take(",")
            elif self.spaced and parts[-1].kind in _PLACES and self._peek() and self._peek() not in ",;)}]":
                flat.append(" ")  # the cells that both have
            else:
                break
        self.depth -= 1
        if len(flat) == 1:
            return parts[0]
        operators = frozenset(part for part in flat if isinstance(part, str))
        return Node("operation", start, self._last(), tuple(parts), operators=operators, flat=tuple(flat))

    def _last(self) -> int:
        """Where the last token ended."""
        at = self.at
        while at and self.text[at - 1].isspace():
            at -= 1
        return at

    def _operand(self) -> Node:
        start = self.at
        sign = self._peek()
        if not sign:
            self._fail("ends where a value should stand")
        if sign == "(":
            self._take("(")
            inner = self._expression(unions=True)
            if not self._take(")"):
                self._fail('has a "(" that is never closed', start)
            return Node("group", start, self._last(), (inner,))
        if sign == "{":
            return self._array()
        match = _TOKEN.match(self.text, self.at)
        if sign == "[" and not (match and match["sheet"]):
            return self._reference(start, "", None)
        if not match or match.lastgroup in ("operator", "mark"):
            self._fail("has a text that is never closed" if sign == '"' else f'has "{sign}" where a value should stand')
        assert match
        self.at = match.end()
        written = match[0]
        if match["word"] and not match["sheet"] and self.text[self.at :].lstrip()[:1] == "(":
            self._skip()
            children = self._arguments()
            return Node("call", start, self._last(), children, name=written)
        if match["text"] or match["number"] or match["error"]:
            self._skip()
            kind = match.lastgroup or ""
            return Node(kind, start, match.end(), value=_VALUES[kind](written))
        if match["word"] and not match["sheet"] and written.upper() in ("TRUE", "FALSE"):
            self._skip()
            return Node("logical", start, match.end(), value=written.upper() == "TRUE")
        return self._reference(start, match["word"] or "", match)

    def _arguments(self) -> tuple[Node, ...]:
        start = self.at
        self._take("(")
        if self._take(")"):
            return ()
        arguments = []
        while True:
            if self._peek() and self._peek() in ",)":
                arguments.append(Node("omitted", self.at, self.at))
            else:
                arguments.append(self._expression())
            if self._take(","):
                continue
            if self._take(")"):
                return tuple(arguments)
            if self._peek():
                self._fail(f'has "{self._peek()}" where "," or ")" should stand')
            self._fail('has a "(" that is never closed', start)

    def _array(self) -> Node:
        start = self.at
        self._take("{")
        rows: list[list[object]] = [[]]
        while True:
            rows[-1].append(self._constant())
            if self._take(","):
                continue
            if self._take(";"):
                rows.append([])
                continue
            if self._take("}"):
                break
            self._fail("has more than a constant in {}" if self._peek() else 'has a "{" that is never closed')
        if len({len(row) for row in rows}) > 1:
            self._fail("has rows of different length in {}", start)
        return Node("array", start, self._last(), value=rows)

    def _constant(self) -> object:
        sign = 1
        while self._peek() in ("+", "-") and self._peek():
            sign = -sign if self._peek() == "-" else sign
            self._take(self._peek())
        if not self._peek() or self._peek() in "({}[,;)":
            self._fail("has no constant where one should stand in {}")
        node = self._operand()
        value = node.value
        while isinstance(value, float) and self._take("%"):
            value = float(f"{value / 100:.15g}")
        if node.kind not in ("number", "text", "logical", "error"):
            self._fail("has more than constants in {}", node.start)
        return sign * value if isinstance(value, float) else value

    # --- references ---

    def _reference(self, start: int, word: str, match: re.Match[str] | None) -> Node:
        sheet = match["sheet"] if match else None
        name = sheet_of(sheet) if sheet else None
        if self._peek() == "[" and (word or match is None):
            reference = self._structured(word)
        elif match and match["cells"]:
            reference = Reference("cells", name, match["cells"], parse_area(match["cells"]))
        elif match and (match["columns"] or match["rows"]):
            text = match["columns"] or match["rows"]
            one, other = sorted(column_number(p) if match["columns"] else int(p) for p in _plain(text).split(":"))
            whole = Area(one, 1, other, MAX_ROW) if match["columns"] else Area(1, one, MAX_COLUMN, other)
            reference = Reference("columns" if match["columns"] else "rows", name, text, whole)
        elif match and match["lost"]:
            reference = Reference("elsewhere", name, "#REF!")
        else:
            reference = Reference("name", name, word)
        if sheet and ("[" in sheet or (":" in sheet and not sheet.startswith("'")) or ":" in (name or "")):
            reference = Reference("elsewhere", name, reference.text)
        end = self.at
        self._skip()
        return Node("reference", start, end, reference=reference)

    def _structured(self, table: str) -> Reference:
        start, depth = self.at, 0
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "'":
                self.at += 1
            depth += (sign == "[") - (sign == "]")
            self.at += 1
            if not depth:
                break
        if depth:
            self._fail('has a "[" that is never closed', start)
        text = self.text[start + 1 : self.at - 1].strip()
        if self._peek() == "!":
            self._fail("names another workbook that is not there")
        items, columns = [], []
        if text.startswith("@"):
            items.append("#this row")
            text = text[1:]
        parts = _INNER.findall(text)
        if parts and _INNER.sub("", text).strip(" ,:"):
            self._fail("has a column name without brackets of its own", start)
        parts = parts or [text]
        for part in parts:
            if part.strip().startswith("#"):
                items.append(part.strip().lower())
            elif part:
                columns.append(re.sub(r"'(.)", r"\1", part))
        return Reference("table", table=table, items=tuple(items), columns=tuple(columns))


def _plain(text: str) -> str:
    return text.replace("$", "")


# --- constants ---


def signed_number(node: Node) -> float | None:
    """The number that ``5%`` or ``-3`` is."""
    inner = node.children[0]
    if len(node.children) > 1 or inner.kind != "number" or not isinstance(inner.value, float):
        return None
    if node.operators == {"postfix %"}:
        return float(f"{inner.value / 100:.15g}")
    return -inner.value if node.operators == {"prefix -"} else None


def array_text(rows: object) -> str:
    """An array of constants as a formula writes it."""
    assert isinstance(rows, list)

    def written(value: object) -> str:
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, CellError):
            return value.sign
        if isinstance(value, str):
            return '"' + value.replace('"', '""') + '"'
        return f"{value:.15g}"

    return "{" + ";".join(",".join(written(value) for value in row) for row in rows) + "}"
