"""The app's place in the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorklistConfig(AppConfig):
    """What waits for whom, and notifications."""

    name = "geo_registry.worklist"
    verbose_name = _("My work")

    def ready(self) -> None:
        """Make known what waits because of background work, which is below and knows nothing of this."""
        from .services import background

        background.register()
