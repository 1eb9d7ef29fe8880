"""Tiles of the base map."""

from __future__ import annotations

import gzip
import hashlib

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from ..tiles import LAYER_SETS, Tile, tile_bytes

# Half an hour: an edit of the ground is seen by everybody within that time, and at once after a reload of the map.
MAX_AGE_S = 1800


@require_safe
def tile(request: HttpRequest, layer_set: str, z: int, x: int, y: int) -> HttpResponse:
    """Return one vector tile; 204 where it is empty."""
    if layer_set not in LAYER_SETS:
        raise Http404
    try:
        content = tile_bytes(layer_set, Tile(z, x, y))
    except ValueError as error:
        raise Http404 from error
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    elif not content:
        response = HttpResponse(status=204)
    else:
        response = HttpResponse(content, content_type="application/vnd.mapbox-vector-tile")
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = gzip.compress(content, compresslevel=5, mtime=0)
            response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
