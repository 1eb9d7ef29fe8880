"""The app's place in the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FacilitiesConfig(AppConfig):
    """Networks, facilities, coverage."""

    name = "facilities"
    verbose_name = _("Facilities")

    def ready(self) -> None:
        """Tell the apps below what of theirs is done here."""
        from geo_registry.operations import leaving

        from .services import (
            composed,
            documents,
            drawing,
            finding,
            history_words,
            import_posts,
            imports,
            post_panel,
            reference,
            reports,
            upkeep,
            walking,
            work,
        )
        from .services.assessments import card as assessments_card
        from .services.assessments import work as assessments_work
        from .services.assets import card as assets_card
        from .services.assets import files as assets_files
        from .services.assets import work as assets_work
        from .services.inspections import card as inspections_card
        from .services.inspections import work as inspections_work
        from .services.rounds import work as rounds_work

        drawing.register()
        finding.register()
        imports.register()
        reference.register()
        documents.register()
        history_words.register()
        rounds_work.register()
        work.register()
        composed.register()
        upkeep.register()
        inspections_card.register()
        inspections_work.register()
        assessments_card.register()
        assessments_work.register()
        assets_card.register()
        assets_work.register()
        import_posts.register()
        assets_files.register()
        post_panel.register()
        reports.register()
        walking.register()
        leaving.register_words(
            {
                "facilities:list_export": _("List of facilities"),
                "facilities:list_file": _("List of facilities"),
                "facilities:posts_export": _("List of posts"),
                "rounds:export": _("Ledger of a confirmation round"),
                "inspections:ledger": _("Ledger of inspections"),
                "assets:export": _("Inventory of assets"),
            }
        )
