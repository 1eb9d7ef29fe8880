"""``compute_coverage``: who reaches a facility in time, saved as a run."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.analysis.accessibility import Measure as AccessMeasure
from facilities.models import CoverageRun, Function, Measure
from facilities.services.coverage import AccessChoice, CoverageRequest, compute_coverage
from facilities.services.coverage_figures import DECAYS
from facilities.services.coverage_report import as_json, as_text
from geo_registry import commands

from ._asking import ToStream, add_question, ends_in_a_sentence, one, question, write_json


class Command(commands.Command):
    """Compute the time along the roads from every populated place to the nearest open facility."""

    help = gettext_noop(
        "Compute the time along the roads from every populated place to the nearest open facility of a network, "
        "and the share of people within each limit, by division. The result is saved as a run with its parameters "
        "and the versions of its inputs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_question(parser, minutes="5,10,15", minutes_help=_("limits in minutes, separated by commas"))
        parser.add_argument(
            "--function", action="append", default=[], help=_("a set for this function too, such as meals")
        )
        parser.add_argument(
            "--no-spread",
            action="store_true",
            help=_(
                "leave totals of whole divisions at their point instead of spreading them over where people live"
            ),
        )
        parser.add_argument(
            "--capacity", choices=Measure.values, metavar="MEASURE",
            help=_("people find room by this measure: %(measures)s") % {"measures": ", ".join(Measure.values)},
        )  # fmt: skip
        parser.add_argument(
            "--accessibility",
            choices=[measure.value for measure in AccessMeasure],
            help=_("supply in reach of each place"),
        )
        parser.add_argument(
            "--decay", choices=list(DECAYS), default="step", help=_("weight by time for it (default: step)")
        )
        parser.add_argument(
            "--supply", choices=Measure.values, default=Measure.BEDS.value, metavar="MEASURE",
            help=_("what is in reach (default: beds)"),
        )  # fmt: skip
        parser.add_argument(
            "--json",
            metavar="OUT",
            help=_("also write the run as JSON to this file, or - for standard output"),
        )
        parser.add_argument(
            "--if-none",
            action="store_true",
            help=_("do nothing if there is a finished run of this network already"),
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compute, save, print."""
        request = CoverageRequest(
            **question(options),
            functions=tuple(one(Function, code) for code in options["function"]),
            spread=not options["no_spread"],
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
            self.stderr.write(_("There is a finished run already; nothing to do."))
            return
        with ends_in_a_sentence():
            run = compute_coverage(request=request, progress=ToStream(self), threads=None)
        if options["json"]:
            write_json(self, options["json"], as_json(run), saved=_("Run %(key)s") % {"key": run.pk})
        if options["json"] != "-":
            self.stdout.write(as_text(run))
