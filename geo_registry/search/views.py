"""The page of the search, and what is suggested while somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geo_registry.accounts.models import User
from geo_registry.kept_by_proxies import for_everybody
from geo_registry.territory.models import LocationMethod

from .registry import PLACES, Asked, Fit, Hit, What
from .services import LONGEST_TEXT, find

ResponseT = TypeVar("ResponseT", bound=HttpResponse)
MAX_AGE_S: Final = 60
SUGGESTED: Final = 8
ON_PAGE: Final = 60
# A position is kept no more exactly than this: about a hundred metres.
_POSITION_DECIMALS: Final = 3


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show all that fits, in groups that the best answer leads. Works without scripts."""
    asked = _read(request, limit=ON_PAGE)
    hits = find(asked)
    context = {
        "text": asked.text[:LONGEST_TEXT],
        "hits": [(hit, note(hit)) for hit in hits],
        "only": next(iter(asked.what)) if len(asked.what) == 1 else "",
        "kinds": What,
        "is_full": len(hits) == ON_PAGE,
        "has_demo_data": any(hit.is_demo for hit in hits),
    }
    return _kept(request, render(request, "search/page.html", context))


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Return what fits what has been typed so far."""
    hits = find(_read(request, limit=SUGGESTED))
    rows = [
        {
            "what": hit.what, "key": hit.key, "text": hit.text, "note": note(hit), "spelling": hit.spelling, "url": hit.url,
            "lon": hit.lon, "lat": hit.lat, "precision": LocationMethod(hit.precision).label if hit.precision else "",
        }
        for hit in hits
    ]  # fmt: skip
    response = JsonResponse({"hits": rows}, json_dumps_params={"ensure_ascii": False})
    return _kept(request, response)


def note(hit: Hit) -> str:
    """Return what tells a hit from others of its name: former name, kind, where, how far, and how surely it is meant."""
    parts = []
    if hit.found_as:
        parts.append(_("also: %(name)s") % {"name": hit.found_as})
    if hit.fit is Fit.SOUND:
        parts.append(_("sounds the same"))
    elif hit.fit is Fit.NEAR:
        parts.append(_("one sign differs"))
    parts += [hit.kind, hit.where]
    if hit.distance_m is not None:
        parts.append(_("%(km).1f km in a straight line") % {"km": hit.distance_m / 1000})
    return " · ".join(part for part in parts if part)


def _read(request: HttpRequest, *, limit: int) -> Asked:
    values = request.GET
    what = {value for value in values.getlist("what") if value in What.values}
    is_office = values.get("room") == "office"
    return Asked(
        text=values.get("q", "").replace("\x00", "")[:LONGEST_TEXT].strip(),
        # Public pages ask as nobody, and do not even look who is signed in: what they show is kept by proxies.
        user=request.user if is_office and isinstance(request.user, User) else None,
        near=_near(values),
        what=frozenset(what or (PLACES if is_office else What.values)),
        limit=limit,
    )


def _near(values: Mapping[str, str]) -> tuple[float, float] | None:
    try:
        lon, lat = (round(float(values.get(key, "")), _POSITION_DECIMALS) for key in ("lon", "lat"))
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _kept(request: HttpRequest, response: ResponseT) -> ResponseT:
    """Let proxies keep what is public; what an office asks is nobody else's."""
    if request.GET.get("room") == "office":
        patch_cache_control(response, private=True, no_store=True)
        return response
    return for_everybody(response, max_age_s=MAX_AGE_S)
