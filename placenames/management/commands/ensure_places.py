"""``manage.py ensure_places``: every village and every named road gets its place, every name its keys and a proposed spelling."""

from __future__ import annotations

from typing import Any

import pghistory
from django.core.management.base import BaseCommand
from django.db import transaction

from placenames.services.index import refresh_keys
from placenames.services.places import ensure_places_for_divisions, ensure_places_for_roads
from placenames.services.spellings import propose_spellings


class Command(BaseCommand):
    """Imports do this by themselves; the command does it for all rows at once, and again after a change of kinds or rules."""

    help = "Give every village and every named road its place, and every name its search keys and a proposed spelling."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it, and say what was done."""
        with pghistory.context(command="ensure_places"), transaction.atomic():
            divisions = ensure_places_for_divisions()
            roads = ensure_places_for_roads()
            spellings = propose_spellings()
            indexed = refresh_keys()
        self.stdout.write(
            f"villages: {divisions.created} places made, {divisions.renamed} renamed\n"
            f"roads: {roads.created} places made, {roads.renamed} renamed, {roads.linked} stretches added, "
            f"{roads.unlinked} taken away, {roads.withdrawn} places hidden\n"
            f"spellings: {spellings.created} proposed, {spellings.renewed} renewed\n"
            f"search keys: {indexed} names"
        )
