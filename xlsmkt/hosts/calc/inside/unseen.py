"""Changes of a document that are no work of its user."""

from typing import Any


def unseen(document: Any) -> "_Unseen":
    """What is set inside neither makes the document one to be saved nor stands in its list of things to undo.

    Setting a formula to what it is records a step although undoing is locked (seen with LibreOffice 7.4): so the steps
    are hidden behind the user's last one, or removed where there is none.
    """
    return _Unseen(document)


class _Unseen:
    # A class, not a generator: contextlib sets an attribute of every exception that passes, which UNO's do not take.
    def __init__(self, document: Any) -> None:
        self._document = document

    def __enter__(self) -> None:
        self._modified = self._document.isModified()
        self._undo = self._document.getUndoManager()
        self._has_steps = self._undo.isUndoPossible()
        self._document.lockControllers()
        self._document.addActionLock()
        if self._has_steps:
            self._undo.enterHiddenUndoContext()

    def __exit__(self, *error: Any) -> None:
        if self._has_steps:
            self._undo.leaveUndoContext()
        else:
            self._undo.clear()
        self._document.removeActionLock()
        self._document.unlockControllers()
        if not self._modified:
            unmodified(self._document)


def unmodified(document: Any) -> None:
    """Say of a document that there is nothing to save."""
    for sheet in document.Sheets:
        for chart in sheet.Charts:  # one that shows new values counts as modified, and its document with it
            chart.EmbeddedObject.setModified(False)
    document.setModified(False)
