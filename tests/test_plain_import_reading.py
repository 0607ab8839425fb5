"""Every test of tests/test_crm_reading.py, with the tables as the plain reader has them beside the full ones."""

import dataclasses

import pytest
from plain_beside import NOT_READ, attempt, without_advice
from test_crm_reading import *  # noqa: F403

from xlsmkt.crm.asking import Answers
from xlsmkt.crm.excel import read_excel
from xlsmkt.crm.opening import Files
from xlsmkt.crm.plain import read_file
from xlsmkt.crm.reading import read_csv


def as_read(full):
    """A table of the full reader as rows of cells, their lines, the rows of the wrong length, and the footers."""
    read = full.read(full.headings)
    columns = [
        [cell if text is None else text for text, cell in zip(column.texts.to_pylist(), column.typed, strict=True)]
        if column.typed
        else column.texts.to_pylist()
        for column in (read.columns[heading] for heading in full.headings)
    ]
    lines = read.lines(read.records).tolist() if len(read.records) else []
    ragged = [(int(read.lines(np.array([number]))[0]), text) for number, text in read.ragged]  # noqa: F405
    return [list(row) for row in zip(*columns, strict=True)], lines, ragged, read.footers


def both_read(path, answers, read):
    """The full table, after the plain reader was seen to find the same, or to refuse with the same sentence."""
    full, refusal = attempt(read)
    mine = dataclasses.replace(answers, known={})
    plain, other = attempt(lambda: read_file(path, mine))
    if refusal is not None:
        assert without_advice(other) == without_advice(refusal)
        raise refusal
    content, damage = attempt(lambda: as_read(full))
    if damage is not None:  # the full reader looks at the rows only when they are read
        assert str(other) == str(damage)
        return full
    assert plain.headings == full.headings
    assert (plain.rows, plain.lines, plain.ragged, plain.footers) == content
    assert plain.remark == full.remark
    return full


@pytest.fixture(autouse=True)
def both(monkeypatch):
    def csv(path, answers, **how):
        plainly = set(how) <= {"answers"}
        return both_read(path, answers, lambda: read_csv(path, answers)) if plainly else read_csv(path, answers, **how)

    def excel(path, *sheet):
        return both_read(path, Answers(), lambda: read_excel(path)) if not sheet else read_excel(path, *sheet)

    class Both(Files):
        def tables(self):
            for path in self.paths:
                found = Files([path], self.answers).tables()
                workbook = path.suffix in NOT_READ
                yield next(found) if workbook else both_read(path, self.answers, lambda found=found: next(found))

    for name, one in (("read_csv", csv), ("read_excel", excel), ("Files", Both)):
        monkeypatch.setattr(f"test_crm_reading.{name}", one)
