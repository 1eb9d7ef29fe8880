"""Files that were looked at and not taken in yet, as work for whoever brought them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from geo_registry.accounts.policy import Action, may
from geo_registry.worklist import registry
from geo_registry.worklist.registry import Asked, Counts, Item, Pile

from ..models import Batch
from ..registry import kinds


class FilesToTakeIn:
    """One's own files that wait between preview and commit. One query for each question."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Imports")

    def counts(self, asked: Asked) -> Counts:
        """Count them."""
        return Counts(total=self._waiting(asked).count() if self._concerns(asked) else 0)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them, the longest waiting first."""
        if not self._concerns(asked):
            return []
        return [_item(batch) for batch in self._waiting(asked)[first : first + size]]

    def _concerns(self, asked: Asked) -> bool:
        return asked.pile is Pile.MINE and may(asked.user, Action.IMPORT)

    def _waiting(self, asked: Asked) -> QuerySet[Batch]:
        rows = Batch.objects.filter(state=Batch.State.PREVIEW, created_by=asked.user)
        return rows.order_by("created_at").defer("report", "inspection")


def _item(batch: Batch) -> Item:
    kind = kinds().get(batch.kind)
    label = str(kind.label) if kind is not None else batch.kind
    refused = batch.count_refused
    return Item(
        title=_("Take in or leave: %(file)s") % {"file": batch.file_name},
        url=reverse("imports:batch", args=[batch.pk]),
        state=label,
        reason=ngettext("%(count)d row is refused.", "%(count)d rows are refused.", refused)
        % {"count": refused}
        if refused
        else "",
    )


def register() -> None:
    """Make it known."""
    registry.register("imports", FilesToTakeIn())
