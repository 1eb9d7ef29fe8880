"""A plan in words and as plain values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from placenames.models import SiteReason

from .planning import Required, SignPlan

_ITEMS = {
    "plate-single": gettext_lazy("Road-name plates with one face"),
    "plate-double": gettext_lazy("Road-name plates with two faces"),
    "village-plate": gettext_lazy("Village plates"),
    "pole": gettext_lazy("Poles with footing"),
}


def item_label(code: str) -> str:
    """Return what a line of a bill is called."""
    return str(_ITEMS.get(code, code))


def yuan(amount: Decimal | None) -> str:
    """Return an amount of money, or that a price is missing."""
    return _("a price is missing") if amount is None else _("%(amount)s yuan") % {"amount": f"{amount:,.2f}"}


def required_words(row: Required) -> str:
    """Return where a sign must stand in one line."""
    where = row.division.name if row.division is not None else "–"
    return (
        f"{row.name.text}  {SiteReason(str(row.site.kind)).label}  {row.site.measure_m:.0f} m  {where}  "
        f"{row.site.lon:.6f},{row.site.lat:.6f}"
    )


def _row(row: Required) -> dict[str, Any]:
    return {
        "place": row.place.short_id, "name": row.name.text, "division": row.division.code if row.division else None,
        "pole": row.pole, **row.site.as_dict(), **({"sign": row.sign.asset_number, "shows": row.sign.text} if row.sign else {}),
    }  # fmt: skip


def as_dict(plan: SignPlan) -> dict[str, Any]:
    """Return a plan as plain values for JSON."""
    lists = ("required", "served", "under_way", "missing", "wrong_name")
    return {
        "roads": plan.roads,
        "villages": plan.villages,
        "signs_required": plan.signs_required,
        **{name: [_row(row) for row in getattr(plan, name)] for name in lists},
        "surplus": [{"sign": sign.asset_number, "shows": sign.text, "lon": sign.site.point.x, "lat": sign.site.point.y}
                    for sign in plan.surplus],
        "bill": {
            "lines": [
                {"item": line.item, "count": line.count, "price": _number(line.price), "cost": _number(line.cost),
                 "verified": line.verified}
                for line in plan.bill.lines
            ],
            "total": _number(plan.bill.total),
            "verified": plan.bill.verified,
        },
        "odd": [{"place": place.short_id, "name": str(place), "why": why} for place, why in plan.odd],
    }  # fmt: skip


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
