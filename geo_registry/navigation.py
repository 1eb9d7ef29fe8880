"""What stands in the header: addresses by room. Which of them a person sees is the policy's business."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """A link in the header: its room (public, office, staff), the name of its address, and its words."""

    room: str
    url_name: str
    label: str | Promise


# In the order in which they are shown. An address that is not installed is left out.
ENTRIES: tuple[Entry, ...] = (
    Entry("public", "maps:home", _("Find a service")),
    Entry("public", "placenames:search", _("Place names")),
    Entry("staff", "accounts:login", _("Staff sign in")),
    Entry("office", "worklist:mine", _("My work")),
    Entry("office", "maps:home", _("Public page")),
    Entry("office", "facilities:list", _("Facilities")),
    Entry("office", "inspections:overview", _("Inspections")),
    Entry("office", "assessments:overview", _("Assessments")),
    Entry("office", "assets:overview", _("Assets")),
    Entry("office", "maps:planner", _("Coverage")),
    Entry("office", "placenames:search", _("Place names")),
    Entry("office", "rounds:list", _("Confirmation rounds")),
    Entry("office", "placenames:spellings", _("Spellings to confirm")),
    Entry("office", "drawing:editor", _("Draw on the map")),
    Entry("office", "imports:batches", _("Imports")),
    Entry("office", "accounts:people", _("Accounts")),
    Entry("office", "jobs:list", _("Background work")),
    Entry("office", "admin:index", _("Registry")),
)
