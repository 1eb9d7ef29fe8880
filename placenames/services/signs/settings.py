"""What planning, bills and due dates go by: reference values, none of them a constant here."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from geo_registry.reference.models import ReferenceValue
from geo_registry.reference.services import effective_value
from geo_registry.text import strip_tones
from placenames.signage import Price, Rules

PRICES = ("plate-single", "plate-double", "village-plate", "pole")
_DEGREES = (1, 2, 3, 4)


def rules(on: datetime.date | None = None) -> Rules:
    """Return the rules of planning that hold on a day.

    Raises
    ------
    ReferenceMissing
        If one of them has no row.
    """

    def metres(key: str) -> float:
        return float(effective_value(f"sign-{key}-m", on))

    return Rules(
        snap_m=metres("node-snap"), stub_m=metres("stub-min"), merge_m=metres("merge"), max_gap_m=metres("gap-max"),
        match_m=metres("match"), dual_m=metres("dual-carriageway"), plate_merge_m=metres("plate-merge"),
        faces_by_degree=tuple(int(effective_value(f"sign-faces-{degree}", on)) for degree in _DEGREES),
        plate_faces=int(effective_value("sign-faces-village", on)),
    )  # fmt: skip


def prices(on: datetime.date | None = None) -> Mapping[str, Price]:
    """Return the prices that somebody has entered, in yuan, by item."""
    day = on or timezone.localdate()
    found = {item: ReferenceValue.objects.effective(f"sign-price-{item}", on=day) for item in PRICES}
    return {
        item: Price(amount=row.value, verified=row.verified) for item, row in found.items() if row is not None
    }


def size_mm(sort: str, on: datetime.date | None = None) -> tuple[int, int]:
    """Return width and height of a sort of sign, in millimetres."""
    return int(effective_value(f"sign-{sort}-width-mm", on)), int(
        effective_value(f"sign-{sort}-height-mm", on)
    )


def number(key: str, on: datetime.date | None = None) -> float:
    """Return the value ``sign-KEY`` in the row's own unit."""
    return float(effective_value(f"sign-{key}", on))


def shows(sort: str, what: str, on: datetime.date | None = None) -> bool:
    """Say whether a sort of sign shows ``directions`` or house ``numbers``: the value is 1, or 0."""
    return bool(effective_value(f"sign-{sort}-{what}", on))


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a sort of sign looks by the values of a day: its size, what it shows, and whether somebody has verified the size."""

    width_mm: int
    height_mm: int
    directions: bool
    numbers: bool
    capitals: bool
    verified: bool

    def pinyin(self, spelling: str) -> str:
        """Return a spelling as such a sign shows it: with tones, or in capitals, ``XI'AN LU``."""
        return strip_tones(spelling).upper() if self.capitals else spelling


def look(sort: str, on: datetime.date | None = None) -> Look:
    """Return how a sort of sign looks; without a row for capitals it has tones.

    Raises
    ------
    ReferenceMissing
        If another value has no row.
    """
    day = on or timezone.localdate()
    width, height = size_mm(sort, day)
    rows = [
        ReferenceValue.objects.effective(f"sign-{sort}-{what}", on=day)
        for what in ("width-mm", "height-mm", "capitals")
    ]
    return Look(
        width_mm=width, height_mm=height, directions=shows(sort, "directions", day), numbers=shows(sort, "numbers", day),
        capitals=bool(rows[2] is not None and rows[2].value),
        verified=all(row is not None and row.verified for row in rows[:2]),
    )  # fmt: skip


def days_after(key: str, day: datetime.date) -> datetime.date:
    """Return the day that lies so many days after another as the value ``sign-KEY-days`` says."""
    return day + datetime.timedelta(days=int(effective_value(f"sign-{key}-days", day)))


def planning_values(on: datetime.date | None = None) -> list[ReferenceValue]:
    """Return the values that a plan goes by, with their sources, as they hold on a day."""
    day = on or timezone.localdate()
    keys = [
        *(f"sign-{key}-m" for key in ("gap-max", "merge", "stub-min", "node-snap", "dual-carriageway", "plate-merge", "match")),
        *(f"sign-faces-{degree}" for degree in _DEGREES), "sign-faces-village", *(f"sign-price-{item}" for item in PRICES),
    ]  # fmt: skip
    found = [ReferenceValue.objects.effective(key, on=day) for key in keys]
    return [row for row in found if row is not None]


def warranty_months(on: datetime.date | None = None) -> int:
    """Return for how many months signs are warranted unless the contract says otherwise."""
    return int(effective_value("sign-warranty-months", on))
