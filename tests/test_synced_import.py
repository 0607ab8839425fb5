"""From the store to our tables: mappings of objects and fields, words for values, the log, what a failure leaves."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from fake_crm import LONG_AGO, Crm, FakeSource, crm_with

from xlsmkt.crm import records
from xlsmkt.crm.bulk import Bulk
from xlsmkt.crm.connection import Wish
from xlsmkt.crm.importing import Imported
from xlsmkt.errors import UserError

MAPPING = """
[[file]]
path = "people"
table = "Leads"
[file.columns]
"Lead ID" = "id"
Created = "created"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLSMKT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def read(crm: Crm, mapping: Path | None = None, source: type[FakeSource] = FakeSource) -> Imported:
    return source(crm).read(Wish(mapping=mapping))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "crm.toml"
    path.write_text(text, "utf-8")
    return path


def leads(imported: Imported) -> list[dict[str, Any]]:
    frame = imported.tables["Leads"].astype(object)
    return [{key: value for key, value in row.items() if not pd.isna(value)} for row in frame.to_dict("records")]


def queried(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "stores" / "fake.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_people_become_leads_with_the_names_of_their_owners(home: Path) -> None:
    crm = crm_with(9)
    found = leads(read(crm))
    assert [row["Lead ID"] for row in found] == [str(number) for number in range(1, 10)]
    assert [row["Owner"] for row in found[:2]] == ["Rep South 1", "Rep North 1"]
    assert {row["Lead ID"]: row["Amount"] for row in found if "Won" in row} == {"4": 400.0, "8": 800.0}
    assert queried(home, 'select "Lead ID", "Won" is not null from leads order by "Created" limit 4') == [
        ("1", False),
        ("2", False),
        ("3", False),
        ("4", True),
    ]
    assert queried(home, 'select sum("Leads"), sum("Customers"), sum("Revenue") from daily') == [(9, 2, 1_200.0)]
    assert queried(home, "select rows, error from runs") == [(11, "")]


def test_words_stand_for_values_also_when_they_are_changed_later(home: Path) -> None:
    crm = crm_with(6)
    crm.labels = {"a": "Trial", "b": "Demo", "c": "Webinar"}
    crm.put("people", 6, LONG_AGO, kind="a;c")
    assert [row["Lead type"] for row in leads(read(crm))] == [
        "Demo",
        "Webinar",
        "Trial",
        "Demo",
        "Webinar",
        "Trial; Webinar",
    ]
    crm.labels["b"] = "Guided tour"
    crm.asked.clear()
    assert leads(read(crm))[0]["Lead type"] == "Guided tour"
    assert not any(page.ids for page in crm.asked if page.name == "people")
    assert queried(home, "select kind from records.people where id = '1'") == [("b",)], "the store keeps the value"


@pytest.mark.parametrize("word", ["b", "Demo"])
def test_a_rule_may_name_the_value_or_its_word(home: Path, tmp_path: Path, word: str) -> None:
    crm = crm_with(6)
    crm.labels = {"a": "Trial", "b": "Demo", "c": "Webinar"}
    mapping = written(tmp_path, MAPPING.replace("[file.columns]", f'where = {{ kind = ["{word}"] }}\n[file.columns]'))
    assert [row["Lead ID"] for row in leads(read(crm, mapping))] == ["1", "4"]


def test_a_mapping_takes_the_place_of_the_usual_one_and_brings_more_fields(home: Path, tmp_path: Path) -> None:
    crm = crm_with(3)
    read(crm)
    crm.more_fields = ["segment"]
    for number in range(1, 4):
        crm.put("people", number, LONG_AGO, segment=f"Segment {number}")
    mapping = written(tmp_path, MAPPING + 'Industry = "segment"\n')
    found = leads(read(crm, mapping))
    assert [row["Industry"] for row in found] == ["Segment 1", "Segment 2", "Segment 3"]
    assert all("Owner" not in row for row in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            MAPPING.replace('"created"', '"creatd"'),
            "crm.toml: FakeCRM people has no field 'creatd'; did you mean created",
        ),
        (
            MAPPING.replace('"people"', '"persons"'),
            "crm.toml has no entry for FakeCRM; write path = 'people' or 'owners'",
        ),
        (
            MAPPING + 'Owner = "owner"\n[file.lookup]\nOwner = { path = "users", key = "id", value = "name" }\n',
            "crm.toml: lookup.Owner.path is 'users', which FakeCRM does not have; ",
        ),
        (
            MAPPING + 'Owner = "owner"\n[file.lookup]\nOwner = { path = "owners", key = "id", value = "nam" }\n',
            "crm.toml: FakeCRM owners has no field 'nam'; did you mean name?",
        ),
        (
            MAPPING.replace('"created"', '"Closed"'),
            "crm.toml: FakeCRM people has no field 'Closed'; did you mean closed?",
        ),
    ],
)
def test_mappings_that_do_not_fit(home: Path, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        read(crm_with(3), written(tmp_path, text))
    assert str(caught.value).startswith(said)
    assert queried(home, "select error from runs") == [(str(caught.value),)]


def test_fields_of_the_usual_mapping_that_an_account_does_not_have_are_left_out(home: Path) -> None:
    class Smaller(FakeSource):
        hidden = ("amount", "stage")

        def fields(self, name: str) -> dict[str, Any]:
            return {key: one for key, one in super().fields(name).items() if key not in self.hidden}

    assert "Amount" not in leads(read(crm_with(4), source=Smaller))[3]

    class NoDays(Smaller):
        hidden = ("created",)

    with pytest.raises(UserError, match="FakeCRM people: the field created for Created is not to be read"):
        read(crm_with(4), source=NoDays)


def test_the_log_names_records_by_their_ids(home: Path) -> None:
    crm = crm_with(5)
    crm.put("people", 3, LONG_AGO, created="soon")
    crm.put("people", 5, LONG_AGO, amount="much", closed="2026-03-05", stage="won")
    imported = read(crm)
    assert imported.refused[["File", "Line", "Value"]].values.tolist() == [
        ["FakeCRM people", 3, "soon"],
        ["FakeCRM people", 5, "much"],
    ]
    assert queried(home, 'select "File", "Line", "Value", "Refused" from import_log') == [
        ("FakeCRM people", 3, "soon", True),
        ("FakeCRM people", 5, "much", True),
    ]


def test_ids_that_are_no_numbers_stand_beside_the_object(home: Path) -> None:
    class Lettered(FakeSource):
        def page(self, name: str, *given: Any) -> Any:
            page = super().page(name, *given)
            for record in page.records if name == "people" else ():
                record["id"] = f"00Q{record['id']}"
            return page

    crm = crm_with(5)
    crm.put("people", 3, LONG_AGO, created="soon")
    imported = read(crm, source=Lettered)
    assert imported.log()["File"] == ["FakeCRM people 00Q3"]
    assert imported.log()["Line"] == [None]


def test_a_failed_run_keeps_what_arrived_and_the_tables_of_the_one_before(home: Path) -> None:
    crm = crm_with(4)
    read(crm)
    for number in range(5, 12):
        crm.put("people", number, created="2026-02-01", kind="a")
    asked = len(crm.asked)

    def fail(number: int) -> None:
        if number == asked + 1:
            crm.before_page = lambda _number: None
            raise UserError("the limit of this day is used up")

    crm.before_page = fail
    with pytest.raises(UserError, match="limit of this day"):
        read(crm)
    assert queried(home, "select count(*) from records.people") == [(7,)]
    assert queried(home, "select count(*) from leads") == [(4,)]
    assert queried(home, "select rows, error from runs where run = 2") == [(3, "the limit of this day is used up")]
    assert len(leads(read(crm))) == 11
    assert queried(home, "select count(*) from leads") == [(11,)]


def test_an_import_that_fails_leaves_the_tables_before(home: Path) -> None:
    read(crm_with(4))
    crm = crm_with(4)
    for number in range(1, 5):
        crm.put("people", number, created="05/04/2026")  # of April or of May: nobody is there to ask
    with pytest.raises(UserError, match="date_order") as caught:
        read(crm)
    assert queried(home, "select count(*) from leads") == [(4,)]
    assert queried(home, "select error from runs order by run") == [("",), (str(caught.value),)]


def test_all_leads_are_in_the_store_when_a_sheet_shows_fewer(home: Path) -> None:
    imported = FakeSource(crm_with(30)).read(Wish(most_leads=10))
    assert len(imported.tables["Leads"]) == 10
    assert queried(home, "select count(*) from leads") == [(30,)]
    assert queried(home, 'select sum("Leads") from daily') == [(30,)]


def test_large_stores_go_through_a_database_and_come_to_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = crm_with(60)
    crm.size = 25
    crm.labels = {"a": "Trial", "b": "Demo", "c": "Webinar"}
    crm.put("people", 7, LONG_AGO, created="soon")
    crm.put("people", 9, LONG_AGO, created="2026-01-03T10:20:30Z", kind="a;c")
    crm.put("people", 12, LONG_AGO, closed="2025-12-31")
    usual = read(crm)
    assert not isinstance(usual.held, Bulk)
    stored = queried(home, 'from leads order by "Lead ID"')
    monkeypatch.setattr(records, "LARGE", 10)
    large = read(crm)
    assert isinstance(large.held, Bulk)
    assert leads(large) == leads(usual)
    assert queried(home, 'from leads order by "Lead ID"') == stored
    for name in ("refused", "noted"):
        assert getattr(large, name).values.tolist() == getattr(usual, name).values.tolist()
    assert [line for line in large.refused["Line"]] == [7, 12]
