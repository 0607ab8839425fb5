"""The file source: CSV and Excel exports."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from xlsmkt.crm.connection import Connection, Setting, Wish
from xlsmkt.crm.importing import Imported, import_files


class Source:
    """Files that a CRM exported; ``files`` are their paths, one a line."""

    title: ClassVar[str] = "Files"
    settings: ClassVar[tuple[Setting, ...]] = (Setting("files", "Files"),)
    secrets: ClassVar[tuple[Setting, ...]] = ()

    def __init__(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        self.paths = [Path(line) for line in connection.settings.get("files", "").split("\n") if line]

    def check(self) -> str:
        """How many files there are."""
        return f"{len(self.paths):,} files"

    def read(self, wish: Wish) -> Imported:
        """Import the files."""
        answers = wish.answers
        return import_files(
            self.paths,
            wish.mapping,
            encoding=answers.encoding,
            date_order=answers.date_order,  # type: ignore[arg-type]
            decimal=answers.decimal,  # type: ignore[arg-type]
            ask=answers.ask,
            progress=wish.progress,
            today=wish.today,
            most_rows=wish.most_rows,
            most_leads=wish.most_leads,
        )
