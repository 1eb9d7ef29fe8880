"""Files that wait for somebody else's approval: a clerk's, as a clerk's single changes do. Nobody approves the own one.

Such a batch is taken in on behalf of whoever sent it, within that person's divisions, exactly as its preview says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts import policy
from geo_registry.accounts.models import Role, User
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.worklist import registry
from geo_registry.worklist.services import notify

from ..models import Batch
from ..registry import Kind, kind_of, kinds
from .storage import preview_path

SENT, APPROVED, RETURNED = "imports-batch-sent", "imports-batch-approved", "imports-batch-returned"
_REASON_CHARS = 400

_NEEDS = gettext_noop(
    "Files of this kind need somebody else's approval when you bring them: {kind}. Send it for approval."
)
_NOT_TO_UNDO = gettext_noop(
    "What “{file}” brought was approved by somebody else, so it is not yours to undo. Ask the county, or change the records."
)
_NOT_YOURS = gettext_noop("“{file}” is not yours to approve: nobody approves what he or she has brought.")
_NOT_WAITING = gettext_noop("“{file}” does not wait for approval any more. Look at it once more.")
_OTHER_PREVIEW = gettext_noop(
    "“{file}” has another preview by now than the one that you looked at. Look at it once more, then decide."
)
_NO_REASONS = gettext_noop("Say what is to be mended in “{file}”.")


def needs_approval(user: User, kind: Kind) -> bool:
    """Tell whether what a person brings of a kind waits for somebody else's approval."""
    return kind.at_once is not None and not policy.may(user, kind.at_once)


def judged_kinds(user: policy.Person) -> list[str]:
    """Return the kinds of which a person approves what others bring."""
    return [
        code for code, kind in kinds().items() if kind.at_once is not None and policy.may(user, kind.approval)
    ]


def may_decide(user: User, batch: Batch) -> bool:
    """Tell whether a person may approve a batch or send it back: in scope, and neither brought nor sent by the person."""
    if (
        not batch.waits
        or user.pk in {batch.created_by_id, batch.submitted_by_id}
        or batch.submitted_by is None
    ):
        return False
    return policy.may(user, kind_of(batch.kind).approval, division=batch.submitted_by.scope())


def waiting_for(user: User) -> QuerySet[Batch]:
    """Return the batches that a person is to decide on, the longest waiting first."""
    codes = judged_kinds(user)
    if not codes:
        return Batch.objects.none()
    rows = policy.limit(Batch.objects.filter(state=Batch.State.SUBMITTED, kind__in=codes), user)
    return rows.exclude(created_by=user).exclude(submitted_by=user).order_by("submitted_at")


def token(batch: Batch) -> str:
    """Return what tells one preview of a batch from another: who approves says which one was looked at."""
    path = preview_path(batch.pk)
    sent = batch.submitted_at.isoformat() if batch.submitted_at else ""
    return f"{sent}/{path.stat().st_mtime_ns if path.exists() else 0}"


def refuse_without_approval(user: User, batch: Batch) -> None:
    """Refuse what a person may not do with a batch alone.

    Raises
    ------
    GeodataError
        If it needs somebody else's approval.
    """
    kind = kind_of(batch.kind)
    if not needs_approval(user, kind):
        return
    if batch.state == Batch.State.COMMITTED:
        raise GeodataError(Message(_NOT_TO_UNDO, {"file": batch.file_name}))
    raise GeodataError(Message(_NEEDS, {"kind": kind.label}))


def refuse_unless_deciding(user: User, batch: Batch, seen: str) -> None:
    """Refuse a decision that is not the person's, or about another preview.

    Raises
    ------
    GeodataError
    """
    params = {"file": batch.file_name}
    if not batch.waits:
        raise GeodataError(Message(_NOT_WAITING, params))
    if not may_decide(user, batch):
        raise GeodataError(Message(_NOT_YOURS, params))
    if seen != token(batch):
        raise GeodataError(Message(_OTHER_PREVIEW, params))


def send(batch: Batch, user: User) -> None:
    """Have a locked batch wait, and tell whoever decides."""
    batch.state, batch.submitted_by, batch.submitted_at = Batch.State.SUBMITTED, user, timezone.now()
    batch.decision, batch.decided_by, batch.decided_at = "", None, None
    batch.save(
        update_fields=["state", "submitted_by", "submitted_at", "decision", "decided_by", "decided_at"]
    )
    for role in sorted(policy.GRANTS[kind_of(batch.kind).approval]):
        notify(
            code=SENT, params={"file": batch.file_name, "author": str(user)}, link=_page(batch), role=Role(role),
            division=user.scope(), key=f"{SENT}-{batch.pk}-{batch.submitted_at:%Y%m%d%H%M%S%f}-{role}",
        )  # fmt: skip


def return_(batch: Batch, user: User, reasons: str) -> None:
    """Return a locked batch that waits, with reasons.

    Raises
    ------
    GeodataError
        If it is not the person's to decide, or there are none.
    """
    params = {"file": batch.file_name}
    if not may_decide(user, batch):
        raise GeodataError(Message(_NOT_YOURS, params))
    if not reasons.strip():
        raise GeodataError(Message(_NO_REASONS, params))
    batch.state, batch.decision = Batch.State.PREVIEW, reasons.strip()[:_REASON_CHARS]
    batch.decided_by, batch.decided_at = user, timezone.now()
    batch.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    _tell(RETURNED, batch, batch.submitted_by, reasons=batch.decision)


def note_approval(batch: Batch, approver: User) -> None:
    """Write down, in the transaction that takes a batch in, who approved it; and tell whoever sent it."""
    batch.decided_by, batch.decided_at, batch.decision = approver, timezone.now(), ""
    _tell(APPROVED, batch, batch.submitted_by)


def _tell(code: str, batch: Batch, person: User | None, **more: str) -> None:
    if person is not None:
        notify(code=code, params={"file": batch.file_name, **more}, link=_page(batch), person=person)


def _page(batch: Batch) -> str:
    return reverse("imports:batch", args=[batch.pk])


def _sent(params: Mapping[str, Any]) -> str:
    return _("%(author)s asks for approval of a file: %(file)s.") % params


def _approved(params: Mapping[str, Any]) -> str:
    return _("Approved and taken in: %(file)s.") % params


def _returned(params: Mapping[str, Any]) -> str:
    return _("Returned: %(file)s. %(reasons)s") % params


def register() -> None:
    """Make the words of the notifications known."""
    registry.register_text(SENT, _sent)
    registry.register_text(APPROVED, _approved)
    registry.register_text(RETURNED, _returned)
