"""``{% record_history record %}``: a record's history, for any page that shows the record."""

from __future__ import annotations

from typing import Any

from django import template
from django.db import models
from django.urls import reverse

from geo_registry.accounts import policy
from geo_registry.accounts.history import record_history as read

register = template.Library()


@register.inclusion_tag("accounts/history_list.html", takes_context=True)
def record_history(
    context: dict[str, Any], record: models.Model, newest: int | None = None
) -> dict[str, Any]:
    """Show who changed a record, when, from what to what; nothing to a reader who may not see the record.

    With ``newest``, so many of the last changes, and a link to all.
    """
    request = context.get("request")
    may_see = request is not None and policy.may_touch(request.user, "view", record)
    changes = read(type(record), record.pk, reader=request.user) if request is not None and may_see else []
    meta = record._meta
    return {
        "changes": changes[:newest],
        "may_see": may_see,
        "all": len(changes) if newest is not None and len(changes) > newest else 0,
        "all_url": reverse("accounts:history", args=[meta.app_label, meta.model_name, record.pk]),
    }
