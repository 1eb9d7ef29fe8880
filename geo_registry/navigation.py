"""What stands in the header: addresses by room. Which of them a person sees is the policy's business."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Group(enum.StrEnum):
    """The office's entries are too many for one row: most stand in a menu."""

    REGISTER = "register"
    COVERAGE = "coverage"
    NAMES = "names"
    DATA = "data"
    OFFICE = "office"

    @property
    def label(self) -> Promise:
        """The word on the menu."""
        return _GROUPS[self]


_GROUPS = {
    Group.REGISTER: pgettext_lazy("menu", "Facilities"),
    Group.COVERAGE: pgettext_lazy("menu", "Coverage"),
    Group.NAMES: pgettext_lazy("menu", "Place names"),
    Group.DATA: pgettext_lazy("menu", "Map and data"),
    Group.OFFICE: pgettext_lazy("menu", "Administration"),
}


@dataclass(frozen=True)
class Entry:
    """A link in the header: its room (public, office, person, staff), the name of its address, its words, and the menu it is in."""

    room: str
    url_name: str
    label: str | Promise
    group: Group | None = None


# In the order in which they are shown; a menu stands where its first entry does, and one of which a person may open a single
# entry is that entry. An address that is not installed is left out.
ENTRIES: tuple[Entry, ...] = (
    Entry("public", "maps:home", _("Find a service")),
    Entry("public", "placenames:search", _("Place names")),
    Entry("public", "stories:list", _("Stories of places")),
    Entry("staff", "accounts:login", _("Staff sign in")),
    Entry("office", "worklist:mine", _("My work")),
    Entry("office", "facilities:list", _("List of facilities"), Group.REGISTER),
    Entry("office", "rounds:list", _("Confirmation rounds"), Group.REGISTER),
    Entry("office", "inspections:overview", _("Inspections"), Group.REGISTER),
    Entry("office", "assessments:overview", _("Assessments"), Group.REGISTER),
    Entry("office", "assets:overview", _("Assets"), Group.REGISTER),
    Entry("office", "maps:planner", _("Plan and coverage"), Group.COVERAGE),
    Entry("office", "maps:composed_list", _("Published maps"), Group.COVERAGE),
    Entry("office", "placenames:search", _("Look up place names"), Group.NAMES),
    Entry("office", "naming:queue", _("Name cases"), Group.NAMES),
    Entry("office", "naming:review", _("Review of names"), Group.NAMES),
    Entry("office", "naming:campaign", _("Rural naming campaign"), Group.NAMES),
    Entry("office", "signs:list", _("Signs"), Group.NAMES),
    Entry("office", "placenames:spellings", _("Spellings to confirm"), Group.NAMES),
    Entry("office", "naming:comparisons", _("Compare with the national database"), Group.NAMES),
    Entry("office", "telling:list", _("Stories of places"), Group.NAMES),
    Entry("office", "drawing:editor", _("Draw on the map"), Group.DATA),
    Entry("office", "imports:batches", _("Imports"), Group.DATA),
    Entry("office", "reports:queue", _("Reports from the public"), Group.DATA),
    Entry("office", "jobs:list", _("Background work"), Group.DATA),
    Entry("office", "accounts:people", _("Accounts"), Group.OFFICE),
    Entry("office", "operations:overview", _("How the site runs"), Group.OFFICE),
    Entry("office", "admin:index", _("Registry"), Group.OFFICE),
    # Behind the person's name.
    Entry("person", "maps:home", _("Public page")),
    Entry("person", "guide:index", _("Help")),
)
