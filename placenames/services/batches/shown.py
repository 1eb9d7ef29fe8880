"""How a change of many names is shown, and to whom."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.utils.translation import pgettext_lazy

from geo_registry.accounts.models import User
from placenames.models import NameBatch, NameBatchRow

from ..reviewing import require
from .checked import NEW

_Outcome = NameBatchRow.Outcome

GROUPS: Final[dict[str, Q]] = {
    "found": Q(weight__gt=0) & ~Q(outcome=_Outcome.LEFT),
    "left": Q(outcome=_Outcome.LEFT),
    "chosen": Q(outcome=_Outcome.CHOSEN),
    "kept": Q(outcome=_Outcome.KEPT),
    "new": Q(trace__has_key=NEW),
}
"""What a page of a change may be narrowed to."""
GROUP_WORDS: Final = (
    ("new", pgettext_lazy("change of many names", "come up since you looked")),
    ("left", pgettext_lazy("change of many names", "left alone: a check blocks it")),
    ("found", pgettext_lazy("change of many names", "with something to look at")),
    ("kept", pgettext_lazy("change of many names", "kept: changed again since")),
)


def counts(batch: NameBatch) -> dict[str, int]:
    """Return how many rows each group of a change has."""
    return batch.rows.aggregate(
        **{group: Count("pk", filter=condition) for group, condition in GROUPS.items()}
    )


def last_of(user: User, *, most: int = 5) -> QuerySet[NameBatch]:
    """Return a person's last changes: those that were made, and those whose names are checked and wait for the word."""
    rows = NameBatch.objects.filter(owner=user)
    return rows.exclude(state=NameBatch.State.WAITING, checked_at__isnull=True)[:most]


def may_see(batch: NameBatch, user: User) -> bool:
    """Whether a person may look at a change: who made it, and who may do the same everywhere it reached."""
    if batch.owner_id == user.pk:
        return True
    scope = user.scope()
    try:
        require(user, batch.act)
    except PermissionDenied:
        return False
    reach = batch.division
    return scope is None or (reach is not None and reach.path.startswith(scope.path))
