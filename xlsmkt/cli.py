"""The command line: one thin command per task."""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlsmkt import alert_commands, mail_commands, report_commands, schedule_commands
from xlsmkt.errors import CellError, UserError
from xlsmkt.hosts.engines import ENGINES, engine_of
from xlsmkt.hosts.server.commands import add_server_commands
from xlsmkt.hosts.setups import SETUPS, check, setup_of
from xlsmkt.readings import to_datetime
from xlsmkt.source_commands import add_reading_options, add_source_commands
from xlsmkt.terminal import progress_bar

if TYPE_CHECKING:
    from xlsmkt.filling import Outcome
    from xlsmkt.hosts.headless import Evaluated

MOST_CELLS_TOLD = 10  # a column of bad formulas would scroll everything else away

# Everything heavy is imported by the command that needs it: `xlsmkt eval` starts without pandas.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 done, 2 refused with one sentence; 1 where a check found something to mend."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may not know every character of a CRM
    try:
        code: int = options.run(options)
        if sys.stdout:  # there is none after >&-
            sys.stdout.flush()
        return code
    except UserError as error:
        _tell(str(error))
    except KeyboardInterrupt:
        _tell("stopped; nothing was written.")
        return 130
    except BrokenPipeError:  # the reader of a pipe has gone: nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _tell(f"{where}{error.strerror or error}; mend that and run the command again.")
        if sys.stdout:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # it may be the disk that is full
    except Exception as error:
        if os.environ.get("XLSMKT_DEBUG"):
            raise
        told = f"{type(error).__name__}: {error}".replace("\n", " ")
        _tell(
            f"this is a fault in xlsmkt ({told}); nothing was written, set XLSMKT_DEBUG=1 to see where and report it."
        )
    return 2


