"""Whether figures of two runs, each safe by itself, give small counts away when both are public.

What is hidden of one run is found out over all of that run at once; another run does not know of it. Before a map with coverage is
published its figures are therefore held against those of every other run that everybody can see: on published maps and on the
statistics page. Two things must not be:

- a figure that is hidden in one stands in the other;
- both show figures of the same people that differ by fewer than the threshold: their difference would be a count of a few people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from facilities.models import CoverageRun
from geo_registry.disclosure import DisclosureError
from geo_registry.reference.services import ReferenceMissing, effective_value

from ..models import MapVersion
from ..services import coverage_page as page
from ..services.coverage_public import NotForThePublic, Record, public_records
from ..services.public_coverage import told_runs
from ..services.statistics import SHOW_COVERAGE
from .composition import read
from .coverage import choice_of

_MOST_TOLD = 5


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A division's figures as a reader sees them beside what they are: ``None`` is hidden."""

    name: str
    people: int
    covered: int
    shown: Record


@dataclass(frozen=True, kw_only=True)
class _Figures:
    """All that is public of one choice of a run, by division."""

    where: str
    run: CoverageRun
    group: str
    rows: dict[int, _Seen]


def conflicts(version: MapVersion) -> list[str]:
    """Say which figures of a version must not stand beside what is public already; empty where all may.

    The version's own figures must have been found out before.
    """
    part = read(version.composition).coverage
    if version.run is None or part is None:
        return []
    own = _figures(choice_of(version.run, part), where=version.title)
    if own is None:
        return [_("The parts of this run do not make up its whole: its coverage cannot be shown.")]
    threshold = int(effective_value("suppression-threshold"))
    found: list[str] = []
    for other in _public_already(version):
        # Of one run everything is considered at once.
        if other.run.pk == own.run.pk or other.group != own.group:
            continue
        names = [
            mine.name
            for key, mine in own.rows.items()
            if (theirs := other.rows.get(key)) is not None and _gives_away(mine, theirs, threshold)
        ]
        if names:
            found.append(
                _(
                    "Beside “%(other)s” this would give small counts away (%(names)s). Show the same run as there, or "
                    "withdraw that map first."
                )
                % {"other": other.where, "names": "、".join(names[:_MOST_TOLD])}
            )
    return found


def _gives_away(mine: _Seen, theirs: _Seen, threshold: int) -> bool:
    if mine.people != theirs.people:
        # Other people were counted: figures of different days are different figures.
        return False
    if (mine.shown.people is None) != (theirs.shown.people is None):
        return True
    apart = abs(mine.covered - theirs.covered)
    if (mine.shown.covered is None) != (theirs.shown.covered is None):
        return apart < threshold
    return mine.shown.covered is not None and 0 < apart < threshold


def _public_already(version: MapVersion) -> Iterator[_Figures]:
    """Yield what everybody can see of runs now: on other published maps, and on the statistics page."""
    others = MapVersion.objects.public().exclude(pk=version.pk).filter(run__isnull=False)
    for other in others.select_related("run__network", "map"):
        part = read(other.composition).coverage
        if other.run is None or part is None:
            continue
        found = _figures(choice_of(other.run, part), where=other.title)
        if found is not None:
            yield found
    try:
        on_statistics = bool(effective_value(SHOW_COVERAGE))
    except ReferenceMissing:
        on_statistics = False
    for told in told_runs() if on_statistics else ():
        found = _figures(told.choice, where=_("In figures"))
        if found is not None:
            yield found


def _figures(choice: page.Choice, *, where: str) -> _Figures | None:
    try:
        records = public_records(choice)
    except (DisclosureError, NotForThePublic):
        return None
    rows = {}
    for row in page.table(choice):
        key = row.division.pk if row.division else 0
        rows[key] = _Seen(
            name=row.name,
            people=row.share.people,
            covered=row.share.covered,
            shown=records[key, choice.group.value, choice.limit_s],
        )
    return _Figures(where=where, run=choice.run, group=choice.group.value, rows=rows)
