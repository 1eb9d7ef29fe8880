"""The frame: who did it, where, by which chance; then each room's own part."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass, field
from typing import Final

import pghistory
from django.db import transaction
from django.utils import timezone

from geo_registry.accounts.demo import USERNAMES
from geo_registry.accounts.models import Role, User
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Installation

from ...models import Appointment, Assessment, Asset, Facility, Inspection
from ..rounds.progress import Townships
from .pictures import Album

MARK: Final = "（示范）"
_SEED: Final = 2024


@dataclass
class Setting:
    """The demo county on one day, and whoever works there."""

    today: datetime.date
    home: Division
    source: Source
    facilities: list[Facility]
    townships: Townships
    people: dict[str, User]
    album: Album = field(default_factory=Album)

    def person(self, role: Role) -> User | None:
        """Return the demo account of a role, if there are demo accounts."""
        return self.people.get(USERNAMES[role])

    def is_own(self, division: Division) -> bool:
        """Whether a division lies where the demo clerk works."""
        clerk = self.person(Role.CLERK)
        scope = clerk.scope() if clerk is not None else None
        return scope is not None and division.path.startswith(scope.path)

    def keeper(self, division: Division) -> User | None:
        """Return who does the work in a division: its clerk, or the county where no demo clerk is."""
        return self.person(Role.CLERK if self.is_own(division) else Role.PLANNER)

    def town(self, division: Division) -> str:
        """Return the code of the township that a division lies in."""
        town = self.townships.of(division.path)
        return town.code if town is not None else ""


def chance_of(*parts: object) -> random.Random:
    """Return a chance that is the same for the same things."""
    return random.Random(" ".join(str(part) for part in (_SEED, *parts)))  # noqa: S311 - invented data


def is_there() -> bool:
    """Whether anybody has begun with any of it: then nothing is invented beside it."""
    return any(model.objects.exists() for model in (Inspection, Assessment, Asset, Appointment))


@transaction.atomic
def make_demo_fieldwork(*, day: datetime.date | None = None) -> dict[str, int]:
    """Make up what was done in the field, if the registry has none of it and holds demo facilities.

    Returns
    -------
    dict of str to int
        How many rows of each kind were made up; empty if nothing was.
    """
    from . import assessments, assets, inspections, posts, reports

    today = day or timezone.localdate()
    home = Installation.home()
    source = Source.objects.filter(is_demo=True).order_by("pk").first()
    rows = Facility.objects.at_home().open_on(today).filter(source__is_demo=True, duplicate_of__isnull=True)
    facilities = list(rows.select_related("kind__tier", "division", "source").order_by("number"))
    if home is None or source is None or not facilities or is_there():
        return {}
    setting = Setting(
        today=today,
        home=home,
        source=source,
        facilities=facilities,
        townships=Townships.read(),
        people={user.username: user for user in User.objects.filter(username__in=USERNAMES.values())},
    )
    with pghistory.context(command="make_demo_fieldwork"):
        made = {
            **inspections.make(setting),
            **assessments.make(setting),
            **assets.make(setting),
            **posts.make(setting),
            **reports.make(setting),
        }
        made["pictures"] = setting.album.save(facilities[0])
    return made
