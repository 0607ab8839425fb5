"""The file of a store: whose it is, what it says when it cannot be used, and that it stays sound."""

import datetime as dt
import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from xlsmkt.crm import store as store_module
from xlsmkt.crm.store import State, Store
from xlsmkt.crm.store_errors import sentence_for
from xlsmkt.errors import UserError

NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)


def filled(path: Path, rows: int = 3) -> None:
    """A store of some people."""
    with Store.open(path) as store:
        state = State(["id", "name"], started=NOON, since=None, cursor="7")
        store.hold_fields("people", state)
        store.save_page("people", "id", [{"id": str(n), "name": f"Person {n}"} for n in range(rows)], state)


def names(path: Path) -> list[str]:
    with Store.open(path) as store:
        return [row["name"] for row in store.texts("people", "id", ["name"]).to_pylist()]


def test_a_store_is_for_its_user_only(tmp_path: Path) -> None:
    path = tmp_path / "stores" / "hubspot.duckdb"
    filled(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(one.name for one in path.parent.iterdir()) == [".lock", "hubspot.duckdb"]


def test_it_keeps_records_and_where_the_next_page_begins(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    filled(path)
    with Store.open(path) as store:
        state = store.state("people")
        assert (state.started, state.since, state.cursor, state.watermark) == (NOON, None, "7", None)
        assert store.count("people") == 3
        assert store.state("pets") == State()
        assert store.count("pets") == 0


def test_a_record_takes_the_place_of_the_one_with_its_id_also_within_a_page(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    filled(path)
    with Store.open(path) as store:
        page = [{"id": "1", "name": "Second"}, {"id": "10", "name": "Ten"}, {"id": "1", "name": "Third"}]
        store.save_page("people", "id", page, store.state("people"))
    assert names(path) == ["Person 0", "Third", "Person 2", "Ten"]


def test_names_of_fields_may_hold_anything(tmp_path: Path) -> None:
    fields = ["id", 'a "b"; drop table about', "select", "füße", "rowid", "x.y"]
    with Store.open(tmp_path / "a.duckdb") as store:
        state = State(fields)
        store.hold_fields('Odd "object"', state)
        store.save_page('Odd "object"', "id", [{one: f"value of {one}" for one in fields}], state)
        assert store.texts('Odd "object"', "id", fields).to_pylist() == [{one: f"value of {one}" for one in fields}]


def test_users_can_ask_it_with_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    filled(path)
    with Store.open(path) as store:
        run = store.begin_run()
        store.end_run(run, tables={"leads": pa.table({"Lead ID": ["1"]}), "daily": pa.table({"Leads": [1]})})
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select name from records.people order by id limit 1").fetchall() == [("Person 0",)]
        assert connection.execute('select "Lead ID" from leads').fetchall() == [("1",)]


def test_runs_are_noted_also_one_that_was_stopped(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.duckdb") as store:
        store.begin_run()
        store.end_run(store.begin_run(), "the network is down")
        store.end_run(store.begin_run())
        assert [(run.error, run.ended is None) for run in store.runs()] == [
            ("", False),
            ("the network is down", False),
            ("stopped before its end", False),
        ]


def test_a_part_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    filled(path)
    with Store.open(path) as store:
        run = store.begin_run()
        store.end_run(run, tables={"leads": pa.table({"Lead ID": ["1"]})})
        with pytest.raises(UserError):
            store.end_run(run, tables={"leads": pa.table({"Lead ID": ["2"]}), "leads2": object()})
        assert store.connection.execute('select "Lead ID" from leads').fetchall() == [("1",)]
        state = store.state("people")
        state.cursor = "8"
        with pytest.raises(KeyError):
            store.save_page("people", "id", [{"name": "no id"}], state)
        assert store.state("people").cursor == "7"


OPENS = """
import sys
from pathlib import Path
from xlsmkt.crm.store import Store
from xlsmkt.errors import UserError
try:
    Store.open(Path(sys.argv[1]))
except UserError as error:
    print(error)
"""


def test_a_second_process_says_that_the_store_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with Store.open(path):
        said = subprocess.run([sys.executable, "-c", OPENS, path], capture_output=True, text=True, check=True).stdout
    assert said == f"The store {path} is in use by another program right now; wait until that has ended.\n"


def spoil(path: Path, begin: int, count: int) -> None:
    data = bytearray(path.read_bytes())
    data[begin : begin + count] = os.urandom(count)
    path.write_bytes(data)


def test_a_damaged_store_is_refused_and_not_touched(tmp_path: Path) -> None:
    whole = tmp_path / "whole.duckdb"
    filled(whole, 5_000)
    size = whole.stat().st_size
    damages = {
        "empty": lambda path: path.write_bytes(b""),
        "no store": lambda path: path.write_bytes(b"Lead ID,Created\n" * 1_000),
        "cut off": lambda path: path.write_bytes(path.read_bytes()[: size // 2]),
        "header": lambda path: spoil(path, 0, 12_288),
        "middle": lambda path: spoil(path, 12_288, size - 12_288),
    }
    for name, damage in damages.items():
        path = tmp_path / f"{name}.duckdb"
        shutil.copy(whole, path)
        damage(path)
        data = path.read_bytes()
        with pytest.raises(UserError, match=r"is damaged .* move it away and run this again"):
            names(path)
        assert path.read_bytes() == data, name


def test_what_is_left_of_another_one_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    for name in ("a.duckdb.new", "a.duckdb.new.wal", "a.duckdb.wal"):  # killed while it was made; moved away without
        (tmp_path / name).write_bytes(b"left over" * 1_000)
    filled(path)
    assert names(path) == ["Person 0", "Person 1", "Person 2"]


def test_another_database_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t (a integer)")
    with pytest.raises(UserError, match="it is no store of xlsmkt"):
        Store.open(path)


def test_a_newer_format_is_refused_and_an_older_one_is_brought_forward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.duckdb"
    filled(path)
    monkeypatch.setattr(store_module, "FORMAT", 2)
    monkeypatch.setattr(store_module, "_UPGRADES", {1: "alter table runs add column host varchar"})
    assert names(path) == ["Person 0", "Person 1", "Person 2"]
    with Store.open(path) as store:
        assert store.connection.execute("select format from about").fetchall() == [(2,)]
        assert store.connection.execute("select host from runs").fetchall() == []
    monkeypatch.undo()
    with pytest.raises(UserError, match="newer version of xlsmkt"):
        Store.open(path)


def test_a_folder_that_may_not_be_written() -> None:
    as_nobody = "import os\nif os.geteuid() == 0:\n    os.setuid(65534)  # root may write everywhere\n"
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        path = Path(name) / "a.duckdb"
        program = [sys.executable, "-c", OPENS.replace("try:", f"{as_nobody}try:", 1), path]
        said = subprocess.run(program, capture_output=True, text=True, check=True).stdout
        Path(name).chmod(0o700)
    assert said == f"The store {path} may not be written by you; change the permissions of it and its folder.\n"


FULL = """
import os, resource, signal, sys
from pathlib import Path
from xlsmkt.crm.store import Store
from xlsmkt.errors import UserError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path, most = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
pages = 0
try:
    with Store.open(path) as store:
        state = store.state("people")
        for page in range(3, 100_000):
            state.cursor = str(page)
            rows = [{"id": f"{page}-{n}", "name": os.urandom(2_000).hex()} for n in range(100)]
            store.save_page("people", "id", rows, state)
            pages = page
except UserError as error:
    print(error)
print(pages)
"""


@pytest.mark.parametrize("megabytes", [1, 3, 20])
def test_a_full_disk_is_said_and_the_store_stays_sound(tmp_path: Path, megabytes: int) -> None:
    path = tmp_path / "a.duckdb"
    filled(path)
    run = [sys.executable, "-c", FULL, path, str(megabytes * 1_000_000)]
    said, pages = subprocess.run(run, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == (
        f"The store {path} cannot grow, since its disk is full; make room and run this again: "
        "it goes on from where it stopped."
    )
    with Store.open(path) as store:
        assert int(store.state("people").cursor or "0") in (int(pages), int(pages) + 1)
        stored = int(store.state("people").cursor)
        ids = {row["id"] for row in store.texts("people", "id", ["id"]).to_pylist()}
        expected = {str(n) for n in range(3)} | {f"{page}-{n}" for page in range(3, stored + 1) for n in range(100)}
        assert ids == expected
        assert store.count("people") == len(ids)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        # as DuckDB words them where a test cannot bring them about: Windows, and a file of a later DuckDB
        (
            duckdb.IOException(
                'IO Error: Cannot open file "a.duckdb": The process cannot access the file because it is being used by '
                "another process."
            ),
            "is in use by another program right now; wait until that has ended.",
        ),
        (
            duckdb.IOException(
                'IO Error: Trying to read a database file with version number 9999 ("a.duckdb"), but we can only read '
                "versions between 64 and 999."
            ),
            "was written by a newer version of DuckDB; install that version (pip install -U duckdb).",
        ),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "cannot grow, since its disk is full; "),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "may not be written by you; "),
        (duckdb.Error("Something else\nin two lines"), "cannot be used (Something else); "),
    ],
)
def test_what_else_goes_wrong_is_a_sentence(error: Exception, said: str) -> None:
    assert str(sentence_for(error, Path("a.duckdb"))).startswith(f"The store a.duckdb {said}")
