"""Every function's VBA wrapper, called as cells call it: what Python is handed, and what the function wizard shows."""

import pytest
from pyopenvba.interpreter import MISSING, NOTHING
from vba_book import VbaBook, from_vba

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.hosts.windows.wrappers import argument_help, category_of, description_of

ENTRIES = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
OPTIONAL = [
    pytest.param(entry, position, id=f"{entry.name} without {parameter.name}")
    for entry in CATALOGUE.values()
    for position, parameter in enumerate(entry.parameters)
    if not parameter.required and parameter.kind != "columns"
]
INPUTS = sorted({p.input_name for entry in CATALOGUE.values() for p in entry.parameters if p.input_name})


@pytest.fixture(scope="module")
def book():
    """A workbook in which each input has a cell of its own."""
    book = VbaBook()
    for row, name in enumerate(INPUTS, 1):
        book.app.sheet("Inputs").set_value(f"B{row}", float(row))
        book.app.add_named_range(name, f"=Inputs!$B${row}")
    return book


@pytest.fixture
def plain():
    """A workbook without any names."""
    return VbaBook()


def handed(book):
    """The arguments that Python was handed last."""
    return from_vba(book.python.calls[-1].arguments)


def values_for(entry):
    """A different number for each argument, so that two changed places would show."""
    return [float(number) for number in range(1, len(entry.parameters) + 1)]


@ENTRIES
def test_all_arguments_arrive_in_their_order(book, entry):
    book.python.answer = lambda name, arguments: 0.25
    assert book.call(entry.name, *values_for(entry)) == 0.25
    call = book.python.calls[-1]
    assert (call.script, call.name, handed(book)) == ("xlsmkt.hosts.excel_windows", entry.name, values_for(entry))
    assert call.book is book.book
    assert from_vba(call.caller) == "Model!$B$2"
    assert book.volatile == 0


@pytest.mark.parametrize(("entry", "position"), OPTIONAL)
def test_an_argument_left_out_is_filled_from_the_workbook_or_stays_left_out(book, entry, position):
    arguments, name = values_for(entry), entry.parameters[position].input_name
    arguments[position] = MISSING
    book.call(entry.name, *arguments)
    arguments[position] = f"Inputs!$B${INPUTS.index(name) + 1}" if name else MISSING
    assert handed(book) == arguments
    assert book.volatile == (1 if name else 0)


@ENTRIES
def test_without_the_names_what_is_left_out_stays_left_out(plain, entry):
    required = [value for value, p in zip(values_for(entry), entry.parameters, strict=True) if p.required]
    plain.call(entry.name, *required)
    left_out = len(entry.parameters) - len(required)
    assert handed(plain) == required + [MISSING] * left_out
    assert plain.volatile == sum(p.input_name != "" for p in entry.parameters)


def test_a_range_arrives_as_a_range(book):
    book.call("CLOSE_RATE_BY", book.range("A1:A3"), book.range("B1:B3"))
    assert handed(book) == ["Model!$A$1:$A$3", "Model!$B$1:$B$3", MISSING, MISSING]


def test_many_columns_stand_behind_the_first_argument(book):
    book.call("FUNNEL_BY", book.range("A1:A3"), book.range("B1:B3"), 7.0, MISSING, book.range("D1:D3"))
    assert handed(book) == ["Model!$A$1:$A$3", "Model!$B$1:$B$3", 7.0, MISSING, "Model!$D$1:$D$3"]
    book.call("FUNNEL_BY", book.range("A1:A3"))
    assert handed(book) == ["Model!$A$1:$A$3"]


def test_the_name_of_the_calling_sheet_comes_before_that_of_the_workbook(book):
    sheet = book.add_sheet("Plan B")
    sheet.vba_get("Names").vba_get("Add", [], {"Name": "Customers_Goal", "RefersTo": "='Plan B'!$C$3"})
    book.call("LEADS_NEEDED", MISSING, 0.05, sheet="Plan B")
    assert handed(book)[0] == "Plan B!$C$3"
    book.call("LEADS_NEEDED", MISSING, 0.05, sheet="Model")
    assert handed(book)[0] == f"Inputs!$B${INPUTS.index('Customers_Goal') + 1}"


@pytest.mark.parametrize(
    ("refers_to", "arrives"),
    [
        ("=30", 30.0),
        ("=10*2", 20.0),
        ("={1,2}", [1.0, 2.0]),
        ("=#REF!", MISSING),
        ("=Inputs!$B$1:$B$9", "Inputs!$B$1:$B$9"),
    ],
)
def test_a_name_may_stand_for_a_number_a_formula_or_cells(plain, refers_to, arrives):
    plain.app.add_named_range("Customers_Goal", refers_to)
    plain.call("LEADS_NEEDED", MISSING, 0.05)
    assert handed(plain)[0] == arrives


def test_a_call_from_vba_takes_the_names_of_our_workbook(book):
    book.run("LEADS_NEEDED", MISSING, 0.05)
    call = book.python.calls[-1]
    assert handed(book)[0] == f"Inputs!$B${INPUTS.index('Customers_Goal') + 1}"
    assert call.book is book.book
    assert call.caller is NOTHING


def test_a_cell_of_another_workbook_is_served_with_its_own_names(book):
    other = book.app.add_workbook()
    try:
        other.names_.Add(Name="Customers_Goal", RefersTo="=Sheet1!$D$4")
        book.excel.caller = other.sheets_[0].vba_get("Range", ["A1"])
        book.run("LEADS_NEEDED", MISSING, 0.05)
        assert handed(book)[0] == "Sheet1!$D$4"
        assert book.python.calls[-1].book is other
    finally:
        book.app.activate_workbook(book.book)
        other.vba_get("Close", [False])


def test_the_function_wizard_is_told_what_the_catalogue_says(plain):
    plain.run("RegisterFunctions")
    assert {name: rest for name, *rest in plain.excel.options} == {
        f"'{plain.book.name}'!{entry.name}": [
            description_of(entry),
            category_of(entry),
            [argument_help(p) for p in entry.parameters],
        ]
        for entry in CATALOGUE.values()
    }
    assert len(plain.excel.options) == len(CATALOGUE)


def test_the_words_of_the_function_wizard_are_short_and_those_of_the_docstring(plain):
    plain.run("RegisterFunctions")
    for name, description, category, arguments in plain.excel.options:
        entry = CATALOGUE[name.partition("!")[2]]
        assert len(category) <= 31  # Excel's limit for the name of a category
        assert max(map(len, [description, *arguments])) <= 255
        assert description == entry.summary
        assert category == f"xlsmkt: {entry.category_title}"
        for text, parameter in zip(arguments, entry.parameters, strict=True):
            name_told = (
                f" The workbook's {parameter.input_name} fills it when left out." if parameter.input_name else ""
            )
            assert text.endswith(name_told)
            said = text.removesuffix(name_told)
            assert " ".join(parameter.text.split()).startswith(said.removesuffix("..."))
            assert len(said) > 120 or said == " ".join(parameter.text.split())


@pytest.mark.parametrize("saved", [True, False])
def test_opening_tells_the_wizard_and_leaves_the_workbook_as_saved_as_it_was(plain, saved):
    plain.book.saved = saved
    plain.run("ThisWorkbook.Workbook_Open")
    assert len(plain.excel.options) == len(CATALOGUE)
    assert plain.book.saved is saved
    assert plain.python.calls == []


def test_opening_goes_on_where_the_wizard_takes_no_words(plain):
    plain.excel.options_fail = True
    plain.run("ThisWorkbook.Workbook_Open")
    assert plain.excel.options == [] and plain.messages == []
