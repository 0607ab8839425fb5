"""xlwings with its licence, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from web_calls import Refused


class Licensed:
    """Functions and the Refresh script, called through xlwings as xlwings Server calls them."""

    def __init__(self, key):
        environment = {**os.environ, "XLWINGS_ON_SERVER": "true", "XLWINGS_LICENSE_KEY": key}
        child = Path(__file__).with_name("web_child.py")
        self._child = subprocess.Popen(
            [sys.executable, child], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.metadata = json.loads(self._child.stdout.readline())

    def ask(self, question):
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        kind, answer = json.loads(self._child.stdout.readline())
        if kind == "refused":
            raise Refused(answer)
        assert kind == "ok", answer
        return answer

    def call(self, name, args, runtime="1.4"):
        return self.ask([name, args, runtime])

    def end(self):
        self._child.stdin.close()
        self._child.wait(20)
        self._child.stdout.close()
