"""The VBA of a workbook as olevba finds it."""

from oletools.olevba import VBA_Parser


def extracted(path):
    """The source of each module by its file name: .bas for a standard module, .cls for a class or a sheet."""
    parser = VBA_Parser(str(path))
    try:
        return {module: source for _, _, module, source in parser.extract_macros()}
    finally:
        parser.close()
