"""A document in its window: stored, closed, and loaded again into the same window."""

from contextlib import suppress
from pathlib import Path
from typing import Any, Optional

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.document.MacroExecMode import USE_CONFIG
from com.sun.star.document.UpdateDocMode import ACCORDING_TO_CONFIG
from com.sun.star.lang import DisposedException
from com.sun.star.uno import Exception as UnoException

from xlsmkt.errors import UserError


class Shown:
    """A spreadsheet document and the window that shows it."""

    def __init__(self, context: Any, document: Any) -> None:
        self._context = context
        self._document = document
        self.frame = document.getCurrentController().getFrame()
        self._view = ""

    @property
    def path(self) -> Optional[Path]:
        """The document's file; None before it is saved, and for one that is not on this computer."""
        url = self._document.getURL()
        if not url.startswith("file:"):
            return None
        return Path(uno.fileUrlToSystemPath(url))

    @property
    def is_changed(self) -> bool:
        """Whether the document holds something that its file does not."""
        return bool(self._document.isModified())

    @property
    def is_read_only(self) -> bool:
        """Whether LibreOffice must not change the file."""
        return bool(self._document.isReadonly())

    def save(self) -> None:
        """Save the document in its file. Raises UserError."""
        try:
            self._document.store()
        except UnoException as error:
            raise UserError(f"LibreOffice cannot save {self._name} ({_said(error)}); save it yourself first.") from None

    def close(self) -> None:
        """Close the document and keep its window, empty. Raises UserError when LibreOffice will not let go of it."""
        controller = self._document.getCurrentController()
        self._view = controller.getViewData()
        self._url = self._document.getURL()
        if not controller.suspend(True) or not self.frame.setComponent(None, None):
            controller.suspend(False)
            raise UserError(f"LibreOffice is busy with {self._name}; try again when that has ended.")
        with suppress(DisposedException):  # it went with its window
            self._document.close(True)

    def load(self) -> None:
        """Load the file into the window again, where the user was. Raises UserError."""
        arguments = {
            "MacroExecutionMode": USE_CONFIG,
            "UpdateDocMode": ACCORDING_TO_CONFIG,
            "InteractionHandler": self._make("com.sun.star.task.InteractionHandler"),
        }
        values = tuple(PropertyValue(Name=name, Value=value) for name, value in arguments.items())
        try:
            document = self.frame.loadComponentFromURL(self._url, "_self", 0, values)
        except UnoException:
            document = None
        if document is None:
            name = Path(uno.fileUrlToSystemPath(self._url))
            with suppress(UnoException):  # a window without a document has no menu
                self.frame.loadComponentFromURL("private:factory/scalc", "_self", 0, ())
            raise UserError(f"LibreOffice cannot open {name} again; see whether the file is still there.")
        self._document = document
        with suppress(UnoException):  # sheets may have gone
            document.getCurrentController().restoreViewData(self._view)
        with suppress(UnoException):  # painted before a message box covers it
            self._make("com.sun.star.awt.Toolkit").processEventsToIdle()

    @property
    def _name(self) -> str:
        return self.path.name if self.path else "the document"

    def _make(self, service: str) -> Any:
        return self._context.ServiceManager.createInstanceWithContext(service, self._context)


def _said(error: Any) -> str:
    return " ".join(str(getattr(error, "Message", "") or type(error).__name__).split())
