"""The public page: what is near, what is open, how to call it."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from facilities.models import fact_label
from facilities.services import public
from facilities.services.freshness import freshness
from facilities.services.opening import calendar_around
from geo_registry.kept_by_proxies import for_everybody

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
    ground = public.ground(day=day)
    offer, villages = ground.offer, ground.villages
    state = finder.read(
        request.GET, needs=offer.needs, kinds=offer.kinds, villages=villages, groups=offer.groups
    )
    if finder.is_too_exact(request.GET, state):
        return redirect(state.url(route, page=state.page, selected=state.selected))
    first = (state.page - 1) * finder.PAGE_SIZE + 1
    listing = public.listing(
        state.search(), now=now, first=first, size=finder.PAGE_SIZE, calendar=calendar_around(day)
    )
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
            "accesses": [(code, fact_label(code)) for code in ground.accesses],
            "village_options": finder.village_options(villages, chosen=state.village),
            "heard": public.matching_divisions(state.text, villages)[:5] if state.text else [],
            "has_demo_data": listing.has_demo_data or ground.has_demo_data,
            "data_date": ground.data_date,
            "freshness": freshness(day),
            "has_more": listing.last < listing.total,
        },
    )
    return for_everybody(response, max_age_s=MAX_AGE_S)
