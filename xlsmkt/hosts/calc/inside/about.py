"""What About in Calc's menu tells."""

from pathlib import Path
from typing import Any, Optional
from xml.etree import ElementTree

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.our_python import extension_folder, find_python


def about(office_version: str, folder: Optional[Path] = None) -> str:
    """Versions, the Python that Refresh uses, the licence, and where help is.

    Parameters
    ----------
    office_version
        LibreOffice's.
    folder
        Of the extension.
    """
    folder = folder or extension_folder()
    try:
        python = find_python(folder)
    except UserError as error:
        python = str(error)
    return "\n\n".join(
        [
            f"xlsmkt {_version(folder)}: the marketing and sales SLA, computed in cells.\nLibreOffice {office_version}",
            f"Python that Refresh uses: {python}",
            "Licence: BSD-3-Clause.",
            "Help: the sheet Functions of the workbook, the function wizard (Ctrl+F2, category Add-in), and in a "
            "terminal: xlsmkt --help",
        ]
    )


def _version(folder: Path) -> str:
    version = ElementTree.parse(folder / "description.xml").find("{*}version")
    return version.get("value", "") if version is not None else ""


def office_version(context: Any) -> str:
    """The version of the LibreOffice that runs."""
    from com.sun.star.beans import PropertyValue

    provider = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    product = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess",
        (PropertyValue(Name="nodepath", Value="/org.openoffice.Setup/Product"),),
    )
    return str(product.getByName("ooSetupVersionAboutBox"))
