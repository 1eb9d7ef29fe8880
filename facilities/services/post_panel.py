"""The posts of a facility on its card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import User

from ..models import Facility
from .panels import Panel, register_panel
from .posts import posts_of


def _read(facility: Facility, user: User) -> Mapping[str, Any] | None:
    del user  # whoever sees the card is of the office
    posts = posts_of(facility)
    return {"posts": posts, "sort": "facility", "code": facility.number} if posts else None


def register() -> None:
    """Put the panel on every card."""
    register_panel(
        Panel(code="posts", label=_("Posts"), template="facilities/posts/panel.html", read=_read, order=40)
    )
