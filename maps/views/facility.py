"""One facility's page, and all of them as GeoJSON."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from facilities.models import Facility
from facilities.services import public, public_page
from facilities.services.freshness import freshness
from geo_registry.kept_by_proxies import for_everybody

from .. import finder, geojson
from ..outside import outside_maps

MAX_AGE_S = 60


@require_safe
def facility(request: HttpRequest, number: str) -> HttpResponse:
    """Show all that the public is told of a facility."""
    try:
        page = public_page.facility_page(number=number, now=public.local_now())
    except (Facility.DoesNotExist, ValueError) as error:
        if (standing := public_page.stands_for(number)) is not None:
            return redirect("maps:facility", standing, permanent=True)
        raise Http404 from error
    context = {
        "page": page,
        "facility": page.facility,
        "status_words": public_page.status_words(page.status),
        "has_demo_data": page.facility.is_demo or public.demo_data_present(),
        "access": public_page.access_of(page.facility),
        "data_date": page.data_date,
        "freshness": freshness(public.local_now().date()),
        "outside_maps": outside_maps(name=page.facility.name, location=page.facility.location)
        if page.facility.location
        else (),
        "point": geojson.collection([geojson.point_of_page(page)]),
    }
    response = render(request, "maps/facility.html", context)
    return for_everybody(response, max_age_s=MAX_AGE_S)


@require_safe
def facilities_geojson(request: HttpRequest) -> JsonResponse:
    """Return the places that fit as GeoJSON (RFC 7946): longitude first, WGS 84 (CGCS2000 taken as equal)."""
    entries = _asked_for(request)
    body: dict[str, Any] = geojson.collection([geojson.point(entry) for entry in entries])
    body["demo"] = any(entry.is_demo for entry in entries)
    response = JsonResponse(
        body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False}
    )
    return for_everybody(response, max_age_s=MAX_AGE_S)


def _asked_for(request: HttpRequest) -> list[public.Listed]:
    now = public.local_now()
    ground = public.ground(day=now.date())
    state = finder.read(
        request.GET,
        needs=ground.offer.needs,
        kinds=ground.offer.kinds,
        villages=ground.villages,
        groups=ground.offer.groups,
    )
    return public.everything(state.search(), now=now)
