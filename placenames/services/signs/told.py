"""What the public is told of a place's signs: that they stand, where along it, what they show, since when."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from placenames.models import Place, PlaceRoad, Sign, SiteReason

MOST: Final = 200


@dataclass(frozen=True, kw_only=True)
class ToldSign:
    """Signs of a place that say the same in the same kind of spot, and since when the oldest of them stands."""

    reason: str
    text: str
    spelling: str
    count: int
    since: datetime.date
    shows_current_name: bool
    is_demo: bool

    @property
    def where(self) -> str:
        """Why a sign stands there, in words: at the beginning, at a junction."""
        return str(SiteReason(self.reason).label) if self.reason in SiteReason.values else ""


def signs_of(place: Place) -> list[ToldSign]:
    """Return what stands of a public place's signs. Owner, price, defects and exact spots are the office's own.

    Of a road a part of which is kept from the public nothing is told: its signs would say where that part is.
    """
    if PlaceRoad.objects.filter(place=place, road__restricted=True).exists():
        return []
    rows = Sign.objects.standing().filter(site__place=place, site__retired_on__isnull=True)
    name = place.current_name()
    return _together(
        list(rows.select_related("site", "source").order_by("site__reason", "pk")[:MOST]),
        name.text if name else "",
    )


def _together(signs: Sequence[Sign], name: str) -> list[ToldSign]:
    groups: dict[tuple[str, str, str], list[Sign]] = {}
    for sign in signs:
        groups.setdefault((sign.site.reason, sign.text, sign.spelling), []).append(sign)
    return [
        ToldSign(
            reason=reason, text=text, spelling=spelling, count=len(group), since=min(sign.status_on for sign in group),
            shows_current_name=text == name, is_demo=any(sign.is_demo for sign in group),
        )
        for (reason, text, spelling), group in groups.items()
    ]  # fmt: skip
