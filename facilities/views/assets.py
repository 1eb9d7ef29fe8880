"""Assets and their stock-takes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.forms.assets import AssetForm, OpenForm, SignForm
from facilities.models import Asset, Facility, StockTake, StockTakeItem
from facilities.services.assets import files, keeping, lists, stock_take
from facilities.services.tables import MEDIA_TYPE
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.services import attachments_by_owner
from geo_registry.form_errors import put_errors
from geo_registry.operations.leaving import counted
from geo_registry.territory.models import Division, Level

from .record import division_points, one_point

PAGE_SIZE = 50


def _mine(request: HttpRequest) -> QuerySet[Asset]:
    rows = policy.limit(Asset.objects.kept(timezone.localdate()), request.user)
    return rows.select_related("division", "facility", "source")


def _chosen(request: HttpRequest) -> tuple[str, QuerySet[Asset]]:
    rows, show = _mine(request), request.GET.get("show", "")
    if request.GET.get("facility"):
        rows = rows.filter(facility__number=request.GET["facility"][:40])
    if show == "idle":
        return show, lists.idle_buildings(rows)
    if show == "leases":
        return show, lists.leases_ending(rows, timezone.localdate())
    return "", rows.order_by("number")


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show all assets, idle buildings or leases that end soon; and the stock-takes."""
    show, rows = _chosen(request)
    facility = request.GET.get("facility", "")[:40]
    query = {name: value for name, value in (("show", show), ("facility", facility)) if value}
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "show": show,
        "facility": Facility.objects.filter(number=facility).first() if facility else None,
        "query": urlencode(query),
        "today": timezone.localdate(),
        "stock_takes": _stock_takes(request)[:10],
        "may_export": policy.may(request.user, Action.EXPORT),
        "may_keep": policy.may(request.user, Action.EDIT_FACILITIES),
        "open_form": OpenForm(divisions=_divisions(request))
        if policy.may(request.user, Action.PLAN_CHECKS)
        else None,
        "has_demo_data": any(asset.is_demo for asset in page.object_list),
    }
    return render(request, "facilities/assets/overview.html", context)


def _stock_takes(request: HttpRequest) -> QuerySet[StockTake]:
    """Return the stock-takes of the person's area, and those of a wider one that ask for something in it."""
    items = policy.limit(StockTakeItem.objects.all(), request.user)
    own = policy.limit(StockTake.objects.all(), request.user)
    rows = StockTake.objects.filter(Q(pk__in=own.values("pk")) | Q(pk__in=items.values("stock_take_id")))
    return rows.select_related("division").order_by("-opened_on", "-pk")


def _divisions(request: HttpRequest) -> QuerySet[Division]:
    rows = policy.limit(Division.objects.filter(level__lte=Level.TOWNSHIP), request.user)
    return rows.defer("boundary").order_by("level", "code")


