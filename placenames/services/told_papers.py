"""Announcements of a place's names: what the law has published of each naming, renaming and retiring (Art. 14)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from placenames.models import NameCase, Place
from placenames.models.cases import State


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """One announcement: what was done with which name, who approved it under which number, and the days."""

    act: str
    title: str
    authority: str
    number: str
    approved_on: datetime.date | None
    announced_on: datetime.date
    is_demo: bool


def announcements_of(place: Place) -> list[Announcement]:
    """Return what was announced of a public place, the newest first. Reports, notes and who did it are the office's own."""
    cases = NameCase.objects.filter(place=place, state=State.ANNOUNCED, announced_on__isnull=False)
    return [
        Announcement(
            act=str(case.get_act_display()), title=case.title, authority=case.authority, number=case.approval_number,
            approved_on=case.approved_on, announced_on=case.announced_on, is_demo=case.is_demo,
        )
        for case in cases.defer("geometry").order_by("-announced_on", "-pk")
        if case.announced_on is not None
    ]  # fmt: skip
