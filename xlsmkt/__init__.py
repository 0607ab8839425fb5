"""xlsmkt: the marketing and sales SLA, computed in cells.

``from xlsmkt import leads_needed`` gives a function as Python; ``=LEADS_NEEDED(20, 5%)`` is the same one in a cell.

The map of the house, from the ground up; imports point downward only.

======================  ===============================================================================================
errors, units           what a cell can hold, what a number means, its limits; the errors that a cell shows
days, columns           months and business days; groups, ratios and whole counts
calling, docstrings     how a call reads and checks its cells and spreads over ranges; how a docstring is read
catalogue               ``@cell_function`` and ``CATALOGUE``: each function with its words, units and examples
functions               the functions, a category a module; pure, standard library only: they run in every host
crm, package            the import of CRM files into our tables; the workbook file itself, changed without loss
template                builds the workbook from code
refresh                 source -> tables -> workbook, the same steps for every host
hosts                   who shows the functions: Excel on Windows, LibreOffice Calc, and an engine without either
report, mailing         the dashboard of a computed workbook as a page, a PDF, a picture; as a mail
alerts, schedules       what needs somebody, told once; the run of every morning, by the system's own scheduler
cli, demo, build        one thin command a task; the sample; what is generated into the project
======================  ===============================================================================================

To add a function, write it in a module of ``functions`` with its types, its docstring and its examples: every host, the
reference sheet, the README and the tests have it from there.
"""

from xlsmkt.functions import *  # noqa: F403
