"""Drawings that wait: to be decided by keepers of the ground, to be mended by their authors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts import policy
from geo_registry.accounts.policy import Action, may
from geo_registry.worklist import registry
from geo_registry.worklist.registry import Asked, Countable, Item, Pile

from ..models import EditSet
from .saving import address

State = EditSet.State


class Drawings:
    """Proposals to decide, and one's own that came back; among others' work, one's own that wait. One query each."""

    @property
    def label(self) -> str | Promise:
        """What it is called."""
        return gettext_lazy("Drawings on the map")

    def counts(self, asked: Asked) -> Countable:
        """Count them."""
        return Countable(rows=self._rows(asked), back=Q(state=State.RETURNED))

    def items(self, asked: Asked, *, first: int, size: int) -> Sequence[Item]:
        """Return them: what came back first, then the longest waiting."""
        rows = self._rows(asked).select_related("author", "division", "undoes").order_by("-state", "made_at")
        return [
            Item(
                title=edit_set.told,
                url=address(edit_set),
                state=str(edit_set.get_state_display()),
                returned=edit_set.state == State.RETURNED,
                reason=edit_set.reason if edit_set.state == State.RETURNED else str(edit_set.author),
                where=str(edit_set.division or ""),
            )
            for edit_set in rows[first : first + size]
        ]

    def _rows(self, asked: Asked) -> QuerySet[EditSet]:
        user = asked.user
        if asked.pile is Pile.OTHERS:
            return EditSet.objects.filter(author=user, state=State.PROPOSED)
        mine = Q(author=user, state=State.RETURNED)
        scope = policy.scope_path(user)
        if may(user, Action.EDIT_TERRITORY) and scope is not None:
            waiting = Q(state=State.PROPOSED) & ~Q(author=user)
            mine |= waiting & Q(division__path__startswith=scope) if scope else waiting
        return EditSet.objects.filter(mine)


def _proposed(params: Mapping[str, Any]) -> str:
    return _("%(who)s proposes a change of the map: %(why)s") % params


def _approved(params: Mapping[str, Any]) -> str:
    return _("%(who)s has approved your drawing: %(why)s") % params


def _returned(params: Mapping[str, Any]) -> str:
    return _("%(who)s has returned your drawing “%(why)s”: %(reason)s") % params


def register() -> None:
    """Make it known."""
    registry.register("drawing", Drawings())
    registry.register_text("drawing.proposed", _proposed)
    registry.register_text("drawing.approved", _approved)
    registry.register_text("drawing.returned", _returned)
