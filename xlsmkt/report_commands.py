"""The command that makes a page, a PDF or a picture of the dashboard."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xlsmkt.errors import UserError


def add_commands(commands: Any) -> None:
    """Add the commands to those of the command line."""
    words = "Make a web page, a PDF or a picture of a workbook's dashboard, as it was computed last."
    report = commands.add_parser("report", help=words, description=words)
    report.set_defaults(run=_report)
    report.add_argument("book", type=Path, metavar="BOOK")
    for kind, told in (("html", "a web page in one file"), ("pdf", "a PDF"), ("png", "a picture")):
        report.add_argument(f"--{kind}", type=Path, metavar="OUT", help=f"write {told}, replaced if it is there")


def _report(options: argparse.Namespace) -> int:
    from xlsmkt.report.writing import ended_tidily, same_file, write_page

    wanted: list[tuple[Path, Callable[[Path, Path], None]]] = []
    if options.html:
        wanted.append((options.html, write_page))
    if options.pdf or options.png:
        from xlsmkt.report import printing

        wanted += [(options.pdf, printing.write_pdf)] if options.pdf else []
        wanted += [(options.png, printing.write_png)] if options.png else []
    if not wanted:
        raise UserError(f"Say what to make: xlsmkt report {options.book} --html dashboard.html (or --pdf, --png).")
    for to, _ in wanted:
        if sum(same_file(to, other) for other, _ in wanted) > 1:
            raise UserError(f"{to} is named twice: give each output a name of its own.")
    for to, write in wanted:
        with ended_tidily():
            write(options.book, to)
        print(f"Wrote {to}")
    return 0
