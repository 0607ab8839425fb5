"""What tests ask of a workbook's code inside Pyodide; lite.mjs loads this file there."""

import base64
import importlib
import inspect
import json
import os
import shutil
import sys
import traceback
from pathlib import Path

import pyodide.ffi
import xlwings

SOURCE = Path("/source")  # where the files of the workbook go


async def answer(request):
    """The answer to a request as JSON: its result, what was refused, or the traceback of a defect."""
    try:
        details = dict(request)
        job = JOBS[details.pop("job")]
        result = job(**details)
        if hasattr(result, "__await__"):
            result = await result
        return json.dumps({"result": result})
    except xlwings.XlwingsError as refusal:
        return json.dumps({"refused": str(refusal)})
    except Exception:
        return json.dumps({"defect": traceback.format_exc()})


def start(files):
    """Write the workbook's files and import its main module."""
    SOURCE.mkdir()
    for name, text in files.items():
        (SOURCE / name).write_text(text, "utf-8")
    os.chdir(SOURCE)
    sys.path.insert(0, str(SOURCE))
    importlib.import_module("main")


def again():
    """Run the main module once more, as xlwings Lite does after each edit."""
    del sys.modules["main"]
    importlib.import_module("main")


def main():
    return sys.modules["main"]


def call(name, arguments):
    """Call a function of the main module directly, with arguments as xlwings makes them of what the client sends."""
    function = getattr(main(), name)
    parameters = list(inspect.signature(function).parameters.values())
    if parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL:
        *arguments, repeated = arguments
        arguments += repeated
    return function(
        *(
            _default(parameters[min(number, len(parameters) - 1)]) if _is_null(argument) else _unpacked(argument)
            for number, argument in enumerate(arguments)
        )
    )


def _default(parameter):
    return None if parameter.default is inspect.Parameter.empty else parameter.default


def _is_null(value):
    """Whether a value is JavaScript's null, which Pyodide shows as None before 0.28."""
    return value is None or value is getattr(pyodide.ffi, "jsnull", None)


def _unpacked(rows):
    """A range of one cell as its value, of one row as a list."""
    if len(rows) != 1:
        return rows
    return rows[0][0] if len(rows[0]) == 1 else rows[0]


async def call_through_xlwings(data):
    """Call a function with what Excel's client sends, through xlwings."""
    server = importlib.import_module("xlwings.server")
    return await server.custom_functions_call(data, main())


def metadata():
    """What xlwings tells Excel of the functions and the scripts."""
    server = importlib.import_module("xlwings.server")
    return {
        "functions": server.custom_functions_meta(main()),
        "scripts": server.custom_scripts_meta(main()),
    }


async def script(name, book):
    """Run a script on a workbook as the client sends it; the workbook's actions as the client receives them."""
    server = importlib.import_module("xlwings.server")
    book = xlwings.Book(json=book)
    try:
        await server.custom_scripts_call(main(), name, typehint_to_value={xlwings.Book: book})
        return book.json()
    finally:
        book.close()


def put(path, content):
    """Write a file, whose content comes in base64."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(base64.b64decode(content))


def empty(folder):
    """Remove a folder with all its files."""
    shutil.rmtree(folder, ignore_errors=True)


def run(source, given):
    """Run some Python; what it leaves in `result`."""
    names = {"main": main(), "given": given}
    exec(source, names)
    return names["result"]


JOBS = {job.__name__: job for job in (start, again, call, call_through_xlwings, metadata, script, put, empty, run)}
