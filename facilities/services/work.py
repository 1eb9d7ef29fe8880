"""What of the register waits for a person: proposals to decide, proposals that came back, records that look alike."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from geo_registry.accounts.policy import Action, may
from geo_registry.jobs.recurring import register_recurring
from geo_registry.languages import in_readers_language
from geo_registry.reference.services import ReferenceMissing
from geo_registry.worklist import registry
from geo_registry.worklist.registry import Asked, Countable, Counts, Item, Pile

from ..models import Proposal
from .deciding import waiting_for
from .kinds import settle_kinds
from .likely_duplicates import look_for_duplicates, pairs_for
from .proposal_words import ProposalWords, decision_words

State = Proposal.State


class Proposals:
    """Mine: to decide, to mend, to send. Others': what I have sent and the county has."""

    label: str | Promise = gettext_lazy("Proposals for the register")

    def _rows(self, asked: Asked) -> QuerySet[Proposal]:
        own = Proposal.objects.filter(author=asked.user)
        if asked.pile is Pile.OTHERS:
            return own.filter(state=State.SUBMITTED)
        mine = Q(author=asked.user, state__in=[State.DRAFT, State.RETURNED])
        if may(asked.user, Action.APPROVE):
            mine |= Q(pk__in=waiting_for(asked.user).order_by().values("pk"))
        return Proposal.objects.filter(mine)

    def counts(self, asked: Asked) -> Countable:
        """Count them."""
        return Countable(rows=self._rows(asked), back=Q(state=State.RETURNED))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them, what came back first."""
        rows = self._rows(asked).select_related("division", "author", "facility").defer("division__boundary")
        ordered = sorted(
            rows, key=lambda row: (row.state != State.RETURNED, row.submitted_at or row.created_at)
        )
        shown = ordered[first : first + size]
        words = ProposalWords.of(shown)
        return [self._item(row, asked, words) for row in shown]

    def _item(self, row: Proposal, asked: Asked, words: ProposalWords) -> Item:
        returned = row.state == State.RETURNED
        state = {
            State.DRAFT: _("draft, not sent yet"),
            State.RETURNED: _("to be mended"),
            State.SUBMITTED: _("to be approved"),
        }[State(row.state)]
        return Item(
            title=_("%(what)s (%(sort)s)") % {"what": words.title(row), "sort": row.get_subject_display()},
            url=reverse("facilities:proposal", args=[row.pk]),
            state=state,
            returned=returned,
            reason=decision_words(row) if returned else row.note,
            waits_for=_("the county") if asked.pile is Pile.OTHERS else "",
            where=row.division.name,
        )


class PossibleDuplicates:
    """Records that look like one facility: to be judged by whoever keeps both."""

    label: str | Promise = gettext_lazy("Possible duplicates")

    def counts(self, asked: Asked) -> Counts | Countable:
        """Count the pairs; they are one item, which leads to their page."""
        if asked.pile is Pile.OTHERS or not may(asked.user, Action.EDIT_FACILITIES):
            return Counts()
        return Countable(rows=pairs_for(asked.user), as_one=True)

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return the one item."""
        if asked.pile is Pile.OTHERS or first or size < 1 or not may(asked.user, Action.EDIT_FACILITIES):
            return []
        count = pairs_for(asked.user).count()
        if not count:
            return []
        return [
            Item(
                title=_("Records that look like one facility"),
                url=reverse("facilities:duplicates"),
                state=_("to be judged"),
                count=count,
            )
        ]


def _readable(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with those that are kept by language in the reader's."""
    return {
        name: in_readers_language(value) if isinstance(value, dict) else value
        for name, value in params.items()
    }


def _sent(params: Mapping[str, Any]) -> str:
    return _("%(author)s asks for approval: %(title)s.") % _readable(params)


def _sent_together(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(author)s asks for approval in %(where)s, of %(count)d facility: %(title)s.",
        "%(author)s asks for approval in %(where)s, of %(count)d facilities: %(title)s.",
        params["count"],
    ) % _readable(params)


def _approved(params: Mapping[str, Any]) -> str:
    return _("Approved: %(title)s.") % _readable(params)


def _returned(params: Mapping[str, Any]) -> str:
    return _("Returned: %(title)s. %(reasons)s") % _readable(params)


def look_through() -> None:
    """Look through the whole register for records that are alike, unless the office has not said what alike is."""
    with contextlib.suppress(ReferenceMissing):
        look_for_duplicates()


def register() -> None:
    """Make it known, and have the worker do what falls due by itself."""
    # Often enough that a change which falls due at midnight is there before anybody comes to work.
    register_recurring(
        "facilities-settle-kinds",
        title=gettext_lazy("Facilities whose change of kind falls due"),
        every=datetime.timedelta(minutes=10),
        body=settle_kinds,
    )
    register_recurring(
        "facilities-duplicates",
        title=gettext_lazy("Look for facilities that are recorded twice"),
        every=datetime.timedelta(days=1),
        body=look_through,
    )
    registry.register("facility-proposals", Proposals())
    registry.register("facility-duplicates", PossibleDuplicates())
    registry.register_text("facilities-proposal-sent", _sent)
    registry.register_text("facilities-proposals-sent", _sent_together)
    registry.register_text("facilities-proposal-approved", _approved)
    registry.register_text("facilities-proposal-returned", _returned)
