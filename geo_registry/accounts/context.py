"""What every template may show of the site, and ask about the reader."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from geo_registry.territory.models import Installation

from . import policy


class Permissions:
    """What the reader may do, for templates: ``{% if may.run_coverage %}``."""

    def __init__(self, user: policy.Person) -> None:
        self._user = user

    def __getitem__(self, action: str) -> bool:
        """Whether the reader may do the action somewhere.

        Raises
        ------
        ValueError
            If there is no such action: a misspelt name must not read as "no".
        """
        return policy.may(self._user, policy.Action(action))


def site(request: HttpRequest) -> dict[str, object]:
    """Return the installation's row as ``site`` and the reader's permissions as ``may``."""
    # A request that is refused before anybody is signed in, as one by a wrong host name, has no user.
    # Not asked whether there is one: that would read the session, on which no public page may depend.
    reader = getattr(request, "user", None)
    if reader is None:
        reader = AnonymousUser()
    return {"site": Installation.current(), "may": Permissions(reader)}
