"""Saving: at every moment there is the old workbook or the new one, whole; who may not write is told why."""

import errno
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from rich_workbook import build, read_parts

from xlsmkt.errors import UserError
from xlsmkt.package import Book, Edit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return build(tmp_path / "book [1].xlsm")


def edited(path: Path, count: int = 5) -> Edit:
    edit = Edit.open(path)
    edit.replace_rows("Leads", {"Lead ID": [f"new {i}" for i in range(count)]})
    return edit


def left_overs(path: Path) -> list[str]:
    return sorted(name for name in os.listdir(path.parent) if name != path.name)


def test_untouched_entries_keep_their_packed_bytes(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
    before = path.read_bytes()
    edited(path).save(path)
    after = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            old = entries[entry.filename]
            assert (entry.date_time, entry.external_attr, entry.create_system) == (
                old.date_time, old.external_attr, old.create_system)  # fmt: skip
            if entry.CRC == old.CRC:
                packed = [
                    data[one.header_offset + 30 + len(one.filename) :][: one.compress_size]
                    for data, one in ((before, old), (after, entry))
                ]
                assert packed[0] == packed[1]


def test_saving_as_another_file_leaves_the_first(path: Path) -> None:
    before = path.read_bytes()
    other = path.parent / "copy.xlsm"
    edit = edited(path)
    edit.save(other)
    assert path.read_bytes() == before
    assert Book.open(other).tables["leads"].last_row == 8
    assert edit.tables["leads"].last_row == 8
    edit.replace_rows("Leads", {"Lead ID": ["one"]})
    edit.save(other)
    assert Book.open(other).tables["leads"].last_row == 4


def test_permissions_and_links_stay(path: Path) -> None:
    path.chmod(0o640)
    link = path.parent / "link.xlsm"
    link.symlink_to(path)
    edited(link).save(link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert Book.open(path).tables["leads"].last_row == 8


def test_progress_reaches_its_end(path: Path) -> None:
    told: list[tuple[int, int]] = []
    edited(path).save(path, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 40


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        ("os.replace", PermissionError(errno.EACCES, "Permission denied"), "cannot be written: close it"),
        ("os.fsync", OSError(errno.EIO, "Input/output error"), "cannot be written .Input/output error."),
        ("tempfile.mkstemp", PermissionError(errno.EACCES, "Permission denied"), "cannot be written: close it"),
        ("tempfile.mkstemp", OSError(errno.EROFS, "Read-only file system"), "cannot be written: close it"),
        ("xlsmkt.package.zipping.ZipWriter.finish", OSError(errno.ENOSPC, "No space left"), "The disk is full: make"),
        ("xlsmkt.package.zipping.ZipWriter.copy", OSError(errno.ENOSPC, "No space left"), "The disk is full: make"),
    ],
)  # fmt: skip
def test_a_failure_at_any_step_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: OSError, words: str
) -> None:
    before = path.read_bytes()
    edit = edited(path)

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(call, fail)
        with pytest.raises(UserError, match=words):
            edit.save(path)
    assert path.read_bytes() == before
    assert left_overs(path) == []


def test_an_interrupt_between_any_two_parts_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()
    for stop_at in range(0, 45, 11):
        edit = edited(path)

        def stop(done: int, _: int, stop_at: int = stop_at) -> None:
            if done == stop_at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            edit.save(path, progress=stop)
        assert path.read_bytes() == before
        assert left_overs(path) == []


REFRESH_FOREVER = """
import sys
from xlsmkt.package import Edit
path = sys.argv[1]
print("ready", flush=True)
while True:
    for count in (3, 300):
        edit = Edit.open(path)
        edit.replace_rows("Leads", {"Lead ID": [f"L{i}" for i in range(count)], "Amount": list(range(count))})
        edit.save(path)
"""


def test_a_kill_at_any_moment_leaves_a_whole_file(path: Path) -> None:
    dice = random.Random(7)
    sizes = set()
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", REFRESH_FOREVER, str(path)], stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(dice.uniform(0.0, 0.25))
        process.kill()
        process.communicate()
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
        amounts = Book.open(path).column("Leads", "Amount")
        assert amounts in ([float(i) for i in range(len(amounts))], [100.5 * i for i in range(8)])
        sizes.add(len(amounts))
    assert sizes <= {3, 8, 300}


def test_what_a_killed_run_left_is_swept_after_a_day(path: Path) -> None:
    old, new = path.parent / f".{path.name}.abc.xlsmkt-new", path.parent / f".{path.name}.def.xlsmkt-new"
    for file in (old, new):
        file.write_bytes(b"half a workbook")
    os.utime(old, (time.time() - 90_000,) * 2)
    edited(path).save(path)
    assert left_overs(path) == [new.name]


@pytest.mark.parametrize(("lock", "program"), [("~$book [1].xlsm", "Excel"), (".~lock.book [1].xlsm#", "LibreOffice")])
def test_an_open_workbook_is_refused(path: Path, lock: str, program: str) -> None:
    edit = edited(path)
    (path.parent / lock).touch()
    with pytest.raises(UserError, match=f"is open in {program}: close it"):
        edit.save(path)
    with pytest.raises(UserError, match=f"is open in {program}: close it"):
        Edit.open(path)
    Book.open(path).close()  # reading is no harm


def test_a_read_only_workbook_is_refused(path: Path) -> None:
    edit = edited(path)
    path.chmod(0o444)
    with pytest.raises(UserError, match="is read-only"):
        edit.save(path)
    with pytest.raises(UserError, match="is read-only"):
        Edit.open(path)


def test_a_workbook_of_somebody_else_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = edited(path)
    monkeypatch.setattr(os, "access", lambda where, how: how != os.W_OK)  # the superuser may write everything
    before = path.read_bytes()
    with pytest.raises(UserError, match="is read-only"):
        edit.save(path)
    assert path.read_bytes() == before
    with pytest.raises(UserError, match="is read-only"):
        Edit.open(path)


def test_the_owner_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr(os, "chown", lambda where, user, group: given.append((user, group)))
    edited(path).save(path)
    assert given == [(path.stat().st_uid, path.stat().st_gid)]


def test_a_pipe_is_not_written_to(path: Path) -> None:
    pipe = path.parent / "pipe.xlsx"
    os.mkfifo(pipe)
    with pytest.raises(UserError, match="pipe or a device"):
        edited(path).save(pipe)


def test_changes_of_another_program_are_not_overwritten(path: Path) -> None:
    edit = edited(path)
    other = path.parent / "other.xlsm"
    shutil.copy(path, other)
    edited(other, 2).save(other)
    os.replace(other, path)
    with pytest.raises(UserError, match="was changed by another program meanwhile"):
        edit.save(path)
    assert Book.open(path).tables["leads"].last_row == 5


def test_a_missing_folder_is_named(path: Path) -> None:
    with pytest.raises(UserError, match="There is no folder"):
        edited(path).save(path.parent / "nowhere" / "book.xlsm")


def test_zip64_only_where_a_size_asks_for_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edited(path).save(path)
    assert b"PK\6\6" not in path.read_bytes()
    parts = read_parts(path)
    # As if 32 bits ended at 10,000: read back by Python's zipfile.
    monkeypatch.setattr("xlsmkt.package.zipping._LIMIT", 10_000)
    edited(path).save(path)
    data = path.read_bytes()
    assert data.count(b"PK\6\6") == 1
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    assert read_parts(path) == parts
    edited(path).save(path)  # zip64 entries are copied, too
    monkeypatch.undo()
    edited(path).save(path)
    assert b"PK\6\6" not in path.read_bytes()
    assert read_parts(path) == parts
