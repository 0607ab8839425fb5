"""The functions, a category a module; this order is the order of the reference."""

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.functions.targets import *  # noqa: F403

__all__ = [name.lower() for name in CATALOGUE]  # pyright: ignore[reportUnsupportedDunderAll]
