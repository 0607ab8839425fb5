"""The refresh that a button of a workbook runs on the server: files of the server's own folder, else pasted rows."""

import asyncio

import xlwings as xw

from xlsmkt.crm.asking import Question
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.plain import import_plain
from xlsmkt.errors import UserError
from xlsmkt.filling import Imported
from xlsmkt.hosts.server.data_folder import DATA, data_folder, own_files, shown_below
from xlsmkt.hosts.web import pasting, refreshing
from xlsmkt.hosts.web.book import WebBook
from xlsmkt.template.building import COMPUTED_SHEETS
from xlsmkt.template.web import BUTTON, BUTTON_CELL


@xw.script(button=f"[{BUTTON}]Start!{BUTTON_CELL}", exclude=list(COMPUTED_SHEETS))
async def refresh(book: xw.Book) -> None:
    """Import into the workbook whose user clicked Refresh; cells of others are answered meanwhile."""
    await asyncio.to_thread(refreshing.refresh, book, data_folder(), read)


def read(book: WebBook) -> Imported:
    """Import what Inputs names below the server's folder of data, or else what is pasted into the workbook.

    Raises
    ------
    UserError
        There is nothing to import, or it cannot be used as it is.
    """
    folder = data_folder()
    files, mapping = own_files(book, folder)
    answers = pasting.answers(book)
    if files or mapping:

        def chosen(question: Question) -> str:
            given = {"date_order": answers.date_order, "decimal": answers.decimal}.get(question.key)
            if given not in question.readings:
                raise UserError(f"{question}; {answers.advice(question)}")
            return str(given)

        try:
            return import_files(files, mapping, ask=chosen)
        except UserError as error:
            raise UserError(shown_below(folder, str(error))) from None
    pasted = pasting.pasted_table(book)
    if pasted is None:
        raise UserError(
            f"There is no CRM export to import; paste one into the sheet {pasting.SHEET}, or name files of the "
            f"server's folder {DATA} in Import from on the sheet Inputs."
        )
    return import_plain([pasted], answers)
