"""Some months of invented confirmation rounds for the demo county."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from facilities.services.rounds.demo import make_demo_rounds


class Command(BaseCommand):
    """Makes them once."""

    help = "Make some months of openly invented confirmation rounds, if there are none and the demo county is loaded."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
        self.stdout.write(f"{make_demo_rounds()} answers made up")
