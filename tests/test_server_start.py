"""`xlsmkt server run`: it starts, ends and refuses with a sentence, and lets in whom its settings name."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import textwrap

import pytest
from server_programs import ASKING, CERTIFICATE
from server_run import Served, environment, init, xlsmkt
from web_calls import body

CALL = body("leads_needed", [[[20]], [[0.05]], None], "0.37.8")
TEAM = """
from fastapi import HTTPException
from xlwings_server.models import User

async def validate_token(token_string):
    if token_string != "ours":
        raise HTTPException(status_code=401, detail="Sign in first.")
    return User(id="1", name="somebody", roles=["reader"])
"""


@pytest.fixture(scope="module")
def made(server_python, xlwings_licence, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    told = init(server_python, folder, xlwings_licence)
    assert told.index("noncommercial use only") < told.index("Made in")
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A folder of a server, to be spoilt."""
    return shutil.copytree(made, tmp_path / "srv")


def set_to(folder, **values):
    """Change settings of a server."""
    path = folder / ".env"
    lines = [line for line in path.read_text("utf-8").splitlines() if line.partition("=")[0] not in values]
    path.write_text("\n".join([*lines, *(f"{name}={value}" for name, value in values.items() if value is not None)]))


def signing_in(folder, **settings):
    """Let in those with a token of a team of their own."""
    (folder / "auth" / "team").mkdir(parents=True)
    (folder / "auth" / "team" / "__init__.py").write_text(TEAM)
    set_to(folder, XLWINGS_AUTH_PROVIDERS='["team"]', **settings)


def refused(python, folder, *options, **more):
    """The sentence with which a start is refused."""
    done = xlsmkt(python, "server", "run", folder, "--port", "0", *options, **more)
    assert done.returncode == 2 and done.stdout == "", done
    assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


# --- starting and ending ---


def test_ctrl_c_ends_it_quietly(server_python, folder):
    with Served(server_python, folder) as served:
        assert served.told == (
            f"Serving at {served.url}; the add-in: {served.url}/manifest (for Excel it needs https: see "
            f"{folder / 'README.md'}). Ctrl-C ends.\n"
        )
        assert served.call_status(CALL)[0] == 200
        assert served.interrupt() == 0
        assert served.log == ""


def test_a_port_in_use_is_a_sentence(server_python, folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"Port {port} is in use already" in refused(server_python, folder, "--port", port)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--port", "70000"), "There is no port 70000; give one from 1 to 65535"),
        (("--port", "-1"), "There is no port -1"),
        (("--host", "192.0.2.1"), "192.0.2.1 is no address of this computer"),
        (("--host", ""), "--host is blank"),  # sockets take it for every address
        (("--host", "[]", "--without-authentication"), "--host is blank"),
        (("--certificate", "nothing.pem"), "https needs both files"),
        (("--certificate", "nothing.pem", "--key", "nothing.pem"), "nothing.pem is not there"),
    ],
)
def test_wrong_options_are_a_sentence(server_python, folder, options, said):
    assert said in refused(server_python, folder, *options)


def test_a_key_that_does_not_hold_is_a_sentence_without_the_key(server_python, folder):
    set_to(folder, XLWINGS_LICENSE_KEY='"eyJub3RoaW5nIjogMX0abcde"')
    told = refused(server_python, folder)
    assert "Invalid xlwings license key" in told and "XLWINGS_LICENSE_KEY=" in told and "eyJub3" not in told


@pytest.mark.parametrize("key", ['""', None])
def test_a_missing_key_is_a_sentence(server_python, folder, key):
    set_to(folder, XLWINGS_LICENSE_KEY=key)
    assert "XLWINGS_LICENSE_KEY=" in refused(server_python, folder)


@pytest.mark.parametrize(("name", "value"), [("XLWINGS_AUTH_PROVIDERS", "entraid"), ("XLWINGS_ENVIRONMENT", '"live"')])
def test_a_setting_that_cannot_be_read_is_a_sentence(server_python, folder, name, value):
    set_to(folder, **{name: value})
    told = refused(server_python, folder)
    assert str(folder / ".env") in told and name.removeprefix("XLWINGS_") in told.upper()


def test_a_fault_in_the_users_own_functions_names_its_line(server_python, folder):
    place = folder / "custom_functions" / "__init__.py"
    text = place.read_text("utf-8") + "\nthis_is_missing()\n"
    place.write_text(text)
    assert f"{place}, line {len(text.splitlines())} fails (NameError" in refused(server_python, folder)


