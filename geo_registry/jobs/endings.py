"""Who wants to know that a job has ended. Apps above register here; jobs know none of them."""

from __future__ import annotations

from collections.abc import Callable

from .models import Job

Listener = Callable[[Job], None]

_listeners: list[Listener] = []


def on_end(listener: Listener) -> None:
    """Have a function called with each job that has succeeded, failed or was lost, in the transaction that records it."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(job: Job) -> None:
    """Tell that a job has ended."""
    for listener in _listeners:
        listener(job)
