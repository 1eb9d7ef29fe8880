"""The app's place in the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacenamesConfig(AppConfig):
    """Places, names, spellings."""

    name = "placenames"
    verbose_name = _("Place names")

    def ready(self) -> None:
        """Tell the apps below what of theirs is done here."""
        from geo_registry.operations import leaving

        from .services import (
            beginnings,
            drawn_names,
            finding,
            follow_ups,
            history_words,
            imports,
            reference,
            reports,
            work,
        )
        from .services.checking import likeness
        from .services.records import files
        from .services.signs import demo as demo_signs
        from .services.signs import files as sign_files
        from .services.stories import finding as story_finding
        from .services.stories import work as story_work
        from .services.stories import writing as story_writing

        reference.register()
        follow_ups.register()
        imports.register()
        finding.register()
        beginnings.register()
        likeness.register()
        drawn_names.register()
        history_words.register()
        reports.register()
        work.register()
        files.register()
        demo_signs.register()
        story_writing.register()
        story_finding.register()
        story_work.register()
        sign_files.register()
        leaving.register_words(
            {
                "naming:paper": _("Paper of a name case"),
                "signs:claims_file": _("Claims under a warranty"),
                "signs:order_list": _("Order list of a batch of signs"),
            }
        )
