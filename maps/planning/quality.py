"""What is missing, stale or contradictory in the data under the figures: weighted, and each row a way to mend it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import (
    CapacityReading,
    CoverageReach,
    CoverageRun,
    Facility,
    FacilityQuerySet,
    FacilityStatus,
    Measure,
    ReachState,
)
from facilities.services.freshness import freshness
from geo_registry.reference.services import ReferenceMissing, effective_value
from geo_registry.territory.models import (
    AgeGroup,
    Division,
    Level,
    LocationMethod,
    PopulatedPlace,
    PopulationCount,
)

from ..services.coverage_page import day_words
from .overview import list_url

# So many rows of a check stand on the page of all checks; the rest on its own.
SHOWN = 30
MOST_ON_A_PAGE = 2_000
OLD_COUNTS: Final = "population-stale-years"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing to mend: what, where, what is wrong with it, and the page it is mended on."""

    label: str
    where: str
    words: str
    fix_url: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a check found: the rows, of how many that were looked at."""

    rows: list[Row]
    of: int
    all_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose data, on which day, and whether the person may mend it."""

    day: datetime.date
    division: Division | None
    may_edit: bool
    may_territory: bool

    def facilities(self) -> FacilityQuerySet:
        """Facilities in the scope, without duplicates."""
        rows = Facility.objects.at_home().standing()
        rows = rows.within(self.division) if self.division else rows
        return rows.select_related("division").defer("division__boundary").order_by("number")

    def open(self) -> FacilityQuerySet:
        """Those in operation."""
        rows = Facility.objects.at_home().open_on(self.day)
        rows = rows.within(self.division) if self.division else rows
        return rows.select_related("division").defer("division__boundary").order_by("number")

    def villages(self) -> QuerySet[Division]:
        """Villages that count on the day."""
        rows = Division.objects.counted(self.day).at_level(Level.VILLAGE)
        top = self.division
        rows = rows.under(top) if top else rows
        return rows.select_related("parent").defer("boundary", "parent__boundary").order_by("code")

    def places(self) -> QuerySet[PopulatedPlace]:
        """Populated places."""
        rows = PopulatedPlace.objects.at_home()
        rows = rows.under(self.division) if self.division else rows
        return rows.select_related("division").defer("division__boundary").order_by("code")

    def facility(self, row: Facility, words: str, *, address: str = "") -> Row:
        """Return a facility as something to mend."""
        url = reverse("facilities:edit" if self.may_edit else "facilities:record", args=[row.number])
        return Row(label=row.name, where=row.division.name, words=words, fix_url=address or url)

    def ground(self, label: str, where: str, words: str, admin: str, pk: int) -> Row:
        """Return a division or place as something to mend."""
        url = reverse(f"admin:territory_{admin}_change", args=[pk]) if self.may_territory else ""
        return Row(label=label, where=where, words=words, fix_url=url)


def _without_location(scope: Scope) -> Found:
    rows = scope.open()
    return Found(
        rows=[
            scope.facility(row, _("serves nobody on any map")) for row in rows.filter(location__isnull=True)
        ],
        of=rows.count(),
        all_url=list_url(status="open", missing="location"),
    )


def _outside(scope: Scope) -> Found:
    """Points outside the outline of the township that the record names; townships without one cannot be checked."""
    found, looked_at = [], 0
    towns = Division.objects.on(scope.day).at_level(Level.TOWNSHIP).filter(boundary__isnull=False)
    towns = towns.under(scope.division) if scope.division else towns
    for town in towns.order_by("code"):
        rows = scope.facilities().within(town).located()
        looked_at += rows.count()
        found += [
            scope.facility(row, _("its point lies outside %(town)s") % {"town": town.name})
            for row in rows.exclude(location__coveredby=town.boundary)
        ]
    return Found(rows=found, of=looked_at)


def _rough(scope: Scope) -> Found:
    rows = scope.open().located()
    rough = rows.filter(
        location_method__in=[LocationMethod.ADDRESS, LocationMethod.DIVISION, LocationMethod.ESTIMATED]
    )
    return Found(
        rows=[scope.facility(row, str(row.get_location_method_display())) for row in rough], of=rows.count()
    )


def _without_status(scope: Scope) -> Found:
    rows = scope.facilities()
    missing = rows.exclude(Exists(FacilityStatus.objects.filter(facility=OuterRef("pk"))))
    return Found(
        rows=[
            scope.facility(
                row,
                _("whether it is in operation is not known"),
                address=reverse("facilities:life", args=[row.number, "status"]) if scope.may_edit else "",
            )
            for row in missing
        ],
        of=rows.count(),
        all_url=list_url(missing="status"),
    )


def _with_latest(rows: FacilityQuerySet) -> FacilityQuerySet:
    return rows.annotate(last_reading=Max("readings__as_of"))


