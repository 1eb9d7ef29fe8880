"""What a question to the register came to: a number, what it is out of, and the rows that it was counted from."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from geo_registry.territory.models import Division, Installation, Level

from ...models import Facility


@dataclass(frozen=True, kw_only=True)
class Item:
    """One row behind a number: a facility, a division, a kind. ``counted`` says whether it is in the number or missing from it."""

    label: str
    counted: bool
    facility: str = ""
    division: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The answer.

    Attributes
    ----------
    value
        ``None`` where nothing is on record to count from.
    out_of
        What a share was formed from, with ``part`` on top; ``None`` where it is a plain count.
    items
        What was counted, and what is missing.
    as_of
        The day that the answer speaks of; earlier than the day asked about where the newest figure is older.
    """

    value: Decimal | None
    part: int | None = None
    out_of: int | None = None
    items: list[Item] = field(default_factory=list)
    as_of: datetime.date | None = None


def percentage(part: float, out_of: float) -> Decimal | None:
    """Return a share in percent to a tenth; ``None`` of nothing."""
    return Decimal(f"{100 * part / out_of:.1f}") if out_of else None


def units_at(level: int, day: datetime.date) -> list[Division]:
    """Return the divisions of a level that count on a day, at home, by code."""
    home = Installation.home()
    rows = Division.objects.counted(day).at_level(Level(level)).order_by("code").defer("boundary")
    return list(rows.under(home) if home else rows)


def unit_of(division_path: str, units_by_path: dict[str, Division]) -> Division | None:
    """Return the unit that a division is, or lies in."""
    position = 0
    while (position := division_path.find("/", position) + 1) > 0:
        if division_path[:position] in units_by_path:
            return units_by_path[division_path[:position]]
    return None


def facility_item(facility: Facility, *, counted: bool = True, note: str = "") -> Item:
    """Return a facility as a row behind a number."""
    return Item(
        label=facility.name,
        counted=counted,
        facility=facility.number,
        division=facility.division.code,
        note=note or facility.division.name,
    )
