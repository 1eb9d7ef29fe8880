"""What the public is told of facilities: lists, nearest first, and the same rows for the map and for files.

Everything starts at ``Facility.objects.public()`` and reads only `PUBLIC_FIELDS`: private columns never leave the database.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import Point
from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q
from django.utils import timezone

from geo_registry.reference.models import Source
from geo_registry.territory.geography import DistanceM
from geo_registry.territory.models import AgeGroup, Division, Level
from geo_registry.text.pinyin import plain_letters
from geo_registry.text.search import search_keys

from ..models import (
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityQuerySet,
    Function,
    Kind,
    Measure,
    Status,
    Verification,
)
from ..models.facility import ACCESSIBILITY
from .freshness import PUBLIC_CODES, Verified, verified
from .kept import kept
from .opening import Calendar, OpenNow, calendar_around, is_open, open_now
from .walking import Walk, walk_from

PUBLIC_FIELDS = (
    "number", "name", "address", "location", "location_method", "opening_hours", "public_phone", "opened_on", "updated_at",
    *ACCESSIBILITY,
    "kind__code", "kind__name_zh", "kind__name_en", "kind__shape", "kind__glyph", "kind__tier",
    "division__name", "division__code", "division__path", "division__level", "source__title", "source__is_demo", "source__dated",
)  # fmt: skip
# What is worth listing beside those in operation, and said to be so: gone for good is not.
NOT_OPEN_SHOWN = (Status.PAUSED, Status.BUILDING, Status.PLANNED)
# Figures of a list: how many could still come.
_VACANCY = (Measure.BEDS, Measure.DAYCARE_PLACES)


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for.

    ``access`` is one of `ACCESSIBILITY`; ``open_now`` leaves out what is closed at the moment of asking.
    ``position`` is in EPSG:4490; without one, the list is in the order of kinds.
    """

    need: Function | None = None
    kind: Kind | None = None
    whom: AgeGroup | None = None
    access: str = ""
    position: Point | None = None
    text: str = ""
    with_not_open: bool = False
    open_now: bool = False


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One facility as a list tells it.

    ``distance_m`` is a straight line on the ellipsoid, ``walk_s`` the time on foot along the roads; either may be ``None``.
    """

    facility: Facility
    status: Status
    status_since: datetime.date
    distance_m: float | None
    walk_s: int | None
    opening: OpenNow | None
    vacancies: Sequence[CapacityReading]
    verified: Mapping[str, Verified] = field(default_factory=dict)

    @property
    def is_open_status(self) -> bool:
        """Whether it is in operation at all."""
        return self.status == Status.OPEN

    @property
    def is_demo(self) -> bool:
        """Whether the row is openly invented."""
        return self.facility.is_demo


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A page of a list, with how many there are in all."""

    entries: Sequence[Listed] = field(default_factory=tuple)
    total: int = 0
    first: int = 1
    along_roads: bool = False

    @property
    def last(self) -> int:
        """The position of the last entry."""
        return self.first + len(self.entries) - 1

    @property
    def has_demo_data(self) -> bool:
        """Whether any entry is openly invented."""
        return any(entry.is_demo for entry in self.entries)


def search(what: Search, *, day: datetime.date) -> FacilityQuerySet:
    """Return the public facilities that fit, nearest first where there is a position.

    Those without a location come last.
    """
    shown = [Status.OPEN, *NOT_OPEN_SHOWN] if what.with_not_open else [Status.OPEN]
    rows = Facility.objects.public().with_status(day).filter(Q(status__in=shown))
    if what.kind is not None:
        rows = rows.filter(kind=what.kind)
    if what.whom is not None:
        rows = rows.filter(kind__tier__network__serves=what.whom)
    if what.access in ACCESSIBILITY:
        # What is not known is not promised: such places are told on their own pages.
        rows = rows.filter(**{f"{what.access}__in": [Facility.Provision.YES, Facility.Provision.LIMITED]})
    if what.need is not None:
        rows = rows.filter(_serves(what.need, day))
    if what.text.strip():
        rows = _matching(rows, what.text)
    order = ["kind__tier__network__position", "kind__position", "name", "pk"]
    if what.position is not None:
        rows = rows.annotate(distance_m=DistanceM("location", what.position))
        return rows.order_by(F("distance_m").asc(nulls_last=True), *order)
    return rows.order_by(*order)


def listing(
    what: Search, *, now: datetime.datetime, first: int = 1, size: int = 30, calendar: Calendar | None = None
) -> Listing:
    """Return ``size`` entries of a search from the ``first``-th on.

    Parameters
    ----------
    what
        What is looked for.
    now
        Local time; status holds on its day, hours at its minute.
    first
        Position of the first entry, counted from 1.
    size
        Most entries to return.
    calendar
        The calendar around ``now``, if the caller has read it.
    """
    calendar = calendar or calendar_around(now.date())
    rows = _at_the_moment(search(what, day=now.date()), what, now=now, calendar=calendar)
    walk = _walk(what)
    if walk is None:
        total = rows.count()
        page = list(_with_details(rows)[first - 1 : first - 1 + size])
    else:
        ordered = _by_walk(rows, walk)
        total, shown = len(ordered), ordered[first - 1 : first - 1 + size]
        found = _with_details(rows.filter(pk__in=shown)).in_bulk()
        page = [found[pk] for pk in shown if pk in found]
    return Listing(
        entries=[_listed(row, now=now, calendar=calendar, walk=walk) for row in page],
        total=total,
        first=first,
        along_roads=walk is not None,
    )


