"""Signs on a telephone: the page that works without a signal, and where its entries arrive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from geo_registry.accounts.models import User
from geo_registry.accounts.signed_in import signed_in
from geo_registry.text.moments import moment
from geo_registry.text.whole_numbers import whole_number
from placenames.forms_signs import FoundForm, InspectForm, RoundForm, TrackForm
from placenames.models import STANDING, Defect, Name, SiteReason
from placenames.services.cases.ground import divisions_for
from placenames.services.signs import fieldwork, lists, routes

_MOST = 3000
_MOST_NAMES = 2000


@require_GET
def field(request: HttpRequest) -> HttpResponse:
    """Show the signs that stand in one's area; the telephone puts them in order by how near they are, or by the day's round."""
    user = signed_in(request)
    every = lists.signs_for(user).filter(status__in=STANDING).order_by("asset_number")
    rows = list(every[:_MOST])
    context = {
        "signs": [_on_the_telephone(sign) for sign in rows],
        "defects": [(code, str(label)) for code, label in Defect.choices],
        "reasons": [(code, str(label)) for code, label in SiteReason.choices],
        "left_out": every.count() - _MOST if len(rows) == _MOST else 0,
        "most": _MOST,
        "names": sorted(set(_names(user))),
        "round": _round(request, user),
        "now": timezone.now().isoformat(),
        "may_track": fieldwork.may_send_tracks(user),
        "has_demo_data": any(sign.is_demo for sign in rows),
    }
    answer = render(request, "placenames/signs/field.html", context)
    # The page's own worker keeps it; nothing in between may.
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _on_the_telephone(sign: Any) -> dict[str, Any]:
    return {
        "id": sign.pk, "text": sign.text, "number": sign.asset_number, "where": sign.site.get_reason_display(),
        "lon": round(sign.site.point.x, 6), "lat": round(sign.site.point.y, 6),
    }  # fmt: skip


def _names(user: User) -> list[str]:
    """Return the names in force that a new sign may show, for suggestions without a signal."""
    places = lists.places_with_signs(user)
    rows = Name.objects.filter(place__in=places, valid_to__isnull=True).exclude(status=Name.Status.FORMER)
    return list(rows.values_list("text", flat=True)[:_MOST_NAMES])


def _round(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """Return the day of a round that is taken along, if the address names one."""
    if "in" not in request.GET:
        return None
    form = RoundForm(
        request.GET, divisions=divisions_for(user), profiles=routes.profiles(), home=user.scope()
    )
    if not form.is_valid():
        return None
    days = routes.plan_round(question=form.question(), user=user).days
    number = whole_number(request.GET.get("day", "1"), digits=4)
    if number is None or not 1 <= number <= len(days):
        return None
    day = days[number - 1]
    return {
        # A day that is taken along again the same day is the same one: what was visited stays visited.
        "id": f"{timezone.localdate().isoformat()}-{request.GET.get('in')}-{number}-{len(day.stops)}-{day.stops[0].sign.pk}",
        "title": _("Day %(number)d") % {"number": day.number},
        "stops": [
            _on_the_telephone(stop.sign)
            | {
                "stands": stop.sign.stands,
                "work": [f"{order.get_kind_display()}：{order.reason}" for order in stop.orders],
            }
            for stop in day.stops
        ],
    }


@never_cache
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Take one entry in. Sent again, it is answered again and counts once; what cannot be is said, and stays on the telephone."""
    kinds: dict[str, Callable[[HttpRequest, User], JsonResponse]] = {
        "seen": _seen, "found": _spotted, "track": _track,
    }  # fmt: skip
    take = kinds.get(request.POST.get("what", "seen"))
    if take is None:
        return JsonResponse({"problem": _("This entry cannot be read.")}, status=422)
    try:
        return take(request, signed_in(request))
    except fieldwork.Conflict as conflict:
        return JsonResponse(
            {"conflict": " ".join(conflict.messages), "now": timezone.now().isoformat()}, status=409
        )
    except PermissionDenied:
        return JsonResponse({"problem": _("This place lies outside of your office's area.")}, status=422)
    except ValidationError as error:
        return JsonResponse({"problem": " ".join(error.messages)}, status=422)


def _refused(form: Form) -> JsonResponse:
    said = " ".join(str(error) for errors in form.errors.values() for error in errors)
    return JsonResponse({"problem": said, "fields": list(form.errors)}, status=422)


def _seen(request: HttpRequest, user: User) -> JsonResponse:
    form = InspectForm(request.POST, request.FILES, person=user)
    if not form.is_valid():
        return _refused(form)
    number = whole_number(request.POST.get("sign", ""))
    sign = lists.signs_for(user).filter(pk=number).first() if number is not None else None
    data = form.cleaned_data
    if sign is None:
        return JsonResponse(
            {"problem": _("This sign is not in the inventory of your area any more.")}, status=404
        )
    fieldwork.take_seen(
        sign=sign, by=user, key=data["key"], on_day=data["on_day"], defects=data["defects"], note=data["note"],
        position=fieldwork.Position(point=form.point(), accuracy_m=data["accuracy"]), photos=data["photos"],
        since=moment(request.POST.get("since", "")),
    )  # fmt: skip
    return JsonResponse({"kept": str(data["key"])})


def _spotted(request: HttpRequest, user: User) -> JsonResponse:
    form = FoundForm(request.POST, request.FILES, person=user)
    if not form.is_valid():
        return _refused(form)
    data = form.cleaned_data
    fieldwork.take_spotted(
        spotted=form.spotted(), by=user, key=data["key"], on_day=data["on_day"], photos=data["photos"], sure=data["sure"]
    )  # fmt: skip
    return JsonResponse({"kept": str(data["key"])})


def _track(request: HttpRequest, user: User) -> JsonResponse:
    form = TrackForm(request.POST)
    if not form.is_valid():
        return _refused(form)
    data = form.cleaned_data
    address = fieldwork.take_track(fixes=data["fixes"], note=data["note"], by=user, key=data["key"])
    return JsonResponse({"kept": str(data["key"]), "url": address})


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """Name the page for telephones that install it: it opens by itself, without a signal too."""
    sizes = ("192", "512")
    icons = [
        {"src": static(f"placenames/field-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in sizes
        for purpose in ("any", "maskable")
    ]  # fmt: skip
    body = {
        "id": reverse("signs:field"), "name": _("Signs on site"), "short_name": _("Signs on site"),
        "start_url": reverse("signs:field"), "scope": reverse("signs:field"), "display": "standalone",
        "background_color": "#ffffff", "theme_color": "#0d5a63", "icons": icons,
    }  # fmt: skip
    return JsonResponse(body, content_type="application/manifest+json")


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
