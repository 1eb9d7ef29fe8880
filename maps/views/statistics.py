"""The registry in figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from facilities.services import public
from geo_registry.kept_by_proxies import for_everybody

from ..services.statistics import statistics as statistics_of

# Counted anew every ten minutes at most: a proxy carries the rest.
MAX_AGE_S = 600


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """Show how many, where, how covered, how complete."""
    told = statistics_of(day=public.local_now().date())
    context = {
        "statistics": told,
        "has_demo_data": told.has_demo_data or public.demo_data_present(),
        "data_date": public.data_date(),
    }
    response = render(request, "maps/statistics.html", context)
    return for_everybody(response, max_age_s=MAX_AGE_S)
