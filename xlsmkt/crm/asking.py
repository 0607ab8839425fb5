"""What a file leaves open: its answer comes from an option, from the mapping, or from the user; it is never guessed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError


@dataclass(frozen=True)
class Question:
    """A value that can be read in more than one way.

    ``readings`` gives, for each answer (``"day"``, ``"month"``; ``"."``, ``","``; the name of an encoding), what the
    value then means.
    """

    file: str
    column: str  # "" when the question is about the whole file
    value: str
    readings: dict[str, str]
    option: str  # the option of the command line that settles it, such as "--date-order"
    key: str  # the key of a mapping file that settles it, such as "date_order"

    def __str__(self) -> str:
        where = f"{self.file}, column {shown(self.column)}" if self.column else self.file
        meanings = " or ".join(dict.fromkeys(self.readings.values()))
        return f"{where}: {shown(self.value)} can mean {meanings}"

    @property
    def how_to_settle(self) -> str:
        """The options that answer it, for a message."""
        typed = [answer if answer.isalnum() else f'"{answer}"' for answer in self.readings]
        options = " or ".join(f"{self.option} {answer}" for answer in typed)
        first = next(iter(self.readings))
        return f'say which with {options}, or with {self.key} = "{first}" in a mapping file'


Ask = Callable[[Question], str]


@dataclass
class Answers:
    """The answers known so far: options given for all files, and what the user answered on the way."""

    encoding: str | None = None
    date_order: str | None = None
    decimal: str | None = None
    ask: Ask | None = None
    advice: Callable[[Question], str] = lambda question: question.how_to_settle  # how a user can answer
    known: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def answer(self, question: Question, given: str | None = None) -> str:
        """The answer to a question: the one given for this column or file, else the user's.

        Raises
        ------
        UserError
            Nobody can be asked, or the answer is none of the readings.
        """
        key = (question.file, question.column, question.key)
        if given is None:
            given = self.known.get(key)
        if given is None:
            if self.ask is None:
                raise UserError(f"{question}; {self.advice(question)}")
            given = self.ask(question)
        if given not in question.readings:
            raise UserError(f"{question}; {given!r} is no answer to that: {self.advice(question)}")
        self.known[key] = given
        return given
