"""A browser without a window, started for one page and ended with all that it left."""

import contextlib
import html
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import NoReturn

from xlsmkt.errors import UserError

VARIABLE = "XLSMKT_BROWSER"
"""The environment variable that names the browser to use, before all that is found."""

SECONDS = 60.0  # that one page may take
_END_SECONDS = 10.0
_ON_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
_ON_MAC = ("Google Chrome", "Chromium", "Microsoft Edge")
_ON_WINDOWS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe",
               "Chromium/Application/chrome.exe")  # fmt: skip
_QUIET = (
    "--headless=new",
    "--disable-gpu",
    "--hide-scrollbars",
    # nothing is fetched: not by the page, and not by the browser for itself
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--no-pings",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--use-mock-keychain",  # on a Mac the browser would ask for the user's own
)
# A page of its own around ours says how high ours is, and how much of a window's height the browser keeps to itself.
_MEASURE = """<!doctype html><html><meta charset="utf-8"><style>body {{ margin: 0 }}
iframe {{ border: 0; width: {width}px; height: {height}px }}</style>
<script>function measure(frame) {{
const page = frame.contentDocument, told = document.documentElement;
told.dataset.height = Math.ceil(Math.max(page.documentElement.scrollHeight, page.body.scrollHeight));
told.dataset.frame = {height} - innerHeight }}</script>
<iframe onload="measure(this)" srcdoc="{page}"></iframe></html>"""
_HEIGHT = 800
_HEAD = 1000  # characters, in which the measures stand


def find_browser(environment: Mapping[str, str] = os.environ, platform: str = sys.platform,
                 root: Path = Path("/")) -> Path | None:  # fmt: skip
    """The program of a browser that prints pages (Chrome, Chromium or Edge); None if there is none.

    Raises
    ------
    UserError
        The environment variable XLSMKT_BROWSER names what is no file.
    """
    if named := environment.get(VARIABLE):
        if Path(named).is_file():
            return Path(named).absolute()  # it is started in another folder
        raise UserError(
            f"{VARIABLE} names {named}, which is no file: set it to the program of a browser, or remove it."
        )
    return next((place for place in _places(environment, platform, root) if place.is_file()), None)


def _places(environment: Mapping[str, str], platform: str, root: Path) -> Iterator[Path]:
    for name in _ON_PATH:
        if found := shutil.which(name, path=environment.get("PATH", "")):
            yield Path(found)
    if platform == "darwin":
        for above in (root, Path(environment.get("HOME", root))):
            yield from (above / "Applications" / f"{name}.app" / "Contents" / "MacOS" / name for name in _ON_MAC)
    elif platform == "win32":
        for variable in ("ProgramW6432", "ProgramFiles", "ProgramFiles(x86)", "LocalAppData"):
            if folder := environment.get(variable) or environment.get(variable.upper()):
                yield from (Path(folder) / name for name in _ON_WINDOWS)
    else:
        yield from (root / "opt/google/chrome/chrome", root / "opt/microsoft/msedge/msedge", root / "snap/bin/chromium")


class Browser:
    """A browser for one page: it prints it to a PDF, or takes a picture of it.

    Parameters
    ----------
    program
        The program file.
    seconds
        How long one step may take.
    """

    def __init__(self, program: Path, seconds: float = SECONDS) -> None:
        self._program, self._seconds = program, seconds

    def pdf(self, page: str) -> bytes:
        """An HTML page as a PDF, on the paper that it asks for."""
        with self._room() as room:
            self._run(room, page, "--no-pdf-header-footer", f"--print-to-pdf={room / 'made.pdf'}")
            return self._made(room / "made.pdf", b"%PDF-")

    def png(self, page: str, wide: int, most: int) -> bytes:
        """A picture of all of an HTML page.

        Parameters
        ----------
        page
            The page.
        wide
            Its width in CSS pixels. Each of them is two by two dots.
        most
            Dots that the picture may be high; a page that would be higher gets one dot for each CSS pixel.

        Raises
        ------
        UserError
            The page is too high even so, or the browser did not answer.
        """
        from PIL import Image

        with self._room() as room:
            around = _MEASURE.format(page=html.escape(page), width=wide, height=_HEIGHT)
            told = self._run(room, around, f"--window-size={wide},{_HEIGHT}", "--dump-dom")[:_HEAD]
            found = [re.search(rf'data-{name}="(\d+)"', told) for name in ("height", "frame")]
            height, frame = (int(match[1]) if match else self._failed() for match in found)
            if height > most:
                raise UserError(f"The page is {height:,} pixels high, too high for a picture: print a PDF instead.")
            scale = 2 if 2 * height <= most else 1
            self._run(
                room, page, f"--window-size={wide},{height + frame}", f"--force-device-scale-factor={scale}",
                f"--screenshot={room / 'made.png'}",
            )  # fmt: skip
            cut = BytesIO()
            with Image.open(BytesIO(self._made(room / "made.png", b"\x89PNG"))) as picture:
                # some browsers picture the part of the window as well that they keep to themselves
                picture.crop((0, 0, picture.width, min(picture.height, scale * height))).save(cut, "PNG")
            return cut.getvalue()

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """A folder for the profile, the page and what is made of it, which goes afterwards.

        A browser that is a snap sees a folder of its own only.
        """
        in_snap = "snap" in self._program.resolve().parts  # /usr/bin/snap, or a file in /snap
        above = Path(os.path.expanduser("~")) / "snap/chromium/common"
        in_snap = in_snap and above.is_dir()
        folder = tempfile.mkdtemp(prefix="xlsmkt-page-", dir=above if in_snap else None)
        try:
            yield Path(folder).resolve()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, room: Path, page: str, *wanted: str) -> str:
        """Have the browser do one thing with a page; what it says."""
        (room / "page.html").write_text(page, "utf-8")
        command = [str(self._program), *_QUIET, f"--user-data-dir={room / 'profile'}", *wanted]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # the browser refuses to start it as root
        command.append((room / "page.html").as_uri())
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                cwd=room, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise UserError(
                f"{self._program} cannot be started ({error.strerror}); name another in {VARIABLE}."
            ) from None
        try:
            said, _ = process.communicate(timeout=self._seconds)
        except subprocess.TimeoutExpired:
            raise UserError(
                f"The browser {self._program} was not done after {self._seconds:g} seconds: close other programs and "
                f"try again, or name another one in {VARIABLE}."
            ) from None
        finally:
            _end(process)
        return said.decode("utf-8", "replace")

    def _made(self, path: Path, begins: bytes) -> bytes:
        made = path.read_bytes() if path.is_file() else b""
        if not made.startswith(begins):
            self._failed()
        return made

    def _failed(self) -> NoReturn:
        raise UserError(
            f"The browser {self._program} made nothing of the page: open it once by hand and try again, or name "
            f"another one in {VARIABLE}."
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a browser with all that it has started; the first of them may be gone already."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.stdout:
        process.stdout.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_END_SECONDS)
