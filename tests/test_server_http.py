"""xlwings Server over HTTP: what Excel asks for, answered as it needs it; whatever arrives, never a 500."""

import json
import re
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from web_calls import body

from xlsmkt.catalogue import CATALOGUE

VERSION = "0.37.8"
CALL = "/xlwings/custom-functions-call"
SCRIPT = "/xlwings/custom-scripts-call/refresh"
OFFICE = "{http://schemas.microsoft.com/office/appforoffice/1.1}"
OVERRIDES = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
KINDS = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"

slow = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def is_sentence(text):
    return bool(text) and len(text.splitlines()) == 1 and "Traceback" not in text


def setting(server, name):
    return re.search(rf'^{name}="(.*)"$', (server.folder / ".env").read_text("utf-8"), re.M)[1]


# --- files ---


@pytest.mark.parametrize(
    "path",
    ["/static/../.env", "/static/%2e%2e/.env", "/static/..%2f.env", "/static/js/../../.env", "/static/..\\.env",
     "/static/../../../../../../../../etc/passwd", "/static/C:/Windows/win.ini", "/static//etc/passwd",
     "/static/%00", "/../.env"],
)  # fmt: skip
def test_no_address_leads_to_a_file_of_the_computer(server, path):
    status, _, text = server.request("GET", path)
    assert status == 404
    assert "XLWINGS" not in text and "root:" not in text


# --- what Excel loads ---


def test_the_metadata_name_every_function_and_no_other(server):
    told = json.loads(server.get("/xlwings/custom-functions-meta.json"))
    assert sorted(function["name"] for function in told["functions"]) == sorted(CATALOGUE)


def test_the_metadata_are_as_office_js_takes_them(server, metadata_schema):
    jsonschema.validate(json.loads(server.get("/xlwings/custom-functions-meta.json")), metadata_schema)


def test_the_code_associates_every_function_and_no_other(server):
    code = server.get("/xlwings/custom-functions-code.js")
    assert sorted(re.findall(r'CustomFunctions\.associate\("(\w+)"', code)) == sorted(CATALOGUE)


def test_the_script_is_told_with_its_button(server):
    [script] = json.loads(server.get("/xlwings/custom-scripts-meta.json"))
    assert script["function_name"] == "refresh" and script["button"].startswith("[btn_refresh]Start!")


@pytest.fixture(scope="module")
def manifest(server):
    return ElementTree.fromstring(server.get("/manifest"))


def test_the_manifest_names_this_server_and_no_other_address(server, manifest):
    urls = [value for node in manifest.iter() for value in [node.get("DefaultValue") or node.text or ""]
            if "://" in value]  # fmt: skip
    assert len(urls) >= 9
    assert all(url == server.url or url.startswith(f"{server.url}/") for url in urls)
    assert server.url.startswith("http://127.0.0.1:")


def test_every_address_of_the_manifest_is_answered(server, manifest):
    for node in manifest.iter():
        value = node.get("DefaultValue") or ""
        if value.startswith(server.url):
            status, _, _ = server.request("HEAD" if "images" in value else "GET", value.removeprefix(server.url))
            assert status == 200, value


def test_the_manifest_is_that_of_this_folder(server, manifest):
    assert manifest.findtext(f"{OFFICE}Id") == setting(server, "XLWINGS_MANIFEST_ID_PROD")
    assert manifest.find(f"{OFFICE}DisplayName").get("DefaultValue") == "xlsmkt"
    assert manifest.find(f".//{OVERRIDES}Namespace") is None  # =LEADS_NEEDED(...), without a prefix


def test_what_the_manifest_refers_to_is_in_it(manifest):
    told = {node.get("id") for node in manifest.iter() if node.tag.startswith(KINDS)} - {None}
    asked = {node.get("resid") for node in manifest.iter()} - {None}
    assert asked == told
    assert all(len(name) <= 32 for name in asked)  # the limit of the schema
    for node in manifest.iter(f"{KINDS}String"):
        assert len(node.get("DefaultValue")) <= (250 if "Tip" in node.get("id") else 125)


def test_the_manifest_is_right_behind_a_proxy(server):
    status, _, text = server.request("GET", "/manifest", headers={"X-Forwarded-Proto": "https"})
    assert status == 200 and f"https://127.0.0.1:{server.port}/taskpane.html" in text


# --- calls ---


def test_a_call_is_answered(server):
    status, text = server.call_status(body("leads_needed", [[[20]], [[0.05]], None], VERSION))
    assert (status, json.loads(text)) == (200, {"result": [[400]]})


