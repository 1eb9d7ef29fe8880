"""Who wants to know that a job has ended. Apps above register here; jobs know none of them."""

from __future__ import annotations

from collections.abc import Callable

from .models import Job

Listener = Callable[[Job], None]

_listeners: list[Listener] = []
_seeing: list[Listener] = []


def on_end(listener: Listener) -> None:
    """Have a function called with each job that has succeeded, failed or was lost, in the transaction that records it."""
    if listener not in _listeners:
        _listeners.append(listener)


def on_seen(listener: Listener) -> None:
    """Have a function called with each ended job whose end the person who asked for it has seen on a page: nobody need tell it."""
    if listener not in _seeing:
        _seeing.append(listener)


def seen(job: Job) -> None:
    """Tell that whoever asked for a job has seen how it ended."""
    for listener in _seeing:
        listener(job)


def tell(job: Job) -> None:
    """Tell that a job has ended."""
    for listener in _listeners:
        listener(job)
