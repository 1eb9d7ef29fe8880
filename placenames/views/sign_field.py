"""Signs on a telephone: the page that works without a signal, and where its entries arrive."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from placenames.forms_signs import InspectForm
from placenames.models import STANDING, Defect
from placenames.services.signs import lists, work

from .signs import person

_MOST = 3000


@require_GET
def field(request: HttpRequest) -> HttpResponse:
    """Show the signs that stand in one's area; the telephone puts them in order by how near they are."""
    rows = lists.signs_for(person(request)).filter(status__in=STANDING).order_by("asset_number")[:_MOST]
    signs = [
        {
            "id": sign.pk, "text": sign.text, "number": sign.asset_number, "where": sign.site.get_reason_display(),
            "lon": round(sign.site.point.x, 6), "lat": round(sign.site.point.y, 6),
        }
        for sign in rows
    ]  # fmt: skip
    context = {
        "signs": signs,
        "defects": [(code, str(label)) for code, label in Defect.choices],
        "has_demo_data": any(sign.is_demo for sign in rows),
    }
    answer = render(request, "placenames/signs/field.html", context)
    # The page's own worker keeps it; nothing in between may.
    answer["Cache-Control"] = "private, no-cache"
    return answer


@never_cache
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Take one entry in. Sent again, it is answered again and counts once; what cannot be is said, and stays on the telephone."""
    user = person(request)
    form = InspectForm(request.POST, request.FILES, person=user)
    number = request.POST.get("sign", "")
    if not form.is_valid():
        said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return JsonResponse({"problem": said}, status=422)
    sign = (
        lists.signs_for(user).filter(pk=int(number)).first()
        if number.isdigit() and len(number) < 18
        else None
    )
    if sign is None:
        return JsonResponse(
            {"problem": _("This sign is not in the inventory of your area any more.")}, status=404
        )
    data = form.cleaned_data
    try:
        seen = work.inspect(
            sign=sign, by=user, key=data["key"], on_day=data["on_day"], defects=data["defects"], note=data["note"],
            point=form.point(), accuracy_m=data["accuracy"], photos=data["photos"],
        )  # fmt: skip
    except PermissionDenied:
        return JsonResponse({"problem": _("This place lies outside of your office's area.")}, status=422)
    except ValidationError as error:
        return JsonResponse({"problem": " ".join(error.messages)}, status=422)
    return JsonResponse({"kept": str(seen.key)})


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """Hand out the page's worker from below the page's own address: a worker rules nothing above its own."""
    found = finders.find("placenames/field-worker.js")
    path = found if isinstance(found, str) else _collected()
    answer = HttpResponse(Path(path).read_bytes(), content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


def _collected() -> str:
    from django.contrib.staticfiles.storage import staticfiles_storage

    try:
        return staticfiles_storage.path("placenames/field-worker.js")
    except NotImplementedError as error:
        raise Http404 from error
