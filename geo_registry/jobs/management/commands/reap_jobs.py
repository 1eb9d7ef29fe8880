"""Give up jobs whose worker is gone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from geo_registry.jobs.services import reap


class Command(BaseCommand):
    """Runs the reaper once."""

    help = "Give up jobs whose worker has been silent too long, or queue them again. The worker does this by itself."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Reap, and say what was found."""
        report = reap()
        self.stdout.write(
            f"lost {len(report.lost)}, queued again {len(report.requeued)}, task rows put right {report.tidied}"
        )
