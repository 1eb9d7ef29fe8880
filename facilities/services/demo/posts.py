"""Posts: most are filled, some are vacant. Offices with invented telephones, no persons."""

from __future__ import annotations

import datetime
from typing import Final

from geo_registry.territory.models import Division

from ...models import Appointment, Facility, Post
from .fieldwork import MARK, Setting, chance_of

_PHONE: Final = "0951-0001"
_FILLED: Final = {5: 0.86, 4: 0.9, None: 0.8}


def make(setting: Setting) -> dict[str, int]:
    """Fill posts of the demo's divisions and facilities."""
    divisions = list(
        Division.objects.under(setting.home).filter(source__is_demo=True).defer("boundary").order_by("code")
    )
    rows: list[Appointment] = []
    for post in Post.objects.filter(expected=True):
        places: list[Division | Facility] = (
            [row for row in setting.facilities if post.network_id in {None, row.kind.tier.network_id}]
            if post.of_facilities
            else [row for row in divisions if row.level == post.level]
        )
        for place in places:
            if chance_of(post.code, _code(place)).random() < _FILLED.get(post.level, 0.85):
                rows.append(_filling(setting, post, place, len(rows) + 1))
    Appointment.objects.bulk_create(rows)
    return {"posts": len(rows)}


def _code(place: Division | Facility) -> str:
    return place.number if isinstance(place, Facility) else place.code


def _filling(setting: Setting, post: Post, place: Division | Facility, serial: int) -> Appointment:
    chance = chance_of("since", post.code, _code(place))
    since = setting.today - datetime.timedelta(days=chance.randint(60, 1800))
    return Appointment(
        post=post,
        division=place if isinstance(place, Division) else None,
        facility=place if isinstance(place, Facility) else None,
        ask_for=f"值班人员{MARK}",
        office_phone=f"{_PHONE}{serial:03d}",
        valid_from=since,
        is_demo=True,
    )
