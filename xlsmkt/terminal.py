"""Talking with a user at a terminal: questions, secrets, and how far long work is."""

import getpass
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xlsmkt.errors import UserError

if TYPE_CHECKING:
    from xlsmkt.crm.asking import Ask, Question


def is_there() -> bool:
    """Whether somebody sits at a terminal."""
    return bool(sys.stdin and sys.stdin.isatty())


def asking() -> "Ask | None":
    """What asks at the keyboard which reading is meant; None where nobody can be asked."""
    return _ask if is_there() else None


def _ask(question: "Question") -> str:
    """Ask at the keyboard which reading is meant; the answer is one of the question's readings."""
    print(question, file=sys.stderr)
    answers = list(question.readings)
    for number, answer in enumerate(answers, 1):
        print(f"  {number}) {question.readings[answer]}  ({question.option} {answer})", file=sys.stderr)
    while True:
        try:
            typed = input("Number: ").strip()
        except EOFError:
            raise UserError(f"{question}; {question.how_to_settle}") from None
        if typed.isdigit() and 1 <= int(typed) <= len(answers):
            return answers[int(typed) - 1]


def ask_text(words: str, default: str) -> str:
    """Ask for a text; Enter takes the default."""
    try:
        return input(f"{words}{f' (Enter: {default})' if default else ''}: ").strip() or default
    except EOFError:
        raise UserError("Nothing was typed; nothing was stored.") from None


def ask_secret(words: str, *, optional: bool = False) -> str:
    """Ask for a secret, which nobody sees; without a terminal it is the next line of the standard input.

    One that is optional may be missing there.
    """
    if is_there():
        try:
            return getpass.getpass(f"{words} (it stays unseen): ").strip()
        except EOFError:
            raise UserError("Nothing was typed; nothing was stored.") from None
    line = sys.stdin.readline() if sys.stdin else ""
    if not line and not optional:
        raise UserError(f"{words}: type it at a terminal, or give it as a line of the standard input.")
    return line.strip()


@contextmanager
def progress_bar() -> Iterator[Callable[[float, str], None]]:
    """A bar for long work on a terminal; silent elsewhere."""
    from tqdm import tqdm

    with tqdm(
        total=100, disable=None, delay=0.8, leave=False, bar_format="{desc:<34} {bar} {percentage:3.0f} %"
    ) as bar:

        def progress(part: float, words: str) -> None:
            bar.set_description_str(words[:1].upper() + words[1:])
            bar.update(max(0, 100 * part - bar.n))

        yield progress


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table for a terminal: numbers to the right; the last column as long as it is."""
    names = [heading.replace("_", " ") for heading in headings]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    right = [all(_is_number(row[at]) for row in rows) and bool(rows) for at in range(len(names))]
    for row in (names, *rows):
        cells = [cell.rjust(width) if to_right else cell.ljust(width)
                 for cell, width, to_right in zip(row, widths, right, strict=True)]  # fmt: skip
        print("  ".join(cells).rstrip())


def _is_number(text: str) -> bool:
    return text.strip("-+%.,").replace(",", "").replace(".", "").isdigit() or text in ("", "-")
