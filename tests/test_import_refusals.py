"""What nobody can import is refused in one sentence that can be printed: odd paths, encodings, contents, mappings."""

import datetime as dt
import os
import random
from pathlib import Path

import pytest

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.drafting import draft_mapping
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.mapping import load_mapping
from xlsmkt.crm.reading import read_csv
from xlsmkt.errors import UserError

TODAY = dt.date(2026, 6, 30)
LEADS = "Lead ID,Created,Owner\n1,2026-01-02,G\n"


def refusal(call):
    """The message of a refusal: one line, printable anywhere, of a length to be read."""
    with pytest.raises(UserError) as error:
        call()
    message = str(error.value)
    assert message.isprintable(), message
    assert len(message) < 900, message
    message.encode("utf-8")
    return message


def both(*paths, **options):
    """The refusal of an import and of a draft, which must agree."""
    message = refusal(lambda: import_files(list(paths), today=TODAY, **options))
    assert refusal(lambda: draft_mapping(list(paths))) == message
    return message


# --- paths ---


def test_paths_that_lead_to_no_file(tmp_path):
    (tmp_path / "folder.xlsx").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "file.csv").write_text(LEADS)
    assert "folder.xlsx is a folder" in both(tmp_path / "folder.xlsx")
    assert "is a folder" in both(tmp_path)
    assert "pipe.csv is no file but a pipe or a device" in both(tmp_path / "pipe.csv")
    assert "/dev/null is no file but a pipe or a device" in both(Path("/dev/null"))
    assert "too long for the name of a file" in both(tmp_path / ("x" * 5000 + ".csv"))
    assert "cannot be read" in both(tmp_path / "loop.csv")
    assert "cannot be read" in both(tmp_path / "a\0b.csv")
    assert "is not there" in both(tmp_path / "file.csv" / "more.csv")
    assert "is not there" in both(tmp_path / "none\n.xlsx")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_that_may_not_be_read(tmp_path, monkeypatch, ending):
    path = tmp_path / f"leads.{ending}"
    path.write_text(LEADS)
    monkeypatch.setattr(os, "access", lambda found, mode: False)  # the administrator may read every file
    assert f"leads.{ending} may not be read by you" in both(path)


def test_a_folder_that_may_not_be_entered(tmp_path, monkeypatch):
    def denied(path, **how):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("xlsmkt.crm.paths.os.stat", denied)
    with pytest.raises(UserError, match="may not be read by you"):
        read_csv(tmp_path / "leads.csv", Answers())


def test_a_name_that_is_no_text_is_read_and_shown(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/spend\xff\n.csv"))
    path.write_text(LEADS)
    result = import_files([path], today=TODAY)
    assert result.sources == ["spend??.csv"]
    mapping = tmp_path / "map.toml"
    mapping.write_text(draft_mapping([path]), "utf-8")
    assert import_files([], mapping, today=TODAY).taken == {"Leads": 1}
    path.write_text("a,b\n1,2\n")
    assert "spend??.csv" in refusal(lambda: import_files([path], today=TODAY))


def test_a_mapping_that_is_a_folder_or_not_there(tmp_path):
    assert "is a folder" in refusal(lambda: load_mapping(tmp_path))
    assert "is not there" in refusal(lambda: load_mapping(tmp_path / ("x" * 5000)))


# --- encodings and contents ---


@pytest.mark.parametrize(
    "name", ["hex", "base64", "rot13", "undefined", "zip", "idna", "punycode", "unicode_escape", "latin-42", "", "a\0b"]
)
def test_what_is_no_code_page(tmp_path, name):
    path = tmp_path / "leads.csv"
    path.write_bytes(LEADS.replace("G", "Süd").encode("cp1252"))
    message = refusal(lambda: import_files([path], today=TODAY, encoding=name))
    assert "is no code page; give one such as cp1252" in message
    assert refusal(lambda: draft_mapping([path], encoding=name)) == message
    assert refusal(lambda: read_csv(path, Answers(encoding=name))) == message


def test_the_line_that_is_not_utf_8_is_named(tmp_path):
    path = tmp_path / "leads.csv"
    rows = [f"{number},2026-01-02,Zürich".encode() for number in range(1, 20)]
    rows[5] = "6,2026-01-02,Genève".encode("latin-1")
    for end in (b"\n", b"\r\n", b"\r"):
        path.write_bytes(end.join([b"Lead ID,Created,Source", *rows]))
        message = refusal(lambda: import_files([path], today=TODAY))
        assert "leads.csv: line 7 is not UTF-8" in message
        assert '"Genève" (cp1252)' in message
        assert "--encoding cp1252" in message


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"a"])
@pytest.mark.parametrize("count", [1, 5, 20, 5000])
def test_a_file_of_zeros_is_not_printed(tmp_path, mark, count):
    path = tmp_path / "leads.csv"
    path.write_bytes(mark + b"\0" * count + b"\n1,2\n")
    refusal(lambda: import_files([path], today=TODAY))


