"""Invented stories for the demo county."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from placenames.services.stories.demo import make_demo_stories


class Command(BaseCommand):
    """Makes them once."""

    help = "Make openly invented stories and collections of stories in the demo county, if there is no story yet."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
        self.stdout.write(f"{make_demo_stories()} stories made up")
