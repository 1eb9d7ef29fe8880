"""Which records may be of the same facility: a like name, close by. A person decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.db.models import QuerySet

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, limit, may
from geo_registry.reference.services import effective_value
from geo_registry.territory.geography import DistanceM, WithinM
from geo_registry.text import likeness

from ..models import Facility, Likeness

# Close together there are never so many that a person would read on.
_MOST_NEAR = 50


@dataclass(frozen=True)
class Alike:
    """A record like the one asked about."""

    facility: Facility
    distance_m: float
    similarity: float


def alike(
    *, name: str, point: Point, within_m: float, likeness_at_least: float, leave_out: int | None = None
) -> list[Alike]:
    """Return the standing records close to a point whose name is like ``name``, most alike first. One query.

    Never one whose place is secret or protective: whoever types a name and a point would learn where it is. The county sees
    such a pair among the likely duplicates.
    """
    near = (
        Facility.objects.standing()
        .of_no_secret_place()
        .filter(WithinM("location", point, within_m))
        .exclude(pk=leave_out or 0)
        .annotate(distance_m=DistanceM("location", point))
        .only("number", "name")
        .order_by("distance_m")[:_MOST_NEAR]
    )
    found = [
        Alike(row, row.distance_m, likeness(name, row.name))  # type: ignore[attr-defined] # annotated
        for row in near
    ]
    return sorted(
        (one for one in found if one.similarity >= likeness_at_least), key=lambda one: -one.similarity
    )


_PAIRS = """
    SELECT a.id, b.id, a.name, b.name, ST_Distance(a.location::geography, b.location::geography)
    FROM facilities_facility a JOIN facilities_facility b
      ON b.id <> a.id AND ST_DWithin(a.location::geography, b.location::geography, %(metres)s)
    WHERE a.duplicate_of_id IS NULL AND b.duplicate_of_id IS NULL
      AND (%(some)s IS NULL OR a.id = ANY (%(some)s::bigint[]))
      AND (%(some)s IS NOT NULL OR a.id < b.id)
"""


@transaction.atomic
def look_for_duplicates(*, facility_ids: Sequence[int] | None = None) -> int:
    """Note the pairs that are alike, among all records or around some; return how many are new.

    A pair that somebody has judged stays judged. One that is not alike any more, and that nobody has judged, is forgotten.

    Raises
    ------
    ReferenceMissing
        If the distance or the likeness has no reference value.
    """
    metres = float(effective_value("facility-duplicate-distance-m"))
    least = float(effective_value("facility-duplicate-similarity")) / 100
    with connection.cursor() as cursor:
        some = list(facility_ids) if facility_ids is not None else None
        cursor.execute(_PAIRS, {"metres": metres, "some": some})
        rows = cursor.fetchall()
    wanted = {}
    for one, other, name, other_name, distance_m in rows:
        similarity = likeness(name, other_name)
        if similarity >= least:
            pair = (min(one, other), max(one, other))
            wanted[pair] = Likeness(
                first_id=pair[0], second_id=pair[1], distance_m=distance_m, similarity=similarity
            )
    known = Likeness.objects.all()
    if facility_ids is not None:
        known = known.filter(first__in=facility_ids) | known.filter(second__in=facility_ids)
    there = {(pair.first_id, pair.second_id): pair for pair in known}
    gone = [pair.pk for key, pair in there.items() if key not in wanted and pair.judged_at is None]
    Likeness.objects.filter(pk__in=gone).delete()
    fresh = _only_new(wanted, there)
    # Two who save at the same moment may both find the pair.
    Likeness.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _only_new(wanted: dict[tuple[int, int], Likeness], there: Iterable[tuple[int, int]]) -> list[Likeness]:
    known = set(there)
    return [pair for key, pair in wanted.items() if key not in known]


def pairs_for(user: User) -> QuerySet[Likeness]:
    """Return the pairs that nobody has judged, of which both records lie in the person's scope."""
    if not may(user, Action.EDIT_FACILITIES):
        return Likeness.objects.none()
    own = limit(Facility.objects.order_by(), user).values("pk")
    return Likeness.objects.open().filter(first__in=own, second__in=own)
