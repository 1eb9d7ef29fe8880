"""Invented inspections, assessments, assets and posts for the demo county."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.services.demo import make_demo_fieldwork
from geo_registry import commands


class Command(commands.Command):
    """Makes them once."""

    help = gettext_noop(
        "Make openly invented inspections, drills, assessments, assets with a stock-take, and filled posts, "
        "if there are none and the demo county is loaded. remove_demo takes them out again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them, and say how many."""
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError(
                _("This site is not told to have demo data: set DEMO_DATA_ALLOWED=yes for that.")
            )
        made = make_demo_fieldwork()
        for name, count in made.items():
            self.stdout.write(_("%(count)d made up: %(what)s") % {"count": count, "what": name})
        if not made:
            self.stdout.write(_("There is some already, or no demo county: nothing was made up."))
