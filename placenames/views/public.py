"""Public pages of place names: the list that is searched, a name's page, where it is as GeoJSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from geo_registry.kept_by_proxies import for_everybody
from geo_registry.public_address import permanent_address
from geo_registry.territory.models import LocationMethod
from geo_registry.text.whole_numbers import whole_number

from ..models import Place, PlaceKind
from ..services import public
from ..services.public_page import PlacePage, geometry_geojson, place_page, valid_short_id

ResponseT = TypeVar("ResponseT", bound=HttpResponse)

MAX_AGE_S = 60
PAGE_SIZE = 30


@dataclass(frozen=True, kw_only=True)
class ListState:
    """What the list shows, as its address says."""

    search: public.NameSearch
    page: int

    def query(self, **changes: object) -> str:
        """Return the address of the list with some of it changed; ``None`` takes away. Another question starts at page 1."""
        values: dict[str, object] = {
            "q": self.search.text,
            "in": self.search.division.code if self.search.division else None,
            "kind": self.search.kind.code if self.search.kind else None,
        }
        values |= changes
        kept = {name: value for name, value in values.items() if value and (name, value) != ("page", 1)}
        return reverse("placenames:search") + (f"?{urlencode(kept)}" if kept else "")


def _read(parameters: QueryDict, kinds: list[PlaceKind]) -> ListState:
    """Read the list's address; what is not understood is as if it were not there."""
    page = parameters.get("page", "")
    kind = next((kind for kind in kinds if kind.code == parameters.get("kind")), None)
    search = public.NameSearch(
        text=public.typed_text(parameters.get("q", "")),
        division=public.searchable_division(parameters.get("in", "")[:20]),
        kind=kind,
    )
    return ListState(search=search, page=max(1, whole_number(page, digits=6) or 1))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show the place names that fit, or all of them by township and village."""
    kinds = public.kinds_in_use()
    state = _read(request.GET, kinds)
    listing = public.listing(state.search, first=(state.page - 1) * PAGE_SIZE + 1, size=PAGE_SIZE)
    if not listing.entries and state.page > 1 and listing.total:
        return redirect(state.query(page=(listing.total - 1) // PAGE_SIZE + 1))
    context = {
        "state": state,
        "search": state.search,
        "listing": listing,
        "kinds": kinds,
        "areas": [(area, area.holds(state.search.division)) for area in public.areas()],
        "everywhere": state.query(**{"in": None, "kind": None}),
        "has_demo_data": listing.has_demo_data or public.demo_data_present(),
        "data_date": public.data_date(),
        "earlier": state.query(page=state.page - 1) if state.page > 1 else "",
        "later": state.query(page=state.page + 1) if listing.last < listing.total else "",
    }
    return _public(render(request, "placenames/search.html", context))


@require_safe
def place(request: HttpRequest, short_id: str) -> HttpResponse:
    """Show one place: its name large, how it is spelled, its story, where it is."""
    valid = valid_short_id(short_id)
    if not valid:
        raise Http404
    if short_id != valid:
        return redirect("placenames:place", short_id=valid, permanent=True)
    page = _page_or_404(short_id)
    context = {
        "page": page,
        "place": page.place,
        "has_demo_data": page.place.is_demo,
        "data_date": timezone.localdate(page.place.updated_at),
        "located": LocationMethod(page.located).label if page.located else "",
        "permanent_address": permanent_address(
            request, reverse("placenames:place", args=[page.place.short_id])
        ),
        "shapes": geometry_geojson(page),
    }
    return _public(render(request, "placenames/place.html", context))


@require_safe
def geometry(request: HttpRequest, short_id: str) -> JsonResponse:
    """Return where a place is as GeoJSON."""
    body = geometry_geojson(_page_or_404(valid_short_id(short_id)))
    response = JsonResponse(
        body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False}
    )
    return _public(response)


def _page_or_404(short_id: str) -> PlacePage:
    try:
        return place_page(short_id)
    except Place.DoesNotExist as error:
        raise Http404 from error


def _public(response: ResponseT) -> ResponseT:
    return for_everybody(response, max_age_s=MAX_AGE_S)
