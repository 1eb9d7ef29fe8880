"""Papers of a case: the application form and the announcement, as DOCX and PDF."""

from __future__ import annotations

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from geo_registry.accounts import policy
from geo_registry.operations.leaving import counted
from placenames.models import NameCase
from placenames.services import papers

_ENDINGS = {"docx": (papers.to_docx, papers.DOCX), "pdf": (papers.to_pdf, "application/pdf")}


@never_cache
@require_GET
def paper(request: HttpRequest, pk: int, paper: str, ending: str) -> HttpResponse:
    """Hand a paper out."""
    rows = policy.limit(NameCase.objects.select_related("kind__procedure", "division"), request.user)
    case = get_object_or_404(rows, pk=pk)
    if paper not in papers.PAPERS or ending not in _ENDINGS:
        raise Http404
    if paper == "announcement" and case.approved_on is None:
        raise Http404
    written = papers.PAPERS[paper](case)
    write, media_type = _ENDINGS[ending]
    response = HttpResponse(write(written), content_type=media_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(written.name)}.{ending}"
    return counted(response, 1)
