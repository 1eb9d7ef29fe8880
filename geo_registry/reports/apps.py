"""The app's place in the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """What the public reports."""

    name = "geo_registry.reports"
    verbose_name = _("Reports from the public")

    def ready(self) -> None:
        """Tell the apps below what of theirs is done here."""
        from .services import upkeep, work

        upkeep.register()
        work.register()
