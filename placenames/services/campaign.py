"""Progress of the campaign by village, and what there is still without a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit
from geo_registry.territory.models import Division, Road
from placenames.models import STANDING, Name, Place, Sign, StoryPlace, StoryState
from placenames.models.campaign import CampaignGoal, CampaignVillage, Measure

from .cases.ground import extents_of

MOST_LISTED: Final = 50
_MOST_DESCRIBED: Final = 400
"""Of how many lanes a page says where they are: pilot villages first."""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A stretch of road without a name, and from which road to which it leads (empty where none is named)."""

    road: Road
    where: str


@dataclass(frozen=True, kw_only=True)
class VillageProgress:
    """One village in figures.

    Parameters
    ----------
    village
        Its row.
    places
        Places that lie in it, and the one that it is.
    counts
        How many of them are named, on the map and so on, by `Measure`; ``signed`` is the inventory's, or what people counted, or
        missing.
    inventory
        Signs that stand and show the current name, and all that are kept, planned ones included; ``None``: none is kept.
    unnamed_roads
        Stretches of road without a name, the longest first.
    unnamed_places
        Places without any name in force.
    lanes
        The longest `MOST_LISTED` of the stretches, each with the roads it lies between: on paper nobody can press it.
    nameless
        The first `MOST_LISTED` of the places.
    """

    village: CampaignVillage
    places: int
    counts: dict[str, int]
    unnamed_roads: Sequence[Road] = field(default_factory=tuple)
    unnamed_places: int = 0
    inventory: tuple[int, int] | None = None
    lanes: Sequence[Lane] = field(default_factory=tuple)
    nameless: Sequence[Place] = field(default_factory=tuple)

    def cells(self) -> list[tuple[int | None, int]]:
        """Return count and total for each measure, in order; ``None`` where nobody has counted."""
        return [
            (self.counts.get(m), self.signs_needed if m == Measure.SIGNED else self.places)
            for m in Measure.values
        ]

    @property
    def not_listed(self) -> int:
        """How many stretches without a name are counted and not listed."""
        return len(self.unnamed_roads) - len(self.lanes)

    @property
    def signs_needed(self) -> int:
        """How many signs the village is to have: those of the inventory, or what people counted."""
        return self.inventory[1] if self.inventory is not None else self.village.signs_needed or 0


@dataclass(frozen=True, kw_only=True)
class GoalProgress:
    """A goal, and how far the pilot villages have come; ``reached`` and ``total`` are ``None`` where it is not counted."""

    goal: CampaignGoal
    reached: int | None
    total: int | None

    @property
    def percent(self) -> int | None:
        """The share reached, rounded down."""
        return None if self.reached is None or not self.total else 100 * self.reached // self.total

    @property
    def met(self) -> bool | None:
        """Whether the goal's share is reached."""
        if self.percent is None or self.goal.target_percent is None:
            return None
        return self.percent >= self.goal.target_percent


def village_progress(user: User) -> list[VillageProgress]:
    """Return the villages of the campaign within a person's scope, with their figures. Queries do not grow with the villages."""
    rows = CampaignVillage.objects.select_related("division__parent").defer(
        "division__boundary", "division__parent__boundary"
    )
    villages = list(limit(rows, user).order_by("division__path"))
    by_village = _counts([village.division for village in villages])
    signs = _signs([village.division_id for village in villages])
    unnamed = _unnamed_roads([village.division_id for village in villages])
    pilots_first = sorted(villages, key=lambda village: not village.pilot)
    listed = [road for village in pilots_first for road in unnamed.get(village.division_id, [])[:MOST_LISTED]]
    where = extents_of([road.pk for road in listed[:_MOST_DESCRIBED]])
    nameless = _nameless([village.division_id for village in villages])
    found = []
    for village in villages:
        roads = unnamed.get(village.division_id, [])
        counted = by_village.get(village.division_id, {})
        counts = {m: counted.get(m, 0) for m in Measure.values if m != Measure.SIGNED}
        inventory = signs.get(village.division_id)
        if inventory is not None:
            counts[Measure.SIGNED] = inventory[0]
        elif village.signs_standing is not None:
            counts[Measure.SIGNED] = village.signs_standing
        found.append(
            VillageProgress(
                village=village, inventory=inventory, places=counted.get("places", 0), counts=counts,
                unnamed_roads=roads, unnamed_places=counted.get("nameless", 0),
                lanes=[Lane(road=road, where=where.get(road.pk, "")) for road in roads[:MOST_LISTED]],
                nameless=nameless.get(village.division_id, []),
            )
        )  # fmt: skip
    return found


