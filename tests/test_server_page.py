"""The add-in's own page in a browser: it registers every function and calls it on the server."""

import json
import os
import shutil
import subprocess

import pytest
from pyodide_lite import NODE, Missing, node_modules, node_program

from xlsmkt.catalogue import CATALOGUE

CALLS = [
    ["LEADS_NEEDED", [[[20]], [[0.05]], None]],
    ["LEADS_NEEDED", [[[20]], [[0]], None]],
    ["LEADS_NEEDED", [[["many"]], [[0.05]], None]],
    ["LEADS_NEEDED", [[[20], [30]], [[0.05]], None]],
]


def browser():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    raise Missing("Chromium is not installed here; install chromium")


@pytest.fixture(scope="module")
def page(server):
    """What a browser saw of the task pane."""
    try:
        node, driver, program = node_program(), node_modules("playwright-core"), browser()
    except Missing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    done = subprocess.run(
        [node, NODE / "server_page.mjs", driver.parent, program, server.url],
        input=json.dumps(CALLS),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_page_registers_every_function_and_no_other(page):
    assert sorted(page["registered"]) == sorted(CATALOGUE)


def test_the_page_runs_without_a_fault_and_asks_no_other_server(page):
    assert page["errors"] == [] and page["elsewhere"] == []


def test_the_page_offers_refresh(page):
    assert page["button"] == "refresh" and page["actions"] == ["refresh"]
    assert "Paste CRM export here" in page["text"]


def test_a_cell_shows_the_result(page):
    assert page["answers"][0] == {"result": [[400]]}


def test_a_cell_shows_an_error(page):
    assert page["answers"][1] == {"result": [[{"type": "Error", "errorType": "Div0"}]]}


def test_a_cell_shows_a_sentence_beside_the_error_and_nothing_is_sent_again(page):
    assert page["answers"][2]["code"] == "#VALUE!"
    assert page["answers"][2]["message"].startswith('LEADS_NEEDED: customers is the text "many"')
    assert page["posts"] == ["/xlwings/custom-functions-call"] * len(CALLS)


def test_a_table_fills_its_cells(page):
    assert page["answers"][3] == {"result": [[400], [600]]}
