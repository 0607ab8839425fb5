"""Expressions over columns of tables, computed in Python column by column instead of cell by cell in the engine.

Whatever is not listed here, or holds a value that is hard to judge, is left to the engine.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from xlsmkt.errors import CellError
from xlsmkt.hosts.engine.arrays import (
    BLANK,
    ERROR,
    LOGICAL,
    NUMBER,
    TEXT,
    Array,
    Beyond,
    Floats,
    Lexicon,
    Mask,
    Rows,
    Words,
    difference,
    errors_in,
    logicals,
    numbers,
)
from xlsmkt.hosts.engine.calls import Apply, Cells, Leaf, Tree
from xlsmkt.hosts.engine.criteria import fold, folded_up
from xlsmkt.hosts.engine.formula import Node
from xlsmkt.hosts.engine.natives import bare_name

_FOLDS = frozenset(["SUM", "SUMPRODUCT", "MAX", "MIN", "COUNT", "COUNTA", "AVERAGE", "MEDIAN"])
_TESTS = {"ISTEXT": (TEXT,), "ISNUMBER": (NUMBER,), "ISBLANK": (BLANK,), "ISERROR": (ERROR,), "ISLOGICAL": (LOGICAL,)}
# What is done with the values, and whether their column comes first (None: there is none), last, or may be left out.
_CONDITIONAL = {
    "SUMIFS": ("SUM", "first"), "AVERAGEIFS": ("AVERAGE", "first"), "MAXIFS": ("MAX", "first"),
    "MINIFS": ("MIN", "first"), "COUNTIFS": ("COUNT", ""), "COUNTIF": ("COUNT", ""),
    "SUMIF": ("SUM", "last"), "AVERAGEIF": ("AVERAGE", "last"),
}  # fmt: skip
FOLDING = _FOLDS | _CONDITIONAL.keys()
"""Functions that make one value of columns."""
_COMPARE = {"=": (0,), "<>": (-1, 1), "<": (-1,), ">": (1,), "<=": (-1, 0), ">=": (0, 1)}
_BINDING = [{*_COMPARE}, {"+", "-"}, {"*", "/"}]  # loosest first

# --- reading ---


class Surroundings(Protocol):
    """What a formula knows of the cells that it mentions."""

    def is_column(self, node: Node) -> bool:
        """Whether a part of the formula is a column of a table (or of cells in one) that holds no formulas."""

    def leaf(self, node: Node) -> Leaf | None:
        """A part without such columns as values to begin with; None if it is neither one value nor one column."""


def tree_of(node: Node, around: Surroundings, spreads: bool) -> Tree | None:
    """The expression that a part of a formula is; None if it is not for Python.

    ``spreads``: operators take columns value by value, as they do in all but plain formulas.
    """
    if not any(around.is_column(part) for part in node.walk()):
        return None
    tree = _Reading(around).tree(node, spreads)
    return tree if isinstance(tree, Apply) else None


class _Reading:
    def __init__(self, around: Surroundings) -> None:
        self.around = around

    def tree(self, node: Node, spreads: bool, lone: bool = True) -> Tree | None:
        """``lone``: IF may be used (plain formulas take no columns in it, whatever is around it)."""
        while node.kind == "group":
            node = node.children[0]
        if self.around.is_column(node) or not any(map(self.around.is_column, node.walk())):
            return self.around.leaf(node)
        name = bare_name(node.name) if node.kind == "call" else ""
        if name in _CONDITIONAL:
            return self._conditional(node, name, spreads, lone)
        if name in _FOLDS:
            inside = name == "SUMPRODUCT" or (spreads and lone)
            parts = [self.tree(child, inside, spreads and lone) for child in node.children]
            return self._apply(name, parts, True, folds=True)
        if name in _TESTS and len(node.children) == 1:
            return self._apply(name, [self.tree(node.children[0], spreads, lone)], spreads)
        if name == "IF" and len(node.children) in (2, 3):
            parts = [self.tree(child, spreads, lone) for child in node.children]
            if parts[0] and parts[0].height == 1:
                return None  # one of the columns whole, or none
            return self._apply(name, parts, spreads and lone)
        if node.kind == "operation":
            return self._operation(list(node.flat), spreads, lone)
        return None

    def _apply(self, name: str, parts: list[Tree | None], spreads: bool, folds: bool = False) -> Tree | None:
        found = [part for part in parts if part is not None]
        heights = {part.height for part in found} - {1}
        if len(found) < len(parts) or not parts or (heights and not spreads):
            return None
        if len(heights) > 1 and (not folds or name == "SUMPRODUCT"):
            return None
        if name == "SUMPRODUCT" and heights and any(part.height == 1 for part in found):
            return None
        return Apply(name, tuple(found), 1 if folds else max(heights, default=1))

    def _operation(self, flat: list[Node | str], spreads: bool, lone: bool) -> Tree | None:
        """Operands and operators, the loosest operators taken first, from the right."""
        for level in _BINDING:
            for at in range(len(flat) - 1, 0, -1):
                sign = flat[at]
                if isinstance(sign, str) and sign in level:
                    sides = flat[:at], flat[at + 1 :]
                    return self._apply(sign, [self._operation(side, spreads, lone) for side in sides], spreads)
        first, last = flat[0], flat[-1]
        if first == "prefix -":
            return self._apply("prefix -", [self._operation(flat[1:], spreads, lone)], spreads)
        if last == "postfix %":
            return self._apply("postfix %", [self._operation(flat[:-1], spreads, lone)], spreads)
        return self.tree(first, spreads, lone) if len(flat) == 1 and isinstance(first, Node) else None

    def _conditional(self, node: Node, name: str, spreads: bool, lone: bool) -> Tree | None:
        """SUMIFS and its kin, as the column to fold followed by pairs of column and criterion."""
        _, where = _CONDITIONAL[name]
        children = list(node.children)
        if where == "last" and len(children) in (2, 3):
            children = [*children[2:], *children[:2]] if len(children) == 3 else [children[0], *children]
        elif name == "COUNTIF" and len(children) != 2:
            return None
        if where == "":
            children = [children[0], *children]
        if len(children) < 3 or len(children) % 2 == 0:
            return None
        columns = [self._cells(child) for child in (children[0], *children[1::2])]
        criteria = [self.tree(child, spreads, lone) for child in children[2::2]]
        if None in columns or None in criteria or len({column.height for column in columns if column}) > 1:
            return None
        tall = [tree.height for tree in criteria if tree and tree.height > 1]
        if len(tall) > 1 or (tall and not spreads):
            return None
        first, *others = columns
        pairs = [part for pair in zip(others, criteria, strict=True) for part in pair if part]
        return Apply(name, (first, *pairs), max(tall, default=1)) if first else None

    def _cells(self, node: Node) -> Tree | None:
        """A column of cells: these functions take nothing else."""
        while node.kind == "group":
            node = node.children[0]
        leaf = self.around.leaf(node) if node.kind == "reference" else None
        return leaf if leaf and isinstance(leaf.source, Cells) else None


def leaves(tree: Tree) -> Iterator[Leaf]:
    """The values that an expression begins with."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        for part in tree.parts:
            yield from leaves(part)


