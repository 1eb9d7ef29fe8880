"""A saved run as a planner looks at it: one set, one limit, one group, one level of divisions at a time."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from facilities.models import (
    CoveragePlace,
    CoverageReach,
    CoverageRun,
    CoverageSet,
    CoverageShare,
    Facility,
    FacilityQuerySet,
    Kind,
    ReachState,
)
from geo_registry.territory.models import AgeGroup, Division

from ..exports.palette import UNKNOWN, colours, step_of
from ..geojson import DEMO


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is looked at. Every part of it is in the page's address."""

    run: CoverageRun
    set: CoverageSet
    limit_s: int
    group: AgeGroup
    parent: Division | None
    within: Division | None = None

    def query(self, **changes: object) -> str:
        """Return the address's query for this choice, with changes."""
        values: dict[str, object] = {
            "set": set_key(self.set),
            "limit": self.limit_s,
            "group": self.group.value,
            "in": self.parent.code
            if self.parent and self.parent not in (self.run.division, self.within)
            else None,
        }
        query = QueryDict(mutable=True)
        query.update({key: str(value) for key, value in (values | changes).items() if value is not None})
        return query.urlencode()

    def url(self, **changes: object) -> str:
        """Return the page's address for this choice, with changes."""
        return f"{reverse('maps:planner_run', args=[self.run.pk])}?{self.query(**changes)}"


def set_key(one: CoverageSet) -> str:
    """Return the set's key in addresses and files."""
    return one.key


def sets_of(run: CoverageRun) -> list[CoverageSet]:
    """Return the run's sets in their order."""
    return list(run.sets.select_related("tier", "kind", "function").order_by("position"))


def choose(run: CoverageRun, params: Mapping[str, str], *, within: Division | None = None) -> Choice:
    """Read a choice from an address; whatever is missing or unknown there gets its most useful value.

    ``within`` narrows it to one division and below: what lies outside is neither in the table nor on the map.
    """
    by_key = {set_key(one): one for one in sets_of(run)}
    limits = {str(limit): limit for limit in run.thresholds_s}
    groups = groups_of(run)
    wanted = params.get("group", "")
    default = AgeGroup(run.network.serves) if run.network.serves in groups else groups[0]
    top = (
        within
        if within and (run.division is None or within.path.startswith(run.division.path))
        else run.division
    )
    parents = Division.objects.under(top) if top else Division.objects.all()
    parent = parents.filter(code=params["in"]).first() if params.get("in") else None
    return Choice(
        run=run,
        set=by_key.get(params.get("set", ""), next(iter(by_key.values()))),
        limit_s=limits.get(params.get("limit", ""), max(run.thresholds_s)),
        group=AgeGroup(wanted) if wanted in groups else default,
        parent=parent or top,
        within=top if top != run.division else None,
    )


def groups_of(run: CoverageRun) -> list[AgeGroup]:
    """Return the groups that were counted anywhere; residents where none was."""
    return [AgeGroup(group) for group in run.summary.get("groups_counted", [])] or [AgeGroup.RESIDENTS]


def day_words(value: datetime.date) -> str:
    """Return a day as the reader writes it."""
    return date_format(value, _("j F Y"))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One division's people within one limit."""

    share: CoverageShare
    percent: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One division with its people by limit. ``opens`` is the address of the divisions below it, if there are any."""

    division: Division | None
    name: str
    share: CoverageShare
    cells: list[Cell]
    opens: str

    @property
    def percent(self) -> str:
        """The share within the chosen limit."""
        return percent(self.share)

    @property
    def at_points(self) -> str:
        """The share within the chosen limit if each village were one point; empty where that was not computed."""
        share = self.share.share_at_points
        return "" if share is None else f"{decimals(100 * share, 1)}%"

    @property
    def beyond(self) -> int:
        """People beyond the largest limit."""
        return self.cells[-1].share.uncovered


def table(choice: Choice) -> list[TableRow]:
    """Return a row for the chosen division as a whole, and one for each division directly below it that has people."""
    below = (
        Division.objects.filter(parent=choice.parent)
        if choice.parent
        else Division.objects.filter(parent__isnull=True)
    )
    wanted = [choice.parent.pk] if choice.parent else []
    shares = (
        choice.set.shares.filter(
            group=choice.group, division__in=[*wanted, *below.values_list("pk", flat=True)]
        )
        .select_related("division")
        .order_by("division__level", "division__code", "threshold_s")
    )
    if choice.parent is None:
        shares = choice.set.shares.filter(group=choice.group, division__isnull=True) | shares
    rows: dict[int | None, list[CoverageShare]] = {}
    for share in shares:
        rows.setdefault(share.division_id, []).append(share)
    with_children = set(
        Division.objects.filter(parent__in=[pk for pk in rows if pk]).values_list("parent_id", flat=True)
    )
    return [_row(choice, by_limit, opens=pk in with_children) for pk, by_limit in rows.items()]


def _row(choice: Choice, by_limit: list[CoverageShare], *, opens: bool) -> TableRow:
    by_limit = sorted(by_limit, key=lambda share: share.threshold_s)
    division = by_limit[0].division
    chosen = next(share for share in by_limit if share.threshold_s == choice.limit_s)
    whole = division is None or division == choice.parent
    return TableRow(
        division=division,
        name=(division.name if division else _("Everywhere")) if not whole else _("All together"),
        share=chosen,
        cells=[Cell(share=share, percent=percent(share), chosen=share == chosen) for share in by_limit],
        opens=choice.url(**{"in": division.code}) if opens and division and not whole else "",
    )


def percent(share: CoverageShare) -> str:
    """Return the share within the limit as “71.3 %”, or a dash where nobody is counted."""
    return "—" if share.share is None else f"{decimals(100 * share.share, 1)}%"


def minutes(limit_s: int) -> str:
    """Return a limit in minutes as people say it."""
    value = limit_s / 60
    return decimals(value, 0 if value == int(value) else 1)


def decimals(value: float, places: int) -> str:
    """Return a number rounded to so many decimals. Django's own formatting cuts them off: 40.37 would become 40.3."""
    return number_format(round(value, places), places)


