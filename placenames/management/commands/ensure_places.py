"""``manage.py ensure_places``: every village and every named road gets its place, every name its keys and a proposed spelling."""

from __future__ import annotations

from typing import Any

import pghistory
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from placenames.services.index import refresh_keys
from placenames.services.places import ensure_places_for_divisions, ensure_places_for_roads
from placenames.services.spellings import propose_spellings


class Command(commands.Command):
    """Imports do this by themselves; the command does it for all rows at once, and again after a change of kinds or rules."""

    help = gettext_noop(
        "Give every village and every named road its place, and every name its search keys and a proposed spelling."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it, and say what was done."""
        with pghistory.context(command="ensure_places"), transaction.atomic():
            divisions = ensure_places_for_divisions()
            roads = ensure_places_for_roads()
            spellings = propose_spellings()
            indexed = refresh_keys()
        self.stdout.write(
            _(
                "villages: %(villages)d places made, %(renamed)d renamed\n"
                "roads: %(roads)d places made, %(roads_renamed)d renamed, %(linked)d stretches added, %(unlinked)d taken away, "
                "%(hidden)d places hidden\n"
                "spellings: %(proposed)d proposed, %(renewed)d renewed\n"
                "search keys: %(indexed)d names"
            )
            % {
                "villages": divisions.created,
                "renamed": divisions.renamed,
                "roads": roads.created,
                "roads_renamed": roads.renamed,
                "linked": roads.linked,
                "unlinked": roads.unlinked,
                "hidden": roads.withdrawn,
                "proposed": spellings.created,
                "renewed": spellings.renewed,
                "indexed": indexed,
            }
        )
