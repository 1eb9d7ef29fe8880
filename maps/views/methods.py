"""How a figure is computed, in the reader's words: where every figure's link leads."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..services.methods import METHODS, Text

LONG = frozenset({"coverage"})
"""Methods with a page of their own; the others share one."""


@require_safe
def method(request: HttpRequest, name: str) -> HttpResponse:
    """Show one method."""
    if name in LONG:
        return render(request, f"maps/methods/{name}.html", {"others": _others(name)})
    if name not in METHODS:
        raise Http404
    return render(request, "maps/methods/method.html", {"method": METHODS[name], "others": _others(name)})


def _others(name: str) -> list[tuple[str, Text]]:
    """Return the name and title of every other method."""
    titles: dict[str, Text] = {"coverage": _("How coverage is computed")}
    titles |= {key: method.title for key, method in METHODS.items()}
    return [(key, title) for key, title in titles.items() if key != name]
