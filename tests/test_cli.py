"""The command line as a user meets it: what is printed, what is written, what is refused with a sentence."""

import datetime as dt
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile

import filelock
import openpyxl
import pytest

from xlsmkt import cli, refresh
from xlsmkt.package import Book, Edit
from xlsmkt.readings import to_serial
from xlsmkt.template.shipped import shipped_template

LEADS = "Lead ID,Created,Lead type,Source,Won,Amount\nA1,2026-10-01,Demo,Web,2026-10-09,500\nA2,2026-10-02,Demo,Web,,\n"


@pytest.fixture
def leads(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text(LEADS, "utf-8")
    return path


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "sla.xlsx"
    shutil.copy(shipped_template(), path)
    return path


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def refused(capsys, *arguments):
    """Run a command that must be refused; the sentence it prints."""
    before = capsys.readouterr()
    assert run(*arguments) == 2, before
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    lines = [line for line in told.err.splitlines() if line]
    assert len(lines) == 1 and lines[0].startswith("xlsmkt: "), told.err
    return lines[0]


# --- eval ---


def test_eval_prints_the_value(capsys):
    assert run("eval", "=WEIGHTED_CLOSE_RATE({10%;1%},{25%;75%})", "=LEADS_NEEDED(20, 5%)") == 0
    assert capsys.readouterr().out.splitlines() == ["0.0325", "400"]


def test_eval_reads_lines_and_prints_json_in_order(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("=1+1\n\n=LEADS_NEEDED(20,5)\n=LEADS_NEEDED({20;30},{0.05;0})\n"))
    assert run("eval", "--json", "-") == 0
    printed = capsys.readouterr().out
    assert printed.startswith('{"formula": "=1+1", "value": 2}\n')
    told = [json.loads(line) for line in printed.splitlines()]
    assert told == [
        {"formula": "=1+1", "value": 2},
        {"formula": "=LEADS_NEEDED(20,5)", "error": "#NUM!",
         "message": "LEADS_NEEDED: close_rate is 5; give 0% to 100%"},
        {"formula": "=LEADS_NEEDED({20;30},{0.05;0})", "value": [[400], ["#DIV/0!"]]},
    ]  # fmt: skip


def test_eval_shows_a_date_as_a_date_and_gives_programs_its_number(capsys):
    assert run("eval", '=LEAD_MONTH("2026-03", 2)', '=LEAD_MONTH("2026-03", 2)+1') == 0
    assert capsys.readouterr().out.split() == ["2026-01-01", "46024"]
    assert run("eval", "--json", '=LEAD_MONTH("2026-03", 2)') == 0
    assert json.loads(capsys.readouterr().out)["value"] == 46023


def test_eval_of_what_is_no_formula(capsys):
    assert "=LEADS_NEEDED(20" in refused(capsys, "eval", "=LEADS_NEEDED(20")


def test_eval_goes_on_after_what_is_no_formula(capsys):
    assert run("eval", "=(", "=2*3") == 2
    assert capsys.readouterr().out.split() == ["6"]


def test_eval_starts_without_pandas():
    code = "import sys; from xlsmkt.cli import main; main(['eval', '=1+1']); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False"]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_eval_prints_whatever_the_terminal_knows(encoding):
    command = [sys.executable, "-m", "xlsmkt", "eval", '="Zürich"', b'="\xff"', "=1+1"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    lines = done.stdout.decode(encoding).split()
    assert (lines[0], lines[-1]) == ("Zürich" if encoding == "utf-8" else "Z\\xfcrich", "2")


def test_a_full_disk_is_told(tmp_path):
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "xlsmkt", "eval", "=1+1"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and "No space left" in done.stderr


def test_a_fault_of_ours_is_a_sentence_too(capsys, monkeypatch):
    monkeypatch.delenv("XLSMKT_DEBUG", raising=False)
    monkeypatch.setattr(cli, "_formulas", lambda given: 1 / 0)
    assert "fault in xlsmkt (ZeroDivisionError" in refused(capsys, "eval", "=1")


# --- new, refresh, compute ---


def test_a_new_book_is_the_template(tmp_path, capsys):
    assert run("new", tmp_path / "mine.xlsx") == 0
    assert (tmp_path / "mine.xlsx").read_bytes() == shipped_template().read_bytes()
    assert "exists already" in refused(capsys, "new", tmp_path / "mine.xlsx")


def test_refresh_takes_leads_and_says_so(book, leads, capsys):
    assert run("refresh", book, "--from", leads) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Taken: 2 rows of Leads") and "refused: 0" in last and "computed: " in last
    sheet = openpyxl.load_workbook(book, data_only=True)["Leads"]
    taken = [[cell.value for cell in row] for row in sheet.iter_rows() if row[0].value in ("A1", "A2")]
    assert [row[0] for row in taken] == ["A1", "A2"]
    assert taken[0][2:4] == ["Demo", "Web"]


def test_refused_rows_stand_in_a_csv_and_in_the_import_log(book, tmp_path, capsys):
    bad = tmp_path / "bad.csv"
    bad.write_text(LEADS + "A3,,Demo,Web,,\nA4,soon,Demo,Web,,\n", "utf-8")
    assert run("refresh", book, "--from", bad) == 0
    assert "refused: 2" in capsys.readouterr().out
    listed = (tmp_path / "sla-refused.csv").read_text("utf-8-sig").splitlines()
    assert len(listed) == 3 and ',4,"Created",' in listed[1] and ',5,"Created","soon",' in listed[2]
    log = openpyxl.load_workbook(book, data_only=True)["Import log"]
    assert "soon" in [cell.value for row in log.iter_rows() for cell in row]


def test_a_file_of_the_users_with_the_name_of_our_list_stays(book, tmp_path, capsys):
    (tmp_path / "sla-refused.csv").write_text("my own notes\n", "utf-8")
    for _ in range(2):  # the second time our own list is written anew
        (tmp_path / "bad.csv").write_text(LEADS + "A3,,Demo,Web,,\n", "utf-8")
        assert run("refresh", book, "--from", tmp_path / "bad.csv") == 0
        assert "sla-refused-2.csv" in capsys.readouterr().out
    assert (tmp_path / "sla-refused.csv").read_text("utf-8") == "my own notes\n"
    assert len(list(tmp_path.glob("sla-refused*.csv"))) == 2


def test_notes_beside_a_lead_that_is_gone_are_kept(book, leads, tmp_path, capsys):
    assert run("refresh", book, "--from", leads) == 0
    own = openpyxl.load_workbook(book)
    table = own["Leads"].tables["Leads"]
    _, top, right, bottom = openpyxl.utils.cell.range_boundaries(table.ref)
    for row, text in zip(range(top, bottom + 1), ["My notes", "call in May", "met at the fair"], strict=True):
        own["Leads"].cell(row, right + 1, text)
    table.ref = f"A{top}:{openpyxl.utils.get_column_letter(right + 1)}{bottom}"
    table.tableColumns.append(openpyxl.worksheet.table.TableColumn(id=right + 1, name="My notes"))
    own.save(book)
    leads.write_text(LEADS.replace("A1,", "A7,"), "utf-8")
    assert run("refresh", book, "--from", leads) == 0
    assert "sla-left-over.csv" in capsys.readouterr().out
    assert Book.open(book).column("Leads", "My notes") == [None, "met at the fair"]
    header, line = (tmp_path / "sla-left-over.csv").read_text("utf-8-sig").splitlines()
    assert header == "Refreshed,Table,Row,Column,Value" and line.endswith(",Leads,A1,My notes,call in May")


def test_cells_that_show_an_error_are_told_with_what_to_mend(book, capsys):
    edit = Edit.open(book)
    edit.set_named_value("Agreed_Close_Rate", 5)
    edit.save(book)
    assert run("compute", book) == 0
    told = capsys.readouterr()
    assert "LEADS_NEEDED: close_rate is 5; give 0% to 100%" in told.err and "with an error" in told.out


def test_compute_alone_changes_no_value_of_a_fresh_template(book, capsys):
    before = openpyxl.load_workbook(book, data_only=True)
    assert run("compute", book) == 0
    assert "Computed: " in capsys.readouterr().out
    after = openpyxl.load_workbook(book, data_only=True)
    for sheet in before:
        assert [list(row) for row in after[sheet.title].values] == [list(row) for row in sheet.values]


# --- what is refused: one sentence, exit 2, nothing written ---


def bomb(path):
    entities = '<!ENTITY e0 "boom">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    with zipfile.ZipFile(shipped_template()) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            is_book = name == "xl/workbook.xml"
            target.writestr(
                name, f"<!DOCTYPE w [{entities}]><workbook>&e9;</workbook>" if is_book else source.read(name)
            )


def foreign(path):
    openpyxl.Workbook().save(path)


def renamed(path):
    book = openpyxl.load_workbook(shipped_template())
    book["Leads"].tables["Leads"].tableColumns[1].name = "Made"
    book.save(path)


def torn(path):
    whole = shipped_template().read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


BAD_BOOKS = {
    "missing": lambda path: None,
    "text": lambda path: path.write_text("no workbook"),
    "empty": lambda path: path.write_bytes(b""),
    "torn": torn,
    "bomb": bomb,
    "foreign": foreign,
    "renamed": renamed,
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("kind", BAD_BOOKS)
def test_a_bad_workbook_is_refused_and_left_alone(kind, tmp_path, leads, capsys):
    path = tmp_path / "bad.xlsx"
    BAD_BOOKS[kind](path)
    before = path.read_bytes() if path.is_file() else None
    told = refused(capsys, "refresh", path, "--from", leads)
    assert "bad.xlsx" in told or "Made" in told or "Created" in told
    assert (path.read_bytes() if path.is_file() else None) == before
    assert {p.name for p in tmp_path.iterdir()} <= {"bad.xlsx", "leads.csv"}


BAD_EXPORTS = {
    "missing.csv": None,
    "empty.csv": b"",
    "headings only.csv": b"Lead ID,Created,Lead type\n",
    "every row refused.csv": b"Lead ID,Created,Lead type\nA1,soon,Demo\nA2,,Demo\n",
    "wrong kind.csv": b"colour,price\nred,3\n",
    "picture.csv": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00",
    "broken.xlsx": b"PK\x03\x04 no zip",
}


@pytest.mark.parametrize("name", BAD_EXPORTS)
def test_a_bad_export_is_refused_and_the_book_left_alone(name, book, tmp_path, capsys):
    before = book.read_bytes()
    if BAD_EXPORTS[name] is not None:
        (tmp_path / name).write_bytes(BAD_EXPORTS[name])
    assert name in refused(capsys, "refresh", book, "--from", tmp_path / name)
    assert book.read_bytes() == before


def test_rows_without_a_table_are_not_dropped_silently(book, leads, tmp_path, capsys):
    own = openpyxl.load_workbook(book)
    del own["Spend"].tables["Spend"]
    own.save(book)
    (tmp_path / "spend.csv").write_text("Date,Channel,Campaign,Cost,Clicks\n2026-10-01,Web,,5,1\n", "utf-8")
    before = book.read_bytes()
    told = refused(capsys, "refresh", book, "--from", leads, tmp_path / "spend.csv")
    assert "no table Spend" in told and book.read_bytes() == before


def test_a_side_file_does_not_move_the_report_to_its_own_date(book, leads, tmp_path, capsys):
    assert run("refresh", book, "--from", leads) == 0
    (tmp_path / "spend.csv").write_text("Date,Channel,Campaign,Cost,Clicks\n2025-01-01,Web,,5,1\n", "utf-8")
    assert run("refresh", book, "--from", tmp_path / "spend.csv") == 0
    with Book.open(book) as shown:
        assert shown.named_value("As_Of") == to_serial(dt.date(2026, 10, 9))  # A1 was won then


def test_a_mapping_that_names_a_missing_column(book, leads, tmp_path, capsys):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        f'[[file]]\npath = "{leads.name}"\ntable = "Leads"\n[file.columns]\nCreated = "Creatd"\n', "utf-8"
    )
    before = book.read_bytes()
    assert "Creatd" in refused(capsys, "refresh", book, "--mapping", mapping)
    assert book.read_bytes() == before


def test_a_mapping_that_is_no_toml(book, tmp_path, capsys):
    (tmp_path / "mapping.toml").write_text("[[file\n", "utf-8")
    assert "mapping.toml" in refused(capsys, "refresh", book, "--mapping", tmp_path / "mapping.toml")


def test_two_refreshes_at_once(book, leads, capsys, tmp_path):
    code = "from xlsmkt.cli import main; import sys; sys.exit(main(['refresh', *sys.argv[1:]]))"
    with refresh._only_one(book):
        done = subprocess.run(
            [sys.executable, "-c", code, str(book), "--from", str(leads)], capture_output=True, text=True, check=False
        )
    assert done.returncode == 2 and "is being refreshed right now" in done.stderr
    assert filelock.FileLock  # the lock is a library's, released with the process that held it
    assert run("refresh", book, "--from", leads) == 0


def test_a_book_changed_meanwhile_is_not_overwritten(book, leads, capsys, monkeypatch):
    real = refresh.fill

    def meddle(*arguments):
        with zipfile.ZipFile(book, "a") as archive:
            archive.writestr("users-own.txt", "saved in Excel while the refresh ran")
        return real(*arguments)

    monkeypatch.setattr(refresh, "fill", meddle)
    assert "was changed while" in refused(capsys, "refresh", book, "--from", leads)
    assert "users-own.txt" in zipfile.ZipFile(book).namelist()


def test_a_read_only_book(book, leads, capsys):
    before = book.read_bytes()
    book.chmod(0o444)
    assert "read-only" in refused(capsys, "refresh", book, "--from", leads)
    assert book.read_bytes() == before
