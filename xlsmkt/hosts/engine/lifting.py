"""Lifts the calls of our functions out of formulas; what is left of a formula is native.

Where an argument is more than a cells or another call, the engine computes it in a cell of its own.
References in it are written so that they mean the same from there.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from xlsmkt.calling import OMITTED
from xlsmkt.catalogue import Entry
from xlsmkt.hosts.engine.calls import (
    Apply,
    Barred,
    Call,
    Cells,
    Columns,
    Constant,
    Expression,
    Folded,
    Formula,
    Inner,
    Leaf,
    Scratch,
    Source,
    Spilled,
    Tree,
    Written,
    our_function,
    sized_reference,
)
from xlsmkt.hosts.engine.columns import FOLDING, tree_of
from xlsmkt.hosts.engine.formula import Node, array_text, parse, replaced, signed_number
from xlsmkt.hosts.engine.interface import NativeFormula
from xlsmkt.hosts.engine.natives import MANY_VALUES, ONE_VALUE, bare_name, spreading, takes_ranges
from xlsmkt.hosts.engine.places import Needs, Place, Spot, plain, quoted
from xlsmkt.package.references import Area

BLANK = "\ue000"
"""What an expression shows where the cell that it refers to is blank (a plain formula would show 0)."""

_CONSTANTS = ("number", "text", "logical", "array", "error")

_MOST_READ_AGAIN = 2_000


class Scope(NamedTuple):
    """The names that LET and LAMBDA define around a part of a formula."""

    names: Mapping[str, bool] = {}  # casefolded -> LET (True) or a parameter of a LAMBDA (False)
    lets: str = ""  # the definitions of LET, as text that means the same in any cell


class Lifter:
    """Lifts the calls of one workbook; collects them, innermost first, and what the engine must compute for them."""

    def __init__(
        self,
        needs: Needs,
        sheets: list[str],
        is_call: Callable[[Spot], bool],
        is_fixed: Callable[[Place], bool],
    ) -> None:
        self.places, self.needs = needs.places, needs
        self._is_call = is_call  # whether the formula of a cell is a call of ours and nothing else
        self.is_fixed = is_fixed  # whether cells are a column of a table without formulas
        self.calls: list[Call] = []
        self.lifted: dict[Spot, NativeFormula] = {}
        self.scratch = Scratch()
        self.anchors: dict[Spot, Spot] = {}  # cells whose spill native formulas mention -> where they find it
        self.folded: dict[Tree, Call] = {}  # what Python computes for native formulas
        self._inputs: dict[tuple[str, str], Source] = {}
        self._numbers = {sheet: number for number, sheet in enumerate(sheets)}

    def take(self, formula: Formula, by_columns: bool = False) -> None:
        """Take a formula of the workbook apart: sets its ``direct`` call or its ``native`` text.

        ``by_columns``: expressions over columns of tables are computed in Python as far as possible.
        """
        root = parse(formula.text)
        work = _Work(self, formula.at, formula.text, formula.mode, by_columns)
        entry = our_function(root.name) if root.kind == "call" else None
        if entry:
            formula.direct = work.call(root, entry, Scope())
        else:
            formula.native = work.native(root)

    def input(self, name: str, sheet: str) -> Source | None:
        """Where the value of a workbook's input comes from; None when the workbook has no such name."""
        key = (name.casefold(), sheet)
        if key not in self._inputs:
            found = self.places.name(name, sheet)
            if found is None:
                return None
            work = _Work(self, Spot(found.sheet or sheet, 1, 1), found.name, "dynamic")
            self._inputs[key] = work.source(parse(found.name), Scope())
        return self._inputs[key]

    def place_result(self, call: Call) -> str:
        """Have the engine find the result of a call; how a formula refers to it."""
        call.result = self.scratch.array("r") if call.sized else self.scratch.value()
        return call.reference()

    def spilled(self, spot: Spot) -> str:
        """How a native formula refers to all that a cell spills; empty when the engine knows itself."""
        if not self._is_call(spot):
            return ""
        if spot not in self.anchors:
            self.anchors[spot] = self.scratch.array("r")
        return sized_reference(self.anchors[spot])

    def lift(self, text: str, at: Spot, dynamic: bool, height: int, width: int) -> Expression:
        """Have the engine compute an expression."""
        if dynamic:
            spot = self.scratch.array("a")
            area = Area(spot.column, spot.row, spot.column + width - 1, spot.row + height - 1)
            self.lifted[spot] = NativeFormula(text, "dynamic", area)
        else:
            spot = self.scratch.twin(at, self._numbers.get(at.sheet, 0))
            self.lifted[spot] = NativeFormula(text)
        return Expression(spot, dynamic)