@dataclass(frozen=True, kw_only=True)
class LegendLine:
    """A step of the legend with its colour (``None``: unknown) and its words."""

    key: int | str
    colour: str | None
    label: str


def legend(run: CoverageRun) -> list[LegendLine]:
    """Return the steps from well served to far, then unknown."""
    limits = sorted(run.thresholds_s)
    shades = colours(len(limits) + 1)
    lines = [
        LegendLine(
            key=i, colour=shades[i], label=_("within %(minutes)s minutes") % {"minutes": minutes(limit)}
        )
        for i, limit in enumerate(limits)
    ]
    lines.append(
        LegendLine(
            key=len(limits),
            colour=shades[-1],
            label=_("farther than %(minutes)s minutes, or no way by road") % {"minutes": minutes(limits[-1])},
        )
    )
    lines.append(LegendLine(key=UNKNOWN, colour=None, label=_("unknown: too far from any road")))
    return lines


def reaches(choice: Choice) -> QuerySet[CoverageReach]:
    """Return the way from each populated place to its nearest facility of the chosen set."""
    rows = choice.set.reaches.select_related("place__division", "facility").order_by("place_id")
    return rows.filter(place__division__path__startswith=choice.within.path) if choice.within else rows


def collection(run: CoverageRun, features: list[dict[str, Any]]) -> dict[str, Any]:
    """Return features as a collection that says itself whether it holds what is openly invented."""
    return {"type": "FeatureCollection", "data": DEMO if run.has_demo_data else "", "features": features}


def reach_features(choice: Choice) -> dict[str, Any]:
    """Return populated places as a GeoJSON FeatureCollection (longitude first, EPSG:4490), each with its step and words."""
    run = choice.run
    people = _people(choice)
    seen = named_facilities(choice)
    features = []
    for reach in reaches(choice):
        step = step_of(
            reach.time_ms,
            thresholds_s=run.thresholds_s,
            reached=reach.state == ReachState.REACHED,
            known=reach.state != ReachState.UNKNOWN,
        )
        place = people[reach.place_id]
        count = place.people.get(choice.group.value, 0)
        features.append(
            {
                "type": "Feature",
                "id": reach.place_id,
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(reach.place.point.x, 6), round(reach.place.point.y, 6)],
                },
                "properties": {
                    "name": str(reach.place),
                    "division": reach.place.division.name if reach.place.division else "",
                    "path": reach.place.division.path if reach.place.division else "",
                    "people": count,
                    "step": step,
                    "label": _label(reach, place, choice.group, seen),
                },
            }
        )
    return collection(choice.run, features)


def _people(choice: Choice) -> dict[int, CoveragePlace]:
    """Return the run's places, with the people counted there, by the place's primary key."""
    return {place.place_id: place for place in choice.run.places.all()}


def _label(reach: CoverageReach, place: CoveragePlace, group: AgeGroup, seen: set[int] | None = None) -> str:
    """Say in one line where it is, how many people, how long, and to which facility, if it may be named."""
    nearest = reach.facility if reach.facility and (seen is None or reach.facility.pk in seen) else None
    count = place.people.get(group.value, 0)
    who = _("%(group)s: %(count)s") % {
        "group": group.label,
        "count": number_format(count, use_l10n=True, force_grouping=True),
    }
    if reach.state == ReachState.UNKNOWN:
        way = _("too far from any road to know (%(metres)s m)") % {"metres": decimals(place.access_m or 0, 0)}
    elif reach.state == ReachState.BEYOND_RADIUS:
        way = _("beyond the delivery radius of every one of them")
    elif reach.state == ReachState.UNREACHABLE or reach.time_ms is None:
        way = _("no way by road to any of them")
    else:
        way = _("%(minutes)s minutes to %(facility)s") % {
            "minutes": decimals(reach.time_ms / 60_000, 1),
            "facility": nearest.name if nearest else "—",
        }
    where = f"{reach.place.division.name} · {reach.place}" if reach.place.division else str(reach.place)
    return f"{where} · {who} · {way}"


