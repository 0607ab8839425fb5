"""The jobs that an office does for a program of ours: name -> function(context, **arguments) -> what JSON can say."""

from typing import Any, Callable, Dict

Job = Callable[..., Any]

JOBS: Dict[str, Job] = {}


def job(function: Job) -> Job:
    """Enter a function among the jobs, under its own name."""
    JOBS[function.__name__] = function
    return function


@job
def quit(context: Any) -> None:
    """End the office; it goes once the answer is out."""
