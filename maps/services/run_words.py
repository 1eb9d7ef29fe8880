"""What every file of a run says about itself: whose it is, what it was computed from, what mark it carries."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from facilities.models import CoverageRun
from geo_registry.territory.models import Installation

from . import coverage_page as page
from .coverage_public import HIDDEN, hidden_note
from .run_tables import RunTables


@dataclass(frozen=True, kw_only=True)
class RunWords:
    """Title, parameters as a sentence, the day it was computed, marks and notes; all in the reader's language."""

    title: str
    sentence: str
    made: str
    review_mark: str
    demo_mark: str | None
    notes: list[str]


def words_of(tables: RunTables) -> RunWords:
    """Return the words of a run's files."""
    choice = tables.choice
    run = choice.run
    installation = Installation.current()
    return RunWords(
        title=title_of(choice),
        sentence=page.sentence(choice),
        made=made_words(run, office=installation.office_name),
        review_mark=review_mark(installation, is_public=tables.is_public),
        demo_mark=_("Demo data: openly invented, not for use") if run.has_demo_data else None,
        notes=_notes(tables),
    )


def title_of(choice: page.Choice) -> str:
    """Say where, of what network, and what is reached."""
    title = _("%(network)s: who reaches %(set)s") % {
        "network": choice.run.network.name,
        "set": choice.set.label,
    }
    return f"{choice.parent.name}{title}" if choice.parent else title


def review_mark(installation: Installation, *, is_public: bool) -> str:
    """Return the map's review number on what is for the public; what holds counts of small places is for the office alone."""
    number = installation.map_review_number
    reviewed = _("Map review number %(number)s") % {"number": number} if number else ""
    if is_public and reviewed:
        return reviewed
    internal = _("Internal use only")
    return f"{internal} · {reviewed}" if reviewed else internal


def made_words(run: CoverageRun, *, office: str) -> str:
    """Say of which days the figures are, when they were computed, by whom, and in which run."""
    text = _(
        "Population as of %(day)s; facilities in operation on %(open)s; computed %(made)s; run %(run)s."
    ) % {
        "day": page.day_words(run.population_as_of) if run.population_as_of else "—",
        "open": page.day_words(run.day),
        "made": page.day_words(timezone.localdate(run.created_at)),
        "run": run.pk,
    }
    return f"{office} · {text}" if office else text


def _notes(tables: RunTables) -> list[str]:
    run = tables.choice.run
    located = len(tables.on_map)
    notes = [hidden_note()] if tables.is_public else []
    notes += page.gaps(run, with_people=not tables.is_public)
    if not tables.is_public and located < len(tables.facilities):
        notes.append(
            _(
                "Of %(all)s facilities in operation, %(shown)s have a place on record: they count, and are on the map."
            )
            % {"all": len(tables.facilities), "shown": located}
        )
    notes.append(
        _("People whose way cannot be known stand in the divisor, and are never counted as covered.")
    )
    notes.append(
        _(
            "Datum CGCS2000 (EPSG:4490); the map is a transverse Mercator projection about its own middle. "
            "Base: roads and divisions of this registry."
        )
    )
    return notes


def count(value: int | None) -> str:
    """Return a count as it is read, or the mark of what must not be published."""
    return HIDDEN if value is None else number_format(value, force_grouping=True)


def percent(value: float | None) -> str:
    """Return a share with one decimal, or the mark of what must not be published."""
    return HIDDEN if value is None else f"{page.decimals(100 * value, 1)}%"
