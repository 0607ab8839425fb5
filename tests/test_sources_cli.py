"""The commands about connections as a user meets them, in processes of their own, against a CRM on this computer."""

import contextlib
import io
import os
import pty
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import duckdb
import fake_keyring
import keyring
import pytest
from crm_servers.base import in_thread
from crm_servers.hubspot import TOKEN, HubSpot

from xlsmkt import cli
from xlsmkt.crm.figures import FIGURES

WRONG = "pat-na1-wrong-0000-4000-8000-0123456789ab"
TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def crm():
    with in_thread(HubSpot(contacts=40, same=10, deals=9)) as mock:
        yield mock


@pytest.fixture
def environment(tmp_path):
    """A home of our own and a keyring that is a file beside it."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("XLSMKT_")},
        "XLSMKT_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(TESTS),
        "PYTHON_KEYRING_BACKEND": "fake_keyring.Keyring",
        "FAKE_KEYRING": str(tmp_path / "keyring.json"),
        "PYTHON_COLORS": "0",
    }


@pytest.fixture
def run(tmp_path, environment):
    """Run a command; its exit code and what it printed."""

    def run(*arguments, given="", **more):
        command = [sys.executable, "-m", "xlsmkt", *map(str, arguments)]
        done = subprocess.run(command, input=given, capture_output=True, text=True, cwd=tmp_path, check=False,
                              env={**environment, **more})  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def main(tmp_path, environment, monkeypatch, capsys):
    """The same in this process, which takes less time."""
    for name in [name for name in os.environ if name.startswith("XLSMKT_")]:
        monkeypatch.delenv(name)
    before = keyring.get_keyring()  # that of this computer, before the environment names another
    monkeypatch.setattr(os, "environ", os.environ | environment)
    monkeypatch.chdir(tmp_path)
    keyring.set_keyring(fake_keyring.Keyring())

    def main(*arguments, given="", **more):
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        code = cli.main([str(argument) for argument in arguments])
        for name in more:
            monkeypatch.delenv(name)
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out + told.err

    yield main
    keyring.set_keyring(before)


def files_with(folder, text):
    """The files below a folder that hold a text."""
    return sorted(
        str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes()
    )


def test_connect_tries_the_token_stores_it_in_the_keyring_and_says_what_is_next(run, crm, tmp_path):
    code, told = run("connect", "hubspot", "--url", crm.url, given=TOKEN + "\n")
    assert (code, told.splitlines()) == (
        0,
        [
            "HubSpot: account 1234567 (app-eu1.hubspot.com).",
            "Stored: the connection hubspot; token in the keyring of this computer.",
            "Next: xlsmkt refresh BOOK --from hubspot",
        ],
    )
    assert files_with(tmp_path, TOKEN) == ["keyring.json"]
    code, told = run("sources", "check", "hubspot")
    assert (code, told) == (0, "HubSpot: account 1234567 (app-eu1.hubspot.com)\n")
    code, told = run("sources")
    assert code == 0 and told.splitlines()[1].split() == ["hubspot", "hubspot", "-", "-", "-", "not", "read", "yet"]


def test_without_a_keyring_the_token_lies_in_a_file_for_the_user_alone(run, crm, tmp_path):
    none = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    code, told = run("connect", "hubspot", "--url", crm.url, "--name", "hub-emea", given=TOKEN + "\n", **none)
    assert code == 0 and f"token in {tmp_path / 'home' / 'secrets.toml'}, which you alone can read." in told
    assert files_with(tmp_path, TOKEN) == ["home/secrets.toml"] and TOKEN not in told
    assert stat.S_IMODE((tmp_path / "home" / "secrets.toml").stat().st_mode) == 0o600
    assert run("sources", "check", "hub-emea", **none)[0] == 0
    (tmp_path / "home" / "secrets.toml").chmod(0o644)
    code, told = run("sources", "check", "hub-emea", **none)
    assert code == 2 and "chmod 600" in told and told.count("\n") == 1


@pytest.mark.parametrize("given", [WRONG + "\n", "\n", ""])
def test_a_token_that_is_not_accepted_is_not_stored(main, crm, tmp_path, given):
    code, told = main("connect", "hubspot", "--url", crm.url, given=given)
    assert code == 2 and told.startswith("xlsmkt: ") and told.count("\n") == 1
    assert WRONG not in told and not files_with(tmp_path, WRONG)
    assert main("sources")[1].startswith("There are no connections yet.")


def test_a_crm_that_does_not_answer_is_told(main, tmp_path):
    code, told = main("connect", "pipedrive", "--url", "https://127.0.0.1:9", given=TOKEN + "\n")
    assert code == 2 and told.count("\n") == 1 and TOKEN not in told
    assert not files_with(tmp_path, TOKEN)


def test_a_token_of_the_environment_is_used_and_not_stored(main, crm, tmp_path):
    given = {"XLSMKT_HUBSPOT_TOKEN": TOKEN, "XLSMKT_HUBSPOT_URL": crm.url}
    assert main("sources", "check", "hubspot", **given)[0] == 0  # needs no connection
    code, told = main("connect", "hubspot", **given)
    assert code == 0 and "Not stored: token; it is taken from XLSMKT_HUBSPOT_TOKEN each time." in told
    assert not files_with(tmp_path, TOKEN)
    code, told = main("sources", "check", "hubspot")
    assert code == 2 and "There is no token for hubspot" in told


def test_no_list_of_processes_shows_the_token(environment, crm, tmp_path):
    crm.faults({"kind": "slow", "seconds": 0.5, "times": 1})
    command = [sys.executable, "-m", "xlsmkt", "connect", "hubspot", "--url", crm.url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=tmp_path) as process:
        process.stdin.write(TOKEN + "\n")
        process.stdin.close()
        seen = set()
        while process.poll() is None:
            with contextlib.suppress(OSError):  # it has ended just now
                seen.add(Path(f"/proc/{process.pid}/cmdline").read_bytes())
                seen.add(Path(f"/proc/{process.pid}/environ").read_bytes())
            time.sleep(0.02)
    crm.faults()
    assert process.returncode == 0 and any(b"connect" in one for one in seen)
    assert not any(TOKEN.encode() in one for one in seen)


def test_a_token_that_is_typed_is_not_seen(environment, crm, tmp_path):
    child, terminal = pty.fork()
    if not child:
        os.chdir(tmp_path)
        command = [sys.executable, "-m", "xlsmkt", "connect", "hubspot", "--url", crm.url]
        os.execve(sys.executable, command, environment)
    shown = b""
    while b"unseen): " not in shown:
        shown += os.read(terminal, 1000)
    os.write(terminal, TOKEN.encode() + b"\n")
    try:
        while more := os.read(terminal, 1000):
            shown += more
    except OSError:  # the other end is closed
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    assert b"Stored: the connection hubspot" in shown and TOKEN.encode() not in shown
    assert files_with(tmp_path, TOKEN) == ["keyring.json"]


def test_disconnect_forgets_the_connection_and_the_token(main, crm, tmp_path):
    main("connect", "hubspot", "--url", crm.url, given=TOKEN + "\n")
    store = tmp_path / "home" / "stores" / "hubspot.duckdb"
    store.parent.mkdir(exist_ok=True)
    store.write_text("data")
    code, told = main("disconnect", "hubspot")
    assert code == 0 and "Forgotten: the connection hubspot and its secrets." in told and f"in {store}" in told
    assert not files_with(tmp_path, TOKEN) and store.exists()
    assert tomllib.loads((tmp_path / "home" / "connections.toml").read_text()) == {}
    code, told = main("disconnect", "hubspot", "--data")
    assert code == 0 and "Deleted: the data" in told and not store.exists()
    code, told = main("disconnect", "nobody")
    assert code == 2 and "There is no connection nobody" in told


def test_a_name_does_not_change_accounts_unseen(main, crm, tmp_path):
    main("connect", "hubspot", "--url", crm.url, given=TOKEN + "\n")
    path = tmp_path / "home" / "connections.toml"
    path.write_text(path.read_text().replace("1234567", "7654321"))
    code, told = main("connect", "hubspot", "--url", crm.url, given=TOKEN + "\n")
    assert code == 0 and "It was connected as account 7654321 (app-eu1.hubspot.com) before." in told
    stores = tmp_path / "home" / "stores"
    stores.mkdir(exist_ok=True)
    (stores / "hubspot.duckdb").write_text("data")
    code, told = main("connect", "hubspot", "--url", "https://elsewhere.example.com", given=TOKEN + "\n")
    assert code == 2 and "hubspot holds data from elsewhere" in told


def test_another_name_is_another_account(main, crm, tmp_path):
    main("connect", "hubspot", "--url", crm.url, given=TOKEN + "\n")
    code, told = main("connect", "hubspot", "--url", crm.url, "--name", "emea", given=WRONG + "\n")
    assert code == 2 and f"run xlsmkt connect hubspot --url {crm.url} --name emea and give one that holds" in told
    path = tmp_path / "home" / "connections.toml"
    path.write_text(path.read_text() + "\n[pipedrive]\nsource = 'pipedrive'\nurl = 'https://one.example.com'\n")
    code, told = main("connect", "pipedrive", "--name", "second", given=TOKEN + "\n")
    assert code == 2 and "give --url" in told  # not the address of the first


def test_connecting_again_keeps_what_a_user_added(main, crm, tmp_path):
    main("connect", "hubspot", "--url", crm.url, given=TOKEN + "\n")
    path = tmp_path / "home" / "connections.toml"
    path.write_text(path.read_text() + "requests_per_second = 4\n")
    code, told = main("connect", "hubspot", given=TOKEN + "\n")
    assert code == 0, told
    kept = tomllib.loads(path.read_text())["hubspot"]
    assert kept["url"] == crm.url and float(kept["requests_per_second"]) == 4


def test_the_help_of_figures_names_them_all(capsys):
    with pytest.raises(SystemExit):
        cli.main(["figures", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert f"{', '.join(list(FIGURES)[:-1])} or {list(FIGURES)[-1]}" in told


def test_a_database_that_is_a_file_asks_for_no_password_and_its_tables_may_change(main, tmp_path):
    for table in ("leads", "more"):
        with duckdb.connect(tmp_path / "crm.duckdb") as database:
            database.execute(f"create table {table} (a int)")
        code, told = main("connect", "duckdb://crm.duckdb", "--name", "warehouse")
        assert code == 0 and "Stored: the connection warehouse.\nNext: " in told, told
    code, told = main("disconnect", "warehouse", "--data")
    assert code == 0 and "There were no data that were read from warehouse." in told


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["connect", "hubspto"], "There is no connection hubspto; did you mean hubspot?"),
        (["connect", "pipedrive"], "give --url"),
        (["connect", "hubspot", "--name", "a/b"], "cannot be the name of a connection"),
        (["connect", "hubspot", "--url", "http://crm.example.com"], "write it with https://"),
        (["connect", "postgres://ana:s3cret@db/sales"], "change that password, leave it out"),
        (["connect", "https://crm.example.com"], "is no address of a database"),
        (["connect", "file"], "file alone says too little"),
        (["sources", "check", "nobody"], "There is no connection nobody"),
        (["figures", "dayly", "--from", "x.csv"], "There is no figure 'dayly'; there are daily: "),
        (["figures", "close-rates", "--by", "sauce", "--from", "x.csv"], "did you mean Source"),
        (["figures", "cohorts", "--by", "Source", "--from", "x.csv"], "leave --by out"),
        (["figures", "daily"], "Say whose leads"),
        (["map", "hubspto"], "hubspto is no file that is there and no connection"),
    ],
)
def test_what_is_refused_is_told_in_one_sentence(monkeypatch, tmp_path, capsys, arguments, told):
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "stdin", None)
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1 and "s3cret" not in error
