"""xlsmkt: the marketing and sales SLA, computed in cells."""

from xlsmkt.functions import *  # noqa: F403
