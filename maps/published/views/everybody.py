"""Everybody's pages of published maps. They read no session; a map for internal use is not among what they look in."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from geo_registry.attachments.services import bytes_at
from geo_registry.kept_by_proxies import for_everybody
from geo_registry.public_address import permanent_address

from ...models import MapVersion
from ..composition import read_story
from ..content import shown
from ..files import files_of, kind_of, name_of
from ..on_screen import on_screen
from .common import page_context

# A change is seen by everybody within ten minutes; a proxy carries the rest.
MAX_AGE_S = 600


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the maps that are published, the newest first: of each its newest version."""
    rows = MapVersion.objects.public().select_related("map")
    newest = list(rows.newest())
    newest.sort(key=lambda row: (row.published_on, row.pk), reverse=True)
    context = {"versions": newest, "has_demo_data": any(row.has_demo_data for row in newest)}
    return _kept(render(request, "maps/published/index.html", context))


@require_safe
def newest(request: HttpRequest, code: str) -> HttpResponse:
    """Show the newest version of a map under its lasting address; where that was taken back, say so."""
    return _page(request, _newest(code), is_lasting=True)


@require_safe
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Show one version, which stays as it was, and say which is the newest."""
    return _page(request, _one(code, number), is_lasting=False)


@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type] # its types know no view with arguments
@xframe_options_exempt
@require_safe
def embed(request: HttpRequest, code: str, number: int | None = None) -> HttpResponse:
    """Show a map for a frame in anybody's page, with its mark, its date and its source below."""
    row = _newest(code) if number is None else _one(code, number)
    if not row.is_public:
        return _withdrawn(request, row)
    return _kept(
        render(request, "maps/published/embed.html", page_context(row, shown(row), for_office=False))
    )


@require_safe
def data(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Return what the page's script draws."""
    row = _one(code, number)
    if not row.is_public:
        raise Http404
    return _kept(JsonResponse(on_screen(row, shown(row)), json_dumps_params={"ensure_ascii": False}))


@require_safe
def file(request: HttpRequest, code: str, number: int, kind: str) -> HttpResponseBase:
    """Hand out a file of a version, if it has been made."""
    row = _one(code, number)
    if not row.is_public:
        raise Http404
    response = file_response(row, kind)
    patch_cache_control(response, public=True, max_age=MAX_AGE_S)
    return response


def file_response(row: MapVersion, code: str) -> HttpResponseBase:
    """Return a kept file: a picture to be shown, or a file to be saved.

    Raises
    ------
    Http404
        If there is no such kind, or it has not been made yet from what is shown now.
    """
    kind = kind_of(code)
    kept = files_of(row, shown(row)).get(code) if kind is not None else None
    place = bytes_at(kept.attachment) if kept is not None else None
    if kind is None or place is None:
        raise Http404
    is_picture = kind.media_type.startswith("image/svg")
    response = FileResponse(
        place.open("rb"), as_attachment=not is_picture, filename=name_of(row, kind), content_type=kind.media_type
    )  # fmt: skip
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _newest(code: str) -> MapVersion:
    """Return the newest version that everybody may see, or could see; of internal ones nothing is known here."""
    rows = MapVersion.objects.public() | MapVersion.objects.withdrawn_from_public()
    found = rows.filter(map__code=code).select_related("map", "run").order_by("-number").first()
    if found is None:
        raise Http404
    return found


def _one(code: str, number: int) -> MapVersion:
    rows = MapVersion.objects.public() | MapVersion.objects.withdrawn_from_public()
    found = rows.filter(map__code=code, number=number).select_related("map", "run").first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, row: MapVersion, *, is_lasting: bool) -> HttpResponse:
    if not row.is_public:
        return _withdrawn(request, row)
    others = [one for one in MapVersion.objects.public().filter(map=row.map) if one.pk != row.pk]
    last = _newest(row.map.code)
    context = page_context(row, shown(row), for_office=False) | {
        "others": others,
        "newer": last if last.number > row.number else None,
        "is_lasting": is_lasting,
        "on_paper": request.GET.get("view") == "paper",
        "canonical": permanent_address(request, reverse("maps:published", args=[row.map.code])),
    }
    template = "maps/published/story.html" if read_story(row.story) else "maps/published/map.html"
    return _kept(render(request, template, context))


def _withdrawn(request: HttpRequest, row: MapVersion) -> HttpResponse:
    others = MapVersion.objects.public().filter(map=row.map)
    context = {"version": row, "others": others, "has_demo_data": False}
    return _kept(render(request, "maps/published/withdrawn.html", context, status=410))


def _kept(response: HttpResponse) -> HttpResponse:
    return for_everybody(response, max_age_s=MAX_AGE_S)