@pytest.mark.parametrize("place", ["srv/.venv/lib/site-packages", "srv2"])
def test_it_names_no_line_of_what_others_wrote(server_python, folder, place):
    others = folder.parent / place
    others.mkdir(parents=True)
    (others / "others.py").write_text("this_is_missing()\n")
    mine = folder / "custom_functions" / "__init__.py"
    mine.write_text(f"import sys\nsys.path.append({str(others)!r})\nimport others\n")
    assert f"{mine}, line 3 fails (NameError" in refused(server_python, folder)


def test_a_defect_of_ours_is_told_in_the_terminal(server_python, folder):
    place = folder / "custom_functions" / "__init__.py"
    broken = "from xlsmkt.hosts.web import functions\n\nfunctions.read = lambda *_: 1 / 0\n"
    place.write_text(place.read_text("utf-8") + broken)
    with Served(server_python, folder) as served:
        told = "LEADS_NEEDED failed inside xlsmkt; the log of the server says where"
        assert served.call_status(CALL) == (400, told)
        assert "LEADS_NEEDED failed inside xlsmkt" in served.log and "ZeroDivisionError" in served.log
    assert not (folder / "state").exists()  # where a user's log files lie


def test_the_users_own_functions_are_called_too_written_as_the_readme_says(server_python, folder):
    place = folder / "custom_functions" / "__init__.py"
    place.write_text(
        place.read_text("utf-8")
        + textwrap.dedent(re.search(r"\n\n((?:    .*\n|\n)+)\Z", (folder / "README.md").read_text("utf-8"))[1])
        + "\n\n@xw.func\ndef failing():\n    raise KeyError('secret')\n"
    )
    with Served(server_python, folder) as served:
        assert served.call("doubled", [[[21]]]) == [[42]]
        assert served.call("leads_needed", [[[20]], [[0.05]], None]) == [[400]]
        status, text = served.call_status(body("failing", [], "0.37.8"))
        assert (status, text) == (400, "FAILING failed on the server; its log there says where.")
        assert "secret" in served.log


def test_functions_of_ones_own_without_ours_are_refused_with_the_lines_to_add(server_python, folder):
    place = folder / "custom_functions" / "__init__.py"
    own = "import xlwings as xw\n\n\n@xw.func\ndef funnel(x):\n    return 2 * x\n"
    place.write_text(own)
    told = refused(server_python, folder)
    assert str(place) in told
    lines = re.findall('"([^"]+)"', told)
    place.write_text("\n".join([own, *lines]))
    with Served(server_python, folder) as served:
        assert served.call("leads_needed", [[[20]], [[0.05]], None]) == [[400]]


def test_scripts_of_ones_own_without_ours_are_said(server_python, folder):
    place = folder / "custom_scripts" / "__init__.py"
    place.write_text("refresh = 1\n")
    with Served(server_python, folder) as served:
        assert served.call_status(CALL)[0] == 200
        assert served.log == (
            f'{place} has no refresh, so Refresh does not work; add the line "from xlsmkt.hosts.server.scripts import '
            'refresh" to it.\n'
        )


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such permissions; the folder's own hold")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_settings_that_others_may_read_are_said(server_python, folder, mode):
    (folder / ".env").chmod(mode)
    with Served(server_python, folder) as served:
        assert served.call_status(CALL)[0] == 200
        said = served.log
    place = folder / ".env"
    assert said == f"Other users of this computer can get at {place}, which holds secrets; run: chmod 600 {place}\n"
    subprocess.run(said.partition("run: ")[2].split(), check=True)
    with Served(server_python, folder) as served:
        assert served.log == ""


# --- who is let in ---


@pytest.mark.parametrize("host", ["0.0.0.0"])
def test_other_computers_are_not_served_without_signing_in(server_python, folder, host):
    told = refused(server_python, folder, "--host", host)
    assert "Everybody who reaches" in told and "--without-authentication" in told


def test_other_computers_are_served_if_the_user_insists(server_python, folder):
    with Served(server_python, folder, "--host", "0.0.0.0", "--without-authentication") as served:
        served.host = "127.0.0.1"
        status, _, _ = served.request("GET", "/manifest", headers={"Host": "marketing.example.com"})
        assert status == 200


