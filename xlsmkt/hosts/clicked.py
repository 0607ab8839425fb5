"""What a click on Refresh does in every spreadsheet program: which files, which questions, what is told."""

from collections.abc import Callable
from pathlib import Path

from xlsmkt.crm.asking import Question
from xlsmkt.crm.importing import Imported, Progress, import_files
from xlsmkt.errors import UserError
from xlsmkt.refresh import Outcome
from xlsmkt.stored import Inputs, stored_files

NOTHING = "Nothing was imported."
KINDS = "*.csv;*.tsv;*.txt;*.xlsx;*.xlsm;*.xlsb;*.xls;*.ods"
PICKING = "CRM exports to import (several with Ctrl)"
_CELLS_TOLD = 4
_LONGEST = 1_000  # of a message box
_MORE = "There is more to say than fits here; the Import log lists what was refused."


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
    files, mapping = stored_files(inputs)
    if not files and not mapping:
        files = pick()
        if not files:
            raise Cancelled

    def told(part: float, words: str) -> None:
        names = ", ".join(file.name for file in files[:2]) + (", ..." if len(files) > 2 else "")
        progress(part, f"Importing {names}: {words}" if names else words)

    return import_files(files, mapping, ask=lambda question: _answer(question, click), progress=told)


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


def told_of(outcome: Outcome, notes: list[str]) -> str:
    """What the user is told of a refresh; Excel cuts off what a message box has no room for without a word."""
    sentences = [str(outcome), *_amiss(outcome), *outcome.notes, *notes]
    while len(text := "\n\n".join(sentences)) > _LONGEST:
        if len(sentences) == 1:
            return f"{text[: _LONGEST - 1]}…"
        sentences = [*sentences[:-2], _MORE] if sentences[-1] == _MORE else [*sentences[:-1], _MORE]
    return text


def _amiss(outcome: Outcome) -> list[str]:
    """The first cells that show an error of ours, or that could not be computed."""
    cells = [f"Shows an error: {cell}" for cell in outcome.errors] + [f"Not computed: {cell}" for cell in outcome.kept]
    if not cells:
        return []
    more = f"\nand {len(cells) - _CELLS_TOLD:,} more" if len(cells) > _CELLS_TOLD else ""
    return ["\n".join(cells[:_CELLS_TOLD]) + more]


def sentence(error: UserError) -> str:
    """A refusal as a message box shows it, with a full stop."""
    return f"{str(error).removesuffix('.')}."
