"""A keyring for tests that keeps its passwords in the file FAKE_KEYRING; "locked" as its content refuses all."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Keyring(KeyringBackend):
    """Chosen with PYTHON_KEYRING_BACKEND=fake_keyring.Keyring."""

    priority = 1

    def _held(self):
        path = Path(os.environ["FAKE_KEYRING"])
        text = path.read_text() if path.exists() else "{}"
        if text == "locked":
            raise KeyringLocked("the collection is locked")
        return json.loads(text)

    def get_password(self, service, username):
        return self._held().get(f"{service} {username}")

    def set_password(self, service, username, password):
        held = {**self._held(), f"{service} {username}": password}
        Path(os.environ["FAKE_KEYRING"]).write_text(json.dumps(held))

    def delete_password(self, service, username):
        held = self._held()
        if held.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError(username)
        Path(os.environ["FAKE_KEYRING"]).write_text(json.dumps(held))
