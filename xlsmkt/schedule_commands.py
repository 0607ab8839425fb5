"""The commands that run the refresh every morning."""

from typing import Any


def add_commands(commands: Any) -> None:
    """Add the commands to those of the command line."""
