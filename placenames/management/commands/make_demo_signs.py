"""Invented signs for the demo county."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from placenames.services.signs.demo import make_demo_signs


class Command(commands.Command):
    """Makes them once."""

    help = gettext_noop(
        "Make openly invented signs in the demo county, planned from its roads, if there is no sign yet."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError(
                _("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
            )
        self.stdout.write(_("%(count)d signs made up") % {"count": make_demo_signs()})
