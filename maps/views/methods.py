"""How a figure is computed, in the reader's words: where every figure's link leads."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..services.methods import METHODS

LONG = frozenset({"coverage"})
"""Methods with a page of their own; the others share one."""


@require_safe
def method(request: HttpRequest, name: str) -> HttpResponse:
    """Show one method."""
    if name in LONG:
        return render(request, f"maps/methods/{name}.html")
    if name not in METHODS:
        raise Http404
    return render(request, "maps/methods/method.html", {"method": METHODS[name]})
