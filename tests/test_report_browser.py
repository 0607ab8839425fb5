"""The page in a browser: at three widths, light and dark; and with texts that were made to do harm."""

import json
import os
import subprocess

import pytest
from pyodide_lite import NODE, Missing, node_modules, node_program
from report_pages import HARMFUL, figures, harmful_book, page_of
from test_server_page import browser

SEEN = {
    "sample": [(scheme, width) for scheme in ("light", "dark") for width in (360, 768, 1440)],
    "harmful": [("light", 360), ("dark", 1440)],
}


@pytest.fixture(scope="module")
def made(demo, tmp_path_factory):
    """The page of the sample, and one of a workbook whose texts were made to do harm."""
    folder = tmp_path_factory.mktemp("pages")
    harmful = harmful_book(folder / "harmful.xlsx")
    return {
        "sample": (folder / "sample.html", page_of(demo / "sla.xlsx", folder / "sample.html")),
        "harmful": (folder / "harmful.html", page_of(harmful, folder / "harmful.html")),
    }


@pytest.fixture(scope="module")
def looks(made):
    """What a browser, started once, saw of each page at each width, in light and dark."""
    try:
        node, driver, program = node_program(), node_modules("playwright-core"), browser()
        node_modules("axe-core")
    except Missing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    files = {name: str(file) for name, (file, _) in made.items()}
    command = [node, NODE / "report_page.mjs", driver.parent, program, *files.values()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return {name: told[file] for name, file in files.items()}


@pytest.mark.parametrize("name", ["sample", "harmful"])
def test_the_page_is_silent_fetches_nothing_and_never_scrolls_sideways(made, looks, name):
    assert [(look["colorScheme"], look["width"]) for look in looks[name]] == SEEN[name]
    for look in looks[name]:
        assert look["messages"] == []
        assert look["requests"] == [made[name][0].as_uri()]
        assert look["sideways"] <= 0


@pytest.mark.parametrize("name", ["sample", "harmful"])
def test_axe_finds_nothing(looks, name):
    assert [look["axe"] for look in looks[name]] == [[]] * len(SEEN[name])


def test_each_chart_is_seen_once_and_whole(looks):
    for look in looks["sample"]:
        assert look["charts"] == 4
        assert look["outside"] == []
        assert len(look["ids"]) == len(set(look["ids"]))


def test_the_dark_page_is_dark(looks):
    by_scheme = {look["colorScheme"]: look["background"] for look in looks["sample"]}
    light, dark = (sum(map(int, by_scheme[scheme].strip("rgb()").split(","))) for scheme in ("light", "dark"))
    assert light > 600 and dark < 150


def test_texts_of_a_crm_stay_texts(made):
    _, page = made["harmful"]
    assert {element.tag for element in page.iter() if isinstance(element.tag, str)} & {"script", "img", "b"} == set()
    assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    told = dict(figures(page))
    kept = [text.replace("\x07", "").replace("\x00", "") for text in HARMFUL]
    assert [told[f"Dashboard!B{13 + number}"] for number in range(len(kept))] == kept
    assert told["Dashboard!B2"] == page.findtext("head/title") == HARMFUL[1]
    drawn = "".join(page.xpath("//*[local-name()='text']/text()"))
    for text in ("<script>alert(1)</sc", "&amp; <b>&lt;", "$\\frac{1}{0$ $x$", "营销团队", "🚀 growth"):
        assert text in drawn
