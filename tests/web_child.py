"""Runs in a Python of its own, where xlwings has its licence: what xlwings Server does with our functions.

Reads lines of JSON: ``[name, args, runtime]`` calls a function, ``{"book": ..., "folder": ...}`` runs the Refresh
script. Answers ``["ok", rows or actions]``, ``["refused", sentence]`` or ``["failed", what]``. The first line that it
writes is the metadata.
"""

import asyncio
import datetime as dt
import json
import sys
import types
from pathlib import Path

import xlwings
from web_calls import body

from xlsmkt.hosts.lite import running
from xlsmkt.hosts.web import refreshing
from xlsmkt.hosts.web.functions import register


def called(server, module, name, args, runtime):
    data = body(name, args, xlwings.__version__, runtime)
    return server.custom_functions_call(data, module)


def ran(server, question):
    def script(book: xlwings.Book):
        now = dt.datetime.fromisoformat(question["now"])
        refreshing.refresh(book, Path(question["folder"]), running.read, now)

    module = types.SimpleNamespace(script=server.script(script))
    book = xlwings.Book(json=question["book"])
    return server.custom_scripts_call(module, "script", typehint_to_value={xlwings.Book: book})


def answer(server, module, question):
    try:
        if isinstance(question, dict):
            return ["ok", asyncio.run(ran(server, question)).json()]
        return ["ok", asyncio.run(called(server, module, *question))]
    except xlwings.XlwingsError as error:  # the server answers 400
        return ["refused", str(error)]
    except Exception as error:  # the server answers 500, which must never be
        return ["failed", repr(error)]


def main():
    from xlwings import server  # wants a licence, which a process that only looks for doctests has not

    module = types.ModuleType("custom_functions")
    register(vars(module))
    print(json.dumps(server.custom_functions_meta(module)), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(server, module, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
