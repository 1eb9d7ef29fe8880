"""What the map of a run shows as points, as tables: each populated place with its way, each facility with who has it nearest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from facilities.models import CoverageReach, Facility, ReachState, Status
from geo_registry.territory.models import Division

from ..services import coverage_page as page
from ..services.coverage_page import Choice
from .layers import shown_facilities

DIVISIONS, PLACES, FACILITIES = "divisions", "places", "facilities"
LISTS: Final[Mapping[str, str | Promise]] = {
    DIVISIONS: pgettext_lazy("a list beside the map", "Divisions"),
    PLACES: pgettext_lazy("a list beside the map", "Populated places"),
    FACILITIES: pgettext_lazy("a list beside the map", "Facilities"),
}
# A table of more rows is no help to anybody: the townships' own lists have the rest.
MOST_ROWS: Final = 500


@dataclass(frozen=True, kw_only=True)
class PlaceRow:
    """One populated place. ``key`` is what the address and the map call it; ``minutes`` is empty where there is no time."""

    key: str
    name: str
    division: Division | None
    people: int
    minutes: str
    words: str
    nearest: Facility | None
    within: bool


@dataclass(frozen=True, kw_only=True)
class FacilityRow:
    """One facility of the map. ``people`` have it as their nearest and within the limit; ``None`` where it does not count."""

    key: str
    facility: Facility
    status: str
    score: str
    passed: bool | None
    counted: bool
    people: int | None


Row = TypeVar("Row", PlaceRow, FacilityRow)


@dataclass(frozen=True, kw_only=True)
class Listed(Generic[Row]):
    """Rows, and how many there would be."""

    rows: list[Row]
    all: int

    @property
    def left_out(self) -> int:
        """How many rows are not shown."""
        return self.all - len(self.rows)


def list_of(key: str) -> str:
    """Return a list that there is; that of divisions where an address names none."""
    return key if key in LISTS else DIVISIONS


def _below(choice: Choice) -> str:
    """Return the path that rows lie under: the division whose table is shown; empty for everywhere."""
    return choice.parent.path if choice.parent and choice.parent != choice.run.division else ""


def places_of(choice: Choice, *, selected: str = "") -> Listed[PlaceRow]:
    """Return the populated places of the chosen division: those beyond the limit first, then by people.

    Parameters
    ----------
    selected
        Key of a row that is shown whatever else is left out: the one that was pressed on the map.
    """
    below = _below(choice)
    reaches = page.reaches(choice).select_related("place__division__parent")
    ways = reaches.defer("place__division__boundary", "place__division__parent__boundary")
    people = {
        row.place_id: row.people.get(choice.group.value, 0)
        for row in choice.run.places.only("place_id", "people")
    }
    seen = page.named_facilities(choice)
    rows: list[PlaceRow] = []
    chosen: list[PlaceRow] = []
    for reach in ways:
        division = reach.place.division
        inside = not below or bool(division and division.path.startswith(below))
        if inside or f"p{reach.place_id}" == selected:
            row = _place(choice, reach, people.get(reach.place_id, 0), seen)
            (rows if inside else chosen).append(row)
    rows.sort(key=lambda row: (row.within, -row.people, row.name))
    return _cut(rows, chosen, selected)


def _cut(rows: list[Row], beside: list[Row], selected: str) -> Listed[Row]:
    kept = rows[:MOST_ROWS]
    for more in (rows[MOST_ROWS:], beside):
        kept.extend(row for row in more if row.key == selected)
    return Listed(rows=kept, all=len(rows) + len(beside))


def _place(choice: Choice, reach: CoverageReach, people: int, seen: set[int] | None) -> PlaceRow:
    timed = reach.state == ReachState.REACHED and reach.time_ms is not None
    within = timed and (reach.time_ms or 0) <= choice.limit_s * 1000
    nearest = reach.facility if timed else None
    return PlaceRow(
        key=f"p{reach.place_id}",
        name=str(reach.place),
        division=reach.place.division,
        people=people,
        minutes=page.decimals((reach.time_ms or 0) / 60_000, 1) if timed else "",
        words="" if timed else _STATES.get(reach.state, _STATES[ReachState.UNREACHABLE]),
        nearest=nearest if nearest is None or seen is None or nearest.pk in seen else None,
        within=within,
    )


_STATES: Final[Mapping[str, str]] = {
    ReachState.UNKNOWN: pgettext_lazy("way of a place", "unknown: too far from any road"),  # type: ignore[dict-item]
    ReachState.UNREACHABLE: pgettext_lazy("way of a place", "no way by road"),  # type: ignore[dict-item]
    ReachState.BEYOND_RADIUS: pgettext_lazy("way of a place", "beyond the delivery radius"),  # type: ignore[dict-item]
}


def facilities_of(choice: Choice, *, selected: str = "") -> Listed[FacilityRow]:
    """Return the facilities that the map can show, those that count first, by how many people have them nearest."""
    below = _below(choice)
    people = _nearest_to(choice)
    counted = set(choice.set.facility_ids)
    rows: list[FacilityRow] = []
    chosen: list[FacilityRow] = []
    for facility, score in shown_facilities(choice):
        inside = not below or facility.division.path.startswith(below)
        key = f"f{facility.pk}"
        if not inside and key != selected:
            continue
        status = getattr(facility, "status", None)
        row = FacilityRow(
            key=key,
            facility=facility,
            status=str(Status(status).label) if status else _("status not known"),
            score=page.decimals(float(score.score), 1) if score is not None else "",
            passed=score.passed if score is not None else None,
            counted=facility.pk in counted,
            people=people.get(facility.pk, 0) if facility.pk in counted else None,
        )
        (rows if inside else chosen).append(row)
    rows.sort(key=lambda row: (not row.counted, -(row.people or 0), row.facility.number))
    return _cut(rows, chosen, selected)


def _nearest_to(choice: Choice) -> Counter[int]:
    """Return how many people of the group have each facility nearest and within the limit."""
    people = {row.place_id: row.people.get(choice.group.value, 0) for row in choice.run.places.all()}
    found: Counter[int] = Counter()
    within = page.reaches(choice).filter(
        state=ReachState.REACHED, facility__isnull=False, time_ms__lte=choice.limit_s * 1000
    )
    for place, facility in within.values_list("place_id", "facility_id"):
        if facility is not None:
            found[facility] += people.get(place, 0)
    return found
