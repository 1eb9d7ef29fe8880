"""Tiles of the base map."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from ..tile_shelf import shelf
from ..tiles import LAYER_SETS, Tile

# Half an hour: an edit of the ground is seen by everybody within that time, and at once after a reload of the map.
MAX_AGE_S = 1800
_MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@require_safe
def tile(request: HttpRequest, layer_set: str, z: int, x: int, y: int) -> HttpResponse:
    """Return one vector tile; 204 where it is empty."""
    if layer_set not in LAYER_SETS:
        raise Http404
    try:
        wanted = Tile(z, x, y)
    except ValueError as error:
        raise Http404 from error
    kept = shelf.get(layer_set, wanted)
    response: HttpResponse
    if request.headers.get("If-None-Match") == kept.etag:
        response = HttpResponseNotModified()
    elif not kept.content:
        response = HttpResponse(status=204)
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(kept.packed, content_type=_MEDIA_TYPE)
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(kept.content, content_type=_MEDIA_TYPE)
    response["ETag"] = kept.etag
    response["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    # Maps elsewhere may draw on it: what is in a tile is public.
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