def _tell(sentence: str) -> None:
    print(f"xlsmkt: {sentence}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xlsmkt", description="The marketing and sales SLA, computed in a workbook.")
    parser.add_argument("--version", action="version", version=f"xlsmkt {version('xlsmkt')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(run=run)
        return made

    def engine(of: argparse.ArgumentParser) -> None:
        of.add_argument("--engine", choices=list(ENGINES), default=next(iter(ENGINES)),
                        help="what computes: xlsmkt alone (own) or LibreOffice")  # fmt: skip

    demo = command("demo", _demo, "Make a sample CRM export and a workbook, refresh and compute it, print the figures.")
    demo.add_argument("folder", nargs="?", type=Path, default=Path("xlsmkt-demo"), help="where (default: xlsmkt-demo)")

    new = command("new", _new, "Make a workbook from the template.")
    new.add_argument("book", type=Path, metavar="BOOK", help="a name that ends in .xlsx; .xlsm for Excel on Windows")
    new.add_argument("--for", dest="edition", choices=["lite"], default="",
                     help="lite: with the functions in it, for xlwings Lite in Excel on Mac and the web")  # fmt: skip

    refresh = command("refresh", _refresh, "Import CRM exports or a connection into a workbook, then compute it.")
    refresh.add_argument("book", type=Path, metavar="BOOK")
    add_reading_options(refresh, "default: what Inputs names")
    refresh.add_argument("--leads", type=_number, metavar="N", help="how many leads the sheet Leads gets at most")
    refresh.add_argument(
        "--reconcile", action="store_true", help="look now for records deleted in the CRM, not only once a week"
    )

    compute = command("compute", _compute, "Compute every formula of a workbook, without a spreadsheet program.")
    compute.add_argument("book", type=Path, metavar="BOOK")
    engine(compute)

    pdf = command("pdf", _pdf, "Print a workbook to a PDF file, as LibreOffice computes and shows it.")
    pdf.add_argument("book", type=Path, metavar="BOOK")
    pdf.add_argument("--sheet", help="only this sheet, such as Dashboard (default: all but those of imported rows)")
    pdf.add_argument("--to", type=Path, metavar="FILE", help="the PDF, replaced if it is there (default: BOOK.pdf)")

    evaluate = command("eval", _eval, "Compute formulas and print their values.")
    evaluate.add_argument(
        "formulas", nargs="+", metavar="FORMULA", help="such as '=LEADS_NEEDED(20, 5%%)'; - reads lines"
    )
    engine(evaluate)
    evaluate.add_argument("--json", action="store_true", help="print one JSON object a line")

    draft = command("map", _map, "Draft a mapping file for exports whose headings are not known, or for a connection.")
    draft.add_argument("files", nargs="+", metavar="FILE", help="exports, or the name of a connection")

    install = command("install", _install, "Set up a spreadsheet program for this user.")
    install.add_argument("host", choices=list(SETUPS), metavar="PROGRAM", help=f"one of: {', '.join(SETUPS)}")

    uninstall = command("uninstall", _uninstall, "Take back what install did.")
    uninstall.add_argument("host", choices=list(SETUPS), metavar="PROGRAM", help=f"one of: {', '.join(SETUPS)}")

    doctor = command("doctor", _doctor, "Check this computer, and a workbook; say what to mend.")
    doctor.add_argument("book", nargs="?", type=Path, metavar="BOOK")

    update = command("update", _update, "Give a workbook with macros those of the installed version.")
    update.add_argument("book", type=Path, metavar="BOOK")

    for module in (report_commands, mail_commands, alert_commands, schedule_commands):
        module.add_commands(commands)
    add_source_commands(commands)
    add_server_commands(commands)

    build = command("build", _build, "Rebuild the generated files of a checkout (for developers).")
    build.add_argument("--check", action="store_true", help="only say which are out of date")
    return parser


def _number(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of leads; give 1 or more")
    return int(text)


# --- the commands ---


def _demo(options: argparse.Namespace) -> int:
    from xlsmkt.demo import run_demo

    with progress_bar() as progress:
        print(run_demo(options.folder, progress))
    return 0


def _new(options: argparse.Namespace) -> int:
    from xlsmkt.refresh import new_book

    new_book(options.book, options.edition)
    if options.edition == "lite":
        print(f"Made {options.book}. Next: open it in Excel with the add-in xlwings Lite; its sheet Start says how.")
        return 0
    in_excel = ""
    if options.book.suffix.lower() == ".xlsm":
        in_excel = "open it in Excel on Windows (xlsmkt install excel, once) and click Refresh, or with it closed: "
    print(f"Made {options.book}. Next: {in_excel}xlsmkt refresh {options.book} --from YOUR_CRM_EXPORT.csv")
    return 0


def _refresh(options: argparse.Namespace) -> int:
    from xlsmkt.hosts.headless import compute
    from xlsmkt.refresh import reader, refresh_book
    from xlsmkt.source_commands import answers_of

    read = reader(
        options.source, options.mapping, answers_of(options), reconcile=options.reconcile, most_leads=options.leads
    )
    with progress_bar() as progress:
        outcome = refresh_book(options.book, read, compute, progress)
    return _told(outcome)


def _compute(options: argparse.Namespace) -> int:
    from xlsmkt.refresh import compute_book

    with progress_bar() as progress:
        outcome = compute_book(options.book, engine_of(options.engine).compute, progress)
    return _told(outcome)


def _pdf(options: argparse.Namespace) -> int:
    from xlsmkt.hosts.calc.engine import pdf

    to = options.to or options.book.with_suffix(".pdf")
    pdf(options.book, to, options.sheet)
    print(f"Printed {to}")
    return 0


def _eval(options: argparse.Namespace) -> int:
    from xlsmkt.hosts.engine.formula import FormulaError

    evaluate = engine_of(options.engine).evaluate
    code = 0
    for given in _formulas(options.formulas):
        formula = given.encode("utf-8", "replace").decode()  # bytes that are no text arrive as half characters
        try:
            [result] = evaluate([formula])
            told = _eval_told(result, options.json)
        except FormulaError as error:
            code = 2
            told = json.dumps({"formula": formula, "error": "syntax", "message": str(error)}, ensure_ascii=False)
            if not options.json:
                print(f"xlsmkt: {error}", file=sys.stderr)
                told = ""  # a line of the output for each formula
        print(told)
    return code


def _map(options: argparse.Namespace) -> int:
    from xlsmkt.crm.drafting import draft_mapping
    from xlsmkt.crm.origins import connection_to_map, opened

    connection = connection_to_map(options.files)
    if connection is None:
        print(draft_mapping([Path(name) for name in options.files]), end="")
    else:
        from xlsmkt.crm.source_drafts import draft_source_mapping

        print(draft_source_mapping(opened(connection)[0]), end="")
    return 0


def _install(options: argparse.Namespace) -> int:
    print("\n".join(setup_of(options.host).install()))
    return 0


def _uninstall(options: argparse.Namespace) -> int:
    print("\n".join(setup_of(options.host).uninstall()))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    findings = list(check(options.book))
    print("\n".join(str(finding) for finding in findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _update(options: argparse.Namespace) -> int:
    from xlsmkt.hosts.windows.updating import update_macros

    changed = update_macros(options.book)
    if changed:
        print(f"Updated in {options.book}: {', '.join(changed)}. Everything else is as it was.")
    else:
        print(f"The macros of {options.book} are those of the installed version already.")
    return 0


def _build(options: argparse.Namespace) -> int:
    from xlsmkt.build import build, stale

    if options.check:
        for path in (late := stale()):
            print(f"{path} is out of date; run: xlsmkt build")
        return 1 if late else 0
    for path in build():
        print(f"Built {path}")
    return 0


# --- what the commands share ---


def _told(outcome: "Outcome") -> int:
    for what, cells in (("Not computed", outcome.kept), ("Shows an error", outcome.errors)):
        for cell in cells[:MOST_CELLS_TOLD]:
            print(f"{what}: {cell}", file=sys.stderr)
        if len(cells) > MOST_CELLS_TOLD:
            print(f"{what}: {len(cells) - MOST_CELLS_TOLD:,} more cells", file=sys.stderr)
    for note in outcome.notes:
        print(note)
    print(outcome)
    return 0


def _formulas(given: list[str]) -> Iterator[str]:
    for formula in given:
        if formula != "-":
            yield formula
            continue
        if sys.stdin is None:
            raise UserError("There is no standard input to read formulas from; give them as arguments.")
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="backslashreplace")
        yield from (line.strip() for line in sys.stdin if line.strip())


def _eval_told(result: "Evaluated", as_json: bool) -> str:
    single = result.rows[0][0] if len(result.rows) == 1 and len(result.rows[0]) == 1 else None
    if isinstance(single, CellError):
        if as_json:
            told = {"formula": result.formula, "error": single.sign, "message": result.message}
            return json.dumps(told, ensure_ascii=False)
        return f"{single.sign} {result.message}".rstrip()
    if as_json:
        plain = [[_json_cell(cell) for cell in row] for row in result.rows]
        value = plain[0][0] if len(plain) == 1 and len(plain[0]) == 1 else plain
        return json.dumps({"formula": result.formula, "value": value}, ensure_ascii=False)
    return "\n".join("\t".join(_cell_told(cell, result.dates) for cell in row) for row in result.rows)


def _json_cell(cell: Any) -> Any:
    if isinstance(cell, CellError):
        return cell.sign
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else cell


def _cell_told(cell: Any, is_date: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, CellError):
        return cell.sign
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, (int, float)):
        return to_datetime(cell).date().isoformat() if is_date else f"{cell:.15g}"
    return str(cell)
