"""How a figure is computed, in the reader's words: where every figure's link leads."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geo_registry.kept_by_proxies import for_everybody

from ..services.methods import METHODS, Text

# It changes with a release only.
MAX_AGE_S = 3600
LONG = frozenset({"coverage"})
"""Methods with a page of their own; the others share one."""


@require_safe
def method(request: HttpRequest, name: str) -> HttpResponse:
    """Show one method."""
    if name in LONG:
        response = render(request, f"maps/methods/{name}.html", {"others": _others(name)})
    elif name in METHODS:
        context = {"method": METHODS[name], "others": _others(name)}
        response = render(request, "maps/methods/method.html", context)
    else:
        raise Http404
    return for_everybody(response, max_age_s=MAX_AGE_S)


def _others(name: str) -> list[tuple[str, Text]]:
    """Return the name and title of every other method."""
    titles: dict[str, Text] = {"coverage": _("How coverage is computed")}
    titles |= {key: method.title for key, method in METHODS.items()}
    return [(key, title) for key, title in titles.items() if key != name]