def _counts(divisions: Sequence[Division]) -> dict[int, dict[str, int]]:
    today = timezone.localdate()
    in_force = Name.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today), place=OuterRef("pk"))
    standard = in_force.filter(status=Name.Status.STANDARD)
    stretch = Place.roads.through.objects.filter(place=OuterRef("pk"))
    shaped = Exists(stretch) | Q(geometry__isnull=False) | Q(named_division__point__isnull=False)
    told = StoryPlace.objects.filter(place=OuterRef("pk"), story__state=StoryState.PUBLISHED)
    pks = [division.pk for division in divisions]
    rows = Place.objects.filter(Q(division__in=pks) | Q(named_division__in=pks)).annotate(
        is_named=Exists(standard), is_nameless=~Exists(in_force)
    )
    found: dict[int, dict[str, int]] = {}
    for column in ("named_division_id", "division_id"):
        part = rows.filter(**{f"{column}__in": pks})
        if column == "division_id":
            part = part.exclude(named_division__in=pks)
        grouped = part.order_by().values(column).annotate(
            places=Count("pk", distinct=True),
            named=Count("pk", filter=Q(is_named=True), distinct=True),
            nameless=Count("pk", filter=Q(is_nameless=True), distinct=True),
            collected=Count("pk", filter=~Q(meaning="") | ~Q(origin=""), distinct=True),
            mapped=Count("pk", filter=Q(published=True) & shaped, distinct=True),
            stories=Count("pk", filter=Exists(told), distinct=True),
        )  # fmt: skip
        for row in grouped:
            own = found.setdefault(row.pop(column), {})
            for key, count in row.items():
                own[key] = own.get(key, 0) + count
    return found


def _signs(division_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return, by village, signs that stand with the name in force, and all that stand or are planned. One query."""
    today = timezone.localdate()
    holds = Name.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today),
        place=OuterRef("site__place"), text=OuterRef("text"), status__in=[Name.Status.STANDARD, Name.Status.RECORDED],
    )  # fmt: skip
    rows = Sign.objects.kept().filter(site__division__in=division_ids, replaced_by__isnull=True)
    grouped = rows.order_by().annotate(current=Exists(holds)).values("site__division").annotate(
        standing=Count("pk", filter=Q(status__in=STANDING, current=True)), kept=Count("pk")
    )  # fmt: skip
    return {row["site__division"]: (row["standing"], row["kept"]) for row in grouped}


def _unnamed_roads(division_ids: Sequence[int]) -> dict[int, list[Road]]:
    """Return stretches without a name by village, the longest first; driveways and tracks want none."""
    rows = Road.objects.filter(division__in=division_ids, name="").exclude(
        road_class__in=["service", "track", "cycleway", "footway", "path", "steps"]
    )
    found: dict[int, list[Road]] = {}
    shown = ("pk", "division_id", "road_class", "length_m", "ref", "name")
    for road in rows.only(*shown).order_by("-length_m", "pk"):
        if road.division_id is not None:
            found.setdefault(road.division_id, []).append(road)
    return found


def _nameless(division_ids: Sequence[int]) -> dict[int, list[Place]]:
    """Return places without any name in force by the village that they lie in, or are. One query."""
    today = timezone.localdate()
    in_force = Name.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today), place=OuterRef("pk"))
    rows = Place.objects.filter(Q(division__in=division_ids) | Q(named_division__in=division_ids))
    found: dict[int, list[Place]] = {}
    shown = ("short_id", "kind", "division_id", "named_division_id")
    rows = rows.filter(~Exists(in_force)).select_related("kind").only(*shown)
    for place in rows.order_by("kind__position", "pk"):
        held = place.named_division_id if place.named_division_id in division_ids else place.division_id
        listed = found.setdefault(held, []) if held is not None else []
        if len(listed) < MOST_LISTED:
            listed.append(place)
    return found


def goal_progress(villages: Sequence[VillageProgress]) -> list[GoalProgress]:
    """Return the goals in the order of their days, each with the share that the pilot villages have reached."""
    pilots = [row for row in villages if row.village.pilot]
    found = []
    for goal in CampaignGoal.objects.all():
        if not goal.measure or not pilots:
            found.append(GoalProgress(goal=goal, reached=None, total=None))
            continue
        index = Measure.values.index(goal.measure)
        cells = [row.cells()[index] for row in pilots]
        known = all(count is not None for count, _total in cells)
        reached = sum(count or 0 for count, _total in cells) if known else None
        found.append(GoalProgress(goal=goal, reached=reached, total=sum(total for _count, total in cells)))
    return found
