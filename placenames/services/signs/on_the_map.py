"""A plan as a map and a list show it: each site with what became of it, and the lines it was planned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from placenames.models import Sign, SiteReason

from .planning import Required, SignPlan

STATES: Final = {
    "served": pgettext_lazy("required site of a sign", "stands"),
    "under_way": pgettext_lazy("required site of a sign", "planned or ordered"),
    "missing": pgettext_lazy("required site of a sign", "missing"),
    "wrong_name": pgettext_lazy("required site of a sign", "shows another name"),
    "surplus": pgettext_lazy("required site of a sign", "needed nowhere"),
}
MOST: Final = 1500
"""More points than that nobody reads on a page's map, and a telephone draws slowly."""
_UNSEEN_DEGREES: Final = 2e-5


@dataclass(frozen=True, kw_only=True)
class SiteState:
    """A required site, and a key of `STATES`."""

    row: Required
    state: str

    @property
    def label(self) -> str:
        """What became of it, in words."""
        return str(STATES[self.state])


def sites_in_order(plan: SignPlan) -> list[SiteState]:
    """Return every required site of a plan, once for each post that has or misses a sign, as one meets them along the road."""
    found = [
        SiteState(row=row, state=state)
        for state in ("served", "under_way", "wrong_name", "missing")
        for row in getattr(plan, state)
    ]
    return sorted(found, key=lambda one: (one.row.place.pk, one.row.site.part, one.row.site.measure_m))


def legend(plan: SignPlan) -> list[tuple[str, str, int]]:
    """Return key, words and number of each state that the plan has."""
    return [
        (key, str(label), len(rows))
        for key, label in STATES.items()
        if (rows := getattr(plan, key))
    ]  # fmt: skip


def shapes(plan: SignPlan) -> dict[str, Any]:
    """Return lines and sites for the map: what misses first, where there are more than `MOST`."""
    points = [
        _site(row, state)
        for state in ("missing", "wrong_name", "under_way", "served")
        for row in getattr(plan, state)
    ]
    points += [_surplus(sign) for sign in plan.surplus]
    return {"lines": _lines(plan.lines), "sites": points[:MOST], "left": max(len(points) - MOST, 0)}


def _lines(lines: Sequence[shapely.Geometry]) -> list[list[list[float]]]:
    parts = [part for line in lines for part in getattr(line, "geoms", [line])]
    return [
        [[round(lon, 6), round(lat, 6)] for lon, lat in shapely.get_coordinates(shapely.simplify(part, _UNSEEN_DEGREES))]
        for part in parts
    ]  # fmt: skip


def _site(row: Required, state: str) -> dict[str, Any]:
    words = [str(STATES[state]), str(SiteReason(str(row.site.kind)).label)]
    if row.sort == Sign.Sort.ROAD:
        words.append(_("%(metres)d m from the start") % {"metres": round(row.site.measure_m)})
    words.append(ngettext("%(count)d face", "%(count)d faces", row.faces) % {"count": row.faces})
    told = {
        "state": state, "lon": round(row.site.lon, 6), "lat": round(row.site.lat, 6), "name": row.name.text,
        "words": " · ".join(words),
    }  # fmt: skip
    if row.sign is not None:
        told |= {"number": row.sign.asset_number, "url": reverse("signs:sign", args=[row.sign.pk])}
    return told


def _surplus(sign: Sign) -> dict[str, Any]:
    point = sign.site.point
    return {
        "state": "surplus", "lon": round(point.x, 6), "lat": round(point.y, 6), "name": sign.text, "words": str(STATES["surplus"]),
        "number": sign.asset_number, "url": reverse("signs:sign", args=[sign.pk]),
    }  # fmt: skip
