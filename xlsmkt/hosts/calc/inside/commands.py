"""What the menu, the toolbar and the events of Calc start: a UNO component; none of it raises into the office."""

import os
import traceback
from pathlib import Path
from typing import Any, Callable, Dict, Set

import uno
import unohelper
from com.sun.star.lang import XServiceInfo
from com.sun.star.task import XJob, XJobExecutor

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside.contact import CONTACT
from xlsmkt.hosts.calc.inside.dialogs import Dialogs, Later
from xlsmkt.hosts.calc.words import COMMANDS
from xlsmkt.hosts.faults import log_fault

_SPREADSHEET = "com.sun.star.sheet.SpreadsheetDocument"
_SAVED = ("OnSaveDone", "OnSaveAsDone")
_FOR_EXCEL = (".xlsx", ".xlsm")


class Commands(unohelper.Base, XJobExecutor, XJob, XServiceInfo):
    """The component behind ``service:org.xlsmkt.Commands?name`` and behind the job of Jobs.xcu."""

    def __init__(self, context: Any, *arguments: Any) -> None:
        self._context = context

    def trigger(self, name: str) -> None:
        """Run a command by its name."""
        if name == "serve":
            try:
                from xlsmkt.hosts.calc.inside.serving import serve

                serve(self._context, os.environ[CONTACT])
            except Exception:  # whoever started the office reads what it prints
                traceback.print_exc()
        elif name in COMMANDS_BY_NAME:
            # A command may close the document in whose menu it was clicked: not before the menu has done its part.
            Later(self._context, lambda: _run(self._context, name)).post()

    def execute(self, arguments: Any) -> None:
        """Run the job of an event."""
        environment: Dict[str, Any] = {}
        for argument in arguments:
            if argument.Name == "Environment":
                environment = {value.Name: value.Value for value in argument.Value}
        document = environment.get("Model")
        if document is not None and document.supportsService(_SPREADSHEET):
            event = environment["EventName"]
            what = "Linking the functions" if event == "OnLoad" else "Giving the saved functions their names for Excel"
            _safely(self._context, document, lambda dialogs: _after(event, document), what)

    def getImplementationName(self) -> str:
        return COMMANDS

    def supportsService(self, name: str) -> bool:
        return name == COMMANDS

    def getSupportedServiceNames(self) -> Any:
        return (COMMANDS,)


def _refresh(context: Any, document: Any, dialogs: Dialogs) -> None:
    from xlsmkt.hosts.calc.inside.child import Child
    from xlsmkt.hosts.calc.inside.our_python import clean_environment, find_python
    from xlsmkt.hosts.calc.inside.refreshing import refresh
    from xlsmkt.hosts.calc.inside.shown import Shown

    python = find_python()
    office = Path(uno.fileUrlToSystemPath(_expanded(context, "$BRAND_BASE_DIR")))

    def start(book: Path) -> Child:
        return Child(python, book, clean_environment(os.environ, office))

    refresh(Shown(context, document), dialogs, start)


def _recalculate(context: Any, document: Any, dialogs: Dialogs) -> None:
    from xlsmkt.hosts.calc.inside.linking import relink

    relink(document)
    document.calculateAll()


def _explain(context: Any, document: Any, dialogs: Dialogs) -> None:
    from xlsmkt.hosts.calc.inside.explaining import explain

    dialogs.tell(explain(document))


def _about(context: Any, document: Any, dialogs: Dialogs) -> None:
    from xlsmkt.hosts.calc.inside.about import about, office_version

    dialogs.tell(about(office_version(context)))


COMMANDS_BY_NAME: Dict[str, Callable[[Any, Any, Dialogs], None]] = {
    "refresh": _refresh,
    "recalculate": _recalculate,
    "explain": _explain,
    "about": _about,
}

_running: Set[str] = set()  # the commands that have not ended


def _run(context: Any, name: str) -> None:
    document = _make(context, "com.sun.star.frame.Desktop").getCurrentComponent()
    if document is None or not document.supportsService(_SPREADSHEET) or _running:
        return
    _running.add(name)
    try:
        _safely(
            context, document, lambda dialogs: COMMANDS_BY_NAME[name](context, document, dialogs), name.capitalize()
        )
    finally:
        _running.clear()


def _after(event: str, document: Any) -> None:
    """What follows when a document was opened or saved."""
    if event == "OnLoad":
        from xlsmkt.hosts.calc.inside.linking import relink

        relink(document)
    elif event in _SAVED and document.getURL().startswith("file:"):
        path = uno.fileUrlToSystemPath(document.getURL())
        if path.lower().endswith(_FOR_EXCEL):
            from xlsmkt.hosts.calc.inside.linking import plain_names

            plain_names(path)


def _safely(context: Any, document: Any, do: Callable[[Dialogs], None], what: str) -> None:
    """Do something for a document; what goes wrong is told over its window, or only logged if nobody looks at it."""
    frame = document.getCurrentController().getFrame() if document.getCurrentController() else None
    dialogs = Dialogs(context, frame)
    try:
        try:
            do(dialogs)
        except UserError as error:
            said = "%s." % str(error).rstrip(".")
        except Exception:  # a defect of ours, or of LibreOffice
            said = "%s." % log_fault(what, "libreoffice")
        else:
            return
        if frame is not None and frame.getContainerWindow().isVisible():
            dialogs.tell(said, good=False)
    except Exception:  # the window has gone
        log_fault(what, "libreoffice")


def _make(context: Any, service: str) -> Any:
    return context.ServiceManager.createInstanceWithContext(service, context)


def _expanded(context: Any, text: str) -> str:
    expander = context.getValueByName("/singletons/com.sun.star.util.theMacroExpander")
    return str(expander.expandMacros(text))


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Commands, COMMANDS, (COMMANDS,))
