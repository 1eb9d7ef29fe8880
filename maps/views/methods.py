"""How a figure is computed, in the reader's words: where every figure's link leads."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

METHODS = frozenset({"coverage"})


@require_safe
def method(request: HttpRequest, name: str) -> HttpResponse:
    """Show one method."""
    if name not in METHODS:
        raise Http404
    return render(request, f"maps/methods/{name}.html")
