"""Signs: the plan, the inventory, a sign's life, what was seen, what is to be done."""

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
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.services import attachments_by_owner
from geo_registry.form_errors import put_errors
from geo_registry.public_address import is_lasting, permanent_address
from geo_registry.territory.geography import DistanceM
from geo_registry.territory.models import Installation
from placenames.forms_signs import BatchForm, FoundForm, InspectForm, SignForm, SiteForm, StepForm
from placenames.models import Sign, SignBatch, SignOrder, SignSite
from placenames.services.cases.ground import divisions_for
from placenames.services.signs import (
    batches,
    drawings,
    ending,
    fieldwork,
    inventory,
    lists,
    settings,
    sheet_jobs,
    work,
)
from placenames.services.signs.words import yuan

from .sign_files import code_address

PAGE_SIZE = 50
SHOWN = 200


def _shapes(signs: Any) -> dict[str, Any]:
    """Return signs as GeoJSON for the map of a page."""
    return {
        "features": [
            {
                "type": "Feature", "properties": {"name": sign.text},
                "geometry": {"type": "Point", "coordinates": [round(sign.site.point.x, 6), round(sign.site.point.y, 6)]},
            }
            for sign in signs
        ]
    }  # fmt: skip


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """List the signs: by state, division and text; progress by township."""
    user = signed_in(request)
    wanted = lists.Filter(
        status=request.GET.get("status", ""), show=request.GET.get("show", ""), text=request.GET.get("q", "").strip()[:60],
        division=divisions_for(user).filter(code=request.GET.get("in", "")[:20]).first(),
    )  # fmt: skip
    page = Paginator(lists.listed(user, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    kept = {name: str(value) for name, value in request.GET.items() if name != "page" and value}
    counts = lists.counts(user)
    context = {
        "page": page,
        "wanted": wanted,
        "states": [(value, label, counts[value]) for value, label in Sign.Status.choices],
        "query": urlencode(kept),
        "divisions": divisions_for(user),
        "progress": lists.progress(user),
        "orders": lists.orders_for(user).filter(state=SignOrder.State.OPEN).count(),
        "today": timezone.localdate(),
        "may_keep": policy.may(user, Action.EDIT_NAMES),
        "has_demo_data": any(sign.is_demo for sign in page.object_list),
    }
    return render(request, "placenames/signs/list.html", context)


def _put_up(signs: list[Sign], steps: list[tuple[str, Any]], user: User) -> dict[str, Any]:
    """Return what a page says beside a button by which signs are put up: it cannot be taken back."""
    waiting = [sign for sign in signs if sign.status == Sign.Status.ORDERED] if steps else []
    return {"ends": ending.ends_with(signs=waiting, by=user), "put_up": Sign.Status.INSTALLED.label}


def _sign(request: HttpRequest, pk: int) -> Sign:
    return get_object_or_404(lists.signs_for(signed_in(request)), pk=pk)


@never_cache
@require_GET
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a sign: its face, its life, what was seen and what is to be done."""
    row = _sign(request, pk)
    user = signed_in(request)
    seen = list(row.inspections.select_related("by").annotate(metres=DistanceM("point", row.site.point)))
    photos = attachments_by_owner(seen)
    may_keep = inventory.may_keep(user, row.site)
    (drawn,) = drawings.drawn([row], [code_address(request, row)])
    steps = [(status, Sign.Status(status).label) for status in inventory.NEXT[row.status]] if may_keep else []
    context = {
        "sign": row,
        "drawn": drawn,
        "remarks": drawings.remarks(drawn),
        "pinyin": drawn.look.pinyin(row.spelling),
        "steps": row.steps.select_related("by"),
        "next": steps,
        **_put_up([row], steps, user),
        "form": StepForm(initial={"revision": row.revision}),
        "seen": [(one, photos.get(str(one.pk), [])) for one in seen],
        "orders": row.orders.all(),
        "poles": inventory.sharing(row.site),
        "sides": range(min(row.faces, 2)) if drawn.faces else (),
        "may_keep": may_keep,
        "today": timezone.localdate(),
        "shapes": _shapes([row]),
        "has_demo_data": row.is_demo,
    }
    return render(request, "placenames/signs/sign.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter what a sign is made of, and what one that stands says."""
    user, posted = signed_in(request), request.method == "POST"
    row = _sign(request, pk)
    if not inventory.may_keep(user, row.site):
        raise PermissionDenied
    form = SignForm(request.POST if posted else None, instance=row)
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            changed = inventory.change_sign(sign=row, by=user, values=data, revision=data["revision"])
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            if changed.status == Sign.Status.ORDERED:
                messages.warning(
                    request, _("This sign is ordered already: let its maker know of what has changed.")
                )
            return redirect("signs:sign", pk)
    context = {"sign": row, "form": form, "has_demo_data": row.is_demo}
    return render(request, "placenames/signs/sign_edit.html", context, status=422 if form.errors else 200)


@require_POST
def step(request: HttpRequest, pk: int, status: str) -> HttpResponse:
    """Take a sign a step on."""
    row = _sign(request, pk)
    if not inventory.may_keep(signed_in(request), row.site):
        raise PermissionDenied
    form = StepForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The day cannot be read."))
        return redirect("signs:sign", pk)
    data = form.cleaned_data
    try:
        ending.take_step(
            sign=row,
            status=status,
            by=signed_in(request),
            on_day=data["on_day"],
            note=data["note"],
            revision=data["revision"],
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved."))
    return redirect("signs:sign", pk)


@never_cache
@require_http_methods(["GET", "POST"])
def inspect(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what is seen at a sign."""
    row, user = _sign(request, pk), signed_in(request)
    if not inventory.may_keep(user, row.site):
        raise PermissionDenied
    posted = request.method == "POST"
    form = InspectForm(*((request.POST, request.FILES) if posted else ()), person=user)
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            work.inspect(
                sign=row, by=user, key=data["key"], on_day=data["on_day"], defects=data["defects"], note=data["note"],
                point=form.point(), accuracy_m=data["accuracy"], photos=data["photos"],
            )  # fmt: skip
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("signs:sign", pk)
    context = {"sign": row, "form": form, "has_demo_data": row.is_demo}
    return render(request, "placenames/signs/inspect.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a site with every sign that stood there."""
    row = get_object_or_404(
        policy.limit(SignSite.objects.all(), request.user).select_related(
            "place", "division__parent", "source"
        ),
        pk=pk,
    )
    context = {
        "sign_site": row,
        "may_keep": inventory.may_keep(signed_in(request), row),
        "sharing": inventory.sharing(row),
        "signs": lists.signs_for(signed_in(request)).filter(site=row).order_by("-pk"),
        "shapes": {"features": [{"type": "Feature", "properties": {}, "geometry": {
            "type": "Point", "coordinates": [round(row.point.x, 6), round(row.point.y, 6)]}}]},
        "has_demo_data": row.is_demo,
    }  # fmt: skip
    return render(request, "placenames/signs/site.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def site_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter what is known of a site: side of the road, pole and its owner, house numbers."""
    user, posted = signed_in(request), request.method == "POST"
    rows = policy.limit(SignSite.objects.all(), user).select_related("place", "division")
    row = get_object_or_404(rows, pk=pk)
    if not inventory.may_keep(user, row):
        raise PermissionDenied
    form = SiteForm(request.POST if posted else None, instance=row)
    if posted and form.is_valid():
        inventory.change_site(site=row, by=user, values=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("signs:site", pk)
    near = inventory.poles_near(row)
    context = {"sign_site": row, "form": form, "poles": near, "has_demo_data": row.is_demo}
    return render(request, "placenames/signs/site_edit.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def found(request: HttpRequest) -> HttpResponse:
    """Record a sign that stands and is not in the inventory."""
    user, posted = signed_in(request), request.method == "POST"
    form = FoundForm(*((request.POST, request.FILES) if posted else ()), person=user)
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            new = fieldwork.take_spotted(
                spotted=form.spotted(), by=user, key=data["key"], on_day=data["on_day"], photos=data["photos"],
                sure=data["sure"],
            )  # fmt: skip
        except fieldwork.Conflict as conflict:
            form.asks_if_sure = True
            put_errors(form, conflict)
        except PermissionDenied:
            form.add_error("lon", _("This place lies outside of your office's area."))
        except ValidationError as error:
            put_errors(form, error)
        else:
            if new is None:
                messages.warning(
                    request, _("This entry was recorded before. For another sign open the page anew.")
                )
                return redirect("signs:list")
            messages.success(request, _("Saved."))
            return redirect("signs:sign", new.pk)
    return render(request, "placenames/signs/found.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def batch_list(request: HttpRequest) -> HttpResponse:
    """List the batches; put what is planned into a new one."""
    user = signed_in(request)
    may_order = policy.may(user, Action.HANDLE_NAMES)
    posted = request.method == "POST"
    if posted and not may_order:
        raise PermissionDenied
    wanted = divisions_for(user).filter(code=request.GET.get("in", "")[:20]).first()
    waiting = list(batches.waiting_signs(user, wanted)) if may_order else []
    form = BatchForm(
        request.POST if posted else None, initial={"warranty_months": settings.warranty_months()}
    )
    division = wanted or user.scope() or Installation.home()
    if posted and division is not None and form.is_valid():
        chosen = set(request.POST.getlist("sign"))
        try:
            made = batches.make_batch(
                order=batches.Order(division=division, **form.cleaned_data),
                signs=[sign for sign in waiting if str(sign.pk) in chosen], by=user,
            )  # fmt: skip
        except ValidationError as error:
            put_errors(form, error)
        else:
            return redirect("signs:batch", made.pk)
    rows = policy.limit(SignBatch.objects.all(), user).select_related("division")
    context = {
        "batches": rows[:PAGE_SIZE],
        "waiting": waiting[:SHOWN],
        "waiting_count": len(waiting),
        "shown_count": SHOWN,
        "wanted": wanted,
        "divisions": divisions_for(user) if may_order else [],
        "may_order": may_order,
        "form": form if may_order and waiting else None,
        "has_demo_data": any(row.is_demo for row in rows[:PAGE_SIZE]),
    }
    return render(request, "placenames/signs/batches.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a batch with its signs and files; all of it is taken a step on together."""
    user = signed_in(request)
    row = get_object_or_404(
        policy.limit(SignBatch.objects.select_related("division", "created_by"), user), pk=pk
    )
    may_order = policy.may(user, Action.HANDLE_NAMES, division=row.division)
    form = StepForm(request.POST or None)
    if request.method == "POST":
        if not may_order:
            raise PermissionDenied
        if form.is_valid():
            try:
                count = batches.carry_on(
                    batch=row,
                    status=request.POST.get("status", ""),
                    on_day=form.cleaned_data["on_day"],
                    by=user,
                )
            except ValidationError as error:
                put_errors(form, error)
            else:
                said = ngettext("%(count)d sign was taken on.", "%(count)d signs were taken on.", count)
                messages.success(request, said % {"count": count})
                return redirect("signs:batch", pk)
    signs = list(lists.signs_for(user).filter(batch=row).order_by("asset_number"))
    states = {sign.status for sign in signs}
    after = {"planned": "ordered", "ordered": "installed", "installed": "accepted"}
    steps = [(value, Sign.Status(value).label) for state, value in after.items() if state in states]
    steps = steps if may_order else []
    context = {
        "batch": row,
        "signs": signs,
        "form": form,
        "next": steps,
        **_put_up(signs, steps, user),
        "sum": yuan(row.unit_price * len(signs)) if row.unit_price is not None else "",
        "in_background": (in_background := len(signs) > sheet_jobs.AT_ONCE),
        "drawing": sheet_jobs.under_way(batch=row, user=user) if in_background else None,
        "sheet": sheet_jobs.newest(batch=row, user=user) if in_background else None,
        "codes_lead_to": (origin := permanent_address(request, "/")),
        "is_lasting": is_lasting(origin),
        "shapes": _shapes(signs),
        "has_demo_data": row.is_demo or any(sign.is_demo for sign in signs),
    }
    return render(request, "placenames/signs/batch.html", context, status=422 if form.errors else 200)
