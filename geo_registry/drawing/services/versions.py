"""Which state of a row somebody drew upon: the number of the last event that the database wrote about it.

A time stamp would miss what is written past the models; an event is written by a trigger, whoever wrote the row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Max, Model

from geo_registry.accounts.history import event_model, record_history


def versions_of(model: type[Model], pks: Iterable[int]) -> dict[int, int]:
    """Return the version of each row, 0 where nothing was ever recorded; one query."""
    wanted = list(pks)
    events: Any = event_model(model)
    found: dict[int, int] = dict.fromkeys(wanted, 0)
    if events is not None and wanted:
        rows = events._default_manager.filter(pgh_obj_id__in=wanted).order_by()
        found |= dict(rows.values_list("pgh_obj_id").annotate(last=Max("pgh_id")))
    return found


def since(model: type[Model], pk: int, version: int) -> list[dict[str, Any]]:
    """Return who did what to a row after a version, newest first: for the person whose drawing is overtaken."""
    events: Any = event_model(model)
    if events is None:
        return []
    later = events._default_manager.filter(pgh_obj_id=pk, pgh_id__gt=version).count()
    changes = record_history(model, pk)[: max(later, 0)]
    return [
        {
            "who": change.who,
            "at": change.at.isoformat(),
            "what": [
                {"label": field.label, "words": field.words or f"{field.before} → {field.after}"}
                for row in change.rows
                if row.is_record
                for field in row.fields
            ],
        }
        for change in changes
    ]
