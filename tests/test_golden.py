"""Every example of every function, typed into every host that this machine has.

The same examples called from Python are doctests.
"""

import pytest
from hosts import HOSTS

from xlsmkt.catalogue import CATALOGUE

EXAMPLES = [example for entry in CATALOGUE.values() for example in entry.examples]
IDS = [f"{number} {example.formula[:60]}" for number, example in enumerate(EXAMPLES)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory, request):
    """What each host shows for all examples; asked once."""
    known = {}

    def show(host):
        if host.name not in known:
            needed = map(request.getfixturevalue, host.needs)
            folder = tmp_path_factory.mktemp(host.name)
            known[host.name] = host.show([e.formula for e in EXAMPLES], folder, *needed)
        return known[host.name]

    return show


def blank_is_empty_text(rows):
    return [["" if cell is None else cell for cell in row] for row in rows]


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=IDS)
def test_the_cells_show_what_the_docstring_says(shown, host, number):
    cells, example = shown(host)[number], EXAMPLES[number]
    if host.stores_blanks_as_text:
        assert example.agrees(cells) or example.agrees(blank_is_empty_text(cells)), cells
    else:
        assert example.agrees(cells), cells