def test_an_error_is_an_error_object(server):
    assert server.call("leads_needed", [[[20]], [[0]], None]) == [[{"type": "Error", "errorType": "Div0"}]]
    assert server.call("leads_needed", [[[20], [20]], [[0], [0.05]], None]) == [
        [{"type": "Error", "errorType": "Div0"}],
        [400],
    ]


def test_an_old_excel_gets_the_sign(server):
    status, text = server.call_status(body("leads_needed", [[[20]], [[0]], None], VERSION, runtime="1.1"))
    assert (status, json.loads(text)) == (200, {"result": [["#DIV/0!"]]})


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([[["many"]], [[0.05]], None], 'LEADS_NEEDED: customers is the text "many"'),
        ([None, None, None], "LEADS_NEEDED: customers and close_rate are missing"),
        ([[[20]]] * 4, "LEADS_NEEDED takes 3 arguments at most and was given 4"),
    ],
)
def test_a_wrong_argument_is_a_sentence(server, args, said):
    status, text = server.call_status(body("leads_needed", args, VERSION))
    assert status == 400 and text.startswith(said) and is_sentence(text)


@pytest.mark.parametrize("name", ["nope", "register", "__doc__"])
def test_what_is_no_function_is_a_sentence(server, name):
    status, text = server.call_status(body(name, [], VERSION))
    assert status == 400 and "has no function" in text and is_sentence(text)


errors = st.fixed_dictionaries(
    {"type": st.sampled_from(["Error", "Entity", "x"])}, optional={"errorType": st.text(max_size=4)}
)
texts = st.text(max_size=5) | st.sampled_from(["#N/A", "2026-01-01", ""])
cells = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, errors)
anything = st.recursive(cells, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))
ranges = st.lists(st.lists(cells, min_size=1, max_size=3), min_size=1, max_size=3)


@slow
@given(st.sampled_from(sorted(CATALOGUE)), st.lists(ranges | anything, max_size=6))
@example("CLOSE_RATE", [[[1e308]], [[float("nan")]]])
@example("FUNNEL_BY", [[["\ud800"]], [[1]], [[1]]])
def test_whatever_a_function_is_given_the_answer_is_cells_or_a_sentence(server, name, args):
    status, text = server.call_status(body(name.lower(), args, VERSION))
    if status == 200:
        rows = json.loads(text)["result"]
        assert rows and all(len(row) == len(rows[0]) for row in rows)
    else:
        assert status == 400 and is_sentence(text), (status, text)
        assert " failed " not in text, text  # such a sentence is for our own faults


@slow
@given(st.sampled_from([CALL, SCRIPT]), anything | st.binary(max_size=20))
@example(CALL, {})
@example(SCRIPT, {})
@example(SCRIPT, {"client": "Office.js", "version": VERSION, "book": {}, "sheets": [], "names": []})
@example(SCRIPT, {"client": "x", "version": "1", "book": {"name": 7}, "sheets": [7], "names": [7], "args": 7})
def test_whatever_arrives_the_answer_is_no_500(server, path, sent):
    status, text = server.post(path, sent)
    assert status == 400 and is_sentence(text), (status, text)


def test_a_form_is_no_call(server):
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain", ""):
        for path in (CALL, SCRIPT):
            status, text = server.post(path, b"--x--", **{"Content-Type": kind})
            assert status == 400 and is_sentence(text)


# --- who may ask ---


def test_a_page_elsewhere_gets_no_answer(server):
    elsewhere = {"Origin": "https://elsewhere.example"}
    asking = {**elsewhere, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in (CALL, SCRIPT):
        _, headers, _ = server.request("OPTIONS", path, headers=asking)
        assert headers["access-control-allow-origin"] is None
    status, headers, _ = server.request("POST", CALL, b"{}", {**elsewhere, "Content-Type": "application/json"})
    assert status == 400 and headers["access-control-allow-origin"] is None


def test_nor_does_one_that_gives_this_computer_a_name_of_its_own(server):
    sent = json.dumps(body("leads_needed", [[[20]], [[0.05]], None], VERSION)).encode()
    for path in (CALL, "/", "/manifest"):
        status, _, text = server.request("POST" if path == CALL else "GET", path, sent,
                                         {"Host": "elsewhere.example", "Content-Type": "application/json"})  # fmt: skip
        assert status == 400 and is_sentence(text) and "XLWINGS_HOSTNAME" in text


def test_what_a_cell_is_told_does_not_fill_the_log(server):
    server.call_status(body("leads_needed", [[["confidential"]], [[0.05]], None], VERSION))
    assert "confidential" not in server.log
