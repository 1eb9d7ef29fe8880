"""Invented inspections, assessments, assets and posts for the demo county."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from facilities.services.demo import make_demo_fieldwork


class Command(BaseCommand):
    """Makes them once."""

    help = (
        "Make openly invented inspections, drills, assessments, assets with a stock-take, and filled posts, "
        "if there are none and the demo county is loaded. remove_demo takes them out again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
        made = make_demo_fieldwork()
        for name, count in made.items():
            self.stdout.write(f"{count} {name} made up")
        if not made:
            self.stdout.write("nothing made up")
