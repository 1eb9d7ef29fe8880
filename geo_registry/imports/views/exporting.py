"""Records go out: the page to choose kind and format on, and the file once it is written."""

from __future__ import annotations

import mimetypes
import uuid
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from geo_registry.accounts.signed_in import signed_in
from geo_registry.geodata.errors import GeodataError
from geo_registry.operations.leaving import counted
from geo_registry.reference.models import Source

from ..services.export_files import ask_for_export, exported_file, kinds_to_export, name_of
from ..services.exporting import FORMATS, formats_for


@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Choose what to take out, and in which format; the file is written in the background."""
    user = signed_in(request)
    offered = kinds_to_export(user)
    given = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "kinds": [(kind, formats_for(kind)) for kind in offered],
        "formats": _format_words(),
        "kind_chosen": given.get("kind", ""),
        "format_chosen": given.get("format", "xlsx"),
        "sources": Source.objects.order_by("title", "code")[:200],
        "source_chosen": given.get("source", ""),
    }
    if request.method != "POST":
        return render(request, "imports/export.html", context)
    kind = next((kind for kind in offered if kind.code == given.get("kind")), None)
    problem = ""
    if kind is None:
        problem = _("Say what is to be taken out.")
    elif given.get("format") not in formats_for(kind):
        problem = _("%(kind)s have no place on the map: choose XLSX or CSV.") % {"kind": kind.label}
    else:
        source = given.get("source", "")
        if source and not Source.objects.filter(code=source).exists():
            source = ""
        try:
            job = ask_for_export(user=user, kind=kind, format_=given["format"], source=source)
        except GeodataError as error:
            problem = error.render(gettext)
        else:
            return redirect("jobs:detail", pk=job.pk)
    return render(request, "imports/export.html", {**context, "problem": problem}, status=422)


def _format_words() -> list[tuple[str, str, str]]:
    """Return each format, what it is called, and what it loses."""
    nothing = _("Nothing is lost.")
    words = {
        "xlsx": (_("Excel, WPS (XLSX)"), nothing),
        "csv": (_("CSV, UTF-8"), nothing),
        "gpkg": (_("GeoPackage, for QGIS and other map programs"), nothing),
        "shp": (
            _("Shapefile (ZIP)"),
            _(
                "Short column names with a list of what they mean; a text of more than 254 bytes goes on in more columns."
            ),
        ),
        "geojson": (_("GeoJSON, in WGS 84"), nothing),
        "kml": (_("KML, in WGS 84"), _("For Google Earth and telephones.")),
    }
    return [(code, *words[code]) for code in FORMATS]


@never_cache
@require_safe
def exported(request: HttpRequest, file: uuid.UUID) -> FileResponse:
    """Send a file to whoever asked for it.

    Raises
    ------
    Http404
        If it was somebody else who asked, or it is kept no longer.
    """
    found = exported_file(file, user=signed_in(request))
    if found is None:
        raise Http404
    path, job = found
    name = name_of(job)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=kind)
    return counted(response, job.result.get("rows"))
