"""The demo county's signs: planned from its roads, some put up, one rusty, one that shows an old name; all of it invented."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from typing import Final

import pghistory
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.demo import USERNAMES
from geo_registry.accounts.models import Role, User
from geo_registry.imports.registry import Holding, register_holding
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division
from placenames.models import CampaignVillage, Sign, SignBatch, SignSite

from . import batches, inventory, work
from .planning import Scope, plan

_MARK: Final = "（示范）"
_MOST: Final = 24


@transaction.atomic
def make_demo_signs(*, day: datetime.date | None = None) -> int:
    """Make them, if the demo county, its accounts and pilot villages are there and there is no sign yet; return how many."""
    today = day or timezone.localdate()
    people = {user.username: user for user in User.objects.filter(username__in=USERNAMES.values())}
    if len(people) < len(USERNAMES) or Sign.objects.exists():
        return 0
    clerk, officer = people[USERNAMES[Role.CLERK]], people[USERNAMES[Role.NAME_OFFICER]]
    town = clerk.scope()
    source = Source.objects.filter(is_demo=True).order_by("pk").first()
    if town is None or source is None or not CampaignVillage.objects.filter(division__parent=town).exists():
        return 0
    with pghistory.context(user=officer.pk, command="make_demo_signs"):
        missing = [
            row for row in plan(scope=Scope(division=town)).missing if row.place.is_demo or row.sort == "road"
        ]
        signs = inventory.keep_planned(rows=missing[:_MOST], by=officer, source=source)
        _known_of(signs, officer)
        _put_up(signs[: 2 * len(signs) // 3], town, officer, today)
        _seen(clerk, today)
    return len(signs)


def _known_of(signs: Sequence[Sign], officer: User) -> None:
    """Say of the first road's sites on which side they stand, whose pole it is, and which houses lie there."""
    first = [
        sign.site
        for sign in signs
        if sign.sort == Sign.Sort.ROAD and sign.site.place_id == signs[0].site.place_id
    ]
    for number, row in enumerate(first):
        back, on = (f"1–{number * 20}" if number else ""), f"{number * 20 + 1}–{(number + 1) * 20}"
        values = {
            "side": SignSite.Side.RIGHT, "pole_number": row.pole_number or f"P{number + 1}", "pole_owner": f"村委会{_MARK}",
            "numbers_back": back, "numbers_on": on if number < len(first) - 1 else "",
        }  # fmt: skip
        inventory.change_site(site=row, by=officer, values=values)


def _put_up(signs: Sequence[Sign], town: Division, officer: User, today: datetime.date) -> None:
    if not signs:
        return
    order = batches.Order(
        number=f"{today.year}-1{_MARK}",
        division=town,
        maker=f"某标牌厂{_MARK}",
        unit_price=None,
        warranty_months=24,
    )
    batch = batches.make_batch(order=order, signs=signs, by=officer, is_demo=True)
    for status in (Sign.Status.ORDERED, Sign.Status.INSTALLED, Sign.Status.ACCEPTED):
        batches.carry_on(batch=batch, status=status, on_day=today, by=officer)


def _seen(clerk: User, today: datetime.date) -> None:
    standing = list(
        Sign.objects.standing().select_related("site__division", "batch").order_by("asset_number")[:3]
    )
    for sign, defects in zip(standing, ([], ["rust"], ["renamed"]), strict=False):
        work.inspect(sign=sign, by=clerk, key=uuid.uuid4(), on_day=today, defects=defects, note=_MARK)


def _batches(sources: Sequence[Source]) -> QuerySet[SignBatch]:
    """Return the invented batches, where what goes is the demo."""
    demo = any(source.is_demo for source in sources)
    return SignBatch.objects.filter(is_demo=True) if demo else SignBatch.objects.none()


def register() -> None:
    """Say what goes when a source goes."""
    register_holding(
        Holding(
            order=22,
            label=_("sites of signs"),
            rows=lambda sources: SignSite.objects.filter(source__in=sources),
        )
    )
    register_holding(Holding(order=23, label=_("batches of signs"), rows=_batches))
