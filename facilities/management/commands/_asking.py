"""What the planner's commands have in common: the question asked, how it ends, progress on standard error, the answer as JSON."""

from __future__ import annotations

import datetime
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.analysis.errors import AnalysisError
from facilities.analysis.siting import StoppedError
from facilities.models import Kind, Network, PlanningAnswer
from geo_registry.jobs.work import JobFailure
from geo_registry.reference.models import TravelProfile
from geo_registry.reference.services import ReferenceMissing, default_profile
from geo_registry.roadgraph import RoadGraphError
from geo_registry.territory.models import AgeGroup, Division

LONGEST_S = 24 * 3600
"""The longest limit, as on the planner's page."""


def add_question(parser: ArgumentParser, *, minutes: str, minutes_help: str) -> None:
    """Declare the options that say to which facilities, how, within which limits, on which day and for whom."""
    parser.add_argument("--network", required=True, help=_("code of the network, such as elderly-care"))
    add_profile(parser)
    parser.add_argument(
        "--minutes",
        default=minutes,
        help=_("%(what)s (default: %(minutes)s)") % {"what": minutes_help, "minutes": minutes},
    )
    parser.add_argument(
        "--kind", action="append", default=[], help=_("only this kind of facility; may be repeated")
    )
    parser.add_argument("--date", help=_("facilities open on this day, YYYY-MM-DD (default: today)"))
    parser.add_argument(
        "--division", help=_("only people in this division (default: the installation's home)")
    )
    parser.add_argument("--winter", action="store_true", help=_("speeds times the profile's winter factor"))
    parser.add_argument(
        "--delivery", action="store_true", help=_("the service travels to the person, by the given profile")
    )
    parser.add_argument(
        "--leave-out-failing",
        action="store_true",
        help=_("without facilities whose last confirmed assessment by the day is below its pass mark"),
    )
    parser.add_argument(
        "--group", choices=AgeGroup.values, help=_("who looks for a place (default: whom the network serves)")
    )


def add_profile(parser: ArgumentParser) -> None:
    """Declare the option that says how people travel."""
    parser.add_argument(
        "--profile", help=_("code of the travel profile (default: how those whom the network serves travel)")
    )


def profile(options: dict[str, Any]) -> TravelProfile:
    """Return how people travel: as asked, or as those whom the network serves do.

    Raises
    ------
    CommandError
        Naming the profiles that there are.
    """
    if options["profile"]:
        found: TravelProfile = one(TravelProfile, options["profile"])
        return found
    try:
        return default_profile(one(Network, options["network"]).serves)
    except ReferenceMissing as error:
        raise CommandError(str(error)) from error


def question(options: dict[str, Any]) -> dict[str, Any]:
    """Return what `add_question` asked for, as arguments of a ``CoverageRequest``.

    Raises
    ------
    CommandError
        Naming the option that cannot be.
    """
    return {
        "network": one(Network, options["network"]),
        "profile": profile(options),
        "thresholds_s": limits(options["minutes"]),
        "day": day(options["date"]),
        "kinds": tuple(one(Kind, code) for code in options["kind"]),
        "division": division(options["division"]),
        "winter": options["winter"],
        "delivery": options["delivery"],
        "leave_out_failing": options["leave_out_failing"],
        "group": AgeGroup(options["group"]) if options["group"] else None,
    }


@contextmanager
def ends_in_a_sentence() -> Iterator[None]:
    """End a command that cannot go on, or that was stopped, with one sentence instead of a traceback."""
    try:
        yield
    except (StoppedError, KeyboardInterrupt) as error:
        raise CommandError(_("Stopped; nothing was saved."), returncode=130) from error
    except JobFailure as error:
        raise CommandError(str(error)) from error
    except (AnalysisError, RoadGraphError) as error:
        raise CommandError(error.render(_)) from error


def one(model: Any, code: str) -> Any:
    """Return the row of a code.

    Raises
    ------
    CommandError
        Naming the codes that there are.
    """
    found = model.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(model.objects.values_list("code", flat=True)[:40])
        raise CommandError(
            _("There is no %(what)s with the code “%(code)s”. Known: %(known)s.")
            % {
                "what": model._meta.verbose_name,
                "code": code,
                "known": known or _("none; run load_reference first"),
            }
        )
    return found


def limits(text: str) -> tuple[int, ...]:
    """Return minutes, separated by commas, as seconds."""
    try:
        found = tuple(round(float(part) * 60) for part in text.split(","))
    except (ValueError, OverflowError) as error:
        raise CommandError(
            _("--minutes wants numbers separated by commas, not “%(text)s”.") % {"text": text}
        ) from error
    if max(found) > LONGEST_S:
        raise CommandError(_("--minutes wants limits of at most a day, not “%(text)s”.") % {"text": text})
    return found


def day(text: str | None) -> datetime.date:
    """Return the day asked for; today if none."""
    if not text:
        return timezone.localdate()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(_("--date wants a day as YYYY-MM-DD, not “%(text)s”.") % {"text": text}) from error


def division(code: str | None) -> Division | None:
    """Return the division of a code, the one that holds today before others."""
    if not code:
        return None
    found: Division | None = Division.objects.filter(code=code).order_by("-valid_from").first()
    if found is None:
        raise CommandError(_("There is no division with the code %(code)s.") % {"code": code})
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
        raise CommandError(_("“%(text)s” is no LON,LAT.") % {"text": text}) from error
    if not (abs(lon) <= 180 and abs(lat) <= 88):
        raise CommandError(
            _("“%(text)s” is no longitude and latitude: longitude comes first.") % {"text": text}
        )
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


def write_json(command: BaseCommand, out: str, data: dict[str, Any], *, saved: str) -> None:
    """Write JSON to a file, or to standard output for ``-``; ``saved`` is what is in the registry in any case.

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
            _("%(saved)s is saved, but %(file)s cannot be written: %(why)s.")
            % {"saved": saved, "file": out, "why": error.strerror}
        ) from error
