"""Every test of tests/test_import_damage.py, with the import in plain Python beside the full one."""

from plain_beside import both_in
from test_import_damage import *  # noqa: F403

both = both_in("test_import_damage")