def _at_the_moment(
    rows: FacilityQuerySet, what: Search, *, now: datetime.datetime, calendar: Calendar
) -> FacilityQuerySet:
    """Leave out what is closed just now, if that is asked: only the calendar and the hours together can tell."""
    if not what.open_now:
        return rows
    hours = rows.filter(Q(status=Status.OPEN)).order_by().values_list("pk", "opening_hours")
    return rows.filter(pk__in=[pk for pk, text in hours if is_open(text, now=now, calendar=calendar)])


def _walk(what: Search) -> Walk | None:
    """Return walking times to all public facilities from where the visitor is, if there are roads to tell them by."""
    if what.position is None:
        return None
    return walk_from(what.position, located=_located)


def _located() -> list[tuple[int, float, float]]:
    """Return primary key, longitude and latitude of all public facilities that have a place. One query."""
    rows = Facility.objects.public().filter(location__isnull=False).order_by("pk")
    found = list(rows.annotate(wkb=AsWKB("location")).values_list("pk", "wkb"))
    lonlat = shapely.get_coordinates(shapely.from_wkb([bytes(wkb) for _pk, wkb in found])).tolist()
    return [(pk, lon, lat) for (pk, _wkb), (lon, lat) in zip(found, lonlat, strict=True)]


def _by_walk(rows: FacilityQuerySet, walk: Walk) -> list[int]:
    """Return the keys of rows by time on foot; those beyond it by their straight line, as ``rows`` has them."""
    keys = list(rows.values_list("pk", flat=True))
    return sorted(keys, key=lambda pk: (pk not in walk.seconds, walk.seconds.get(pk, 0)))


def everything(what: Search, *, now: datetime.datetime) -> list[Listed]:
    """Return all entries of a search: for the map, and for files. Those within a walk come first, by its time.

    Vacancies and verifications, which neither tells, are left out.
    """
    calendar, walk = calendar_around(now.date()), _walk(what)
    found = _at_the_moment(search(what, day=now.date()), what, now=now, calendar=calendar)
    rows = [_listed(row, now=now, calendar=calendar, walk=walk) for row in _with_public_columns(found)]
    return sorted(rows, key=lambda entry: (entry.walk_s is None, entry.walk_s or 0)) if walk else rows


def access_on_offer(*, day: datetime.date) -> list[str]:
    """Return what makes some public place in operation accessible, of `ACCESSIBILITY`. One query."""
    rows = Facility.objects.public().open_on(day).order_by()
    there = (Facility.Provision.YES, Facility.Provision.LIMITED)
    known = rows.aggregate(
        **{f"has_{code}": Count("pk", filter=Q(**{f"{code}__in": there})) for code in ACCESSIBILITY}
    )
    return [code for code in ACCESSIBILITY if known[f"has_{code}"]]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What can be chosen: needs that some public place in operation meets, and the kinds of such places."""

    needs: Sequence[Function]
    kinds: Sequence[Kind]

    @property
    def groups(self) -> list[AgeGroup]:
        """For whom these places are: the groups that their networks serve, in the order of the groups."""
        served = {kind.tier.network.serves for kind in self.kinds}
        return [group for group in AgeGroup if group in served]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What each page of the finder says whatever is looked for; the same rows for everybody, which nobody may change."""

    offer: Offer
    villages: Sequence[Division]
    accesses: Sequence[str]
    data_date: datetime.date | None
    has_demo_data: bool


def ground(*, day: datetime.date) -> Ground:
    """Return it as of a day: kept in the process until the register changes. One query then, else a dozen."""
    return kept("public-ground", day, compute=lambda: _ground(day))


def _ground(day: datetime.date) -> Ground:
    return Ground(
        offer=on_offer(day=day),
        villages=villages(),
        accesses=access_on_offer(day=day),
        data_date=data_date(),
        has_demo_data=demo_data_present(),
    )


def on_offer(*, day: datetime.date) -> Offer:
    """Return the needs and kinds that lead to a public facility in operation on ``day``. Six queries."""
    kind_of = dict(Facility.objects.public().open_on(day).values_list("pk", "kind_id"))
    declared = (
        FacilityFunction.objects.on(day)
        .filter(facility__in=kind_of)
        .values_list("facility_id", "function_id")
    )
    met = {function_id for _facility_id, function_id in declared}
    speaking = {facility_id for facility_id, _function_id in declared}
    silent = {kind_id for pk, kind_id in kind_of.items() if pk not in speaking}
    usual = Kind.functions.through.objects.filter(kind__in=silent).values_list("function_id", flat=True)
    kinds = Kind.objects.filter(pk__in=set(kind_of.values())).select_related("tier__network")
    return Offer(
        needs=list(Function.objects.filter(public=True, pk__in=met | set(usual))),
        kinds=list(kinds.order_by("tier__network__position", "tier__level", "position", "code")),
    )


