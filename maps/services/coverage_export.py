"""A saved run as one HTML file: from the register's rows to the words and layers that ``maps.exports`` draws."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.text import get_valid_filename
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geo_registry.territory.models import Installation, Road, RoadClass

from ..exports.coverage_html import CoverageSheet, LegendStep, render
from . import coverage_page as page
from .coverage_further import further_tables
from .coverage_public import for_the_public
from .run_words import review_mark, title_of

# Roads are drawn to find one's way by. Towns' streets and lanes would make the file large and the map grey.
_ROAD_WIDTHS_PX = {
    RoadClass.MOTORWAY: 3.0,
    RoadClass.TRUNK: 2.5,
    RoadClass.PRIMARY: 2.2,
    RoadClass.SECONDARY: 1.6,
    RoadClass.TERTIARY: 1.2,
    RoadClass.UNCLASSIFIED: 0.8,
}
_MOST_ROADS = 6_000
_SIMPLIFY_DEG = 0.0001


class ExportError(Exception):
    """The file cannot be made, and why."""


def coverage_html(choice: page.Choice, *, public: bool = False) -> str:
    """Return the run, as chosen, as the text of one HTML file.

    ``public``: small counts are hidden and all that would give them away, places carry no count, facilities are those
    that the public may see.

    Raises
    ------
    ExportError
        If the browser libraries have not been installed, or a public map has no review number.
    """
    if public and not Installation.current().map_review_number:
        raise ExportError(
            _(
                "A map for the public needs its review number (审图号). Enter it under “this installation” first."
            )
        )
    sheet = _sheet(choice, public=public)
    return render(for_the_public(sheet, choice) if public else sheet, leaflet_dir=leaflet_dir())


def file_name(choice: page.Choice) -> str:
    """Return a name for the file: network, profile, limit, day."""
    run = choice.run
    stem = f"{run.network.code}-{run.profile.code}-{page.minutes(choice.limit_s)}min-{run.day:%Y%m%d}"
    return f"{get_valid_filename(stem)}.html"


def leaflet_dir() -> Path:
    """Return where Leaflet's files are.

    Raises
    ------
    ExportError
        If the browser libraries have not been installed.
    """
    found = finders.find("vendor/leaflet/leaflet.js")
    if not found:
        raise ExportError(_("The map library is not installed. Run script/server or script/test once."))
    return Path(found).parent


def _sheet(choice: page.Choice, *, public: bool) -> CoverageSheet:
    run = choice.run
    installation = Installation.current()
    rows = page.table(choice)
    # Beside the share stands the one with each village at a single point: how much the figure depends on where people are.
    with_points = not public and any(row.at_points for row in rows)
    limits = [_("%(minutes)s min") % {"minutes": page.minutes(limit)} for limit in run.thresholds_s]
    return CoverageSheet(
        language=(get_language() or "zh-hans").replace("hans", "Hans"),
        title=title_of(choice),
        sentence=page.sentence(choice),
        legend_title=_("Time to the nearest"),
        legend=[LegendStep(key=line.key, colour=line.colour, label=line.label) for line in page.legend(run)],
        facility_label=_("facility in operation"),
        table_caption=_("%(group)s within each limit, with the share of all") % {"group": choice.group.label},
        table_head=[
            _("Division"),
            str(choice.group.label),
            *limits,
            *(
                [_("%(minutes)s min, each village one point") % {"minutes": page.minutes(choice.limit_s)}]
                if with_points
                else []
            ),
            _("beyond"),
            _("unknown"),
        ],
        table_rows=[_table_row(row, with_points=with_points) for row in rows],
        further=[] if public else further_tables(choice, rows),
        notes=_notes(choice, public=public),
        demo_mark=_("Demo data: openly invented, not for use") if run.has_demo_data else None,
        review_mark=review_mark(installation, is_public=public),
        metres=_("m"),
        kilometres=_("km"),
        places=_with_radius(page.reach_features(choice)),
        facilities=page.facility_features(choice),
        boundaries=page.division_features(choice),
        roads=main_roads(),
    )


def _table_row(row: page.TableRow, *, with_points: bool) -> list[str]:
    cells = [f"{_count(cell.share.covered)} ({cell.percent})" for cell in row.cells]
    if with_points:
        cells.append(row.at_points or "—")
    return [row.name, _count(row.share.people), *cells, _count(row.beyond), _count(row.share.unknown)]


def _count(value: int) -> str:
    return number_format(value, force_grouping=True)


def _notes(choice: page.Choice, *, public: bool) -> list[str]:
    """Return what is said below the table. For the public no people are counted beside the table, where small counts are hidden."""
    run = choice.run
    installation = Installation.current()
    lines = [
        _("Population as of %(day)s; facilities in operation on %(open)s; computed %(made)s; run %(run)s.")
        % {
            "day": page.day_words(run.population_as_of) if run.population_as_of else "—",
            "open": page.day_words(run.day),
            "made": page.day_words(timezone.localdate(run.created_at)),
            "run": run.pk,
        },
        *page.gaps(run, with_people=not public),
        _("Circles are populated places. Datum CGCS2000 (EPSG:4490).")
        if public
        else _(
            "Circles are populated places; their area is in proportion to the people. Datum CGCS2000 (EPSG:4490)."
        ),
    ]
    return [*lines, installation.office_name] if installation.office_name else lines


def _with_radius(collection: dict[str, Any]) -> dict[str, Any]:
    """Add to each place a radius in pixels whose square is in proportion to its people, from 2 to 11."""
    most = max((f["properties"]["people"] for f in collection["features"]), default=0)
    for feature in collection["features"]:
        people = feature["properties"]["people"]
        feature["properties"]["radius"] = round(2 + 9 * math.sqrt(people / most), 1) if most else 3
    return collection


def main_roads() -> dict[str, Any]:
    """Return the larger roads, simplified, as GeoJSON; fewer classes where there are too many."""
    classes = list(_ROAD_WIDTHS_PX)
    while len(classes) > 1 and Road.objects.filter(road_class__in=classes).count() > _MOST_ROADS:
        classes.pop()
    features = []
    for road in (
        Road.objects.public().filter(road_class__in=classes).only("geometry", "road_class")[:_MOST_ROADS]
    ):
        line = json.loads(road.geometry.simplify(_SIMPLIFY_DEG).json)
        line["coordinates"] = [[round(x, 5), round(y, 5)] for x, y in line["coordinates"]]
        weight = _ROAD_WIDTHS_PX[RoadClass(road.road_class)]
        features.append({"type": "Feature", "geometry": line, "properties": {"weight": weight}})
    return {"type": "FeatureCollection", "features": features}
