"""Invented acts, proposals and duplicates for the demo county's register."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from facilities.services.register_demo import make_demo_register


class Command(BaseCommand):
    """Makes them once."""

    help = "Make openly invented acts, proposals and duplicates in the demo county's register, if there are none."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
        self.stdout.write(f"{make_demo_register()} acts made up")
