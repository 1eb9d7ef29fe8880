"""The app's place in the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    """One search for names, roads, villages and facilities."""

    name = "geo_registry.search"
    label = "search"
    verbose_name = _("Search")

    def ready(self) -> None:
        """Let divisions above villages be found; the apps above say what of theirs is."""
        from . import divisions

        divisions.register()
