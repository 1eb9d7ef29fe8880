"""``isochrones``: the areas from which facilities are reached within limits, as a file for maps."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext

from facilities.models import Kind, Network
from facilities.services.isochrones import (
    IsochroneError,
    IsochroneRequest,
    draw_isochrones,
    write_isochrones,
)
from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import RoadGraphError

from ._asking import day, limits, one


class Command(BaseCommand):
    """Draw isochrones along the roads."""

    help = (
        "Draw the areas from which open facilities of a network are reached within limits, along the roads, as "
        "GeoJSON or GeoPackage. For the eye: people are counted by compute_coverage, never from these areas."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("out", help="file to write: .geojson or .gpkg")
        parser.add_argument("--network", required=True, help="code of the network, such as elderly-care")
        parser.add_argument("--profile", default="walk", help="code of the travel profile (default: walk)")
        parser.add_argument("--minutes", default="5,10,15", help="limits in minutes (default: 5,10,15)")
        parser.add_argument(
            "--kind", action="append", default=[], help="only this kind of facility; may be repeated"
        )
        parser.add_argument(
            "--facility",
            action="append",
            default=[],
            help="only the facility of this number; may be repeated",
        )
        parser.add_argument("--each", action="store_true", help="one area for every facility")
        parser.add_argument("--date", help="facilities open on this day, YYYY-MM-DD (default: today)")
        parser.add_argument("--winter", action="store_true", help="speeds times the profile's winter factor")
        parser.add_argument("--delivery", action="store_true", help="the service travels to the person")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Draw, write, say what is missing."""
        request = IsochroneRequest(
            network=one(Network, options["network"]),
            profile=one(TravelProfile, options["profile"]),
            limits_s=limits(options["minutes"]),
            day=day(options["date"]),
            kinds=tuple(one(Kind, code) for code in options["kind"]),
            numbers=tuple(options["facility"]),
            winter=options["winter"],
            delivery=options["delivery"],
            each=options["each"],
        )
        try:
            answer = draw_isochrones(request)
            write_isochrones(answer, Path(options["out"]))
        except IsochroneError as error:
            raise CommandError(str(error)) from error
        except RoadGraphError as error:
            raise CommandError(error.render(gettext)) from error
        self.stdout.write(
            f"{len(answer.frame)} areas of {answer.facilities} facilities written to {options['out']}."
        )
        if answer.without_way:
            self.stdout.write(f"Too far from any road, without an area: {', '.join(answer.without_way)}.")
