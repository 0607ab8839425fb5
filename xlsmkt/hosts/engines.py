"""What computes a workbook or a formula at the command line; an engine is one line in ENGINES."""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # both are heavy, and a command such as `xlsmkt new` needs neither
    from xlsmkt.hosts.headless import Computed, Evaluated
    from xlsmkt.package import Edit

ENGINES = {"own": "xlsmkt.hosts.headless", "libreoffice": "xlsmkt.hosts.calc.engine"}
"""The name that a user types -> the module that computes; the first is used where none is named."""


class Engine(Protocol):
    """What the module of an engine offers."""

    def compute(self, edit: "Edit", progress: Callable[[float, str], None] | None = None) -> "Computed":
        """Compute every formula of a workbook and set the results in ``edit``; nothing is saved."""
        ...

    def evaluate(self, formulas: list[str]) -> "list[Evaluated]":
        """Compute formulas, each as if it stood alone in an empty workbook."""
        ...


def engine_of(name: str) -> Engine:
    """The engine that a user has named."""
    module: Engine = importlib.import_module(ENGINES[name])
    return module
