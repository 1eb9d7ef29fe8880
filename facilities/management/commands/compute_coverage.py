"""``compute_coverage``: who reaches a facility in time, saved as a run."""

from __future__ import annotations

import datetime
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext

from facilities.models import CoverageRun, Kind, Network
from facilities.services.coverage import CoverageError, CoverageRequest, compute_coverage
from facilities.services.coverage_report import as_json, as_text
from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import RoadGraphError
from geo_registry.territory.models import Division


class Command(BaseCommand):
    """Compute the time along the roads from every populated place to the nearest open facility."""

    help = (
        "Compute the time along the roads from every populated place to the nearest open facility of a network, "
        "and the share of people within each limit, by division. The result is saved as a run with its parameters "
        "and the versions of its inputs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--network", required=True, help="code of the network, such as elderly-care")
        parser.add_argument("--profile", default="walk", help="code of the travel profile (default: walk)")
        parser.add_argument(
            "--minutes", default="5,10,15", help="limits in minutes, separated by commas (default: 5,10,15)"
        )
        parser.add_argument(
            "--kind", action="append", default=[], help="only this kind of facility; may be repeated"
        )
        parser.add_argument("--date", help="facilities open on this day, YYYY-MM-DD (default: today)")
        parser.add_argument(
            "--division", help="only people in this division (default: the installation's home)"
        )
        parser.add_argument("--winter", action="store_true", help="speeds times the profile's winter factor")
        parser.add_argument(
            "--json", metavar="OUT", help="also write the run as JSON to this file, or - for standard output"
        )
        parser.add_argument(
            "--if-none",
            action="store_true",
            help="do nothing if there is a finished run of this network already",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compute, save, print."""
        request = CoverageRequest(
            network=self._one(Network, options["network"]),
            profile=self._one(TravelProfile, options["profile"]),
            thresholds_s=self._limits(options["minutes"]),
            day=self._day(options["date"]),
            kinds=tuple(self._one(Kind, code) for code in options["kind"]),
            division=self._division(options["division"]),
            winter=options["winter"],
        )
        if (
            options["if_none"]
            and CoverageRun.objects.finished().at_home().filter(network=request.network).exists()
        ):
            self.stderr.write("There is a finished run already; nothing to do.")
            return
        try:
            run = compute_coverage(request=request, progress=_ToStream(self))
        except CoverageError as error:
            raise CommandError(str(error)) from error
        except RoadGraphError as error:
            raise CommandError(error.render(gettext)) from error
        if options["json"] == "-":
            self.stdout.write(json.dumps(as_json(run), ensure_ascii=False, indent=1))
            return
        if options["json"]:
            self._write(Path(options["json"]), run)
        self.stdout.write(as_text(run))

    def _write(self, path: Path, run: CoverageRun) -> None:
        try:
            path.write_text(json.dumps(as_json(run), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(
                f"Run {run.pk} is saved, but {path} cannot be written: {error.strerror}."
            ) from error

    def _one(self, model: Any, code: str) -> Any:
        found = model.objects.filter(code=code).first()
        if found is None:
            known = (
                ", ".join(model.objects.values_list("code", flat=True)[:40])
                or "none; run load_reference first"
            )
            raise CommandError(f"There is no {model.__name__} with the code “{code}”. Known: {known}.")
        return found

    def _limits(self, text: str) -> tuple[int, ...]:
        try:
            return tuple(round(float(part) * 60) for part in text.split(","))
        except (ValueError, OverflowError) as error:
            raise CommandError(f"--minutes wants numbers separated by commas, not “{text}”.") from error

    def _day(self, text: str | None) -> datetime.date:
        if not text:
            return timezone.localdate()
        try:
            return datetime.date.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"--date wants a day as YYYY-MM-DD, not “{text}”.") from error

    def _division(self, code: str | None) -> Division | None:
        if not code:
            return None
        found: Division | None = Division.objects.filter(code=code).order_by("-valid_from").first()
        if found is None:
            raise CommandError(f"There is no division with the code {code}.")
        return found


class _ToStream:
    """Shows progress on standard error."""

    def __init__(self, command: BaseCommand) -> None:
        self._command = command

    def step(self, done: int, total: int | None = None, message: str = "") -> None:
        """Write one line."""
        self._command.stderr.write(f"[{done}/{total or '?'}] {message}")
