"""Serves jobs to a program of ours: one JSON line in, one JSON line out, over a socket of this computer."""

import hmac
import json
import os
import secrets
import shutil
import socket
import threading
import time
import traceback
from typing import Any, Callable, Dict, List, Optional

from xlsmkt.errors import UserError
from xlsmkt.hosts.calc.inside import (  # noqa: F401 - they enter their jobs
    computing,
    describing,
    evaluating,
    explaining,
    saving,
)
from xlsmkt.hosts.calc.inside.contact import FOLDER, OWNER
from xlsmkt.hosts.calc.inside.dialogs import Later
from xlsmkt.hosts.calc.inside.documents import desktop
from xlsmkt.hosts.calc.inside.jobs import JOBS

SECONDS_TO_ASK = 5
"""How long a client may take to say what it wants; the next one waits until then."""

_OWNER_CHECKED_AFTER = 2.0
_LARGEST_REQUEST = 64 << 20


def serve(context: Any, contact_path: str) -> None:
    """Listen in a thread of its own, and write into ``contact_path`` where, and the token that every job must name.

    Without a path nothing happens: this office was not started by a program of ours.
    """
    if not contact_path:
        return
    listening = socket.create_server(("127.0.0.1", 0))
    token = secrets.token_urlsafe(32)
    contact = {"port": listening.getsockname()[1], "token": token, "pid": os.getpid()}
    _in_background(_listen, context, listening, token)
    _in_background(_end_with, os.environ.get(OWNER, ""), os.path.dirname(contact_path))
    unfinished = contact_path + ".new"
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(contact, file)
    os.replace(unfinished, contact_path)  # whoever waits for the file never reads half of it


def _in_background(work: Callable[..., None], *arguments: Any) -> None:
    # A daemon: Python does not wait for it when the office ends for another reason.
    threading.Thread(target=work, args=arguments, name="xlsmkt", daemon=True).start()


def _listen(context: Any, listening: socket.socket, token: str) -> None:
    ended = False
    while not ended:
        client, _ = listening.accept()
        with client:
            ended = _answer(context, client, token)
    listening.close()
    desktop(context).terminate()


def _end_with(owner: str, folder: str) -> None:
    """Wait until nobody is left who could end this office, and end it, with the folder that was made for it."""
    while not _is_gone(owner):
        time.sleep(_OWNER_CHECKED_AFTER)
    if os.path.basename(folder).startswith(FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _is_gone(owner: str) -> bool:
    # On Windows os.kill would end the process that it asks for.
    if os.name != "posix" or not owner.isdigit():
        return False
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def _answer(context: Any, client: socket.socket, token: str) -> bool:
    """Do what one client asks for; whether it asked the office to end."""
    try:
        request = _request(_line(client), token)
        answer = {"failed": "The request is not one of xlsmkt."} if request is None else _done(context, request)
        client.settimeout(SECONDS_TO_ASK)
        client.sendall(json.dumps(answer).encode("ascii") + b"\n")
    except OSError:  # the client went away
        return False
    return request is not None and request["job"] == "quit"


def _line(client: socket.socket) -> bytes:
    """What a client says up to the end of the line; nobody may take longer than all are given."""
    until = time.monotonic() + SECONDS_TO_ASK
    said = bytearray()
    while not said.endswith(b"\n") and len(said) < _LARGEST_REQUEST:
        client.settimeout(max(0.001, until - time.monotonic()))
        piece = client.recv(1 << 20)
        if not piece:
            break
        said += piece
    return bytes(said)


def _request(line: bytes, token: str) -> Optional[Dict[str, Any]]:
    """What a client asks for; None if it is not one of ours."""
    try:
        request = json.loads(line)
        ours = hmac.compare_digest(str(request["token"]).encode(), token.encode())
        return request if ours and isinstance(request["job"], str) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _done(context: Any, request: Dict[str, Any]) -> Dict[str, Any]:
    job = JOBS.get(request["job"])
    if job is None:
        return {"failed": f"LibreOffice knows no job {request['job']!r}."}
    answers: List[Dict[str, Any]] = []
    finished = threading.Event()

    def work() -> None:
        try:
            answers.append({"done": job(context, **request.get("arguments") or {})})
        except UserError as error:
            answers.append({"failed": str(error)})
        except Exception as error:  # a defect of ours, or LibreOffice refused something unforeseen
            traceback.print_exc()
            answers.append({"failed": f"{type(error).__name__}: {error}"})
        finally:
            finished.set()

    # By the main thread, which computes too when it is idle: two threads that compute may wait for each other for ever.
    Later(context, work).post()
    finished.wait()
    return answers[0]
