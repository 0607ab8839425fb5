"""What a click on Refresh does in every spreadsheet program: which files, which questions, what is told."""

from collections.abc import Callable
from pathlib import Path

from xlsmkt.crm.asking import Answers, Question
from xlsmkt.crm.connection import Wish
from xlsmkt.crm.importing import Imported, Progress
from xlsmkt.crm.origins import is_address, read_from
from xlsmkt.errors import UserError
from xlsmkt.stored import Inputs, stored_source

KINDS = "*.csv;*.tsv;*.txt;*.xlsx;*.xlsm;*.xlsb;*.xls;*.ods"
PICKING = "CRM exports to import (several with Ctrl)"


class Cancelled(Exception):
    """The user closed a question without an answer."""


def read_source(
    inputs: Inputs, progress: Progress, pick: Callable[[], list[Path]], click: Callable[[str], bool | None]
) -> Imported:
    """Import what Inputs names, or else the files that the user picks.

    Parameters
    ----------
    pick
        Shows the user the files of this computer; none when he picks none.
    click
        Shows a text with the buttons Yes, No and Cancel: True, False, None.

    Raises
    ------
    Cancelled
        The user picked no file, or closed a question.
    """
    given, mapping = stored_source(inputs)
    if not given and not mapping:
        given = list(map(str, pick()))
        if not given:
            raise Cancelled

    def told(part: float, words: str) -> None:
        names = ", ".join(_short(name) for name in given[:2]) + (", ..." if len(given) > 2 else "")
        progress(part, f"Importing {names}: {words}" if names else words)

    answers = Answers(ask=lambda question: _answer(question, click))
    return read_from(given, Wish(mapping, answers, told), from_book=True)


def _short(name: str) -> str:
    return name if is_address(name) else Path(name).name


def _answer(question: Question, click: Callable[[str], bool | None]) -> str:
    """Ask which reading is meant."""
    answers = list(question.readings)
    if len(answers) != 2:
        raise UserError(
            f'{question}; say which with {question.key} = "{answers[0]}" in a mapping file, and name that file in '
            "Mapping on the sheet Inputs."
        )
    yes, no = (question.readings[answer] for answer in answers)
    clicked = click(f"{question}.\n\nYes: {yes}\nNo: {no}\nCancel: import nothing")
    if clicked is None:
        raise Cancelled
    return answers[0] if clicked else answers[1]
