"""Invented name cases and pilot villages for the demo county."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from placenames.services.demo_cases import make_demo_names


class Command(commands.Command):
    """Makes them once."""

    help = gettext_noop(
        "Make openly invented name cases and pilot villages in the demo county, if there is no case yet."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError(
                _("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
            )
        self.stdout.write(_("%(count)d name cases made up") % {"count": make_demo_names()})
