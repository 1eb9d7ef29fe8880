"""``compute_coverage``: who reaches a facility in time, saved as a run."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext

from facilities.analysis.accessibility import Measure as AccessMeasure
from facilities.analysis.errors import AnalysisError
from facilities.models import CoverageRun, Function, Kind, Measure, Network
from facilities.services.coverage import AccessChoice, CoverageError, CoverageRequest, compute_coverage
from facilities.services.coverage_figures import DECAYS
from facilities.services.coverage_report import as_json, as_text
from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import RoadGraphError
from geo_registry.territory.models import AgeGroup

from ._asking import ToStream, day, division, limits, one


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
            "--function", action="append", default=[], help="a set for this function too, such as meals"
        )
        parser.add_argument(
            "--delivery", action="store_true", help="the service travels to the person, by the given profile"
        )
        parser.add_argument(
            "--leave-out-failing",
            action="store_true",
            help="without facilities whose last confirmed assessment by the day is below its pass mark",
        )
        parser.add_argument(
            "--no-spread",
            action="store_true",
            help="leave totals of whole divisions at their point instead of spreading them over where people live",
        )
        parser.add_argument(
            "--group",
            choices=AgeGroup.values,
            help="who looks for a place (default: whom the network serves)",
        )
        parser.add_argument(
            "--capacity", choices=Measure.values, metavar="MEASURE",
            help=f"people find room by this measure: {', '.join(Measure.values)}",
        )  # fmt: skip
        parser.add_argument(
            "--accessibility",
            choices=[measure.value for measure in AccessMeasure],
            help="supply in reach of each place",
        )
        parser.add_argument(
            "--decay", choices=list(DECAYS), default="step", help="weight by time for it (default: step)"
        )
        parser.add_argument(
            "--supply", choices=Measure.values, default=Measure.BEDS.value, metavar="MEASURE",
            help="what is in reach (default: beds)",
        )  # fmt: skip
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
            network=one(Network, options["network"]),
            profile=one(TravelProfile, options["profile"]),
            thresholds_s=limits(options["minutes"]),
            day=day(options["date"]),
            kinds=tuple(one(Kind, code) for code in options["kind"]),
            division=division(options["division"]),
            winter=options["winter"],
            functions=tuple(one(Function, code) for code in options["function"]),
            delivery=options["delivery"],
            leave_out_failing=options["leave_out_failing"],
            spread=not options["no_spread"],
            group=AgeGroup(options["group"]) if options["group"] else None,
            capacity=Measure(options["capacity"]) if options["capacity"] else None,
            access=AccessChoice(
                measure=AccessMeasure(options["accessibility"]),
                decay=options["decay"],
                supply=Measure(options["supply"]),
            )
            if options["accessibility"]
            else None,
        )
        if (
            options["if_none"]
            and CoverageRun.objects.finished().at_home().filter(network=request.network).exists()
        ):
            self.stderr.write("There is a finished run already; nothing to do.")
            return
        try:
            run = compute_coverage(request=request, progress=ToStream(self), threads=None)
        except KeyboardInterrupt as error:
            raise CommandError("Stopped; nothing was saved.", returncode=130) from error
        except AnalysisError as error:
            raise CommandError(error.render(gettext)) from error
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
