"""``isochrones``: the areas from which facilities are reached within limits, as a file for maps."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.models import Kind, Network
from facilities.services.isochrones import IsochroneRequest, draw_isochrones, write_isochrones
from geo_registry import commands

from ._asking import add_profile, day, ends_in_a_sentence, limits, one, profile


class Command(commands.Command):
    """Draw isochrones along the roads."""

    help = gettext_noop(
        "Draw the areas from which open facilities of a network are reached within limits, along the roads, as "
        "GeoJSON or GeoPackage. For the eye: people are counted by compute_coverage, never from these areas."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("out", help=_("file to write: .geojson or .gpkg"))
        parser.add_argument("--network", required=True, help=_("code of the network, such as elderly-care"))
        add_profile(parser)
        parser.add_argument("--minutes", default="5,10,15", help=_("limits in minutes (default: 5,10,15)"))
        parser.add_argument(
            "--kind", action="append", default=[], help=_("only this kind of facility; may be repeated")
        )
        parser.add_argument(
            "--facility",
            action="append",
            default=[],
            help=_("only the facility of this number; may be repeated"),
        )
        parser.add_argument("--each", action="store_true", help=_("one area for every facility"))
        parser.add_argument("--date", help=_("facilities open on this day, YYYY-MM-DD (default: today)"))
        parser.add_argument(
            "--winter", action="store_true", help=_("speeds times the profile's winter factor")
        )
        parser.add_argument("--delivery", action="store_true", help=_("the service travels to the person"))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Draw, write, say what is missing."""
        request = IsochroneRequest(
            network=one(Network, options["network"]),
            profile=profile(options),
            limits_s=limits(options["minutes"]),
            day=day(options["date"]),
            kinds=tuple(one(Kind, code) for code in options["kind"]),
            numbers=tuple(options["facility"]),
            winter=options["winter"],
            delivery=options["delivery"],
            each=options["each"],
        )
        with ends_in_a_sentence():
            answer = draw_isochrones(request)
            write_isochrones(answer, Path(options["out"]))
        self.stdout.write(
            _("%(areas)d areas of %(facilities)d facilities written to %(file)s.")
            % {"areas": len(answer.frame), "facilities": answer.facilities, "file": options["out"]}
        )
        if answer.without_way:
            self.stdout.write(
                _("Too far from any road, without an area: %(numbers)s.")
                % {"numbers": "、".join(answer.without_way)}
            )
