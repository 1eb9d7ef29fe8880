"""What the planner's commands have in common: rows by code, limits in minutes, a day, progress on standard error."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from facilities.models import PlanningAnswer
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


def point(text: str) -> tuple[float, float]:
    """Return longitude and latitude, in degrees."""
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise CommandError(f"“{text}” is no LON,LAT.") from error
    if not (abs(lon) <= 180 and abs(lat) <= 88):
        raise CommandError(f"“{text}” is no longitude and latitude: longitude comes first.")
    return lon, lat


def as_json(answer: PlanningAnswer) -> dict[str, Any]:
    """Return a saved answer with its parameters and the versions of its inputs."""
    return {
        "id": str(answer.pk),
        "subject": answer.subject,
        "network": answer.network.code,
        "profile": answer.profile.code,
        "day": answer.day.isoformat(),
        "division": answer.division.code if answer.division else None,
        "parameters": answer.parameters,
        "input_versions": answer.input_versions,
        "answer": answer.answer,
        "contains_demo_data": answer.has_demo_data,
        "duration_s": answer.duration_s,
    }


def write_json(command: BaseCommand, out: str, data: dict[str, Any]) -> None:
    """Write JSON to a file, or to standard output for ``-``.

    Raises
    ------
    CommandError
        If the file cannot be written.
    """
    text = json.dumps(data, ensure_ascii=False, indent=1)
    if out == "-":
        command.stdout.write(text)
        return
    try:
        Path(out).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(
            f"The answer {data.get('id')} is saved, but {out} cannot be written: {error.strerror}."
        ) from error
