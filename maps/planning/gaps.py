"""Who is out of reach, village by village: the most people first, with the nearest facility and the reason."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from facilities.models import CoverageReach, CoverageShare, Facility, ReachState, Status
from geo_registry.territory.models import AgeGroup, Division, Level

from ..services.coverage_page import Choice, day_words, decimals, named_facilities


class Reason(enum.StrEnum):
    """Why people of a village are not served."""

    DISTANCE = "distance"
    NO_ROAD = "no_road"
    FULL = "full"
    CLOSED = "closed"
    NO_DATA = "no_data"

    @property
    def label(self) -> Promise:
        """The word on the page."""
        return _REASONS[self]


_REASONS = {
    Reason.DISTANCE: pgettext_lazy("reason of a gap", "too far"),
    Reason.NO_ROAD: pgettext_lazy("reason of a gap", "no way by road"),
    Reason.FULL: pgettext_lazy("reason of a gap", "full"),
    Reason.CLOSED: pgettext_lazy("reason of a gap", "not in operation"),
    Reason.NO_DATA: pgettext_lazy("reason of a gap", "data missing"),
}


@dataclass(frozen=True, kw_only=True)
class Why:
    """One reason, in words that say what is behind it."""

    reason: Reason
    words: str
    facilities: tuple[Facility, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One village. ``uncovered``, ``full`` and ``unknown`` are people of the chosen group; together they are those not served."""

    division: Division
    people: int
    uncovered: int
    unknown: int
    full: int
    nearest: Facility | None
    minutes: str
    why: list[Why] = field(default_factory=list)
    lonlat: tuple[float, float] | None = None

    @property
    def not_served(self) -> int:
        """People beyond the limit, within it but without room, and unknown."""
        return self.uncovered + self.full + self.unknown

    @property
    def lacking(self) -> int:
        """People who are known to go without: beyond the limit, or within it but without room."""
        return self.uncovered + self.full

    @property
    def words(self) -> str:
        """One line for the map: where, how many, why."""
        said = _("%(village)s: %(people)s people not served") % {
            "village": self.division.name,
            "people": number_format(self.not_served, force_grouping=True),
        }
        return " · ".join([said, *(str(why.reason.label) for why in self.why)])

    @property
    def open_here(self) -> str:
        """The change that opens a site at the village, as the what-if page takes it; empty where the village has no place."""
        return f"open,{self.lonlat[0]:.6f},{self.lonlat[1]:.6f}" if self.lonlat else ""


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The list and what its columns add up to."""

    rows: list[Gap]
    uncovered: int
    unknown: int
    full: int
    people: int
    villages_served: int


def gaps_of(choice: Choice, *, reason: str = "") -> Gaps:
    """Rank the villages below the chosen division by people who are not served.

    Parameters
    ----------
    reason
        Only villages with this reason.
    """
    shares = list(_shares(choice))
    ids = [share.division_id for share in shares]
    full = _full(choice, ids)
    ways = _ways(choice)
    idle = _standing_by(choice)
    unplaced = _without_place(choice)
    seen = named_facilities(choice)
    rows = [
        _gap(share, full.get(share.division_id or 0, 0), ways[share.division_id or 0], idle, unplaced, seen)
        for share in shares
        if share.division is not None
    ]
    gaps = [row for row in rows if row.not_served]
    gaps.sort(key=lambda row: (-row.uncovered - row.full, -row.unknown, row.division.code))
    gaps += _uncounted(choice, {row.division.code for row in rows})
    return Gaps(
        rows=[row for row in gaps if not reason or any(why.reason == reason for why in row.why)],
        uncovered=sum(row.uncovered for row in rows),
        unknown=sum(row.unknown for row in rows),
        full=sum(row.full for row in rows),
        people=sum(row.people for row in rows),
        villages_served=sum(1 for row in rows if not row.not_served),
    )


def _below(choice: Choice) -> Q:
    """Return what lies below the chosen division: its lowest divisions."""
    lowest = Q(division__children__isnull=True) | Q(division__level=Level.VILLAGE)
    top = choice.parent or choice.within
    return lowest & Q(division__path__startswith=top.path) if top else lowest


def _shares(choice: Choice) -> list[CoverageShare]:
    rows = choice.set.shares.filter(_below(choice), group=choice.group, threshold_s=choice.limit_s)
    return list(
        rows.select_related("division__parent")
        .defer("division__boundary", "division__parent__boundary")
        .distinct()
    )


def _full(choice: Choice, division_ids: list[int | None]) -> dict[int, int]:
    """People within reach of places that are full: counted for one group only, and only where it was asked for."""
    group = AgeGroup(choice.run.parameters.get("group") or choice.run.network.serves)
    if group != choice.group:
        return {}
    rows = choice.set.coveragecapacity_rows.filter(division__in=division_ids, threshold_s=choice.limit_s)
    return dict(rows.values_list("division_id", "full"))


@dataclass
class _Ways:
    """The ways of a village's places: those beyond the limit by people, those with no way at all."""

    beyond: list[tuple[int, CoverageReach]] = field(default_factory=list)
    cut_off: int = 0
    unknown: int = 0
    where: tuple[float, float] | None = None
    most: int = -1