@pytest.mark.parametrize("name", ["marketing.example.com", "Marketing.example.com:8443", "192.0.2.1"])
def test_nor_are_those_behind_a_proxy_on_this_computer(server_python, folder, name):
    set_to(folder, XLWINGS_HOSTNAME=f'"{name}"')
    told = refused(server_python, folder)
    assert f"Everybody who reaches {name.partition(':')[0].lower()}" in told and "--without-authentication" in told


def test_a_public_name_behind_a_proxy_is_answered_to_if_the_user_insists_and_no_other(server_python, folder):
    set_to(folder, XLWINGS_HOSTNAME='"marketing.example.com:8443"')
    with Served(server_python, folder, "--without-authentication") as served:
        assert "the add-in: https://marketing.example.com:8443/manifest. Ctrl-C" in served.told
        status, _, text = served.request("GET", "/manifest", headers={"Host": "marketing.example.com:8443"})
        assert status == 200 and "https://marketing.example.com:8443/taskpane.html" in text and "127.0.0.1" not in text
        assert served.call_status(CALL, Host="marketing.example.com")[0] == 200
        assert served.call_status(CALL, Host="elsewhere.example")[0] == 400


def test_a_public_name_is_answered_to_where_users_sign_in(server_python, folder):
    signing_in(folder, XLWINGS_HOSTNAME='"marketing.example.com"')
    with Served(server_python, folder) as served:
        assert served.call_status(CALL, Host="marketing.example.com", Authorization="ours")[0] == 200
        assert served.call_status(CALL, Host="marketing.example.com")[0] == 401


@pytest.mark.parametrize("name", ["localhost", "localhost:8443", "127.0.0.1", "[::1]:8000"])
def test_a_name_of_this_computer_alone_needs_nothing(server_python, folder, name):
    set_to(folder, XLWINGS_HOSTNAME=f'"{name}"')
    with Served(server_python, folder) as served:
        assert served.call_status(CALL, Host=name)[0] == 200
        assert served.call_status(CALL, Host="marketing.example.com")[0] == 400


@pytest.mark.parametrize(
    "name", ["https://marketing.example.com", "marketing.example.com/sla", "[", "a@b", "a b", ":80"]
)
def test_a_public_name_that_is_none_is_a_sentence(server_python, folder, name):
    set_to(folder, XLWINGS_HOSTNAME=f'"{name}"')
    assert "XLWINGS_HOSTNAME" in refused(server_python, folder, "--without-authentication")


def test_another_program_that_serves_the_application_answers_this_computer_alone(server_python, folder):
    set_to(folder, XLWINGS_HOSTNAME='"marketing.example.com"')
    done = subprocess.run(
        [server_python, "-c", ASKING], env=environment(XLWINGS_PROJECT_DIR=str(folder)), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["localhost", "200", "marketing.example.com", "400"], done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_who_does_not_sign_in_gets_no_answer(server_python, folder, host):
    signing_in(folder)
    with Served(server_python, folder, "--host", host) as served:
        served.host = "127.0.0.1"
        for token, code in (("", 401), ("theirs", 401), ("ours", 200)):
            assert served.call_status(CALL, Authorization=token)[0] == code
        book = {"client": "Office.js", "version": "0.37.8", "book": {}, "sheets": [], "names": []}
        status, text = served.post("/xlwings/custom-scripts-call/refresh", book)
        assert status == 401 and "actions" not in text


def test_who_lacks_a_role_gets_no_answer(server_python, folder):
    signing_in(folder, XLWINGS_AUTH_REQUIRED_ROLES='["xlsmkt.user"]')
    with Served(server_python, folder) as served:
        assert served.call_status(CALL, Authorization="ours")[0] == 403


def test_entra_id_turns_away_who_has_no_token(server_python, folder):
    set_to(folder, XLWINGS_AUTH_PROVIDERS='["entraid"]', XLWINGS_AUTH_ENTRAID_CLIENT_ID='"1"',
           XLWINGS_AUTH_ENTRAID_TENANT_ID='"2"')  # fmt: skip
    with Served(server_python, folder) as served:
        for token in ("", "Error: 13001", "Basic x", "Bearer"):
            assert served.call_status(CALL, Authorization=token)[0] == 401


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("entraid", "XLWINGS_AUTH_ENTRAID_CLIENT_ID and XLWINGS_AUTH_ENTRAID_TENANT_ID"),
        ("custom", "__init__.py is not there"),  # xlwings Server brings one that lets in whoever read its sources
        ("none", "__init__.py is not there"),
        ("/", "__init__.py is not there"),
    ],
)
def test_signing_in_that_is_not_set_up_is_a_sentence(server_python, folder, provider, said):
    set_to(folder, XLWINGS_AUTH_PROVIDERS=f'["{provider}"]')
    assert said in refused(server_python, folder)


