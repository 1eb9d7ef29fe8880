"""The demo county's name cases: one in each state, and pilot villages of the campaign. Openly invented, and gone with the demo."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from geo_registry.accounts.demo import USERNAMES
from geo_registry.accounts.models import Role, User
from geo_registry.territory.models import Division, Level, Road
from placenames.models import CampaignVillage, NameCase, PlaceKind, Report
from placenames.models.cases import Act

from . import cases
from .cases.flow import checked_case
from .cases.ground import describe_roads
from .checking import check_name

_COMMAND: Final = "make_demo_names"
_MARK: Final = "（示范）"
# Invented names, one for each state that a case can stand in.
_NAMES: Final = ("示耘路", "示穗路", "示禾路", "示圃巷", "示畴路")


@transaction.atomic
def make_demo_names(*, day: datetime.date | None = None) -> int:
    """Make them, if the demo county and its accounts are there and there is no case yet; return how many cases."""
    today = day or timezone.localdate()
    people = {user.username: user for user in User.objects.filter(username__in=USERNAMES.values())}
    if len(people) < len(USERNAMES) or NameCase.objects.exists():
        return 0
    clerk, officer, reviewer = (people[USERNAMES[r]] for r in (Role.CLERK, Role.NAME_OFFICER, Role.REVIEWER))
    town = clerk.scope()
    if town is None:
        return 0
    with pghistory.context(user=officer.pk, command=_COMMAND):
        _pilots(town, today)
        made = [_draft(name, road, clerk) for name, road in zip(_NAMES, _roads(town), strict=False)]
        for far, case in enumerate(made):
            _carry(case, far, officer, reviewer, clerk, today)
    return len(made)


def _pilots(town: Division, today: datetime.date) -> None:
    villages = Division.objects.filter(
        parent=town, level=Level.VILLAGE, valid_to__isnull=True, source__is_demo=True
    )
    for village in villages.order_by("code")[:3]:
        CampaignVillage.objects.get_or_create(
            division=village,
            defaults={
                "since": today,
                "signs_needed": 20,
                "signs_standing": 6,
                "counted_on": today,
                "note": _MARK,
            },
        )


def _roads(town: Division) -> Iterator[Road]:
    """Yield stretches of the clerk's township that have no name: nobody's name is touched."""
    rows = Road.objects.filter(division__path__startswith=town.path, name="", length_m__gt=100)
    yield from rows.select_related("division").order_by("-length_m", "pk")[: len(_NAMES)]


def _draft(name: str, road: Road, clerk: User) -> NameCase:
    kind = PlaceKind.objects.select_related("procedure").get(code="lane" if name.endswith("巷") else "road")
    told = describe_roads([road])
    division = road.division
    assert division is not None  # noqa: S101 - chosen by its division
    draft = cases.Draft(
        act=Act.NAMING, kind=kind, division=division, text=name, roads=[road], reason=f"新修道路，方便群众出行{_MARK}",
        meaning=f"寓意五谷丰登{_MARK}", extent_text=told.extent if told else "", course_text=told.course if told else "",
    )  # fmt: skip
    case = cases.save_draft(draft=draft, user=clerk, is_demo=True)
    case.spelling = check_name(cases.subject_of(case)).spelled.text
    case.save()
    return case


def _carry(
    case: NameCase, far: int, officer: User, reviewer: User, clerk: User, today: datetime.date
) -> None:
    """Carry a case as far as its number says; one that a check holds up stays where it is, as it would for anybody."""
    try:
        if far >= 1:
            cases.submit(case=case, user=clerk)
        if far == 2:
            cases.return_case(case=case, user=officer, note=f"请补充来历{_MARK}")
        if far >= 3:
            cases.check_case(case=case, user=officer)
            for report in Report.values:
                cases.add_report(case=case, user=officer, report=report, note=f"同意{_MARK}", on_day=today)
        if far >= 4:
            case.refresh_from_db()
            cases.approve(
                case=case, user=reviewer, seen=checked_case(case).seen, number=f"示政函〔{today.year}〕1号",
                approved_on=today - datetime.timedelta(days=10),
            )  # fmt: skip
    except ValidationError:
        return
