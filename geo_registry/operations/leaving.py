"""Data that is not public leaves the house: each time it is written down who took what, how much of it, and when.

Whatever is handed out to be saved at an address that is not everybody's is noted by the middleware, so that no new page can
forget it. A view says with `counted` how many rows it hands out; one that does not is a fault, which is warned of. Commands and the
interface for programs call `note`. What an address or a command hands out is called by the words that its app has registered.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise

from geo_registry.accounts import policy
from geo_registry.accounts.models import User

from .models import AccessKey, Departure

ResponseT = TypeVar("ResponseT", bound=HttpResponseBase)
_ROWS: Final = "exported_rows"
# Everybody's addresses that hand out what only some may see, one record at a time: the app that owns it says who.
_NARROWED: Final = frozenset({"attachments:original"})
_words: dict[str, str | Promise] = {}
COMMAND: Final = "script/manage"


def register_words(words: Mapping[str, str | Promise]) -> None:
    """Say in words what addresses, commands and collections hand out."""
    _words.update(words)


def in_words(what: str) -> str:
    """Return what was handed out in the reader's words; "" for what has none."""
    name, _blank, rest = what.partition(" ")
    keys = (name, f"{name} {rest.partition('.')[0]}", " ".join(what.split()[:3]))
    return next((str(_words[key]) for key in keys if key in _words), "")


def note(
    *,
    what: str,
    rows: int | None,
    user: User | None = None,
    key: AccessKey | None = None,
    size: int | None = None,
) -> Departure:
    """Write down that data left.

    Parameters
    ----------
    what
        The address or command that handed it out.
    rows, size
        How many records and bytes, where that is known.
    user, key
        Who took it; neither: a command on the server.
    """
    who = f"{key.office.name} · {key}" if key is not None else COMMAND
    if user is not None:
        office = f" · {user.office.name}" if user.office is not None else ""
        who = f"{user} ({user.username}){office}"
    return Departure.objects.create(user=user, key=key, who=who[:200], what=what[:200], rows=rows, size=size)


def counted(response: ResponseT, rows: int | None) -> ResponseT:
    """Say how many records an answer hands out, for the note that is made of it."""
    setattr(response, _ROWS, rows)
    return response


class DepartureMiddleware:
    """Notes what is handed out to be saved and is not everybody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; note what comes of it. What cannot be noted is not handed out."""
        response = self.get_response(request)
        if self._leaves(request, response):
            size = response.headers.get("Content-Length") or (
                len(response.content) if hasattr(response, "content") else None
            )
            match = request.resolver_match
            assert match is not None  # noqa: S101 - as `_leaves` says
            arguments = " ".join(str(value) for value in match.kwargs.values())
            note(
                what=f"{match.view_name} {arguments}".strip(),
                rows=_rows_of(response, match.view_name),
                user=request.user if isinstance(request.user, User) else None,
                size=int(size) if size is not None else None,
            )
        return response

    def _leaves(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        match = request.resolver_match
        if response.status_code != 200 or request.method == "HEAD" or match is None:
            return False
        if not response.headers.get("Content-Disposition", "").startswith("attachment"):
            return False
        if policy.needed(match.view_name) is policy.Access.PUBLIC and match.view_name not in _NARROWED:
            return False
        return isinstance(getattr(request, "user", None), User)


def _rows_of(response: HttpResponseBase, view_name: str) -> int | None:
    if view_name in _NARROWED:
        return 1
    rows: int | None = getattr(response, _ROWS, None)
    if rows is None:
        warnings.warn(f"{view_name} does not say how many rows it hands out", RuntimeWarning, stacklevel=2)
    return rows
