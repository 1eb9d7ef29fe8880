"""Accounts as an administrator looks at them: who, for which office, whether they can sign in, what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import policy
from .lockouts import Lockout, lockouts
from .models import Office, Role, User

STATES: Final[dict[str, str | Promise]] = {
    "active": gettext_lazy("can sign in"),
    "disabled": gettext_lazy("disabled"),
    "locked": gettext_lazy("locked after wrong passwords"),
    "never": gettext_lazy("has never signed in"),
    "handed": gettext_lazy("still has the password that was handed out"),
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account with what a list says of it."""

    user: User
    locked: Sequence[Lockout]

    @property
    def state(self) -> str:
        """The one thing worth knowing about how it signs in."""
        if not self.user.is_active:
            return "disabled"
        if self.locked:
            return "locked"
        if self.user.last_login is None:
            return "never"
        return "handed" if self.user.must_change_password else "active"

    @property
    def state_label(self) -> str | Promise:
        """The state in words."""
        return STATES[self.state]


def people(*, text: str = "", role: str = "", office: str = "", state: str = "") -> list[Person]:
    """Return the accounts that fit, those that can sign in first. Two queries."""
    rows = User.objects.select_related("office__division").order_by(
        "-is_active", "office__division__code", "username"
    )
    for word in text.split():
        rows = rows.filter(
            Q(username__icontains=word) | Q(display_name__icontains=word) | Q(office__name__icontains=word)
        )
    if role in Role.values:
        rows = rows.filter(role=role)
    if office.isascii() and office.isdigit() and len(office) < 18:
        rows = rows.filter(office=int(office))
    users = list(rows)
    locked = lockouts(user.username for user in users)
    found = [Person(user=user, locked=locked.get(user.username, ())) for user in users]
    return [person for person in found if person.state == state] if state in STATES else found


def person(user: User) -> Person:
    """Return one account with whether it is locked."""
    return Person(user=user, locked=lockouts([user.username]).get(user.username, ()))


def may_in_words(user: User) -> list[str | Promise]:
    """Return what a person's role allows, in words; nothing for whoever acts nowhere."""
    if not user.is_active:
        return []
    return [label for action, label in policy.LABELS.items() if policy.may(user, action)]


def acts_in(user: policy.Person) -> str:
    """Return where a person acts, in words."""
    path = policy.scope_path(user) if isinstance(user, User) else None
    if path is None:
        return _("nowhere")
    division = user.scope() if path and isinstance(user, User) else None
    return division.name if division else _("everywhere")


def offices() -> QuerySet[Office]:
    """Return the offices with how many people can sign in for each."""
    rows = Office.objects.select_related("division", "parent")
    return rows.annotate(signing_in=Count("people", filter=Q(people__is_active=True))).order_by(
        "division__path", "name"
    )
