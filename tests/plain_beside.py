"""The import in plain Python beside the full one: whatever a test imports is imported both ways and compared."""

import math

import pytest

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.plain import import_plain, read_file
from xlsmkt.errors import UserError

NOT_READ = (".xls", ".xlsb", ".ods")
# Where the full import advises a mapping, which has no place beside the plain one.
ADVICE = (
    "; write a mapping with xlsmkt map",
    "; give its columns the headings of",
    " share no id",
    " is damaged or no ",
)


def import_both(paths, mapping=None, **options):
    """The full import, after the plain one was seen to bring the same, or to refuse with the same sentence."""
    paths = list(paths)
    if mapping is not None or any(path.suffix.lower() in NOT_READ for path in paths):
        return import_files(paths, mapping, **options)
    asked = {}
    ask = options.get("ask")

    def remembered(question):
        asked[str(question)] = ask(question)
        return asked[str(question)]

    full, refusal = attempt(lambda: import_files(paths, **{**options, "ask": ask and remembered}))
    plain, other = attempt(
        lambda: plain_import(paths, **{**options, "ask": ask and (lambda question: asked[str(question)])})
    )
    if refusal is not None:
        assert without_advice(other) == without_advice(refusal)
        raise refusal
    assert other is None, other
    assert_same(plain, full)
    return full


def attempt(call):
    """What a call gives, or the sentence with which it refuses."""
    try:
        return call(), None
    except UserError as error:
        return None, error


def plain_import(paths, encoding=None, date_order=None, decimal=None, ask=None, progress=None, **options):
    answers = Answers(encoding, date_order, decimal, ask)
    return import_plain([read_file(path, answers) for path in paths], answers, **options)


def without_advice(error):
    """The sentence of a refusal up to what may differ."""
    text = str(error)
    return min((text.split(words, maxsplit=1)[0] for words in ADVICE), key=len)


def assert_same(plain, full):
    """Everything that an import brings is the same in both."""
    assert list(plain.tables) == list(full.tables)
    for name in full.tables:
        assert len(plain.tables[name]) == len(full.tables[name])
        for date1904 in (False, True):
            expected = {heading: column.to_pylist() for heading, column in full.columns(name, date1904).items()}
            assert_same_columns(plain.columns(name, date1904), expected)
    assert plain.log() == full.log()
    assert [list(line) for line in plain.refused] == full.refused.values.tolist()
    assert [list(line) for line in plain.noted] == full.noted.values.tolist()
    counts = full.refused["Reason"].value_counts()
    assert counts.get(plain.commonest_refusal, 0) == counts.max() if len(counts) else plain.commonest_refusal == ""
    for one in ("superseded", "ignored", "until", "sources", "note", "taken", "last_days"):
        assert getattr(plain, one) == getattr(full, one), one


def assert_same_columns(plain, full):
    """The same cells; of sums of money the last of 15 digits may differ, since they are added up in another order."""
    assert list(plain) == list(full)
    for heading, column in full.items():
        if heading in ("Amount", "Revenue"):
            assert [value is None for value in plain[heading]] == [value is None for value in column]
            pairs = [pair for pair in zip(plain[heading], column, strict=True) if pair[1] is not None]
            assert all(math.isclose(one, other, rel_tol=1e-14) for one, other in pairs), heading
        else:
            assert plain[heading] == column, heading
        assert {type(one) for one in plain[heading]} == {type(one) for one in column}, heading


def both_in(module):
    """A fixture that makes the tests of a module import both ways."""

    @pytest.fixture(autouse=True)
    def _both(monkeypatch):
        monkeypatch.setattr(f"{module}.import_files", import_both)

    return _both
