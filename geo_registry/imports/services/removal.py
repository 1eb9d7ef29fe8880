"""Take out again all that some sources brought, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import Model, ProtectedError, QuerySet, RestrictedError
from django.utils.translation import gettext as _

from geo_registry.reference.models import Source
from geo_registry.territory.models import Division

from ..registry import Holding, holdings

# So many of a kind are named; of the rest only the number is told.
NAMED = 10


@dataclass(slots=True)
class RemovalReport:
    """What went: how many rows of each kind, in the order in which they went.

    Parameters
    ----------
    sources : list of str
        Titles of the sources.
    removed : dict of str to int
        Translated name of the rows → how many.
    """

    sources: list[str] = field(default_factory=list)
    removed: dict[str, int] = field(default_factory=dict)


class RemovalRefused(Exception):  # noqa: N818 - a refusal with a reason, not a fault
    """Other rows depend on what was to go. Nothing was removed.

    Attributes
    ----------
    dependents : list of str
        One translated line for each kind of row, naming some.
    """

    def __init__(self, dependents: list[str]) -> None:
        super().__init__("\n".join(dependents))
        self.dependents = dependents


def remove_sources(sources: QuerySet[Source]) -> RemovalReport:
    """Remove every row that some sources brought, what hangs on them, and the sources.

    Parameters
    ----------
    sources : QuerySet of Source

    Returns
    -------
    RemovalReport

    Raises
    ------
    RemovalRefused
        If rows from elsewhere depend on some of them; nothing is removed then.
    """
    going = list(sources)
    report = RemovalReport(sources=[source.title for source in going])
    if not going:
        return report
    codes = [source.code for source in going]
    with pghistory.context(command="remove_sources", sources=codes), transaction.atomic():
        dependents: dict[type[Model], set[Model]] = {}
        for holding in holdings():
            removed = _remove(holding, going, dependents)
            if removed:
                label = str(holding.label)
                report.removed[label] = report.removed.get(label, 0) + removed
        if dependents:
            raise RemovalRefused(_told(_real(dependents, going) or dependents))
        Source.objects.filter(pk__in=[source.pk for source in going]).delete()
    return report


def _remove(holding: Holding, sources: Sequence[Source], dependents: dict[type[Model], set[Model]]) -> int:
    """Remove one holding's rows; where others depend on them, note those and go on, so that all are named at once."""
    if holding.before is not None:
        holding.before(sources)
    removed = 0
    for rows in _leaves_first(holding.rows(sources)):
        count = rows.count()
        try:
            with transaction.atomic():
                rows.delete()
        except (ProtectedError, RestrictedError) as error:
            held = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
            for row in held:
                dependents.setdefault(type(row), set()).add(row)
        else:
            removed += count
    return removed


def _real(
    dependents: dict[type[Model], set[Model]], sources: Sequence[Source]
) -> dict[type[Model], set[Model]]:
    """Leave out what would have gone too, had the real rows not kept it."""
    going = {source.pk for source in sources}
    kept = {
        model: {row for row in rows if getattr(row, "source_id", None) not in going}
        for model, rows in dependents.items()
    }
    return {model: rows for model, rows in kept.items() if rows}


def _leaves_first(rows: QuerySet[Any]) -> Iterable[QuerySet[Any]]:
    """Yield divisions from the lowest to the highest: a parent is kept by its children. Other rows go all at once."""
    if rows.model is not Division:
        yield rows
        return
    depths = sorted({path.count("/") for path in rows.values_list("path", flat=True)}, reverse=True)
    for depth in depths:
        yield rows.filter(path__regex=rf"^([^/]+/){{{depth}}}$")


def _told(dependents: dict[type[Model], set[Model]]) -> list[str]:
    lines = []
    for model, rows in dependents.items():
        ordered = sorted(rows, key=lambda row: row.pk)
        names = "、".join(str(row) for row in ordered[:NAMED])
        params = {"count": len(rows), "kind": model._meta.verbose_name_plural, "names": names}
        template = (
            _("%(count)d %(kind)s: %(names)s …") if len(rows) > NAMED else _("%(count)d %(kind)s: %(names)s")
        )
        lines.append(template % params)
    return lines