def test_headings_in_messages_are_short_and_printable(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("\x1b[31m" + "x" * 9000 + ",b\n1,2\n")
    assert "\\x1b[31mxxx" in refusal(lambda: import_files([path], today=TODAY))
    path.write_text("Lead ID,Created\n1,05/04/2026\n".replace("Created", "Created" + " " * 2))
    assert "05/04/2026 can mean" in refusal(lambda: import_files([path], today=TODAY))


# --- mappings ---

ENTRY = (
    '[[file]]\npath = "leads.csv"\ntable = "Leads"\n{}\n[file.columns]\n"Lead ID" = "Lead ID"\nCreated = "Created"\n'
)
WRONG = {
    'sum = "yes"': "sum must be true or false",
    "sum = true": "sum is for Spend and Web",
    'constants = { Amount = "x" }': "constants.Amount is 'x' and must be a number",
    "constants = { Amount = inf }": "constants.Amount must be",
    "constants = { Amount = nan }": "constants.Amount must be",
    "constants = { Amount = true }": "constants.Amount must be",
    'constants = { Amount = "1e400" }': "constants.Amount is '1e400' and must be a number",
    f"constants = {{ Amount = 0x{'f' * 5001} }}": "constants.Amount must be",
    f"constants = {{ Amount = {'9' * 5001} }}": "is not a TOML file",
    'constants = { MQL = "maybe" }': "constants.MQL is 'maybe' and must be a date",
    "constants = { Source = { a = 1 } }": "constants.Source must be",
    "constants = { Source = [1] }": "constants.Source must be",
    'when = { "Deal ID" = { column = "Owner", is = ["G"] } }': "when.Deal ID must be a column of dates",
    'lookup = { Owner = { path = "", key = "a", value = "b" } }': "lookup.Owner.path is ''",
    'lookup = { Amount = { path = "a.csv", key = "a", value = "b" } }': "lookup.Amount must be a column of words",
    'delimiter = ",,"': "delimiter must be one sign",
    'delimiter = ""': "delimiter must be one sign",
    'delimiter = "\\n"': "delimiter must be one sign",
    "delimiter = '\"'": "delimiter must be one sign",
    'delimiter = "§"': "delimiter must be one sign",
    'encoding = "hex"': "encoding: 'hex' is no code page",
    "join = { Owner = 5 }": "join.Owner must be a text",
    "where = { Owner = 5 }": "where.Owner must be a list of texts",
    "date_order = [1]": "date_order must be",
    "decimal = { Amount = 5 }": "decimal must be",
    "newest_by = 5": "newest_by must be a text",
    "sheet = []": "sheet must be a text",
}


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "map.toml"
        path.write_text(text, "utf-8")
        (tmp_path / "leads.csv").write_text(LEADS)
        return import_files([], path, today=TODAY)

    return load


@pytest.mark.parametrize("line", WRONG, ids=lambda line: line[:50])
def test_a_value_of_the_wrong_kind_is_named_with_its_key(load, line):
    message = refusal(lambda: load(ENTRY.format(line)))
    assert message.startswith("map.toml")
    assert WRONG[line] in message


@pytest.mark.parametrize("path", [".", "..", "", "a/**b", "x" * 5000, "/", "a\\u0000b", "~", "leads.csv/more", "*/"])
@pytest.mark.parametrize("key", ["path", "lookup"])
def test_a_path_that_can_be_none(load, path, key):
    lookup = f'lookup = {{ Owner = {{ path = "{path}", key = "a", value = "b" }} }}'
    given = ENTRY.format("").replace("leads.csv", path)
    text = given if key == "path" else ENTRY.format(lookup) + 'Owner = "Owner"\n'
    assert refusal(lambda: load(text)).startswith("map.toml")


@pytest.mark.parametrize("text", ["file = [1]", "file = 1", "file = []", "x = " + "[" * 10_000, "", "file = [[]]"])
def test_what_is_no_mapping(load, text):
    assert refusal(lambda: load(text)).startswith("map.toml")


def test_constants_of_every_kind(load):
    line = 'constants = { Amount = "1,500.5", MQL = 2026-01-03, SQL = "2026-01-04 10:00", Source = 5, Attempts = 2 }'
    leads = load(ENTRY.format(line)).tables["Leads"]
    assert leads[["Amount", "Source", "Attempts"]].astype(object).values.tolist() == [[1500.5, "5", 2]]
    assert [f"{leads[stage][0]:%Y-%m-%d}" for stage in ("MQL", "SQL")] == ["2026-01-03", "2026-01-04"]


def test_any_bytes_are_imported_or_refused(tmp_path):
    chance = random.Random(7)
    pieces = [
        b"Lead ID",
        b"Created",
        b",",
        b";",
        b"\n",
        b"\r",
        b'"',
        b"\0",
        b"\xff",
        "ü".encode(),
        b"2026-01-02",
        b"1e400",
    ]
    path = tmp_path / "leads.csv"
    for _ in range(300):
        path.write_bytes(b"Lead ID,Created,Amount\n" + b"".join(chance.choices(pieces, k=chance.randint(0, 30))))
        try:
            import_files([path], today=TODAY)
        except UserError as error:
            assert str(error).isprintable()
