"""Files on their way, as work: for whoever brought them, and for whoever approves them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from geo_registry.accounts.policy import Action, may
from geo_registry.worklist import registry
from geo_registry.worklist.models import Notification
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile

from ..models import Batch
from ..registry import kinds, register_derived
from . import incoming
from .approval import judged_kinds, waiting_for
from .approval import register as register_words


class FilesToTakeIn:
    """Mine: own files between preview and commit, and others' that I approve. Others': what I have sent for approval.

    One query for each question, besides the policy's own.
    """

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Imports")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count them."""
        if not may(asked.user, Action.SEE_IMPORTS):
            return Counts()
        return Countable(rows=self._waiting(asked), back=Q(state=Batch.State.PREVIEW) & ~Q(decision=""))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them: what came back, then the longest waiting first."""
        if not may(asked.user, Action.SEE_IMPORTS):
            return []
        rows = self._waiting(asked).select_related("submitted_by").defer("report", "inspection")
        back = Case(
            When(Q(state=Batch.State.PREVIEW) & ~Q(decision=""), then=0),
            default=1,
            output_field=IntegerField(),
        )
        return [
            _item(batch, asked) for batch in rows.order_by(back, "created_at", "pk")[first : first + size]
        ]

    def _waiting(self, asked: Asked) -> QuerySet[Batch]:
        own = Batch.objects.filter(Q(created_by=asked.user) | Q(submitted_by=asked.user))
        if asked.pile is Pile.OTHERS:
            return own.filter(state=Batch.State.SUBMITTED)
        mine = Q(pk__in=own.filter(state=Batch.State.PREVIEW).order_by().values("pk"))
        if judged_kinds(asked.user):
            mine |= Q(pk__in=waiting_for(asked.user).order_by().values("pk"))
        return Batch.objects.filter(mine)


def _item(batch: Batch, asked: Asked) -> Item:
    kind = kinds().get(batch.kind)
    label = str(kind.label) if kind is not None else batch.kind
    url = reverse("imports:batch", args=[batch.pk])
    if batch.waits:
        title = _("Approval of a file: %(file)s") % {"file": batch.file_name}
        others = asked.pile is Pile.OTHERS
        state = _("waiting for approval") if others else _("to be approved")
        return Item(
            title=f"{title} ({label})", url=url, state=state, reason="" if others else str(batch.submitted_by or ""),
            waits_for=_("the county") if others else "",
        )  # fmt: skip
    refused = batch.count_refused
    reason = batch.decision
    if refused and not reason:
        reason = ngettext("%(count)d row is refused.", "%(count)d rows are refused.", refused) % {
            "count": refused
        }
    return Item(
        title=_("Take in or leave: %(file)s") % {"file": batch.file_name}, url=url, state=label,
        returned=batch.is_returned, reason=reason,
    )  # fmt: skip


def register() -> None:
    """Make it known."""
    registry.register("imports", FilesToTakeIn())
    # What somebody was told of a new division is nobody's later work on it.
    register_derived(Notification)
    register_words()
    incoming.register()
