"""The command that tells what needs somebody's attention."""

from typing import Any


def add_commands(commands: Any) -> None:
    """Add the commands to those of the command line."""
