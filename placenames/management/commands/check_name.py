"""``manage.py check_name NAME --kind road --division CODE [--at LON,LAT] [--json]``: the officer's checks in a terminal."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.gis.geos import Point
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.territory.models import Division
from geo_registry.text.normal import normal_form
from placenames.models import PlaceKind
from placenames.services.checking import Subject, check_name
from placenames.services.checking.words import as_rows


class Command(commands.Command):
    """Run the 22 checks on a name that nobody has entered yet."""

    help = gettext_noop("Check a proposed name: found, clear or not checked, with the evidence.")

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name and what it is for."""
        parser.add_argument("name", help=_("the name, in characters"))
        parser.add_argument(
            "--kind", required=True, help=_("code of the kind of place: road, lane, hamlet …")
        )
        parser.add_argument("--division", required=True, help=_("code of the division that it lies in"))
        parser.add_argument("--at", help=_("LON,LAT in degrees (EPSG:4490)"))
        parser.add_argument("--width", type=float, help=_("width in metres"))
        parser.add_argument("--json", action="store_true", help=_("the findings as JSON"))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check, and print what was found."""
        kind = PlaceKind.objects.filter(code=options["kind"]).select_related("procedure").first()
        if kind is None:
            known = ", ".join(PlaceKind.objects.values_list("code", flat=True))
            raise CommandError(
                _("There is no kind of place “%(code)s”. There are: %(known)s.")
                % {"code": options["kind"], "known": known or "-"}
            )
        division = (
            Division.objects.filter(code=options["division"], valid_to__isnull=True).defer("boundary").first()
        )
        if division is None:
            raise CommandError(
                _("There is no division with the code %(code)s.") % {"code": options["division"]}
            )
        subject = Subject(
            text=normal_form(options["name"]), kind=kind, division=division, geometry=_point(options["at"]),
            width_m=options["width"],
        )  # fmt: skip
        checked = check_name(subject)
        rows = as_rows(checked.findings)
        if options["json"]:
            body = {
                "name": subject.text, "specific": checked.parts.specific, "generic": checked.parts.generic,
                "spelling": checked.spelled.text, "all_clear": checked.all_clear, "findings": rows,
            }  # fmt: skip
            self.stdout.write(json.dumps(body, ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"{subject.text}  {checked.spelled.text}")
        for row in rows:
            self.stdout.write(f"{row['number']:>2} {row['title']}: {row['result_label']}" + _severity(row))
            for item in row["evidence"]:
                self.stdout.write(f"     {item['message']}")
            if row["reason"]:
                self.stdout.write(f"     {row['reason']}")


def _severity(row: dict[str, Any]) -> str:
    return f" ({row['severity_label']})" if row["severity_label"] else ""


def _point(text: str | None) -> Point | None:
    if not text:
        return None
    lon, _comma, lat = text.partition(",")
    try:
        point = Point(float(lon), float(lat), srid=4490)
    except ValueError as error:
        raise CommandError(_("--at is written LON,LAT in degrees, such as 106.2,38.1.")) from error
    if not (-180 <= point.x <= 180 and -90 <= point.y <= 90):
        raise CommandError(_("--at is written LON,LAT in degrees, such as 106.2,38.1."))
    return point
