"""The bell in the header."""

from __future__ import annotations

from django import template

from geo_registry.accounts import policy
from geo_registry.accounts.models import User

from ..services.notifying import MOST_COUNTED, unread_count

register = template.Library()


@register.simple_tag
def unread_notifications(user: object) -> str:
    """Return how many notifications the reader has not read: "0", "3", "99+"; nothing to whoever has no page for them."""
    if (
        not isinstance(user, User)
        or policy.judge(user, "worklist:notifications") is not policy.Verdict.ADMITTED
    ):
        return ""
    count = unread_count(user)
    if not count:
        return "0"
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"