def named_facilities(choice: Choice) -> set[int] | None:
    """Return the counted facilities that may be named to whoever acts in one township only; ``None``: all.

    Such a person sees of other townships what everybody sees.
    """
    return None if choice.within is None else set(_seen(choice).values_list("pk", flat=True))


def _seen(choice: Choice) -> FacilityQuerySet:
    rows = Facility.objects.filter(pk__in=choice.set.facility_ids)
    if choice.within is None:
        return rows
    public = Facility.objects.public().values("pk")
    return rows.filter(Q(division__path__startswith=choice.within.path) | Q(pk__in=public))


def counted_facilities(choice: Choice) -> FacilityQuerySet:
    """Return the facilities that the run counted in the chosen set, also those without a location; of a township its own."""
    rows = _seen(choice).select_related("kind")
    is_part = choice.parent is not None and choice.parent != choice.run.division
    return rows.within(choice.parent) if is_part and choice.parent else rows


def facilities_of(choice: Choice) -> QuerySet[Facility]:
    """Return the facilities that the run counted in the chosen set and that have a location."""
    return _seen(choice).located().select_related("kind")


def kinds_of(choice: Choice) -> list[Kind]:
    """Return the kinds of those facilities, for the legend."""
    return list(Kind.objects.filter(pk__in=facilities_of(choice).values("kind")))


def facility_features(choice: Choice) -> dict[str, Any]:
    """Return the facilities of the chosen set as a GeoJSON FeatureCollection (longitude first, EPSG:4490)."""
    return collection(
        choice.run,
        [
            {
                "type": "Feature",
                "id": facility.pk,
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(facility.location.x, 6), round(facility.location.y, 6)],
                },
                "properties": {
                    "name": facility.name,
                    "kind": facility.kind.name,
                    "shape": facility.kind.shape,
                    "glyph": facility.kind.glyph,
                    "label": f"{facility.name} · {facility.kind.name}",
                },
            }
            for facility in facilities_of(choice)
            if facility.location is not None
        ],
    )


def division_features(choice: Choice) -> dict[str, Any]:
    """Return the boundaries of the divisions in the table, with the share each has, as GeoJSON."""
    features = []
    for row in table(choice):
        if row.division is None or row.division == choice.parent or row.division.boundary is None:
            continue
        outline = row.division.boundary.simplify(0.0003, preserve_topology=True)
        features.append(
            {
                "type": "Feature",
                "id": row.division.pk,
                "geometry": json.loads(outline.json),
                "properties": {"name": row.division.name, "code": row.division.code, "percent": row.percent},
            }
        )
    return collection(choice.run, features)


def sentence(choice: Choice) -> str:
    """Return the parameters as one sentence that reads aloud."""
    run = choice.run
    return _("%(profile)s, within %(minutes)s minutes, %(group)s, on %(day)s, %(set)s in operation") % {
        "profile": run.profile,
        "minutes": minutes(choice.limit_s),
        "group": choice.group.label,
        "day": day_words(run.day),
        "set": choice.set.label,
    }


def gaps(run: CoverageRun, *, with_people: bool = True) -> list[str]:
    """Return, in words, what is missing under the figures; empty where nothing is.

    ``with_people``: also how many people live too far from any road, which may be a small count.
    """
    summary = run.summary
    lines = []
    if with_people and summary.get("residents_unsnapped"):
        lines.append(
            ngettext(
                "%(people)s residents at %(places)s place live too far from any road: unknown, never counted as covered.",
                "%(people)s residents at %(places)s places live too far from any road: unknown, never counted as covered.",
                summary["places_unsnapped"],
            )
            % {
                "people": number_format(summary["residents_unsnapped"], force_grouping=True),
                "places": summary["places_unsnapped"],
            }
        )
    for key, template in (
        (
            "facilities_without_location",
            _("%(count)s facilities in operation have no co-ordinates and serve nobody here."),
        ),
        ("facilities_unsnapped", _("%(count)s facilities are too far from any road and serve nobody here.")),
    ):
        if summary.get(key):
            lines.append(template % {"count": summary[key]})
    without = summary.get("divisions_without_population", [])
    if without:
        lines.append(_("%(count)s divisions have no population on record.") % {"count": len(without)})
    if run.parameters.get("delivery"):
        lines.append(_("The service travels to the person: times are those of the delivery."))
        if run.parameters.get("delivery_radius_m"):
            lines.append(
                _("It goes %(metres)s metres along the roads at most; whoever lives farther is out of reach.")
                % {"metres": number_format(round(run.parameters["delivery_radius_m"]), force_grouping=True)}
            )
    if summary.get("failing_left_out"):
        lines.append(
            _("%(count)s facilities in operation did not pass their assessment and are left out.")
            % {"count": summary["failing_left_out"]}
        )
    if summary.get("places_spread"):
        lines.append(
            _("The totals of %(count)s villages were spread over where they live.")
            % {"count": summary["places_spread"]}
        )
    if run.parameters.get("method") == "straight-line":
        lines.append(_("There are no roads in the registry: times are straight lines with a detour factor."))
    return lines