# --- computing ---


class Evaluator:
    """Computes expressions; ``array_of`` gives the values of a leaf, ``met`` where these meet a criterion."""

    def __init__(
        self, lexicon: Lexicon, array_of: Callable[[Leaf], Array], met: Callable[[Leaf, object], Mask]
    ) -> None:
        self.lexicon, self.array_of, self.met = lexicon, array_of, met

    def value(self, tree: Tree) -> object:
        """A list of values; of an expression of height 1 its value. Raises Beyond."""
        values = self.lexicon.values(self.array(tree))
        return values[0] if tree.height == 1 else values

    def array(self, tree: Tree) -> Array:
        if isinstance(tree, Leaf):
            return self.array_of(tree)
        name = tree.name
        if name in _CONDITIONAL:
            return self._conditional(tree)
        parts = [self.array(part) for part in tree.parts]
        if name in _FOLDS:
            return self.lexicon.array(self._folded(tree, parts))
        if name in _TESTS:
            truth = np.isin(parts[0].kind, _TESTS[name])
            return logicals(truth, np.zeros(len(truth), np.int32))
        if name == "IF":
            return self._if(*parts)
        return self._compared(name, *parts) if name in _COMPARE else self._arithmetic(name, parts)

    def _numeric(self, array: Array) -> tuple[Floats, Words]:
        """Values as numbers, and the errors of those that are none."""
        errors = errors_in(array)
        texts = array.kind == TEXT
        if not texts.any():
            return array.number, errors
        number, errors = array.number.copy(), errors.copy()
        for word, spelled in self.lexicon.spelled_numbers(array.word[texts]).items():
            here = texts & (array.word == word)
            if spelled is None:
                errors[here] = self.lexicon.value
            else:
                number[here] = spelled
        return number, errors

    def _arithmetic(self, name: str, parts: list[Array]) -> Array:
        a, errors = self._numeric(parts[0])
        if len(parts) == 1:
            return numbers(-a if name == "prefix -" else a / 100, errors)
        b, others = self._numeric(parts[1])
        errors = np.where(errors != 0, errors, others)
        with np.errstate(all="ignore"):
            if name == "/":
                result = a / b
                errors = np.where((errors == 0) & (b == 0), self.lexicon.division, errors)
            elif name == "*":
                result = a * b
            else:
                result = a + b if name == "+" else a - b
                tiny = np.abs(result) <= 1e-13 * np.maximum(np.abs(a), np.abs(b))
                if (tiny & (result != 0)).any():
                    raise Beyond  # Excel takes some of these differences for zero
        errors = np.where((errors == 0) & ~np.isfinite(result), self.lexicon.range, errors)
        return numbers(result, errors)

    def _compared(self, name: str, a: Array, b: Array) -> Array:
        errors = np.where(errors_in(a) != 0, errors_in(a), errors_in(b))
        # a blank is what it is compared with: 0, FALSE or an empty text (whose word, like its number, is 0)
        kind_a = np.where(a.kind == BLANK, np.where(b.kind == BLANK, NUMBER, b.kind), a.kind)
        kind_b = np.where(b.kind == BLANK, np.where(a.kind == BLANK, NUMBER, a.kind), b.kind)
        sign = np.sign(kind_a.astype(np.int8) - kind_b.astype(np.int8))
        alike = (sign == 0) & (errors == 0)
        if (alike & (kind_a != TEXT)).any():
            sign = np.where(alike & (kind_a != TEXT), difference(a.number, b.number), sign)
        texts = alike & (kind_a == TEXT)
        if texts.any():
            one, other = np.broadcast_arrays(a.word, b.word)
            differ, empty = texts & (one != other), self.lexicon.empty
            filled = differ & (one != empty) & (other != empty)
            if filled.any():
                differ[filled] = self.lexicon.folded(one[filled]) != self.lexicon.folded(other[filled])
                if name not in ("=", "<>") and (differ & filled).any():
                    raise Beyond  # texts in the order of a language
            sign = np.where(differ, np.where(one == empty, -1, 1), sign)
        return logicals(np.isin(sign, _COMPARE[name]), errors)

    def _if(self, condition: Array, then: Array, otherwise: Array | None = None) -> Array:
        errors = errors_in(condition)
        truth = condition.number != 0
        texts = condition.kind == TEXT
        for word in np.unique(condition.word[texts]).tolist():
            here = texts & (condition.word == word)
            said = self.lexicon.things[word].upper()
            if said in ("TRUE", "FALSE"):
                truth = np.where(here, said == "TRUE", truth)
            else:
                errors = np.where(here, self.lexicon.value, errors)
        otherwise = otherwise or self.lexicon.array(False)
        kind, word = np.where(truth, then.kind, otherwise.kind), np.where(truth, then.word, otherwise.word)
        number = np.where(truth, then.number, otherwise.number)
        if errors.any():
            failed = errors != 0
            kind, number = np.where(failed, ERROR, kind), np.where(failed, 0, number)
            word = np.where(failed, errors, word)
        return Array(kind.astype(np.int8), number, word.astype(np.int32))

    # --- what makes one value of many ---

    def _folded(self, tree: Apply, parts: list[Array]) -> object:
        for part, array in zip(tree.parts, parts, strict=True):
            is_cells = isinstance(part, Leaf) and isinstance(part.source, Cells)
            if array.height == 1 and not is_cells and array.kind[0] not in (NUMBER, ERROR):
                raise Beyond  # a text or truth value given alone counts, but not in a column
        if tree.name in ("COUNT", "COUNTA"):
            counted = (array.kind == NUMBER if tree.name == "COUNT" else array.kind != BLANK for array in parts)
            return float(sum(map(np.count_nonzero, counted)))
        errors = [errors_in(array) for array in parts]
        if tree.name == "SUMPRODUCT" and len(parts) > 1:
            return self._product(parts, np.concatenate(errors))
        for word in errors:
            if word.any():
                return self.lexicon.things[word[np.flatnonzero(word)[0]]]
        chosen = [array.number[array.kind == NUMBER] for array in parts]
        return fold(self.lexicon, "SUM" if tree.name == "SUMPRODUCT" else tree.name, np.concatenate(chosen))

    def _product(self, parts: list[Array], errors: Words) -> float | CellError:
        found = np.unique(errors[errors != 0])
        if len(found):
            if len(found) > 1:
                raise Beyond
            error: CellError = self.lexicon.things[found[0]]
            return error
        product = np.ones(1)
        with np.errstate(over="ignore", invalid="ignore"):
            for array in parts:
                product = product * np.where(array.kind == NUMBER, array.number, 0.0)
        return fold(self.lexicon, "SUM", product)

    def _conditional(self, tree: Apply) -> Array:
        how = _CONDITIONAL[tree.name][0]
        values = self.array(tree.parts[0])
        chosen = np.ones(values.height, bool)
        tall: tuple[Leaf, Array] | None = None
        for column, criterion in zip(tree.parts[1::2], tree.parts[2::2], strict=True):
            assert isinstance(column, Leaf)
            wanted = self.array(criterion)
            if wanted.height > 1:
                tall = column, wanted
            else:
                chosen &= self.met(column, self.lexicon.values(wanted)[0])
        if tall is None:
            return self.lexicon.array(folded_up(self.lexicon, how, values, chosen))
        column, many = tall
        first, which = _distinct(many)
        results = [
            folded_up(self.lexicon, how, values, chosen & self.met(column, criterion))
            for criterion in self.lexicon.values(many.at(first))
        ]
        return self.lexicon.array(results).at(which)


def _distinct(array: Array) -> tuple[Rows, Rows]:
    """Where each distinct value stands first, and for each value which of these it is."""
    code = array.kind.astype(np.int64)
    for part in (array.number, array.word):
        _, inverse = np.unique(part, return_inverse=True)
        code = code * (inverse.max() + 1) + inverse
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    return first, which
