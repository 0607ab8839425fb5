"""CSV and Excel exports as tables of headings and texts."""

from collections.abc import Iterator
from pathlib import Path

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.excel import ENDINGS, read_excel
from xlsmkt.crm.reading import RawTable, read_csv


class Files:
    """Files that a CRM exported."""

    def __init__(
        self,
        paths: list[Path],
        answers: Answers,
        sheet: str | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
    ) -> None:
        self.paths, self.answers = paths, answers
        self.sheet, self.encoding, self.delimiter = sheet, encoding, delimiter

    def tables(self) -> Iterator[RawTable]:
        """The table in each file, in the order given."""
        for path in self.paths:
            if path.suffix.lower() in ENDINGS:
                yield read_excel(path, self.sheet)
            else:
                yield read_csv(path, self.answers, self.encoding, self.delimiter)
