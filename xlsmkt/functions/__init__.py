"""The functions, a category a module; this order is the order of the reference."""
# ruff: noqa: F403, I001

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.functions.targets import *
from xlsmkt.functions.schedule import *
from xlsmkt.functions.close_rates import *
from xlsmkt.functions.lead_worth import *
from xlsmkt.functions.waterfall import *
from xlsmkt.functions.funnel_ratios import *
from xlsmkt.functions.funnels import *
from xlsmkt.functions.kpis import *
from xlsmkt.functions.retention import *
from xlsmkt.functions.kpi_tables import *
from xlsmkt.functions.sales_sla import *
from xlsmkt.functions.lead_scoring import *
from xlsmkt.functions.score_checks import *
from xlsmkt.functions.attribution import *

__all__ = [name.lower() for name in CATALOGUE]  # pyright: ignore[reportUnsupportedDunderAll]
