"""What else stands on a facility's card: parts that other modules keep (inspections, confirmations, documents) register here.

A panel is a template and a function that reads what it shows. It is registered once, in ``apps.ready()``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from geo_registry.accounts.models import User

from ..models import Facility


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One part of the card.

    Parameters
    ----------
    code
        Its name in addresses (``#inspections``).
    label
        Its heading.
    template
        Drawn with what ``read`` returns, and ``facility``; it stands below the heading.
    read
        Returns what the template shows to a person, or ``None`` where there is nothing to show.
    order
        Lower stands higher.
    """

    code: str
    label: str | Promise
    template: str
    read: Callable[[Facility, User], Mapping[str, Any] | None]
    order: int = 100


@dataclass(frozen=True)
class Shown:
    """A panel with what it shows."""

    panel: Panel
    context: Mapping[str, Any]


_PANELS: dict[str, Panel] = {}


def register_panel(panel: Panel) -> None:
    """Put a panel on every facility's card."""
    _PANELS[panel.code] = panel


def panels_of(facility: Facility, user: User) -> list[Shown]:
    """Return the panels that have something to show, in order."""
    shown = []
    for panel in sorted(_PANELS.values(), key=lambda panel: (panel.order, panel.code)):
        context = panel.read(facility, user)
        if context is not None:
            shown.append(Shown(panel, context))
    return shown
