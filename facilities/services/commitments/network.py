"""The network by tier on a day: which divisions have a facility of their own, and which do not."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from geo_registry.territory.models import Division

from ...frames import open_facilities, readings
from ...models import Facility, FacilityStatus, Measure, Network, Tier
from ..kept import kept
from .found import Found, Item, percentage, unit_of, units_at


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A division that ought to have a facility of a tier, and those it has."""

    division: Division
    facilities: list[Facility]


@dataclass(frozen=True, kw_only=True)
class TierStanding:
    """One tier on one day.

    ``elsewhere`` are open facilities of the tier that stand in no unit of its level: a station entered for a township as a whole.
    """

    tier: Tier
    day: datetime.date
    units: list[Unit]
    facilities: list[Facility]
    elsewhere: list[Facility]

    @property
    def with_own(self) -> list[Unit]:
        """Units that have at least one."""
        return [unit for unit in self.units if unit.facilities]

    @property
    def without(self) -> list[Unit]:
        """Units that have none."""
        return [unit for unit in self.units if not unit.facilities]

    @property
    def percent(self) -> Decimal | None:
        """Units with one of their own, of all that count."""
        return percentage(len(self.with_own), len(self.units))


def tiers_on(network: Network, day: datetime.date) -> list[TierStanding]:
    """Return each tier of a network as it stood on a day, from above.

    A facility counts at the tier of the kind that it had on that day and at each at which it declares a function that held then:
    tiers are not inclusive (``facilities.frames.open_facilities``).
    """
    return list(kept("tiers_on", network.pk, day, compute=lambda: _tiers_on(network, day)))


def _tiers_on(network: Network, day: datetime.date) -> list[TierStanding]:
    frame = open_facilities(Facility.objects.at_home(), network=network, day=day)
    rows = (
        Facility.objects.filter(pk__in=frame.index.to_list())
        .select_related("division", "kind")
        .defer("division__boundary")
    )
    by_pk = {row.pk: row for row in rows}
    found = []
    for tier in network.tiers.order_by("level"):
        facilities = [
            by_pk[pk]
            for pk, tiers in zip(frame.index.to_list(), frame["tier_ids"], strict=True)
            if tier.pk in tiers
        ]
        units = units_at(tier.level, day)
        by_path = {unit.path: unit for unit in units}
        own: dict[int, list[Facility]] = {}
        elsewhere = []
        for facility in facilities:
            unit = unit_of(facility.division.path, by_path)
            if unit is None:
                elsewhere.append(facility)
            else:
                own.setdefault(unit.pk, []).append(facility)
        found.append(
            TierStanding(
                tier=tier,
                day=day,
                units=[Unit(division=unit, facilities=own.get(unit.pk, [])) for unit in units],
                facilities=facilities,
                elsewhere=elsewhere,
            )
        )
    return found


def tier_on(network: Network, level: int, day: datetime.date) -> TierStanding | None:
    """Return one tier as it stood on a day, or ``None`` where the network has none of this level."""
    return next((one for one in tiers_on(network, day) if one.tier.level == level), None)


def year_ends(network: Network, until: datetime.date, *, most: int = 6) -> list[datetime.date]:
    """Return the last days of the years since the network's first dated status, before ``until``; the last ``most`` of them."""
    first = (
        FacilityStatus.objects.filter(facility__kind__tier__network=network)
        .order_by("valid_from")
        .values_list("valid_from", flat=True)
        .first()
    )
    if first is None:
        return []
    days = [datetime.date(year, 12, 31) for year in range(first.year, until.year + 1)]
    return [day for day in days if day < until][-most:]


@dataclass(frozen=True, kw_only=True)
class Beds:
    """Beds of open facilities, by their latest readings on or before a day; those without a reading stand apart."""

    beds: int
    nursing: int
    residents: int
    beds_of_occupied: int
    facilities: int
    without_reading: list[Facility]
    items: list[Item]


def beds_of(facilities: Sequence[Facility], day: datetime.date) -> Beds:
    """Add up beds, nursing beds and people living in. Occupancy is formed from facilities of which both are known."""
    ids = [facility.pk for facility in facilities]
    total = readings(ids, measure=Measure.BEDS, day=day).fillna(-1).to_numpy()
    nursing = readings(ids, measure=Measure.NURSING_BEDS, day=day).fillna(0).to_numpy()
    residents = readings(ids, measure=Measure.RESIDENTS, day=day).fillna(-1).to_numpy()
    known, both = total > 0, (total > 0) & (residents >= 0)
    items = [
        Item(
            label=facility.name,
            counted=bool(known[row]),
            facility=facility.number,
            note=_("%(count)d beds") % {"count": int(total[row])},
        )
        for row, facility in enumerate(facilities)
        if known[row]
    ]
    return Beds(
        beds=int(total[known].sum()),
        nursing=int(nursing[known].sum()),
        residents=int(residents[both].sum()),
        beds_of_occupied=int(total[both].sum()),
        facilities=int(known.sum()),
        without_reading=[facility for row, facility in enumerate(facilities) if total[row] < 0],
        items=items,
    )


def found_of(standing: TierStanding) -> Found:
    """Return a tier as an answer to “how many of the divisions have one of their own”."""
    return Found(
        value=standing.percent,
        part=len(standing.with_own),
        out_of=len(standing.units),
        as_of=standing.day,
        items=[
            Item(
                label=unit.division.name,
                counted=bool(unit.facilities),
                division=unit.division.code,
                note="、".join(facility.name for facility in unit.facilities),
            )
            for unit in standing.units
        ],
    )
