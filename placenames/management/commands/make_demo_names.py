"""Invented name cases and pilot villages for the demo county."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from placenames.services.demo_cases import make_demo_names


class Command(BaseCommand):
    """Makes them once."""

    help = "Make openly invented name cases and pilot villages in the demo county, if there is no case yet."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
        self.stdout.write(f"{make_demo_names()} name cases made up")