def villages() -> list[Division]:
    """Return the villages and communities that somebody may choose as where they are, each with its township."""
    rows = Division.objects.public().at_level(Level.VILLAGE).filter(point__isnull=False)
    return list(
        rows.select_related("parent")
        .only("code", "name", "point", "parent__name", "parent__code")
        .order_by("code")
    )


def matching_divisions(text: str, divisions: Iterable[Division]) -> list[Division]:
    """Return the divisions whose name contains ``text``, in characters or in Pinyin."""
    wanted = text.strip()
    return [d for d in divisions if wanted and (wanted in d.name or sounds_like(d.name, wanted))]


def sounds_like(name: str, typed: str) -> bool:
    """Whether Latin letters typed are the Pinyin of a run of ``name``'s characters from some syllable on, or its initials."""
    letters = plain_letters(typed)
    if len(letters) < 2 or not typed.isascii():
        return False
    return any(key.startswith(("p" + letters, "i" + letters)) for key in _keys(name))


@lru_cache(maxsize=8192)
def _keys(name: str) -> tuple[str, ...]:
    return tuple(search_keys(name))


def _serves(need: Function, day: datetime.date) -> Q:
    """Facilities that declare a function on ``day``; of those that declare none, the ones whose kind usually has it."""
    declared = FacilityFunction.objects.on(day).filter(facility=OuterRef("pk"))
    return Q(Exists(declared.filter(function=need))) | (Q(kind__in=need.kinds.all()) & Q(~Exists(declared)))


def _matching(rows: FacilityQuerySet, text: str) -> FacilityQuerySet:
    words = list(dict.fromkeys(text.split()))
    named = list(rows.values_list("pk", "name", "division__name")) if any(map(_may_be_pinyin, words)) else []
    for word in words:
        fits = (
            Q(name__icontains=word) | Q(address__icontains=word) | Q(number__iexact=word)
            | Q(division__name__icontains=word) | Q(kind__name_zh__icontains=word) | Q(kind__name_en__icontains=word)
        )  # fmt: skip
        if _may_be_pinyin(word):
            heard = [
                pk for pk, name, village in named if sounds_like(name, word) or sounds_like(village, word)
            ]
            fits |= Q(pk__in=heard)
        rows = rows.filter(fits)
    return rows


def _may_be_pinyin(word: str) -> bool:
    return word.isascii() and not word.isdigit() and len(plain_letters(word)) > 1


def _with_details(rows: FacilityQuerySet) -> FacilityQuerySet:
    """Read with each facility all that is said of it, and no private column."""
    latest = CapacityReading.objects.standing().filter(measure__in=_VACANCY, vacant__isnull=False)
    latest = latest.order_by("facility_id", "measure", "-as_of").distinct("facility_id", "measure")
    return _with_public_columns(rows).prefetch_related(
        Prefetch("readings", queryset=latest, to_attr="vacancy_readings"),
        Prefetch(
            "verifications",
            queryset=Verification.objects.filter(code__in=PUBLIC_CODES),
            to_attr="public_verifications",
        ),
    )


def _with_public_columns(rows: FacilityQuerySet) -> FacilityQuerySet:
    return rows.select_related("kind", "division", "source").only(*PUBLIC_FIELDS)


def _listed(row: Facility, *, now: datetime.datetime, calendar: Calendar, walk: Walk | None = None) -> Listed:
    status = Status(row.status)  # type: ignore[attr-defined]
    return Listed(
        facility=row,
        status=status,
        status_since=row.status_since,  # type: ignore[attr-defined]
        distance_m=getattr(row, "distance_m", None),
        walk_s=walk.seconds.get(row.pk) if walk is not None else None,
        opening=open_now(row.opening_hours, now=now, calendar=calendar) if status == Status.OPEN else None,
        vacancies=getattr(row, "vacancy_readings", ()),
        verified=verified(row, getattr(row, "public_verifications", ())),
    )


def local_now() -> datetime.datetime:
    """Return the present time of the installation's time zone, naive."""
    return timezone.localtime().replace(tzinfo=None)


def data_date() -> datetime.date | None:
    """Return the day of the newest figure of any public facility."""
    rows = CapacityReading.objects.filter(
        total__isnull=False, facility__in=Facility.objects.public().values("pk")
    )
    newest: datetime.date | None = rows.aggregate(newest=Max("as_of"))["newest"]
    return newest


def demo_data_present() -> bool:
    """Whether any source of the registry is openly invented: the ground under the map may be, too."""
    return Source.objects.filter(is_demo=True).exists()
