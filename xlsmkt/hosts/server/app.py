"""The application that `xlsmkt server run` starts: xlwings Server, with an answer in one sentence to every bad call.

Any other server of Python's web standard (ASGI) may run it: set XLWINGS_PROJECT_DIR to the folder and let it call
`application`. Only `xlsmkt server run` checks that the ways of signing in which the settings name are set up.
"""

import logging
from collections.abc import Set
from typing import Any

from xlsmkt.hosts.server.calls import MALFORMED, KnownHosts, PlainPaths, Sentences

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names by which a computer calls itself."""


def application(names: Set[str] | None = LOCAL) -> Any:
    """The application of the folder that XLWINGS_PROJECT_DIR names; once in a process.

    Parameters
    ----------
    names
        The names by which it may be called as long as nobody must sign in; None: by any.
    """
    # The first import reads the settings, puts the folder on Python's path, and makes xlwings the one of a server.
    from xlwings_server.config import settings  # isort: split

    import custom_functions
    import custom_scripts
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import PlainTextResponse
    from xlwings import XlwingsError
    from xlwings_server.main import app, main_app

    async def malformed(_request: Any, _error: Exception) -> Any:
        return PlainTextResponse(MALFORMED, 400)

    app.add_exception_handler(RequestValidationError, malformed)
    app.add_middleware(Sentences, functions=custom_functions, scripts=custom_scripts)
    app.add_middleware(PlainPaths)
    if names is not None and not settings.auth_providers:
        app.add_middleware(KnownHosts, hosts=names)
    # what a cell tells its user is no event of the server, and it may quote data of the CRM
    logging.getLogger("xlwings_server.main").addFilter(lambda record: not isinstance(record.msg, XlwingsError))
    return main_app
