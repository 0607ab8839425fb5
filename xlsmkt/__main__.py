"""``python -m xlsmkt`` is the command line."""

import sys

from xlsmkt.cli import main

sys.exit(main())