@pytest.mark.parametrize("provider", ["custom", "entraid", "team"])  # xlwings Server has the first two, too
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import this_is_missing", "__init__.py, line 1 fails (ModuleNotFoundError"),
        ("async def validate_token(token_string) return 1", "__init__.py, line 1 fails (SyntaxError"),
        ("async def validate(token_string):\n    return None", "has no validate_token"),
    ],
)
def test_signing_in_of_ones_own_that_fails_is_a_sentence(server_python, folder, provider, text, said):
    place = folder / "auth" / provider
    place.mkdir(parents=True)
    (place / "__init__.py").write_text(f"{text}\n")
    set_to(folder, XLWINGS_AUTH_PROVIDERS=f'["{provider}"]', XLWINGS_AUTH_ENTRAID_CLIENT_ID='"1"',
           XLWINGS_AUTH_ENTRAID_TENANT_ID='"2"')  # fmt: skip
    told = refused(server_python, folder)
    assert said in told and str(place) in told


def test_signing_in_of_ones_own_is_not_that_of_xlwings_server(server_python, folder):
    signing_in(folder)
    (folder / "auth" / "team").rename(folder / "auth" / "custom")
    set_to(folder, XLWINGS_AUTH_PROVIDERS='["custom"]')
    with Served(server_python, folder) as served:
        for token, code in (("test-token", 401), ("ours", 200)):
            assert served.call_status(CALL, Authorization=token)[0] == code


def test_another_package_in_the_place_of_ones_own_is_a_sentence(server_python, folder):
    signing_in(folder)
    elsewhere = shutil.copytree(folder / "auth", folder.parent / "elsewhere" / "auth")
    (elsewhere / "__init__.py").touch()  # a package with this file wins over a folder without
    told = refused(server_python, folder, PYTHONPATH=str(elsewhere.parent))
    assert str(elsewhere) in told
    (folder / re.search(r"empty file .*(auth\S+py)", told)[1]).touch()
    with Served(server_python, folder) as served:
        assert served.call_status(CALL, Authorization="ours")[0] == 200


def test_the_token_comes_from_the_file_that_the_readme_names(server_python, folder):
    told = (folder / "README.md").read_text("utf-8")
    script = textwrap.dedent(re.search(r"\n\n(      globalThis\.getAuth.*?)\n\n", told, re.DOTALL)[1])
    place = folder / re.search(r"token comes from\s+`(.*?)`", told)[1]
    place.write_text(script)
    signing_in(folder)
    with Served(server_python, folder) as served:
        (address,) = re.findall(r'<script src="([^"]*/auth\.js[^"]*)"', served.get("/taskpane.html"))
        assert served.get(address.removeprefix(served.url)) == script


# --- https ---


def test_https(server_python, folder):
    subprocess.run([server_python, "-c", CERTIFICATE, folder], env=environment(), check=True)
    files = ("--certificate", folder / "localhost.pem", "--key", folder / "localhost-key.pem")
    with Served(server_python, folder, "--host", "localhost", *map(str, files)) as served:
        assert served.url.startswith("https://localhost:")
        assert served.told == f"Serving at {served.url}; the add-in: {served.url}/manifest. Ctrl-C ends.\n"
        trusting = ssl.create_default_context(cafile=folder / "localhost.pem")
        calling = http.client.HTTPSConnection("localhost", served.port, context=trusting, timeout=60)
        calling.request(
            "POST", "/xlwings/custom-functions-call", json.dumps(CALL), {"Content-Type": "application/json"}
        )
        assert json.loads(calling.getresponse().read()) == {"result": [[400]]}
        calling.request("GET", "/manifest")
        assert f"{served.url}/taskpane.html" in calling.getresponse().read().decode()
    swapped = ("--certificate", files[3], "--key", files[1])
    assert "are no certificate and its key" in refused(server_python, folder, *swapped)
