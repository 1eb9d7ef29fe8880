"""Invented signs for the demo county."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from placenames.services.signs.demo import make_demo_signs


class Command(BaseCommand):
    """Makes them once."""

    help = "Make openly invented signs in the demo county, planned from its roads, if there is no sign yet."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
        self.stdout.write(f"{make_demo_signs()} signs made up")
