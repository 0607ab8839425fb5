"""Every test of tests/test_import_crms.py, with the import in plain Python beside the full one."""

from plain_beside import both_in
from test_import_crms import *  # noqa: F403

both = both_in("test_import_crms")
