"""What changed of the public names since a day: a page, files, a feed."""

from __future__ import annotations

import datetime

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from ..services import publishing_out
from .public import _public

_ON_PAGE = 200


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Show what changed, with the same as files and as a feed."""
    since = _since(request)
    rows = publishing_out.changes(since, most=_ON_PAGE, located=False)
    context = {
        "rows": rows,
        "since": since,
        "is_full": len(rows) == _ON_PAGE,
        "has_demo_data": any(row.place.is_demo for row in rows),
    }
    return _public(render(request, "placenames/changes.html", context))


@require_safe
@conditional_page
def changes_file(request: HttpRequest, ending: str) -> HttpResponse:
    """Hand out what changed as a table, as GeoJSON or as a feed; nothing anew to whoever has it already.

    A program that asks for a day that is none is told so: with another day's list it would miss changes and not know.
    """
    origin = f"{request.scheme}://{request.get_host()}"
    since = _day_asked(request) if request.GET.get("since") else publishing_out.usual_since()
    if since is None:
        said = _("“since” is a day as 2026-03-25, not after today.")
        return HttpResponse(f"{said}\n", status=400, content_type="text/plain; charset=utf-8")
    most = publishing_out.MOST_IN_FEED if ending == "atom" else None
    rows = publishing_out.changes(since, most=most, located=ending != "atom")
    if ending == "csv":
        response = HttpResponse(publishing_out.as_csv(rows, origin), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="names-since-{since:%Y%m%d}.csv"'
        return _public(response)
    if ending == "geojson":
        body = publishing_out.as_geojson(rows, origin)
        return _public(
            JsonResponse(body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})
        )
    if ending == "atom":
        feed = publishing_out.as_atom(
            rows, origin=origin, own_path=request.get_full_path(), title=_("New and changed place names")
        )
        return _public(HttpResponse(feed, content_type="application/atom+xml; charset=utf-8"))
    raise Http404


def _since(request: HttpRequest) -> datetime.date:
    """Return the day asked for; what is no day, or still to come, is as if nothing was asked."""
    return _day_asked(request) or publishing_out.usual_since()


def _day_asked(request: HttpRequest) -> datetime.date | None:
    try:
        asked = parse_date(request.GET.get("since", "")[:10])
    except ValueError:
        return None
    return asked if asked is not None and asked.year > 1900 and asked <= timezone.localdate() else None
