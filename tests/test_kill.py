"""Killed at any moment and started again, an import ends as if nothing had happened, and asks for nothing twice.

For each CRM 20 runs are killed, each with a store of its own: at a random moment, or in the middle of a write.
"""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from crm_cases import CASES, ROWS, given_out, read_once, tables
from crm_servers.base import in_process
from kill_child import Children

SEED = 20_261_122
TIMES, WRITES = 13, 7  # how often at random moments, how often in the middle of a write


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    begun = Children()
    yield begun
    begun.end()


@pytest.mark.parametrize("name", CASES)
def test_killed_at_any_moment_nothing_is_lost_doubled_or_asked_for_twice(
    name: str, tmp_path: Path, children: Children
) -> None:
    case, moments = CASES[name], random.Random(f"{SEED} {name}")
    with in_process(name, **case.options) as server:
        slow = {"kind": "slow", "seconds": 0.02}  # so that there are moments between the pages
        server.faults(slow)
        undisturbed = read_once(name, server.url, case.secrets, tmp_path / "first").tables["Leads"]
        children.time(name, server.url, case.secrets, tmp_path / "second")  # while modules are still being imported
        server.tell("log", clear=True)
        whole = tmp_path / "whole"
        seconds = children.time(name, server.url, case.secrets, whole)
        total, records = given_out(server, case), tables(whole, name, case)
        for kind, rows in records.items():
            expected = case.stored(server, kind)
            assert [{field: row[field] for field in expected[0]} for row in rows] == expected
        assert total == sum(map(len, records.values()))

        expected_leads = case.leads(server)
        writes = [0] * TIMES + moments.sample(range(1, 12), WRITES)  # 0: at a random moment
        for number, write in enumerate(writes):
            home = tmp_path / str(number)
            given = name, server.url, case.secrets, home
            server.tell("log", clear=True)
            if write:
                assert children.killed_at(write, *given)
            while not write and not children.killed_after(moments.uniform(0, seconds), *given):
                shutil.rmtree(home)  # it had ended already: this machine has become faster
                seconds *= 0.8
                server.tell("log", clear=True)
            server.faults()
            leads = read_once(*given).tables["Leads"]
            assert tables(home, name, case) == records
            assert given_out(server, case) <= total + ROWS, "only the page that was on its way may come twice"
            found = leads[["Lead ID", "Created", "Owner"]].astype({"Created": "datetime64[s]"})
            said = [(key, f"{day:%Y-%m-%d}", owner) for key, day, owner in found.itertuples(index=False)]
            assert said == expected_leads
            pd.testing.assert_frame_equal(leads, undisturbed)
            server.faults(slow)
        server.tell("log", clear=True)
        read_once(*given)
        assert given_out(server, case) == 0, "nothing changed, so nothing is asked for"
