"""Drawings and lists of signs to take away."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from geo_registry.accounts.policy import limit
from geo_registry.accounts.signed_in import signed_in
from geo_registry.operations.leaving import counted
from geo_registry.public_address import permanent_address
from placenames.models import Place, Sign, SignBatch
from placenames.services.signs import drawings, lists


def _address(request: HttpRequest, sign: Sign) -> str:
    """Return the permanent address of the name's page; a place that the public does not see has none on its sign."""
    return permanent_address(request, reverse("placenames:place", args=[sign.site.place.short_id]))


def code_address(request: HttpRequest, sign: Sign) -> str:
    """Return what the code of a sign holds: nothing, where the public does not see the name."""
    public = Place.objects.public().filter(pk=sign.site.place_id).exists()
    return _address(request, sign) if public else ""


def _cannot(sign: Sign, why: drawings.CannotDraw) -> HttpResponse:
    return HttpResponse(
        f"{sign.asset_number} {sign.text}: {why}", content_type="text/plain; charset=utf-8", status=409
    )


def _addresses(request: HttpRequest, signs: list[Sign]) -> list[str]:
    public = set(
        Place.objects.public()
        .filter(pk__in=[sign.site.place_id for sign in signs])
        .values_list("pk", flat=True)
    )
    return [_address(request, sign) if sign.site.place_id in public else "" for sign in signs]


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
    return _answer(body, "application/pdf", f"{sign.asset_number}.pdf")


def _batch(request: HttpRequest, pk: int) -> tuple[SignBatch, list[Sign]]:
    row = get_object_or_404(limit(SignBatch.objects.all(), request.user), pk=pk)
    return row, list(lists.signs_for(signed_in(request)).filter(batch=row).order_by("asset_number"))


@never_cache
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out every face of a batch on one sheet."""
    row, signs = _batch(request, pk)
    body = drawings.sheet(row, drawings.drawn(signs, _addresses(request, signs)))
    return _answer(body, "application/pdf", f"batch-{row.pk}.pdf")


@never_cache
@require_safe
def order_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the order list of a batch."""
    row, signs = _batch(request, pk)
    body = drawings.order_list(row, drawings.drawn(signs, _addresses(request, signs)))
    answer = _answer(body, drawings.XLSX, f"batch-{row.pk}.xlsx")
    answer["Content-Disposition"] = f'attachment; filename="batch-{row.pk}.xlsx"'
    return counted(answer, len(signs))
