"""What our commands show a user: message boxes, the file picker, and the progress of a long piece of work."""

import threading
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import uno
import unohelper
from com.sun.star.awt import XCallback
from com.sun.star.awt.MessageBoxButtons import BUTTONS_OK, BUTTONS_OK_CANCEL, BUTTONS_YES_NO_CANCEL
from com.sun.star.awt.MessageBoxResults import OK, YES
from com.sun.star.awt.MessageBoxType import INFOBOX, QUERYBOX, WARNINGBOX
from com.sun.star.awt.PosSize import POS
from com.sun.star.ui.dialogs.ExecutableDialogResults import OK as PICKED
from com.sun.star.ui.dialogs.TemplateDescription import FILEOPEN_SIMPLE

TITLE = "xlsmkt"
_EVERY = 0.1  # seconds between two looks at what a long piece of work says
_CANCEL_BUTTON = 2  # com.sun.star.awt.PushButtonType.CANCEL
_ENDED = 1  # what the progress dialog ends with when the work asks for something; 0 is Cancel and the closed window
_WIDTH, _HEIGHT = 220, 58  # of the progress dialog, in units of a fourth of a letter
_NO = 3  # com.sun.star.awt.MessageBoxResults.NO

Message = Dict[str, Any]


class Dialogs:
    """Dialogs over a window."""

    def __init__(self, context: Any, frame: Any) -> None:
        self._context = context
        self._frame = frame

    def tell(self, text: str, good: bool = True) -> None:
        """Show a text with the button OK."""
        self._box(INFOBOX if good else WARNINGBOX, BUTTONS_OK, text)

    def confirm(self, text: str) -> bool:
        """Show a text with the buttons OK and Cancel: whether OK was clicked."""
        return bool(self._box(QUERYBOX, BUTTONS_OK_CANCEL, text) == OK)

    def ask(self, text: str) -> Optional[bool]:
        """Show a text with the buttons Yes, No and Cancel: True, False, None."""
        return {YES: True, _NO: False}.get(self._box(QUERYBOX, BUTTONS_YES_NO_CANCEL, text))

    def pick(self, title: str, kinds: str, folder: Path) -> List[str]:
        """Let the user pick files; none when he cancels."""
        picker = self._make("com.sun.star.ui.dialogs.FilePicker", FILEOPEN_SIMPLE)
        picker.setTitle(title)
        picker.setMultiSelectionMode(True)
        picker.appendFilter("CRM exports", kinds)
        picker.appendFilter("All files", "*.*")
        picker.setDisplayDirectory(uno.systemPathToFileUrl(str(folder)))
        if picker.execute() != PICKED:
            return []
        return [uno.fileUrlToSystemPath(url) for url in picker.getSelectedFiles()]

    def wait(self, following: Callable[[], Optional[Message]]) -> Optional[Message]:
        """Show how far a piece of work is, until it says something else than that; None when the user cancels.

        The office goes on painting, and its user can do nothing in this window but cancel.

        Parameters
        ----------
        following
            The next message of the work, None while there is none; what it raises is raised here.
        """
        return _Progress(self._context, self._frame).wait(following)

    def _box(self, kind: Any, buttons: int, text: str) -> int:
        window = self._frame.getContainerWindow()
        box = window.getToolkit().createMessageBox(window, kind, buttons, TITLE, text)
        try:
            return int(box.execute())
        finally:
            box.dispose()

    def _make(self, service: str, *arguments: Any) -> Any:
        return self._context.ServiceManager.createInstanceWithArgumentsAndContext(service, arguments, self._context)


class Later(unohelper.Base, XCallback):
    """Something that the office's main thread does when it is back in its loop."""

    def __init__(self, context: Any, do: Callable[[], None]) -> None:
        self._do = do
        self._loop = context.ServiceManager.createInstanceWithContext("com.sun.star.awt.AsyncCallback", context)

    def post(self) -> None:
        """Have it done; any thread may say so."""
        self._loop.addCallback(self, None)

    def notify(self, data: Any) -> None:
        """Called by the office."""
        self._do()


class _Progress:
    """A dialog with a line of text, a bar and the button Cancel."""

    def __init__(self, context: Any, frame: Any) -> None:
        self._later = Later(context, self._look)
        self._waiting = threading.Event()  # whether the main thread has not yet looked since it was asked to
        self._message: Optional[Message] = None
        self._error: Optional[Exception] = None
        make = context.ServiceManager.createInstanceWithContext
        model = make("com.sun.star.awt.UnoControlDialogModel", context)
        model.Title, model.Width, model.Height = TITLE, _WIDTH, _HEIGHT
        self._words = _control(model, "FixedText", "words", 8, 7, _WIDTH - 16, 10, Label="Starting ...")
        self._bar = _control(
            model, "ProgressBar", "bar", 8, 20, _WIDTH - 16, 10, ProgressValueMin=0, ProgressValueMax=100
        )
        _control(model, "Button", "cancel", _WIDTH - 58, 38, 50, 14, Label="Cancel", PushButtonType=_CANCEL_BUTTON)
        self._dialog = make("com.sun.star.awt.UnoControlDialog", context)
        self._dialog.setModel(model)
        window = frame.getContainerWindow()
        self._dialog.createPeer(window.getToolkit(), window)
        space, own = window.getPosSize(), self._dialog.getPosSize()
        self._dialog.setPosSize((space.Width - own.Width) // 2, (space.Height - own.Height) // 3, 0, 0, POS)

    def wait(self, following: Callable[[], Optional[Message]]) -> Optional[Message]:
        self._following = following
        ended = threading.Event()
        threading.Thread(target=self._remind, args=(ended,), daemon=True).start()
        try:
            self._dialog.execute()
        finally:
            ended.set()
            self._dialog.dispose()
        if self._error:
            raise self._error
        return self._message

    def _remind(self, ended: threading.Event) -> None:
        """Have the main thread look for messages, again and again; a window is touched by the main thread alone."""
        while not ended.wait(_EVERY):
            if not self._waiting.is_set():
                self._waiting.set()
                self._later.post()

    def _look(self) -> None:
        self._waiting.clear()
        try:
            while not self._message and not self._error:
                message = self._following()
                if message is None:
                    return
                if "progress" in message:
                    self._words.Label = message["words"]
                    self._bar.ProgressValue = int(100 * message["progress"])
                else:
                    self._message = message
        except Exception as error:  # raised where somebody waits for it
            self._error = error
        self._dialog.endDialog(_ENDED)


def _control(model: Any, kind: str, name: str, left: int, top: int, width: int, height: int, **more: Any) -> Any:
    control = model.createInstance("com.sun.star.awt.UnoControl%sModel" % kind)
    control.PositionX, control.PositionY, control.Width, control.Height = left, top, width, height
    for key, value in more.items():
        setattr(control, key, value)
    model.insertByName(name, control)
    return control
