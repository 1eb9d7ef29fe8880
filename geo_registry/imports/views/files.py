"""Files that go out: templates to fill in, refused rows to mend."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from geo_registry.accounts.signed_in import signed_in
from geo_registry.operations.leaving import counted

from ..registry import kind_of
from ..services.flow import kinds_for
from ..services.sheets import refused_rows, refused_rows_xlsx, template_xlsx
from .common import batch_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(content: bytes, name: str, content_type: str) -> HttpResponse:
    """Return a file to be saved under a name."""
    header = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": header})


@never_cache
@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the XLSX of a kind to fill in."""
    if kind not in {found.code for found in kinds_for(signed_in(request))}:
        raise Http404
    found = kind_of(kind)
    name = _("Template %(kind)s") % {"kind": found.label}
    return counted(attachment(template_xlsx(found), f"{name}.xlsx", XLSX), 0)


@never_cache
@require_GET
def refused(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the rows that were refused, with the reasons in a column of their own: to mend, and to upload again."""
    batch = batch_of(request, pk)
    stem = batch.file_name.rpartition(".")[0] or batch.file_name
    name = _("%(file)s refused rows") % {"file": stem}
    rows = refused_rows(batch)
    return counted(attachment(refused_rows_xlsx(rows), f"{name}.xlsx", XLSX), len(rows))
