"""The public page: what is near, what is open, how to call it."""

from __future__ import annotations

from itertools import groupby

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from facilities.services import public
from facilities.services.freshness import freshness
from facilities.services.opening import calendar_around
from geo_registry.territory.models import Division

from .. import finder

# "Open now" is told to the minute.
MAX_AGE_S = 60
# Needs that are shown as buttons at once; the rest stand behind one more.
NEEDS_AT_ONCE = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the places that fit, nearest first, with a map beside or a tap away."""
    return _page(request, "maps/home.html", "maps:home")


@csp_replace({"frame-ancestors": ["*"]})
@xframe_options_exempt
@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """Show the same list without the site around it, for a frame in anybody's page: it takes nothing and knows nobody."""
    return _page(request, "maps/embed.html", "maps:embed")


def _page(request: HttpRequest, template: str, route: str) -> HttpResponse:
    now = public.local_now()
    day = now.date()
    offer, villages = public.on_offer(day=day), public.villages()
    state = finder.read(
        request.GET, needs=offer.needs, kinds=offer.kinds, villages=villages, groups=offer.groups
    )
    if finder.is_too_exact(request.GET, state):
        return redirect(state.url(route, page=state.page, selected=state.selected))
    first = (state.page - 1) * finder.PAGE_SIZE + 1
    listing = public.listing(
        state.search(), now=now, first=first, size=finder.PAGE_SIZE, calendar=calendar_around(day)
    )
    data_date = public.data_date()
    response = render(
        request,
        template,
        {
            "state": state,
            "route": route,
            "listing": listing,
            "needs": offer.needs[:NEEDS_AT_ONCE],
            "more_needs": offer.needs[NEEDS_AT_ONCE:],
            "kinds": offer.kinds,
            "groups": finder.group_words(offer.groups),
            "accesses": public.access_on_offer(day=day),
            "townships": _by_township(villages),
            "heard": public.matching_divisions(state.text, villages)[:5] if state.text else [],
            "has_demo_data": listing.has_demo_data or public.demo_data_present(),
            "data_date": data_date,
            "freshness": freshness(day),
            "has_more": listing.last < listing.total,
        },
    )
    patch_cache_control(response, public=True, max_age=MAX_AGE_S)
    # The language is in a cookie; nothing else of a visitor's changes the page.
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


def _by_township(villages: list[Division]) -> list[tuple[str, list[Division]]]:
    """Group villages under the name of their township, in the order of codes."""
    return [
        (name, list(rows))
        for name, rows in groupby(villages, key=lambda village: village.parent.name if village.parent else "")
    ]
