"""A file comes in: the list of batches, and the page to choose a file on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from geo_registry.accounts.signed_in import signed_in
from geo_registry.geodata.errors import GeodataError

from ..models import Batch
from ..registry import kinds
from ..services.flow import kinds_for, upload, visible_batches
from ..services.incoming import IncomingHandler

_MIB = 1024 * 1024
_PER_PAGE = 50
ACCEPTED = (
    ".xlsx,.xlsm,.xlsb,.xls,.et,.ods,.csv,.tsv,.tab,.txt,.htm,.html,.xml,.shp,.shx,.dbf,.prj,.cpg,.zip,.gpkg,.geojson,.json,"
    ".kml,.kmz,.gpx,.pbf"
)


class LimitedUpload(IncomingHandler):
    """Writes uploads to disk as they arrive, and stops at the limit: what lies above it is never kept."""

    received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a chunk.

        Raises
        ------
        StopUpload
            At the limit; the rest is read from the wire and forgotten, so that the browser gets an answer.
        """
        self.received += len(raw_data)
        if self.received > settings.IMPORT_MAX_MB * _MIB:
            if self.request is not None:
                self.request.META["imports.too_large"] = "yes"
            self.give_up()
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)


@never_cache
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """List what was imported, the newest first."""
    user = signed_in(request)
    rows = visible_batches(user).select_related("created_by", "job").order_by("-created_at")
    labels = {code: kind.label for code, kind in kinds().items()}
    chosen = request.GET.get("kind", "")
    if chosen in labels:
        rows = rows.filter(kind=chosen)
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    for batch in page:
        batch.kind_label = labels.get(batch.kind, batch.kind)  # type: ignore[attr-defined]
    context = {
        "page": page, "labels": labels, "chosen": chosen, "states": Batch.State, "may_import": bool(kinds_for(user)),
    }  # fmt: skip
    return render(request, "imports/batches.html", context)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a kind and a file; the upload is held to its limit before anything else looks at it."""
    if request.method == "POST":
        request.upload_handlers = [LimitedUpload(request)]
    return _new(request)


@csrf_protect
def _new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    offered = kinds_for(user)
    context: dict[str, Any] = {
        "kinds": offered, "chosen": request.POST.get("kind") or request.GET.get("kind", ""), "accepted": ACCEPTED,
        "limit_mb": settings.IMPORT_MAX_MB,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "imports/new.html", context)
    problem = ""
    kind = next((kind for kind in offered if kind.code == request.POST.get("kind")), None)
    if request.META.get("imports.too_large"):
        problem = _("The upload is larger than the %(limit)d MB that are taken at once. Split the file.") % {
            "limit": settings.IMPORT_MAX_MB
        }
    elif kind is None:
        problem = _("Say what the file is about.")
    else:
        try:
            batch = upload(user=user, kind=kind, files=request.FILES.getlist("file"))
        except GeodataError as error:
            problem = error.render(gettext)
        except OSError:
            problem = _(
                "The file could not be kept: the server's disk is full or not writable. Tell the administrator."
            )
        else:
            return redirect("imports:batch", pk=batch.pk)
    return render(request, "imports/new.html", {**context, "problem": problem}, status=422)
