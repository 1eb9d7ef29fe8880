"""Invented acts, proposals and duplicates for the demo county's register."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.services.register_demo import make_demo_register
from geo_registry import commands


class Command(commands.Command):
    """Makes them once."""

    help = gettext_noop(
        "Make openly invented acts, proposals and duplicates in the demo county's register, if there are none."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError(
                _("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
            )
        self.stdout.write(_("%(count)d acts made up") % {"count": make_demo_register()})
