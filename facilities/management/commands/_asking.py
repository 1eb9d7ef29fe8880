"""What the planner's commands have in common: rows by code, limits in minutes, a day, progress on standard error."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo_registry.territory.models import Division


def one(model: Any, code: str) -> Any:
    """Return the row of a code.

    Raises
    ------
    CommandError
        Naming the codes that there are.
    """
    found = model.objects.filter(code=code).first()
    if found is None:
        known = (
            ", ".join(model.objects.values_list("code", flat=True)[:40]) or "none; run load_reference first"
        )
        raise CommandError(f"There is no {model.__name__} with the code “{code}”. Known: {known}.")
    return found


def limits(text: str) -> tuple[int, ...]:
    """Return minutes, separated by commas, as seconds."""
    try:
        return tuple(round(float(part) * 60) for part in text.split(","))
    except (ValueError, OverflowError) as error:
        raise CommandError(f"--minutes wants numbers separated by commas, not “{text}”.") from error


def day(text: str | None) -> datetime.date:
    """Return the day asked for; today if none."""
    if not text:
        return timezone.localdate()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--date wants a day as YYYY-MM-DD, not “{text}”.") from error


def division(code: str | None) -> Division | None:
    """Return the division of a code, the one that holds today before others."""
    if not code:
        return None
    found: Division | None = Division.objects.filter(code=code).order_by("-valid_from").first()
    if found is None:
        raise CommandError(f"There is no division with the code {code}.")
    return found


class ToStream:
    """Shows progress on standard error."""

    def __init__(self, command: BaseCommand) -> None:
        self._command = command
        self._last: tuple[int, str] | None = None

    def step(self, done: int, total: int | None = None, message: str = "") -> None:
        """Write one line for each step, however often it is told."""
        if not message or (done, message) == self._last:
            return
        self._last = (done, message)
        self._command.stderr.write(f"[{done}/{total or '?'}] {message}")
