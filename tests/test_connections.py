"""Connections and their secrets: where they are kept, which one counts, who can read them, what is refused."""

import json
import os
import stat
import tomllib
from urllib.parse import quote

import fake_keyring
import keyring
import pytest
from keyring.backends import fail, null

from xlsmkt.crm.connection import Connection
from xlsmkt.crm.connections import connected_as, connections, forget_connection, keep_connection, require_name
from xlsmkt.crm.places import home, store_path
from xlsmkt.crm.secrets import find_secret, forget_secrets, hidden, keep_secrets, variable
from xlsmkt.errors import UserError

SECRET = "pat-0123456789"
HUBSPOT = Connection("hubspot", "hubspot", {"url": "https://api.hubapi.com"})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A home of our own, on a computer without a keyring."""
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "keyring.json"))
    for name in [name for name in os.environ if name.startswith("XLSMKT_") and name != "XLSMKT_HOME"]:
        monkeypatch.delenv(name)
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield tmp_path / "home"
    keyring.set_keyring(before)


@pytest.fixture
def ring(tmp_path):
    """A keyring, and the file that it keeps its passwords in."""
    keyring.set_keyring(fake_keyring.Keyring())
    return tmp_path / "keyring.json"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# --- connections ---


def test_a_connection_is_kept_and_forgotten(folder):
    assert connections() == {}
    keep_connection(HUBSPOT, "account 1")
    assert connections() == {"hubspot": HUBSPOT} and connected_as("hubspot") == "account 1"
    told = {"source": "hubspot", "connected_as": "account 1", "url": "https://api.hubapi.com"}
    assert tomllib.loads((folder / "connections.toml").read_text()) == {"hubspot": told}
    assert forget_connection("hubspot") and not forget_connection("hubspot")
    assert connections() == {}


def test_what_the_user_wrote_into_the_file_stays(folder):
    keep_connection(HUBSPOT, "account 1")
    path = folder / "connections.toml"
    path.write_text("# of the whole team\n" + path.read_text() + "\n# the end\n")
    keep_connection(Connection("crm", "pipedrive", {"url": "https://x.pipedrive.com"}), "x")
    assert "# of the whole team" in path.read_text() and "# the end" in path.read_text()
    assert list(connections()) == ["hubspot", "crm"]


@pytest.mark.parametrize("name", ["", "../x", "leads.csv", "a b", "1st", "Größe", "a" * 61, "a;b", "x/y"])
def test_names_that_no_connection_can_have(name):
    with pytest.raises(UserError, match="cannot be the name of a connection"):
        require_name(name)


def test_two_names_with_the_same_variables_are_refused():
    keep_connection(Connection("hub-emea", "hubspot"), "")
    for name in ("hub_emea", "HUB-EMEA"):
        with pytest.raises(UserError, match="too much like the connection hub-emea"):
            keep_connection(Connection(name, "hubspot"), "")
    keep_connection(Connection("hub-emea", "pipedrive"), "")
    assert connections()["hub-emea"].source == "pipedrive"


def test_a_number_that_a_user_wrote_is_a_setting(folder):
    keep_connection(HUBSPOT, "account 1")
    path = folder / "connections.toml"
    path.write_text(path.read_text() + "requests_per_second = 4\nretry_seconds = 2.5\n")
    settings = connections()["hubspot"].settings
    assert (settings["requests_per_second"], settings["retry_seconds"]) == ("4", "2.5")


@pytest.mark.parametrize(
    "text",
    [
        "[hubspot]\nurl = 'x'\n",
        "[a]\nsource = 'hubspot'\nuse = true\n",
        "hubspot = 1\n",
        "['a b']\nsource = 'hubspot'\n",
        "[[",
        "[a]\nsource=1",
    ],
)
def test_a_file_that_is_damaged_is_told_and_left(folder, text):
    home()
    (folder / "connections.toml").write_text(text)
    for use in (connections, lambda: keep_connection(HUBSPOT, "")):
        with pytest.raises(UserError, match=r"connections\.toml"):
            use()
    assert (folder / "connections.toml").read_text() == text


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_our_folders_and_files_are_for_the_user_alone(folder):
    keep_connection(HUBSPOT, "account 1")
    keep_secrets("hubspot", {"token": SECRET})
    store_path("hubspot")
    assert [mode(path) for path in (folder, folder / "stores")] == [0o700, 0o700]
    assert [mode(path) for path in (folder / "connections.toml", folder / "secrets.toml")] == [0o600, 0o600]
    assert not [path for path in folder.iterdir() if path.name.startswith(".") and path.name != ".lock"]


def test_a_home_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(UserError, match=r"cannot be made .* XLSMKT_HOME\.$"):
        home()


# --- secrets ---


def test_the_environment_counts_before_the_keyring_before_the_file(folder, ring, monkeypatch):
    keyring.set_keyring(fail.Keyring())
    keep_secrets("hubspot", {"token": "in the file"})
    assert find_secret("hubspot", "token") == "in the file"
    keyring.set_keyring(fake_keyring.Keyring())
    ring.write_text(json.dumps({"xlsmkt hubspot/token": "in the keyring"}))
    assert find_secret("hubspot", "token") == "in the keyring"
    monkeypatch.setenv("XLSMKT_HUBSPOT_TOKEN", "in the environment")
    assert find_secret("hubspot", "token") == "in the environment"
    assert find_secret("pipedrive", "token") is None and find_secret("hubspot", "password") is None


def test_the_variable_of_a_name():
    assert variable("hub-emea", "client_id") == "XLSMKT_HUB_EMEA_CLIENT_ID"


def test_secrets_go_to_the_keyring_and_leave_the_file(folder, ring):
    keyring.set_keyring(fail.Keyring())
    told = keep_secrets("hubspot", {"token": "old"})
    assert told == f"in {folder / 'secrets.toml'}, which you alone can read"
    keep_secrets("other", {"token": "stays"})
    keyring.set_keyring(fake_keyring.Keyring())
    assert keep_secrets("hubspot", {"token": SECRET}) == "in the keyring of this computer"
    assert json.loads(ring.read_text()) == {"xlsmkt hubspot/token": SECRET}
    assert tomllib.loads((folder / "secrets.toml").read_text()) == {"other": {"token": "stays"}}
    keep_secrets("sql", {"password": "old"})
    assert find_secret("sql", "password") == "old"
    keep_secrets("sql", {"password": ""})
    assert find_secret("sql", "password") is None
    forget_secrets("hubspot", ["token", "never there"])
    assert json.loads(ring.read_text()) == {} and find_secret("hubspot", "token") is None


@pytest.mark.parametrize("secret", ["ünï €", 'a"b\\c', "x" * 3000, " blanks "])
def test_whatever_a_secret_holds_comes_back(secret):
    keep_secrets("hubspot", {"token": secret, "other": "1"})
    assert find_secret("hubspot", "token") == secret and find_secret("hubspot", "other") == "1"


def test_a_keyring_that_keeps_nothing_or_only_some(ring, monkeypatch):
    keyring.set_keyring(null.Keyring())  # says that it did
    assert "secrets.toml" in keep_secrets("hubspot", {"token": SECRET})
    assert find_secret("hubspot", "token") == SECRET

    class Small(fake_keyring.Keyring):
        def set_password(self, service, username, password):
            if username.endswith("client_secret"):
                raise OSError("too long")
            super().set_password(service, username, password)

    keyring.set_keyring(Small())
    assert "secrets.toml" in keep_secrets("sf", {"client_id": "new id", "client_secret": "new secret"})
    assert json.loads(ring.read_text()) == {}  # or the old half would count before the file
    assert (find_secret("sf", "client_id"), find_secret("sf", "client_secret")) == ("new id", "new secret")


def test_a_locked_keyring_is_told_unless_something_else_has_the_secret(ring, monkeypatch):
    ring.write_text("locked")
    with pytest.raises(UserError, match=r"\(KeyringLocked\); unlock it, or set XLSMKT_HUBSPOT_TOKEN\.$"):
        find_secret("hubspot", "token")
    assert "secrets.toml" in keep_secrets("hubspot", {"token": SECRET})
    assert find_secret("hubspot", "token") == SECRET
    forget_secrets("hubspot", ["token"])
    monkeypatch.setenv("XLSMKT_HUBSPOT_TOKEN", SECRET)
    assert find_secret("hubspot", "token") == SECRET


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("more", [0o040, 0o004, 0o020])
def test_secrets_that_others_may_read_are_refused(folder, more):
    keep_secrets("hubspot", {"token": SECRET})
    path = folder / "secrets.toml"
    path.chmod(0o600 | more)
    for use in (lambda: find_secret("hubspot", "token"), lambda: keep_secrets("x", {"token": "y"})):
        with pytest.raises(UserError, match=f"chmod 600 {path}$"):
            use()


def test_a_damaged_file_of_secrets_says_none_of_them(folder):
    home()
    path = folder / "secrets.toml"
    path.write_text(f'[hubspot]\ntoken = "{SECRET}\n')
    path.chmod(0o600)
    with pytest.raises(UserError, match=r"secrets\.toml is no TOML file any more") as refused:
        find_secret("hubspot", "token")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("secret", [SECRET, "p@ss/wörd+1", "it's\\me"])
def test_no_message_says_a_secret(secret):

    for words in (f"GET https://x/?t={quote(secret, safe='')}", f"token {secret} is wrong", repr({"t": secret})):
        with pytest.raises(UserError) as refused, hidden({"token": secret}):
            raise UserError(words)
        assert "***" in str(refused.value) and secret not in str(refused.value)
        assert quote(secret, safe="") not in str(refused.value)
    with pytest.raises(RuntimeError, match=r"^\*\*\* is wrong$") as fault, hidden({"token": secret}):
        raise ValueError(f"{secret} is wrong")
    assert fault.value.__suppress_context__
    with pytest.raises(KeyError, match="other"), hidden({"token": secret}):
        raise KeyError("other")
