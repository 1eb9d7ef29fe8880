"""The app's place in the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MapsConfig(AppConfig):
    """Public pages, the planner's, published figures."""

    name = "maps"
    verbose_name = _("Maps")

    def ready(self) -> None:
        """Tell the apps below what of theirs is done here."""
        from geo_registry.operations import leaving

        from .api import ledger, office
        from .published import files_job, story, work
        from .services import public_coverage

        public_coverage.register()
        files_job.register()
        story.register()
        work.register()
        ledger.register()
        leaving.register_words(
            {
                "maps:planner_file": _("File of a coverage run"),
                "export of run": _("File of a coverage run, written by a command"),
                **{f"api {one.id}": one.title for one in office.described()},
            }
        )
