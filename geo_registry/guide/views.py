"""The guide's pages, for everybody: they say how the site is used and show invented data only."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from geo_registry.kept_by_proxies import for_everybody

from .library import READERS, pages_of, picture_path

# It changes with a release only.
MAX_AGE_S = 3600


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the guides, each with its pages."""
    guides = [(label, pages_of(reader)) for reader, label in READERS.items()]
    return for_everybody(render(request, "guide/index.html", {"guides": guides}), max_age_s=MAX_AGE_S)


@require_safe
def guide(request: HttpRequest, reader: str) -> HttpResponse:
    """Open the first page of a role's guide."""
    pages = pages_of(reader)
    if not pages:
        raise Http404
    return for_everybody(redirect(pages[0].url), max_age_s=MAX_AGE_S)


@require_safe
def page(request: HttpRequest, reader: str, name: str) -> HttpResponse:
    """Show one page, with the way to the others of the role."""
    pages = pages_of(reader)
    found = next((one for one in pages if one.name == name), None)
    if found is None:
        raise Http404
    rendered = found.rendered()
    position = pages.index(found)
    context = {
        "label": READERS[reader],
        "pages": pages,
        "page": found,
        "title": rendered.title,
        "body": mark_safe(rendered.html),  # noqa: S308 (escaped where it is rendered)
        "following": pages[position + 1] if position + 1 < len(pages) else None,
    }
    return for_everybody(render(request, "guide/page.html", context), max_age_s=MAX_AGE_S)


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """Hand out a picture."""
    path = picture_path(name)
    if path is None:
        raise Http404
    response = FileResponse(path.open("rb"), content_type="image/png")
    response["Cache-Control"] = "public, max-age=3600"
    return response
