"""What the user is told of a refresh, in every spreadsheet program.

Also runs inside a workbook, in xlwings Lite: standard library only.
"""

from xlsmkt.errors import UserError
from xlsmkt.filling import Outcome

TITLE = "xlsmkt"
NOTHING = "Nothing was imported."
_CELLS_TOLD = 4
_LONGEST = 1_000  # of a message box
_MORE = "There is more to say than fits here; the Import log lists what was refused."


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
