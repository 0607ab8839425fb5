"""What happens when our own code fails where no user looks: it is written down, and a sentence says where."""

import logging
import sys


def told_of_defect(what: str) -> str:
    """Write down the exception that is being handled; the sentence that its user is shown."""
    if sys.platform == "emscripten":  # inside a workbook nothing is kept: the output pane is all there is
        import traceback

        traceback.print_exc()
        return f"{what} failed inside xlsmkt; the output of xlwings Lite says where"
    logging.getLogger("xlsmkt.server").exception("%s failed inside xlsmkt", what)
    return f"{what} failed inside xlsmkt; the log of the server says where"
