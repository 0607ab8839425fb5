"""What may be typed into an input cell, and what is said when something else is."""

from typing import Any


def refusal(wanted: str) -> dict[str, str]:
    """The words of a data validation."""
    return {"error_title": "This input does not fit", "error_message": f"Give {wanted}."}


def at_least(least: float, wanted: str) -> dict[str, Any]:
    """A number from a limit on."""
    return {"validate": "decimal", "criteria": ">=", "value": least, "ignore_blank": True, **refusal(wanted)}
