"""The sources, one module each, found by name and imported when needed.

A module ``NAME.py`` here with a class ``Source`` (see `xlsmkt.crm.connection.Source`) is all that a new source takes.
"""

import importlib
import pkgutil

from xlsmkt.crm.connection import Source


def source_names() -> list[str]:
    """The names of all sources."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def source_class(name: str) -> type[Source]:
    """The class that reads a source."""
    found: type[Source] = importlib.import_module(f"{__name__}.{name}").Source
    return found
