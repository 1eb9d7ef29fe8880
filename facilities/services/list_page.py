"""What the page of a list offers: divisions, kinds and columns to choose from, and saved views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts import policy
from geo_registry.accounts.models import Role, User
from geo_registry.territory.models import Division, Installation, Level

from ..models import Facility, Function, Kind, Network, SavedView
from .list_query import ListQuery, read_query

# A select of more than these helps nobody: only the upper levels are offered then, and the rest is searched by name.
_MOST_DIVISIONS: Final = 400
MOST_VIEWS: Final = 100


@dataclass(frozen=True)
class Choice:
    """An entry of a select; ``depth`` indents it."""

    value: str
    label: str
    depth: int = 0

    @property
    def indent(self) -> str:
        """The blanks before it: a select has no other way to show a tree."""
        return "\u3000" * self.depth


def divisions_to_choose(user: policy.Person) -> list[Choice]:
    """Return the divisions of the person's scope as a tree, in the order of their codes."""
    rows = policy.limit(Division.objects.on(timezone.localdate()), user)
    home = Installation.home()
    if home is not None:
        rows = rows.filter(path__startswith=home.path)
    found = list(rows.order_by("path").values_list("code", "name", "level", "path")[: _MOST_DIVISIONS + 1])
    if len(found) > _MOST_DIVISIONS:
        upper = rows.exclude(level=Level.VILLAGE).order_by("path")
        found = list(upper.values_list("code", "name", "level", "path")[:_MOST_DIVISIONS])
    top = min((path.count("/") for *_rest, path in found), default=0)
    return [Choice(code, name, path.count("/") - top) for code, name, _level, path in found]


def division_to_choose(code: str) -> Division | None:
    """Return the division of today that a choice names."""
    return Division.objects.on(timezone.localdate()).filter(code=code).first() if code else None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What the filters offer."""

    divisions: Sequence[Choice]
    networks: Sequence[Network]
    kinds: Sequence[tuple[str, list[Kind]]]
    functions: Sequence[Function]
    levels: Sequence[tuple[int, str]]


def on_offer(user: policy.Person) -> Offer:
    """Return what the filters offer to a person."""
    kinds: dict[str, list[Kind]] = {}
    levels: dict[int, str] = {}
    rows = Kind.objects.select_related("tier__network")
    for kind in rows.order_by("tier__network__position", "tier__level", "position", "code"):
        kinds.setdefault(f"{kind.tier.network.name} · {kind.tier.name}", []).append(kind)
        levels[kind.tier.level] = str(Level(kind.tier.level).label)
    return Offer(
        divisions=divisions_to_choose(user),
        networks=list(Network.objects.all()),
        kinds=list(kinds.items()),
        functions=list(Function.objects.all()),
        levels=sorted(levels.items()),
    )


def record_url(facility: Facility) -> str:
    """Return the page where a facility is kept."""
    return reverse("facilities:record", args=[facility.number])


# Saved views


@transaction.atomic
def save_view(*, user: User, name: str, query: ListQuery, shared: bool) -> tuple[SavedView, bool]:
    """Save a list's address under a name; a view of the person's with this name is replaced.

    Returns
    -------
    tuple
        The view, and whether it is new.

    Raises
    ------
    ValidationError
        If there is no name, there are too many views, or there is no office to share with.
    """
    name = " ".join(name.split())
    if not name:
        raise ValidationError(_("Give the view a name."))
    if shared and user.office_id is None:
        raise ValidationError(_("You belong to no office, so there is nobody to share the view with."))
    view = SavedView.objects.select_for_update().filter(owner=user, name=name).first()
    is_new = view is None
    if view is None:
        if SavedView.objects.filter(owner=user).count() >= MOST_VIEWS:
            raise ValidationError(
                _("You have %(most)d views already. Delete one that you need no more.") % {"most": MOST_VIEWS}
            )
        view = SavedView(owner=user, name=name)
    view.query = query.encoded()
    view.shared = shared
    view.office_id = user.office_id
    view.full_clean()
    view.save()
    return view, is_new


def delete_view(*, user: User, view: SavedView) -> bool:
    """Delete a view, if it is the person's own or the person is an administrator."""
    if view.owner_id != user.pk and user.role != Role.ADMINISTRATOR:
        return False
    view.delete()
    return True


def views_of(user: policy.Person, current: ListQuery) -> list[tuple[SavedView, bool]]:
    """Return the views that a person may use, each with whether it is what is shown now."""
    here = current.encoded()
    views = SavedView.objects.usable_by(user).select_related("owner")
    return [(view, view.query == here) for view in views]


def address(query: str) -> str:
    """Return the address of a list."""
    return reverse("facilities:list") + (f"?{query}" if query else "")


def read_encoded(text: str) -> ListQuery:
    """Read what a form brings back of a list's address."""
    return read_query(QueryDict(text[:4000]))[0]


def encode(pairs: Sequence[tuple[str, str]]) -> str:
    """Return pairs as the end of an address."""
    return urlencode(pairs)
