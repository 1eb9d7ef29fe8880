"""Inspection days: which signs are to be visited, in the order of the roads, from the township's office and back."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from geo_registry.accounts.models import User
from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import Profile, RoadGraph, snap_places, times_within, way_lines
from geo_registry.roadgraph.matrix import LIMIT_MAX_S
from geo_registry.roadgraph.touring import best_order, cut_into_days
from geo_registry.territory.models import Division
from geo_registry.territory.services.network import road_network, travel_profile
from placenames.models import STANDING, Sign, SignOrder

from . import settings
from .lists import signs_for, unseen

MOST: Final = 300
"""So many signs are put in order at once; the rest waits for the next round, those that are due longest first."""
_UNSEEN_DEGREES: Final = 2e-5
"""About two metres: a map of a township shows no less."""
WHAT: Final = {
    "due": gettext_lazy("signs that should be looked at, and open work"),
    "work": gettext_lazy("open work only"),
    "all": gettext_lazy("all signs that stand"),
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an inspection round is asked for.

    Attributes
    ----------
    division
        Whose signs; the round begins and ends at its office.
    profile
        How one travels.
    what
        A key of `WHAT`.
    hours, minutes
        How long a day is, travel and visits together; how long one visit takes.
    """

    division: Division
    profile: TravelProfile
    what: str
    hours: float
    minutes: float


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A sign on a day's way: its number, how long the way from the stop before takes, when one is there since setting out."""

    number: int
    sign: Sign
    way_s: float
    at_s: float
    orders: Sequence[SignOrder] = ()


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day: its stops, the way home, and how much of it is travel."""

    number: int
    stops: Sequence[Stop]
    back_s: float
    travel_s: float
    total_s: float


@dataclass(frozen=True, kw_only=True)
class Round:
    """The days, and the signs that are on none of them, each with why.

    Attributes
    ----------
    start
        Longitude and latitude where each day begins and ends; ``None`` where the registry does not know it.
    left
        Signs with the reason: no road near, no way there, too far for one day.
    waiting
        How many more than `MOST` there are.
    """

    days: Sequence[Day] = ()
    left: Sequence[tuple[Sign, str]] = ()
    start: tuple[float, float] | None = None
    problem: str = ""
    waiting: int = 0
    asked: int = 0


def day_hours() -> float:
    """Return how long an inspection day is, in hours."""
    return settings.number("route-day-hours")


def visit_minutes() -> float:
    """Return how long one visit takes, in minutes."""
    return settings.number("route-visit-minutes")


def profiles() -> list[TravelProfile]:
    """Return the ways to travel: vehicles before feet, since a township is not inspected on foot."""
    return sorted(TravelProfile.objects.prefetch_related("road_speeds"), key=lambda row: row.mode == "foot")


def chosen(*, user: User, what: str, division: Division, day: datetime.date) -> QuerySet[Sign]:
    """Return the signs to be visited, those longest due first.

    Work at a sign that is gone already (to be replaced) is also a visit: its site is where the new one goes.
    """
    rows = signs_for(user).filter(site__division__path__startswith=division.path)
    work = rows.filter(Exists(SignOrder.objects.open().filter(sign=OuterRef("pk"))))
    if what == "work":
        found = work
    elif what == "all":
        found = rows.filter(status__in=STANDING)
    else:
        keys = {*work.values_list("pk", flat=True), *unseen(rows, day).values_list("pk", flat=True)}
        found = rows.filter(pk__in=keys)
    return found.order_by("status_on", "asset_number")


def plan_round(*, question: Question, user: User, day: datetime.date | None = None) -> Round:
    """Put the signs to be visited into days, ordered along the roads.

    A sign off the roads, without a way there and back, or farther than a day is not silently put anywhere: it is named with why.

    Parameters
    ----------
    question
        What is asked.
    user
        Whose area bounds the signs.
    day
        On which day what is due.
    """
    today = day or timezone.localdate()
    rows = chosen(user=user, what=question.what, division=question.division, day=today)
    signs = list(rows[:MOST])
    asked = len(signs) if len(signs) < MOST else rows.count()
    office = question.division.point
    if office is None:
        return Round(asked=asked, problem=_("The registry does not know where this office is."))
    start = (office.x, office.y)
    found = Round(start=start, asked=asked, waiting=asked - len(signs))
    if not signs:
        return found
    profile = travel_profile(question.profile)
    graph = road_network(profile).graph
    if graph is None:
        return replace(found, problem=_("The registry holds no roads yet."))
    return replace(found, **_in_days(graph, profile, start, signs, question))  # type: ignore[arg-type]


def _in_days(
    graph: RoadGraph, profile: Profile, start: tuple[float, float], signs: Sequence[Sign], question: Question
) -> dict[str, object]:
    day_s, stay_s = question.hours * 3600, question.minutes * 60
    places = [start, *((sign.site.point.x, sign.site.point.y) for sign in signs)]
    snaps = snap_places(graph, np.array(places), profile)
    if not snaps.is_snapped[0]:
        return {"problem": _("There is no road near the office.")}
    everyone = np.arange(len(places))
    limit_s = min(day_s, LIMIT_MAX_S)
    there = _table(graph, snaps.take(everyone[:1]), snaps, limit_s)[0]
    back = _table(graph, snaps, snaps.take(everyone[:1]), limit_s)[:, 0]
    left, going = [], []
    for at, sign in enumerate(signs, start=1):
        why = _why_not(bool(snaps.is_snapped[at]), there[at], back[at], stay_s, day_s)
        if why:
            left.append((sign, why))
        else:
            going.append(at)
    if not going:
        return {"left": left}
    # Whoever is reached from the office and reaches it is within there and back of all the others.
    rows = np.array([0, *going])
    reach_s = min(float(back[going].max() + there[going].max()) + 1, LIMIT_MAX_S)
    costs = _table(graph, snaps.take(rows), snaps.take(rows), reach_s)
    days = cut_into_days(costs, best_order(costs), stay=stay_s, day=day_s)
    known = [signs[at - 1] for at in going]
    work = _open_work(known)
    told = [_told(number, order, costs, known, work, stay_s) for number, order in enumerate(days, start=1)]
    return {"days": told, "left": left}


def way_of(*, found: Round, day: Day, profile: TravelProfile) -> list[list[tuple[float, float]]]:
    """Return the way of a day, leg by leg, as it is driven: from the office from stop to stop and back.

    Parameters
    ----------
    found, day
        What `plan_round` found, and one of its days.
    profile
        How one travels, as it was asked.

    Returns
    -------
    list of list of (lon, lat)
        In degrees. A leg that the roads no longer lead along is a straight line.
    """
    if found.start is None:
        return []
    spots = [
        found.start,
        *((stop.sign.site.point.x, stop.sign.site.point.y) for stop in day.stops),
        found.start,
    ]
    straight = [list(leg) for leg in pairwise(spots)]
    travel = travel_profile(profile)
    graph = road_network(travel).graph
    if graph is None:
        return straight
    snaps = snap_places(graph, np.array(spots), travel)
    numbers = np.arange(len(spots))
    longest = max(day.back_s, *(stop.way_s for stop in day.stops))
    ways = way_lines(graph, snaps.take(numbers[:-1]), snaps.take(numbers[1:]), limit_s=longest + 1)
    return [
        # Signs on one pole have no way between them, and a place without a road to it has none that is known.
        _thinned(way.lonlat) if len(way.lonlat) > 1 else leg
        for way, leg in zip(ways, straight, strict=True)
    ]


def _thinned(lonlat: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Leave out the points of a line that no map shows."""
    kept = shapely.get_coordinates(shapely.simplify(shapely.LineString(lonlat), _UNSEEN_DEGREES))
    return [(float(lon), float(lat)) for lon, lat in kept]