class _Work:
    """Takes one formula apart."""

    def __init__(self, lifter: Lifter, at: Spot, text: str, mode: str, by_columns: bool = False) -> None:
        self.lifter, self.at, self.text, self.mode, self.by_columns = lifter, at, text, mode, by_columns
        # what replaces pieces of the text: calls, and references written so that they mean the same in another cell
        self.pieces: dict[tuple[int, int], str] = {}
        self.moves: dict[tuple[int, int], str] = {}
        self._of_cells = False

    def native(self, root: Node) -> str:
        """The formula with our calls replaced."""
        self._collect(root, None, Scope())
        return replaced(self.text, 0, len(self.text), self.pieces)

    def moved(self, node: Node) -> str:
        """The text of a part that has been collected, as another cell must write it."""
        return replaced(self.text, node.start, node.end, {**self.moves, **self.pieces})

    # --- our calls ---

    def call(self, node: Node, entry: Entry, scope: Scope) -> Call:
        call = Call(entry, self.at, [self.source(argument, scope) for argument in node.children])
        call.sized = not self._is_one(node, scope)
        self.lifter.calls.append(call)
        return call

    def source(self, node: Node, scope: Scope) -> Source:
        """Where the value of an argument comes from."""
        while node.kind == "group" and node.children[0].kind != "operation":
            node = node.children[0]
        if node.kind == "omitted":
            return Constant(OMITTED)
        if node.kind in _CONSTANTS:
            return Constant(plain(node.value) if isinstance(node.value, list) else node.value)
        if node.kind == "operation" and (number := signed_number(node)) is not None:
            return Constant(number)
        if node.kind == "call" and (entry := our_function(node.name)):
            return Inner(self.call(node, entry, scope))
        if anchor := self._anchor(node, scope):
            return Spilled(anchor)
        if place := self._find(node, scope):
            return Cells(place)
        if tree := self._by_columns(node, scope) or self._by_columns(node, scope, of_cells=True):
            return Columns(tree)
        return self._expression(node, scope)

    # --- what Python computes from columns of tables ---

    def _by_columns(self, node: Node, scope: Scope, of_cells: bool = False) -> Tree | None:
        """The expression over columns of tables that a part of the formula is, if it is one for Python.

        ``of_cells``: columns of any cells do as well, if they are not too long to be read again and again.
        """
        if not self.by_columns or scope.names:
            return None
        self._of_cells = of_cells
        tree = tree_of(node, self, self.mode != "plain")
        return tree and self._settled(tree)

    def _settled(self, tree: Tree) -> Tree:
        """The engine computes the single values that an expression begins with."""
        if isinstance(tree, Apply):
            return tree._replace(parts=tuple(map(self._settled, tree.parts)))
        if isinstance(tree.source, Written):
            return tree._replace(source=self.source(tree.source.node, Scope()))
        return tree

    def is_column(self, node: Node) -> bool:
        """Whether a part of the formula is a column of a table that holds no formulas."""
        reference = node.reference
        if reference is None or "#this row" in reference.items:
            return False
        place = self._find(node, Scope())
        if place is None or (place.single and reference.kind != "table"):
            return False
        short = place.width == 1 and place.height <= _MOST_READ_AGAIN
        return self.lifter.is_fixed(place) or (self._of_cells and short)

    def leaf(self, node: Node) -> Leaf | None:
        """A part of the formula as values that an expression over columns begins with."""
        if node.kind in ("number", "text", "logical"):
            return Leaf(Constant(node.value), 1, node.kind)
        if place := self._find(node, Scope()):
            # what the engine computes must be read again whenever it has computed
            read_often = place.height > _MOST_READ_AGAIN and not self.lifter.is_fixed(place)
            return None if read_often or place.width > 1 else Leaf(Cells(place), place.height)
        return Leaf(Written(node), 1) if self._is_one(node, Scope()) else None

    def _fold(self, node: Node, scope: Scope) -> Call | None:
        """What Python computes in the place of a native function over columns of tables."""
        if bare_name(node.name) not in FOLDING or not (tree := self._by_columns(node, scope)) or tree.height > 1:
            return None
        if tree not in self.lifter.folded:
            call = self.lifter.folded[tree] = Call(Folded(), self.at, [Columns(tree)])
            self.lifter.calls.append(call)
            self.lifter.place_result(call)
        return self.lifter.folded[tree]

    def _expression(self, node: Node, scope: Scope) -> Source:
        """An argument that the engine computes."""
        texts = {part.reference.text.casefold() for part in node.walk() if part.reference is not None}
        used = texts & scope.names.keys()
        if not all(scope.names[name] for name in used):
            return Barred("it uses the parameters of a LAMBDA")
        self._collect(node, None, scope)
        text = self.moved(node)
        name = bare_name(node.name) if node.kind == "call" else ""
        whole = name in MANY_VALUES or node.kind == "reference" or bool(node.operators & {":", " ", "call"})
        if used:
            text = f"LET({scope.lets},{text})"
        dynamic = not self._is_one(node, scope) and (self.mode != "plain" or whole)
        if whole:  # what it refers to may be blank, and must not become 0
            text = f'LET(xlsmkt.v,{text},IF(ISBLANK(xlsmkt.v),"{BLANK}",xlsmkt.v))'
        height, width = self._size(node, scope) if dynamic else (1, 1)
        return self.lifter.lift(text, self.at, dynamic, height, width)

    # --- what is left for the engine ---

    def _collect(self, node: Node, parent: Node | None, scope: Scope) -> None:
        """Find what must be replaced in a part of the formula, and note which columns it mentions."""
        if node.kind == "call" and (entry := our_function(node.name)):
            self.pieces[node.start, node.end] = self._result(self.call(node, entry, scope), node, parent)
            return
        if node.kind == "call" and (fold := self._fold(node, scope)):
            self.pieces[node.start, node.end] = fold.reference()
            return
        if (anchor := self._anchor(node, scope)) and (written := self.lifter.spilled(anchor)):
            self.pieces[node.start, node.end] = written
            return
        name = bare_name(node.name) if node.kind == "call" else ""
        if name in ("LET", "LAMBDA"):
            self._bindings(node, name, scope)
            return
        if new := self._bound_to_place(node, name, scope):
            self.moves[node.start, node.end] = new
        elif node.kind == "array" and "%" in self.text[node.start : node.end]:
            self.pieces[node.start, node.end] = array_text(node.value)  # Excel takes no percent signs there
        elif new := self._elsewhere(node, scope):
            self.moves[node.start, node.end] = new
        self.lifter.needs.add([node], self.at)
        for child in node.children:
            self._collect(child, node, scope)
        if name == "INDIRECT" and node.children:  # a text that names no sheet means the formula's own
            [text, *more] = map(self.moved, node.children)
            plain, own = (
                f"INDIRECT({','.join([t, *more])})" for t in ("xlsmkt.t", f'"{quoted(self.at.sheet)}!"&xlsmkt.t')
            )
            chosen = f"IF(ISERROR(ROWS({own})),{plain},{own})"
            self.moves[node.start, node.end] = f"LET(xlsmkt.t,{text},{chosen})"

    def _bindings(self, node: Node, name: str, scope: Scope) -> None:
        """LET(name, value, ..., result) and LAMBDA(name, ..., result): what follows a name knows it."""
        last = len(node.children) - 1
        for position, child in enumerate(node.children):
            if position == last or (name == "LET" and position % 2):
                self._collect(child, node, scope)
                if position < last:
                    named = node.children[position - 1]
                    written = self.text[named.start : named.end]
                    lets = f"{scope.lets},{written},{self.moved(child)}".lstrip(",")
                    scope = Scope({**scope.names, written.casefold(): True}, lets)
            elif name == "LAMBDA":
                written = self.text[child.start : child.end].strip("[]")
                scope = scope._replace(names={**scope.names, written.casefold(): False})

    def _result(self, call: Call, node: Node, parent: Node | None) -> str:
        """How the formula refers to the result of a call in it."""
        reference = self.lifter.place_result(call)
        function = bare_name(parent.name) if parent is not None and parent.kind == "call" else ""
        whole = call.entry.returns_table or takes_ranges(function)
        if call.sized and self.mode == "plain" and not whole and not self._in_sumproduct(node):
            # a formula that is no array formula goes on with the first value
            return reference.partition(":")[0]
        return reference

    def _in_sumproduct(self, node: Node) -> bool:
        """Whether the call around ``node`` is one of SUMPRODUCT, in which operators take arrays in every formula."""
        calls = [part for part in parse(self.text).walk() if part.kind == "call"]
        around = [part for part in calls if part.start < node.start and node.end <= part.end]
        return bool(around) and bare_name(min(around, key=lambda part: part.end - part.start).name) == "SUMPRODUCT"

    # --- references ---

    def _bound_to_place(self, node: Node, name: str, scope: Scope) -> str:
        """What depends on where the formula stands, as another cell must write it; empty when nothing does."""
        if name in ("ROW", "COLUMN") and not node.children:
            return f"{name}({Place(self.at.sheet, Area(self.at.column, self.at.row, self.at.column, self.at.row))})"
        if (name == "SINGLE" or node.operators == {"prefix @"}) and (place := self._find(node.children[0], scope)):
            left, top, right, bottom = place.area
            column, row = (left, self.at.row) if left == right else (self.at.column, top)
            if (left == right or top == bottom) and place.area.holds(row, column):
                return str(Place(place.sheet, Area(column, row, column, row)))
            return str(place) if place.single else "#VALUE!"
        return ""

    def _anchor(self, node: Node, scope: Scope) -> Spot | None:
        """The cell before the # of A5#, which a file holds as ANCHORARRAY(A5)."""
        hash_sign = node.kind == "operation" and node.operators == {"postfix #"}
        if not hash_sign and not (node.kind == "call" and bare_name(node.name) == "ANCHORARRAY" and node.children):
            return None
        place = self._find(node.children[0], scope)
        return Spot(place.sheet, place.area.top, place.area.left) if place and place.single else None

    def _find(self, node: Node, scope: Scope) -> Place | None:
        if node.reference is None or node.reference.text.casefold() in scope.names:
            return None
        return self.lifter.places.find(node.reference, self.at)

    def _elsewhere(self, node: Node, scope: Scope) -> str:
        """A reference as another sheet must write it; empty when it reads the same everywhere."""
        reference = node.reference
        if reference is None or reference.text.casefold() in scope.names:
            return ""
        if place := self._find(node, scope):
            return str(place)
        if reference.kind == "name" and reference.sheet is None:
            name = self.lifter.places.name(reference.text, self.at.sheet)
            if name is not None and name.sheet is not None:
                return f"{quoted(name.sheet)}!{reference.text}"
        return ""

    def _is_one(self, node: Node, scope: Scope) -> bool:
        """Whether a part of the formula is sure to give one value."""
        children = node.children
        if node.kind == "reference":
            place = self._find(node, scope)
            return place is not None and place.single
        if node.kind == "array" or node.operators & {":", " ", ",", "postfix #", "call"}:
            return False
        if node.kind == "call" and (entry := our_function(node.name)):
            if entry.returns_table or entry.returns_row:
                return False
            kinds = [p.kind for p in entry.parameters]
            kinds += kinds[-1:] * (len(children) - len(kinds))
            # an argument left out, or blank, may be a workbook input of several cells
            kinds_of_inputs = [p for p in entry.parameters if p.kind == "value" and p.input_name]
            if any(not self._input_is_one(p.input_name) for p in kinds_of_inputs):
                return False
            return all(self._is_one(c, scope) for c, kind in zip(children, kinds, strict=False) if kind == "value")
        if node.kind == "call":
            positions = spreading(bare_name(node.name), len(children))
            if positions is None:
                return False
            children = tuple(children[position] for position in positions if position < len(children))
        return all(self._is_one(child, scope) for child in children)

    def _input_is_one(self, name: str) -> bool:
        found = self.lifter.places.name(name, self.at.sheet)
        if found is None:
            return True
        meaning = self.lifter.places.meaning(found, self.at)
        if meaning is None or meaning.reference is None:
            return meaning is not None and meaning.kind in ("number", "text", "logical")
        place = self.lifter.places.find(meaning.reference, self.at)
        return place is not None and place.single

    def _size(self, node: Node, scope: Scope) -> tuple[int, int]:
        """Height and width that an expression over ranges most likely has: those of its largest ranges."""
        height = width = 1
        if node.kind == "call" and bare_name(node.name) in ONE_VALUE:
            return 1, 1
        if place := self._find(node, scope):
            height, width = place.height, place.width
        elif node.kind == "array" and isinstance(node.value, list):
            height, width = len(node.value), len(node.value[0])
        for child in node.children:
            inner = self._size(child, scope)
            height, width = max(height, inner[0]), max(width, inner[1])
        return min(height, 1_000_000), min(width, Scratch.STRIDE)
