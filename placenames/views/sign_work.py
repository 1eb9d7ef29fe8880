"""Work at signs: what is to be done and what was, claims under a warranty, and the round of an inspection day."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from geo_registry.accounts import policy
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.services import attachments_by_owner
from geo_registry.form_errors import put_errors
from geo_registry.operations.leaving import counted
from geo_registry.reference.models import TravelProfile
from geo_registry.reports.services.routing import may_handle
from geo_registry.text.whole_numbers import whole_number
from placenames.forms_signs import DoneForm, ReportedForm, RoundForm
from placenames.models import SignOrder
from placenames.services.cases.ground import divisions_for
from placenames.services.signs import claims, inventory, lists, reported, routes, work
from placenames.services.signs.order_lists import XLSX
from placenames.services.signs.pictures import pictures as pictures_of

from .signs import PAGE_SIZE


@never_cache
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """List the work: what is open, what is late, claims under a warranty, or what was done with its pictures."""
    user, today = signed_in(request), timezone.localdate()
    show = request.GET.get("show", "")
    show = show if show in lists.WORK else "open"
    page = Paginator(lists.work_shown(user, show, today), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    pictures = pictures_of(rows, reported_to=user) if show in {"done", "claims"} else {}
    context = {
        "page": page,
        "rows": [(row, *pictures.get(row.pk, ([], []))) for row in rows],
        "show": show,
        "tabs": [
            (code, label, lists.work_shown(user, code, today).count()) for code, label in lists.WORK.items()
        ],
        "query": urlencode({"show": show}),
        "today": today,
        "progress": lists.progress(user, today),
        "has_demo_data": any(row.sign.is_demo for row in rows),
    }
    return render(request, "placenames/signs/orders.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Show work at a sign; whoever keeps it says that it is done, or calls it off."""
    user, posted = signed_in(request), request.method == "POST"
    row = get_object_or_404(lists.orders_for(user), pk=pk)
    is_open = row.state == SignOrder.State.OPEN and inventory.may_keep(user, row.sign.site)
    if posted and not is_open:
        raise PermissionDenied
    form = DoneForm(*((request.POST, request.FILES) if posted else ()), person=user)
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            if "cancel" in request.POST:
                work.cancel_order(order=row, by=user, reason=data["note"])
            else:
                work.finish_order(
                    order=row,
                    by=user,
                    on_day=data["on_day"],
                    cost=data["cost"],
                    note=data["note"],
                    photos=data["photos"],
                )
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("signs:sign", row.sign_id)
    before, after = pictures_of([row])[row.pk]
    reports = [link.report for link in row.reports.select_related("report")]
    photos = attachments_by_owner(reports)
    context = {
        "order": row,
        "form": form if is_open else None,
        "before": before,
        "after": after,
        "reported": [(report, photos.get(str(report.pk), [])) for report in reports],
        "may_read_report": policy.may(user, Action.HANDLE_REPORTS),
        "today": timezone.localdate(),
        "has_demo_data": row.sign.is_demo,
    }
    return render(request, "placenames/signs/order.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Make work at a sign of what the public reported: which sign, what is to be done."""
    user, posted = signed_in(request), request.method == "POST"
    row = get_object_or_404(reported.reports_for(user), pk=pk)
    if not may_handle(user, row):
        raise PermissionDenied
    signs = reported.signs_near(row, user)
    form = ReportedForm(request.POST if posted else None, signs=signs)
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            made = reported.make_work(
                report=row, sign=data["sign"], kind=data["kind"], note=data["note"], by=user
            )
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The work is open; the reporter sees that somebody looks at it."))
            return redirect("signs:order", made.pk)
    context = {
        "report": row,
        "form": form if signs else None,
        "photos": attachments_by_owner([row]).get(str(row.pk), []),
        "plan_address": reported.plan_address(row),
        "has_demo_data": row.is_demo,
    }
    return render(request, "placenames/signs/report.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def claims_file(request: HttpRequest) -> HttpResponse:
    """Hand out the claims under a warranty as a workbook, to be sent to the makers."""
    rows = lists.work_shown(signed_in(request), "claims", timezone.localdate())
    answer = HttpResponse(claims.workbook(rows), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="warranty-{timezone.localdate():%Y%m%d}.xlsx"'
    return counted(answer, rows.count())


@never_cache
@require_GET
def round_page(request: HttpRequest) -> HttpResponse:
    """Show the days of an inspection round: each a numbered list, a map, and what to take along on the telephone."""
    user = signed_in(request)
    asked = "in" in request.GET
    form = RoundForm(request.GET if asked else None, divisions=divisions_for(user), profiles=routes.profiles(),
                     home=user.scope())  # fmt: skip
    context: dict[str, Any] = {"form": form, "most": routes.MOST}
    if asked and form.is_valid():
        found = routes.plan_round(question=form.question(), user=user)
        context |= _day_shown(request, form, found)
    return render(request, "placenames/signs/round.html", context, status=422 if form.errors else 200)


def _day_shown(request: HttpRequest, form: RoundForm, found: routes.Round) -> dict[str, Any]:
    number = whole_number(request.GET.get("day", ""), digits=4) or 1
    day = found.days[min(max(number, 1), len(found.days)) - 1] if found.days else None
    return {
        "found": found,
        "day": day,
        "query": urlencode(form.kept()),
        "shapes": {"features": _way(found, day, form.question().profile)},
        "points": [
            {
                "lon": round(stop.sign.site.point.x, 6),
                "lat": round(stop.sign.site.point.y, 6),
                "text": str(stop.number),
                "stop": True,
            }
            for stop in day.stops
        ] if day else [],
        "has_demo_data": any(stop.sign.is_demo for stop in day.stops) if day else False,
    }  # fmt: skip


def _way(found: routes.Round, day: routes.Day | None, profile: TravelProfile) -> list[dict[str, Any]]:
    """Return the way of a day as one line for the map, from the office and back."""
    if day is None or found.start is None:
        return []
    legs = routes.way_of(found=found, day=day, profile=profile)
    line = [[round(lon, 6), round(lat, 6)] for leg in legs for lon, lat in leg]
    start = [round(value, 6) for value in found.start]
    return [
        {
            "type": "Feature",
            "properties": {"kind": "way"},
            "geometry": {"type": "LineString", "coordinates": line},
        },
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": start}},
    ]
