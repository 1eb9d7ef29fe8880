"""Sentences as JSON without a language: kept once, read by each in the own one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext

from geo_registry.geodata.errors import Message, shortened
from geo_registry.geodata.records import MAX_KEPT_VALUE_CHARS, RowIssue


def message_to_json(message: Message) -> dict[str, Any]:
    """Return a sentence as its template and parameters."""
    return {"t": message.template, "p": {name: _plain(value) for name, value in message.params.items()}}


def _plain(value: object) -> Any:
    if isinstance(value, Message):
        return message_to_json(value)
    return value if isinstance(value, int | float | bool) or value is None else shortened(str(value))


def message_from_json(stored: Mapping[str, Any]) -> Message:
    """Return the sentence again."""
    params = {
        name: message_from_json(value) if isinstance(value, Mapping) else value
        for name, value in stored.get("p", {}).items()
    }
    return Message(stored["t"], params)


def said(stored: Mapping[str, Any]) -> str:
    """Return a stored sentence in the reader's language."""
    return message_from_json(stored).render(gettext)


def issue_to_json(issue: RowIssue) -> dict[str, Any]:
    """Return a remark on a row as JSON."""
    found: dict[str, Any] = {"s": str(issue.severity), "m": message_to_json(issue.message)}
    if issue.column is not None:
        found["c"] = issue.column
    if issue.value is not None:
        found["v"] = str(issue.value)[:MAX_KEPT_VALUE_CHARS]
    return found


def issues_to_json(issues: Iterable[RowIssue]) -> list[dict[str, Any]]:
    """Return remarks on a row as JSON."""
    return [issue_to_json(issue) for issue in issues]
