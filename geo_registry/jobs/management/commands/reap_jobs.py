"""Give up jobs whose worker is gone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.jobs.services import reap


class Command(commands.Command):
    """Runs the reaper once."""

    help = gettext_noop(
        "Give up jobs whose worker has been silent too long, or queue them again. The worker does this by itself."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Reap, and say what was found."""
        report = reap()
        self.stdout.write(
            _("lost %(lost)d, queued again %(queued)d, task rows put right %(tidied)d")
            % {"lost": len(report.lost), "queued": len(report.requeued), "tidied": report.tidied}
        )