@never_cache
@require_GET
def asset(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an asset: what is known of it, what stands in it, and who saw it when."""
    rows = policy.limit(Asset.objects.all(), request.user)
    row = get_object_or_404(rows.select_related("division__parent", "facility", "parent", "source"), pk=pk)
    seen = list(
        row.stock_take_items.select_related("stock_take", "signed_by").order_by("-stock_take__opened_on")
    )
    photos = attachments_by_owner(seen)
    context = {
        "asset": row,
        "today": timezone.localdate(),
        "parts": list(row.parts.order_by("kind", "number")),
        "point": one_point(
            row.location, number=row.number, name=row.name, shape="square", glyph=row.get_kind_display()[:1]
        ),
        "seen": [(item, photos.get(str(item.pk), [])) for item in seen],
        "may_edit": keeping.may_keep(signed_in(request), row),
        "has_demo_data": row.is_demo,
    }
    return render(request, "facilities/assets/asset.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Enter an asset, or change one."""
    user = signed_in(request)
    row = None
    if pk is not None:
        row = get_object_or_404(policy.limit(Asset.objects.select_related("division"), user), pk=pk)
        if not keeping.may_keep(user, row):
            raise PermissionDenied
    divisions = (
        policy.limit(Division.objects.counted(timezone.localdate()), user).defer("boundary").order_by("path")
    )
    given = request.POST if request.method == "POST" else None
    form = AssetForm(
        given, instance=row, initial=_initial(request) if row is None else None, divisions=divisions
    )
    if given is not None and form.is_valid() and (saved := _keep(form, row, user)) is not None:
        messages.success(request, _("Saved."))
        return redirect("assets:asset", saved.pk)
    context = {
        "asset": row,
        "form": form,
        "division_points": division_points(form.fields["division"].queryset),  # type: ignore[attr-defined]
        "has_demo_data": row is not None and row.is_demo,
    }
    return render(request, "facilities/assets/edit.html", context)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Return what is known of a new asset from the card or the building that it is entered from."""
    numbers = {name: request.GET.get(name, "")[:40] for name in ("facility", "parent")}
    model: Any
    for name, model in (("parent", Asset), ("facility", Facility)):
        rows = (
            policy.limit(model.objects.filter(number=numbers[name]), request.user) if numbers[name] else None
        )
        found = rows.first() if rows is not None else None
        if found is not None:
            return {**numbers, "division": found.division_id, "address": found.address}
    return {}


def _keep(form: AssetForm, row: Asset | None, user: User) -> Asset | None:
    try:
        return keeping.keep(by=user, values=form.values(), asset=row, seen=form.seen_at())
    except PermissionDenied:
        form.add_error(
            "division", _("Your office does not keep this division, or that facility or building.")
        )
    except ValidationError as error:
        put_errors(form, error)
    return None


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Hand out what is shown as a workbook."""
    _show, rows = _chosen(request)
    answer = HttpResponse(files.as_workbook(rows), content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = 'attachment; filename="assets.xlsx"'
    return counted(answer, rows.count())


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a stock-take."""
    form = OpenForm(request.POST, divisions=_divisions(request))
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("assets:overview")
    data = form.cleaned_data
    try:
        row = stock_take.open_stock_take(
            title=data["title"], division=data["division"], due=data["due"], by=signed_in(request)
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("assets:overview")
    return redirect("assets:stock_take", row.pk)


@never_cache
@require_GET
def stock_take_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a stock-take: how far it is, and what nobody has signed for yet."""
    # A clerk sees the part of a county's stock-take that lies in the own township.
    mine = policy.limit(StockTakeItem.objects.filter(stock_take=pk), request.user)
    row = get_object_or_404(StockTake.objects.select_related("division"), pk=pk)
    if not mine.exists():
        get_object_or_404(policy.limit(StockTake.objects.all(), request.user), pk=pk)
    counts = mine.aggregate(
        all=Count("pk"),
        **{value: Count("pk", filter=Q(outcome=value)) for value in StockTakeItem.Outcome.values},
        unsigned=Count("pk", filter=Q(signed_at__isnull=True)),
    )
    rows = mine.select_related("asset__division", "signed_by").order_by(
        F("signed_at").desc(nulls_first=True), "asset__number"
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "row": row,
        "counts": counts,
        "page": page,
        "may_close": row.closed_at is None
        and policy.may(request.user, Action.PLAN_CHECKS, division=row.division),
        "has_demo_data": row.is_demo,
    }
    return render(request, "facilities/assets/stock_take.html", context)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a stock-take."""
    row = get_object_or_404(policy.limit(StockTake.objects.all(), request.user), pk=pk)
    if not policy.may(request.user, Action.PLAN_CHECKS, division=row.division):
        raise PermissionDenied
    stock_take.close(stock_take=row)
    messages.success(request, _("The stock-take is closed."))
    return redirect("assets:stock_take", pk)


@never_cache
@require_http_methods(["GET", "POST"])
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one asset of a stock-take; whoever is on site signs."""
    rows = policy.limit(StockTakeItem.objects.all(), request.user).select_related(
        "asset__division", "asset__facility", "asset__source", "stock_take", "signed_by"
    )
    row = get_object_or_404(rows, pk=pk)
    user, posted = signed_in(request), request.method == "POST"
    if posted and not stock_take.may_sign(user, row):
        raise PermissionDenied
    form: SignForm | None = None
    if row.signed_at is None and row.stock_take.closed_at is None and stock_take.may_sign(user, row):
        form = SignForm(*((request.POST, request.FILES) if posted else ()), asset=row.asset, person=user)
        if posted and form.is_valid() and _sign(request, row, form):
            return redirect("assets:stock_take", row.stock_take_id)
    elif posted:
        messages.error(request, _("Somebody else has signed for this already, or the stock-take is closed."))
        return redirect("assets:item", pk)
    context = {
        "row": row,
        "asset": row.asset,
        "today": timezone.localdate(),
        "form": form,
        "photos": attachments_by_owner([row]).get(str(row.pk), []),
        "changes": [(Asset._meta.get_field(name).verbose_name, row.written.get(name), value)  # type: ignore[union-attr]
                    for name, value in row.changes.items()],
        "has_demo_data": row.asset.is_demo,
    }  # fmt: skip
    return render(request, "facilities/assets/item.html", context)


def _sign(request: HttpRequest, row: StockTakeItem, form: Any) -> bool:
    data = form.cleaned_data
    try:
        stock_take.sign(
            item=row,
            by=signed_in(request),
            outcome=data["outcome"],
            changes=form.changes(),
            note=data["note"],
            photos=data["photos"],
        )
    except ValidationError as error:
        put_errors(form, error)
        return False
    messages.success(request, _("Signed."))
    return True