def _table(graph: RoadGraph, origins: object, targets: object, limit_s: float) -> NDArray[np.float64]:
    """Return seconds from each origin to each target; infinite beyond the limit."""
    found = times_within(graph, origins, targets, limit_s=limit_s, direction="from-facility")  # type: ignore[arg-type]
    table = np.full((found.facilities, found.places), np.inf)
    table[found.facility, found.place] = found.time_ms / 1000.0
    return table


def _why_not(on_road: bool, there_s: float, back_s: float, stay_s: float, day_s: float) -> str:
    if not on_road:
        return _("no road near enough")
    if there_s + back_s == np.inf:
        return _("not to be reached by road within a day")
    if there_s + back_s + stay_s > day_s:
        return _("there and back takes longer than a day")
    return ""


def _open_work(signs: Iterable[Sign]) -> dict[int, list[SignOrder]]:
    found: dict[int, list[SignOrder]] = {}
    for order in SignOrder.objects.open().filter(sign__in=[sign.pk for sign in signs]):
        found.setdefault(order.sign_id, []).append(order)
    return found


def _told(
    number: int, order: Sequence[int], costs: NDArray[np.float64], signs: Sequence[Sign], work: dict[int, list[SignOrder]],
    stay_s: float,
) -> Day:  # fmt: skip
    stops, clock, travel, before = [], 0.0, 0.0, 0
    for position, place in enumerate(order, start=1):
        way = float(costs[before, place])
        sign = signs[place - 1]
        clock += way
        travel += way
        stops.append(Stop(number=position, sign=sign, way_s=way, at_s=clock, orders=work.get(sign.pk, ())))
        clock += stay_s
        before = place
    back = float(costs[before, 0])
    return Day(number=number, stops=stops, back_s=back, travel_s=travel + back, total_s=clock + back)