def _ways(choice: Choice) -> Mapping[int, _Ways]:
    people = {row.place_id: row.people.get(choice.group.value, 0) for row in choice.run.places.all()}
    found: dict[int, _Ways] = defaultdict(_Ways)
    reaches = (
        choice.set.reaches.select_related("place", "facility")
        .filter(place__division__isnull=False)
        .order_by("pk")
    )
    for reach in reaches:
        ways, count = found[reach.place.division_id or 0], people.get(reach.place_id, 0)
        if count > ways.most:
            ways.most, ways.where = count, (reach.place.point.x, reach.place.point.y)
        if reach.state == ReachState.UNKNOWN:
            ways.unknown += count
        elif reach.state == ReachState.BEYOND_RADIUS:
            continue  # too far for the service that travels: neither cut off nor timed
        elif reach.state == ReachState.UNREACHABLE or reach.time_ms is None:
            ways.cut_off += count
        elif reach.time_ms > choice.limit_s * 1000:
            ways.beyond.append((count, reach))
        else:
            ways.beyond.append((-1, reach))
    return found


def _standing_by(choice: Choice) -> Mapping[str, list[Facility]]:
    """Facilities of the run's network that stand in a village but are not in operation, by the village's path."""
    rows = (
        Facility.objects.at_home()
        .standing()
        .with_status(choice.run.day)
        .in_network(choice.run.network)
        .exclude(Q(("status", Status.OPEN)))
        .filter(Q(("status__isnull", False)))
        .select_related("division")
        .defer("division__boundary")
    )
    if choice.within is not None:
        rows = rows.within(choice.within)
    found: dict[str, list[Facility]] = defaultdict(list)
    for row in rows.order_by("number"):
        found[row.division.path].append(row)
    return found


def _without_place(choice: Choice) -> Mapping[str, list[Facility]]:
    """Facilities that the run counted in but that have no coordinates: they serve nobody there."""
    rows = Facility.objects.filter(pk__in=choice.set.facility_ids, location__isnull=True).select_related(
        "division"
    )
    if choice.within is not None:
        rows = rows.within(choice.within)
    found: dict[str, list[Facility]] = defaultdict(list)
    for row in rows.defer("division__boundary"):
        found[row.division.path].append(row)
    return found


def _gap(
    share: CoverageShare,
    full: int,
    ways: _Ways,
    idle: Mapping[str, list[Facility]],
    unplaced: Mapping[str, list[Facility]],
    seen: set[int] | None,
) -> Gap:
    division = share.division
    if division is None:
        raise ValueError(share.pk)
    nearest, minutes = _nearest(ways)
    return Gap(
        division=division,
        people=share.people,
        uncovered=share.uncovered,
        unknown=share.unknown,
        full=full,
        nearest=nearest if nearest is None or seen is None or nearest.pk in seen else None,
        minutes=minutes,
        why=_why(share, full, ways, idle.get(division.path, []), unplaced.get(division.path, [])),
        lonlat=ways.where or ((division.point.x, division.point.y) if division.point else None),
    )


def _nearest(ways: _Ways) -> tuple[Facility | None, str]:
    """Return the nearest facility of the place where most people are beyond the limit, and how long the ways there are."""
    if not ways.beyond:
        return None, ""
    far = [(count, reach) for count, reach in ways.beyond if count >= 0] or ways.beyond
    _count, most = max(far, key=lambda pair: (pair[0], -(pair[1].time_ms or 0)))
    times = sorted((reach.time_ms or 0) / 60_000 for _count, reach in far)
    shortest, longest = decimals(times[0], 0), decimals(times[-1], 0)
    return most.facility, shortest if shortest == longest else f"{shortest}—{longest}"


def _why(
    share: CoverageShare, full: int, ways: _Ways, idle: list[Facility], unplaced: list[Facility]
) -> list[Why]:
    found = []
    if share.uncovered > ways.cut_off:
        found.append(Why(reason=Reason.DISTANCE, words=""))
    if ways.cut_off:
        found.append(Why(reason=Reason.NO_ROAD, words=_("%(people)d people") % {"people": ways.cut_off}))
    if full:
        found.append(Why(reason=Reason.FULL, words=_("%(people)d people find no room") % {"people": full}))
    if idle and share.uncovered + full:
        words = _("、").join(f"{row.name}（{_status(row)}）" for row in idle)
        found.append(Why(reason=Reason.CLOSED, words=words, facilities=tuple(idle)))
    if share.unknown:
        found.append(
            Why(
                reason=Reason.NO_DATA,
                words=_("%(people)d people live too far from any road on record") % {"people": share.unknown},
            )
        )
    if unplaced:
        words = _("%(facilities)s has no coordinates") % {
            "facilities": _("、").join(row.name for row in unplaced)
        }
        found.append(Why(reason=Reason.NO_DATA, words=words, facilities=tuple(unplaced)))
    return found


def _status(facility: Facility) -> str:
    status: str = getattr(facility, "status", "")
    since = getattr(facility, "status_since", None)
    return f"{Status(status).label} {day_words(since) if since else ''}".strip()


def _uncounted(choice: Choice, known: set[str]) -> list[Gap]:
    """Villages that nobody is counted in: nothing can be said of them."""
    codes = [code for code in choice.run.summary.get("divisions_without_population", []) if code not in known]
    rows = (
        Division.objects.filter(code__in=codes).select_related("parent").defer("boundary", "parent__boundary")
    )
    top = choice.parent or choice.within
    if top is not None:
        rows = rows.filter(path__startswith=top.path)
    return [
        Gap(
            division=row,
            people=0,
            uncovered=0,
            unknown=0,
            full=0,
            nearest=None,
            minutes="",
            why=[Why(reason=Reason.NO_DATA, words=_("no population on record"))],
            lonlat=(row.point.x, row.point.y) if row.point else None,
        )
        for row in rows.order_by("code")
    ]