def _without_capacity(scope: Scope) -> Found:
    rows = scope.open()
    missing = rows.exclude(Exists(CapacityReading.objects.filter(facility=OuterRef("pk"))))
    return Found(
        rows=[scope.facility(row, _("no beds, places or meals on record")) for row in missing],
        of=rows.count(),
        all_url=list_url(status="open", missing="capacity"),
    )


def _stale_capacity(scope: Scope) -> Found:
    fresh = freshness(scope.day)
    rows = list(_with_latest(scope.open()).filter(Q(("last_reading__isnull", False))))
    return Found(
        rows=[
            scope.facility(row, _("last counted %(day)s") % {"day": day_words(last)})
            for row in rows
            if (last := getattr(row, "last_reading", None)) and fresh.is_stale(last)
        ],
        of=len(rows),
    )


def _latest(measure: Measure) -> Subquery:
    rows = CapacityReading.objects.filter(facility=OuterRef("pk"), measure=measure).order_by("-as_of")
    return Subquery(rows.values("total")[:1])


def _more_than_beds(scope: Scope) -> Found:
    rows = list(
        scope.open()
        .annotate(beds=_latest(Measure.BEDS), living=_latest(Measure.RESIDENTS))
        .filter(Q(("beds__isnull", False)), Q(("living__isnull", False)))
    )
    return Found(
        rows=[
            scope.facility(row, _("%(people)d people in %(beds)d beds") % {"people": living, "beds": beds})
            for row in rows
            if (living := getattr(row, "living", 0)) > (beds := getattr(row, "beds", 0))
        ],
        of=len(rows),
    )


def _lease_over(scope: Scope) -> Found:
    rows = scope.open().filter(tenure=Facility.Tenure.LEASED, lease_to__isnull=False)
    return Found(
        rows=[
            scope.facility(row, _("the lease ended %(day)s") % {"day": day_words(row.lease_to)})
            for row in rows.filter(lease_to__lt=scope.day)
            if row.lease_to
        ],
        of=rows.count(),
    )


def _without_phone(scope: Scope) -> Found:
    rows = scope.open().filter(published=True)
    return Found(
        rows=[
            scope.facility(row, _("published without a telephone")) for row in rows.filter(public_phone="")
        ],
        of=rows.count(),
        all_url=list_url(status="open", missing="phone", published="yes"),
    )


def _without_people(scope: Scope) -> Found:
    rows = list(scope.villages())
    counted = set(
        PopulationCount.objects.filter(people__gt=0, place__division__in=[row.pk for row in rows])
        .values_list("place__division_id", flat=True)
        .distinct()
    )
    return Found(
        rows=[
            scope.ground(
                row.name,
                row.parent.name if row.parent else "",
                _("nobody is counted there"),
                "division",
                row.pk,
            )
            for row in rows
            if row.pk not in counted
        ],
        of=len(rows),
    )


def _without_place(scope: Scope) -> Found:
    rows = list(scope.villages().filter(point__isnull=True, boundary__isnull=True))
    return Found(
        rows=[
            scope.ground(
                row.name,
                row.parent.name if row.parent else "",
                _("neither a point nor an outline"),
                "division",
                row.pk,
            )
            for row in rows
        ],
        of=scope.villages().count(),
    )


def _off_the_road(scope: Scope) -> Found:
    """Places that the latest run could not bring to any road."""
    run = CoverageRun.objects.finished().at_home().first()
    whole = run.sets.order_by("position").first() if run else None
    if whole is None:
        return Found(rows=[], of=0)
    reaches = CoverageReach.objects.filter(set=whole, place__in=scope.places().order_by().values("pk"))
    lost = reaches.filter(state=ReachState.UNKNOWN).select_related("place__division")
    return Found(
        rows=[
            Row(
                label=str(one.place),
                where=one.place.division.name if one.place.division else "",
                words=_("too far from any road on record: is one missing?"),
                fix_url=_drawn_at(one.place) if scope.may_edit else "",
            )
            for one in lost.order_by("place__code")
        ],
        of=reaches.count(),
    )


def _drawn_at(place: PopulatedPlace) -> str:
    """Return the address of the map editor, opened at a place."""
    return f"{reverse('drawing:editor')}?layer=road&lon={place.point.x:.6f}&lat={place.point.y:.6f}"


