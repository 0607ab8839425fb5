"""The command that makes a page, a PDF or a picture of the dashboard."""

from typing import Any


def add_commands(commands: Any) -> None:
    """Add the commands to those of the command line."""
