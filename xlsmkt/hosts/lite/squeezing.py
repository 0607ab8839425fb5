"""Sources without what only their readers need, so that all of them fit into one file. Every line keeps its number."""

import io
import re
import tokenize
from collections.abc import Iterator
from itertools import pairwise

_EXAMPLES = re.compile(r'\n *Examples\n *-{3,}\n.*(?=\n *"""$)', re.S)
_LAYOUT = {tokenize.ENCODING, tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}


def squeezed(source: str, *, with_words: bool) -> str:
    """A source without its comments and docstrings; ``with_words`` keeps the docstrings, but for their examples.

    >>> print(squeezed("def one():  # the first\\n    'Gives 1.'\\n    return 1\\n", with_words=False))
    def one():
        ...
        return 1
    <BLANKLINE>
    """
    lines = source.splitlines(keepends=True)
    for (row, start), (last, end), text in reversed(list(_cuts(source, with_words))):
        before, after = lines[row - 1][:start], lines[last - 1][end:]
        if not text:
            before = before.rstrip()
        blank = "\n" * (last - row - text.count("\n"))
        lines[row - 1 : last] = [before + text + blank + after, *[""] * (last - row)]
    return "".join(lines)


def _cuts(source: str, with_words: bool) -> Iterator[tuple[tuple[int, int], tuple[int, int], str]]:
    """Where each piece to leave out begins and ends (row, column), and what comes in its place."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    at_start = True  # of a statement
    for token, following in pairwise(tokens):
        if token.type == tokenize.COMMENT:
            yield token.start, token.end, ""
        if token.type == tokenize.STRING and at_start and following.type in (tokenize.NEWLINE, tokenize.COMMENT):
            examples = _EXAMPLES.search(token.string)
            if not with_words:
                # a body needs a statement; before "from __future__" none may stand
                yield token.start, token.end, "..." if token.start[1] else ""
            elif examples:
                kept = token.string[: examples.start()]
                blank = "\n" * examples[0].count("\n")
                yield token.start, token.end, kept + blank + token.string[examples.end() :]
        if token.type not in _LAYOUT:
            at_start = token.type == tokenize.NEWLINE