def _more_elders(scope: Scope) -> Found:
    """Places with more elders than residents, by the latest count of each."""

    def latest(group: AgeGroup) -> Coalesce:
        rows = PopulationCount.objects.filter(place=OuterRef("pk"), group=group).order_by("-as_of")
        return Coalesce(Subquery(rows.values("people")[:1]), 0)

    rows = scope.places().annotate(all_of_them=latest(AgeGroup.RESIDENTS), old=latest(AgeGroup.AGE60))
    return Found(
        rows=[
            scope.ground(
                str(row),
                row.division.name if row.division else "",
                _("%(old)d of 60 and over among %(all)d residents")
                % {"old": getattr(row, "old", 0), "all": getattr(row, "all_of_them", 0)},
                "populatedplace",
                row.pk,
            )
            for row in rows
            if getattr(row, "old", 0) > getattr(row, "all_of_them", 0)
        ],
        of=rows.count(),
    )


def _old_counts(scope: Scope) -> Found:
    try:
        years = int(effective_value(OLD_COUNTS, scope.day))
    except ReferenceMissing:
        return Found(rows=[], of=0)
    limit = scope.day - datetime.timedelta(days=round(365.25 * years))
    rows = scope.places().annotate(last_count=Max("counts__as_of")).filter(Q(("last_count__isnull", False)))
    return Found(
        rows=[
            scope.ground(
                str(row),
                row.division.name if row.division else "",
                _("last counted %(day)s") % {"day": day_words(getattr(row, "last_count", scope.day))},
                "populatedplace",
                row.pk,
            )
            for row in rows.filter(Q(("last_count__lt", limit)))
        ],
        of=rows.count(),
    )


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that is looked for. Its weight is the reference value ``quality-weight-CODE``."""

    code: str
    title: str | Promise
    look: Callable[[Scope], Found]


CHECKS: Final[Sequence[Check]] = (
    Check(
        code="location",
        title=gettext_lazy("Facilities in operation without coordinates"),
        look=_without_location,
    ),
    Check(code="outside", title=gettext_lazy("Points outside their township"), look=_outside),
    Check(code="status", title=gettext_lazy("Facilities without a status"), look=_without_status),
    Check(code="people", title=gettext_lazy("Villages without population"), look=_without_people),
    Check(code="off-road", title=gettext_lazy("Places too far from any road"), look=_off_the_road),
    Check(code="elders", title=gettext_lazy("More elders than residents"), look=_more_elders),
    Check(code="beds", title=gettext_lazy("More people living in than beds"), look=_more_than_beds),
    Check(
        code="capacity",
        title=gettext_lazy("Facilities in operation without capacity"),
        look=_without_capacity,
    ),
    Check(code="stale", title=gettext_lazy("Stale capacity"), look=_stale_capacity),
    Check(code="counts", title=gettext_lazy("Old population counts"), look=_old_counts),
    Check(code="place", title=gettext_lazy("Villages without a place on the map"), look=_without_place),
    Check(code="rough", title=gettext_lazy("Points that are only rough"), look=_rough),
    Check(code="lease", title=gettext_lazy("Leases that are over"), look=_lease_over),
    Check(code="phone", title=gettext_lazy("Published without a telephone"), look=_without_phone),
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One check's result, with what it weighs."""

    check: Check
    found: Found
    weight: float
    whole: bool = False

    @property
    def wrong(self) -> int:
        """How many are to be mended."""
        return len(self.found.rows)

    @property
    def share(self) -> float:
        """How many of those looked at."""
        return self.wrong / self.found.of if self.found.of else 0.0

    @property
    def lost(self) -> float:
        """How much of the whole score it takes away, before it is divided by all weights."""
        return self.weight * self.share

    @property
    def rows(self) -> list[Row]:
        """The rows that are shown: of a check that was asked for alone as many as a page holds, else the first."""
        return self.found.rows[: MOST_ON_A_PAGE if self.whole else SHOWN]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.wrong - len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """All checks, those that weigh most first, and the score: the weighted share of what is in order, of 100."""

    results: list[Result]
    score: float | None


def quality_of(scope: Scope, *, only: str = "") -> Quality:
    """Look for everything; ``only`` is the code of a check whose rows are all shown.

    The score is ``100 · Σ wᵢ·(1 − wrongᵢ ÷ looked atᵢ) ÷ Σ wᵢ`` over checks that looked at anything.
    """
    weights = _weights(scope.day)
    results = [
        Result(
            check=check,
            found=check.look(scope),
            weight=weights.get(check.code, 1.0),
            whole=check.code == only,
        )
        for check in CHECKS
    ]
    counted = [one for one in results if one.found.of and one.weight]
    total = sum(one.weight for one in counted)
    results.sort(key=lambda one: (-one.lost, -one.weight, one.check.code))
    return Quality(
        results=results,
        score=100 * sum(one.weight - one.lost for one in counted) / total if total else None,
    )


def _weights(day: datetime.date) -> Mapping[str, float]:
    found = {}
    for check in CHECKS:
        try:
            found[check.code] = float(effective_value(f"quality-weight-{check.code}", day))
        except ReferenceMissing:
            continue
    return found
