"""Drawings and lists of signs to take away."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from geo_registry.accounts.policy import limit
from geo_registry.accounts.signed_in import signed_in
from geo_registry.operations.leaving import counted
from geo_registry.public_address import permanent_address
from placenames.models import Sign, SignBatch
from placenames.services.signs import drawings, lists, order_lists, sheet_jobs

_PDF = "application/pdf"


def _origin(request: HttpRequest) -> str:
    return permanent_address(request, "/").removesuffix("/")


def code_address(request: HttpRequest, sign: Sign) -> str:
    """Return what the code of a sign holds: nothing, where the public does not see the name."""
    return drawings.addresses([sign], origin=_origin(request))[0]


def _cannot(sign: Sign, why: drawings.CannotDraw) -> HttpResponse:
    return HttpResponse(
        f"{sign.asset_number} {sign.text}: {why}", content_type="text/plain; charset=utf-8", status=409
    )


def _sign(request: HttpRequest, pk: int) -> Sign:
    assert not isinstance(request.user, AnonymousUser)  # noqa: S101 - the policy lets nobody else in
    return get_object_or_404(lists.signs_for(signed_in(request)), pk=pk)


def _answer(body: bytes | str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    # A drawing is looked at, never run: it has no scripts, and may load none.
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer


@never_cache
@require_safe
def face_svg(request: HttpRequest, pk: int, side: int) -> HttpResponse:
    """Hand out one face at its true size."""
    sign = _sign(request, pk)
    if side not in (0, 1):
        raise Http404
    try:
        face = drawings.face_of(sign, address=code_address(request, sign), side=side)
    except drawings.CannotDraw as why:
        return _cannot(sign, why)
    return _answer(face.svg, "image/svg+xml", f"{sign.asset_number}-{side + 1}.svg")


@never_cache
@require_safe
def face_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out both faces as a PDF of the plate's own size."""
    sign = _sign(request, pk)
    address = code_address(request, sign)
    sides = range(min(sign.faces, 2))
    try:
        body = drawings.pdf([(sign, drawings.face_of(sign, address=address, side=side)) for side in sides])
    except drawings.CannotDraw as why:
        return _cannot(sign, why)
    return _answer(body, _PDF, f"{sign.asset_number}.pdf")


def _batch(request: HttpRequest, pk: int) -> tuple[SignBatch, list[Sign]]:
    row = get_object_or_404(limit(SignBatch.objects.all(), request.user), pk=pk)
    return row, list(lists.signs_for(signed_in(request)).filter(batch=row).order_by("asset_number"))


@never_cache
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out every face of a batch on one sheet; that of a large batch is asked for on its page, and drawn in the background."""
    row, signs = _batch(request, pk)
    if len(signs) > sheet_jobs.AT_ONCE:
        return redirect("signs:batch", pk)
    faces = drawings.drawn(signs, drawings.addresses(signs, origin=_origin(request)))
    return _answer(drawings.sheet(row, faces), _PDF, f"batch-{row.pk}.pdf")


@require_POST
def sheet_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the sheet of a batch drawn in the background; the job's page shows how far it is, and leads to the file."""
    row, _signs = _batch(request, pk)
    return redirect(
        "jobs:detail", sheet_jobs.ask(batch=row, user=signed_in(request), origin=_origin(request)).pk
    )


@never_cache
@require_safe
def sheet_file(request: HttpRequest, file: uuid.UUID) -> HttpResponse:
    """Hand out a sheet that was drawn in the background, to whoever asked for it."""
    found = sheet_jobs.sheet_file(file, user=signed_in(request))
    if found is None:
        raise Http404
    path, job = found
    return _answer(path.read_bytes(), _PDF, f"batch-{job.result['batch']}.pdf")


@never_cache
@require_safe
def order_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the order list of a batch; its faces are measured and not drawn: hundreds are there at once."""
    row, signs = _batch(request, pk)
    found = drawings.measured(signs, drawings.addresses(signs, origin=_origin(request)))
    body = order_lists.order_list(row, found)
    answer = _answer(body, order_lists.XLSX, f"batch-{row.pk}.xlsx")
    answer["Content-Disposition"] = f'attachment; filename="batch-{row.pk}.xlsx"'
    return counted(answer, len(signs))
