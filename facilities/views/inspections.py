"""Inspections: the figures of a quarter, what waits, and one inspection as it is filled in on site."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.forms.inspections import (
    CallOffForm,
    DrillForm,
    InspectionFilter,
    MendForm,
    VerifyForm,
    VisitForm,
)
from facilities.models import Facility, Finding, Inspection
from facilities.services.conflict import NotYours
from facilities.services.inspections import figures, findings, plan, visits
from facilities.services.inspections.ledger import ledger as ledger_of
from facilities.services.tables import MEDIA_TYPE
from geo_registry.accounts import policy
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.services import attachments_by_owner
from geo_registry.form_errors import put_errors
from geo_registry.operations.leaving import counted
from geo_registry.territory.models import Division

PAGE_SIZE = 50


def _visible(request: HttpRequest) -> QuerySet[Inspection]:
    rows = policy.limit(Inspection.objects.all(), request.user)
    return rows.select_related(
        "facility__kind", "facility__division", "facility__source", "check_list", "done_by"
    )


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show the figures by township, findings that are late, and the inspections of a period."""
    user, today = signed_in(request), timezone.localdate()
    chosen = InspectionFilter(request.GET)
    period = plan.period_of(chosen.day() or today)
    rows = _filtered(_visible(request).filter(period_from=period.first), chosen, today)
    late = (
        policy.limit(Finding.objects.overdue(today), user)
        .select_related("inspection__facility__division")
        .order_by("deadline")
    )
    page = Paginator(rows.order_by("due", "facility__number", "kind"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "period": period,
        "before": plan.previous_period(period),
        "after": plan.next_period(period),
        "table": figures.progress(period=period, user=user, day=today),
        "late": late[:20],
        "late_count": late.count(),
        "page": page,
        "filter": chosen,
        "township": request.GET.get("township", ""),
        "may_plan": policy.may(user, Action.PLAN_CHECKS),
        "query": _query(request),
        "has_demo_data": any(row.facility.is_demo for row in page.object_list),
    }
    return render(request, "facilities/inspections/overview.html", context)


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _filtered(
    rows: QuerySet[Inspection], chosen: InspectionFilter, today: datetime.date
) -> QuerySet[Inspection]:
    if not chosen.is_valid():
        return rows
    data = chosen.cleaned_data
    if data["kind"]:
        rows = rows.filter(kind=data["kind"])
    if data["state"] == "overdue":
        rows = rows.overdue(today)  # type: ignore[attr-defined]
    elif data["state"]:
        rows = rows.filter(state=data["state"])
    if data["township"]:
        township = Division.objects.filter(code=data["township"]).first()
        rows = rows.filter(facility__division__path__startswith=township.path if township else "-")
    return rows


@require_POST
def start_plan(request: HttpRequest) -> HttpResponse:
    """Plan the inspections of a period."""
    chosen = InspectionFilter(request.POST)
    period = plan.period_of(chosen.day())
    count = plan.plan(period=period, by=signed_in(request))
    text = ngettext("%(count)d inspection was planned.", "%(count)d inspections were planned.", count)
    if count:
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("Everything in operation is planned for this period already."))
    return redirect(f"{_address('inspections:overview')}?period={period.first.isoformat()}")


def _address(name: str, *args: Any) -> str:
    from django.urls import reverse

    return reverse(name, args=args)


@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """Hand out the ledger of a period as a workbook."""
    chosen = InspectionFilter(request.GET)
    period = plan.period_of(chosen.day())
    rows = _filtered(_visible(request).filter(period_from=period.first), chosen, timezone.localdate())
    answer = HttpResponse(ledger_of(inspections=rows, period=period), content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="inspections-{period.first.isoformat()}.xlsx"'
    return counted(answer, rows.count())


@never_cache
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an inspection; whoever may, fills it in."""
    inspection = get_object_or_404(_visible(request), pk=pk)
    user = signed_in(request)
    may_fill = visits.may_inspect(user, inspection) and inspection.state == Inspection.State.PLANNED
    if request.method == "POST" and not visits.may_inspect(user, inspection):
        raise PermissionDenied
    if request.method == "POST" and inspection.state != Inspection.State.PLANNED:
        messages.error(request, _("This inspection has been finished or called off already."))
        return redirect("inspections:detail", pk)
    form = _form(request, inspection) if may_fill else None
    if form is not None and request.method == "POST" and form.is_valid() and _save(request, inspection, form):
        return redirect("inspections:detail", pk)
    found = list(inspection.findings.select_related("item", "mended_by", "verified_by"))
    photos = attachments_by_owner(found)
    context = {
        "inspection": inspection,
        "facility": inspection.facility,
        "form": form,
        "results": inspection.results.select_related("item"),
        "findings": [(finding, photos.get(str(finding.pk), [])) for finding in found],
        "photos": attachments_by_owner([inspection]).get(str(inspection.pk), []),
        "call_off": CallOffForm() if may_fill and policy.may(user, Action.PLAN_CHECKS) else None,
        "has_demo_data": inspection.facility.is_demo,
    }
    return render(request, "facilities/inspections/detail.html", context)


def _form(request: HttpRequest, inspection: Inspection) -> VisitForm | DrillForm:
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    if inspection.kind == Inspection.Kind.DRILL:
        return DrillForm(*given, inspection=inspection, person=signed_in(request))
    kept = attachments_by_owner(list(inspection.findings.all()))
    items = visits.items_of(inspection)
    return VisitForm(*given, inspection=inspection, items=items, kept=kept, person=signed_in(request))


def _save(request: HttpRequest, inspection: Inspection, form: VisitForm | DrillForm) -> bool:
    data = form.cleaned_data
    finish = "finish" in request.POST
    try:
        visits.save_visit(
            inspection=inspection,
            by=signed_in(request),
            revision=data["revision"],
            done_on=data["done_on"],
            answers=form.answers() if isinstance(form, VisitForm) else None,
            more=form.more() if isinstance(form, VisitForm) else None,
            summary=data["summary"],
            drill=data.get("drill", ""),
            participants=data.get("participants"),
            photos=data.get("photos", ()),
            finish=finish,
        )
    except ValidationError as error:
        put_errors(form, error)
        return False
    messages.success(
        request, _("The inspection is finished.") if finish else _("Saved. Go on whenever you like.")
    )
    return True


@require_POST
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an inspection off the plan."""
    inspection = get_object_or_404(_visible(request), pk=pk)
    if not policy.may(request.user, Action.PLAN_CHECKS, division=inspection.facility.division):
        raise PermissionDenied
    form = CallOffForm(request.POST)
    try:
        if form.is_valid():
            visits.call_off(inspection=inspection, reason=form.cleaned_data["reason"])
            messages.success(request, _("The inspection was called off."))
        else:
            messages.error(request, _("Say why it is called off."))
    except NotYours as error:
        messages.error(request, " ".join(error.messages))
    return redirect("inspections:detail", pk)


@never_cache
@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an inspection as a sheet to print: empty lines to fill in by hand, or what was found."""
    inspection = get_object_or_404(_visible(request), pk=pk)
    results = {result.item_id: result for result in inspection.results.all()}
    context = {
        "inspection": inspection,
        "facility": inspection.facility,
        "lines": [(item, results.get(item.pk)) for item in visits.items_of(inspection)],
        "findings": inspection.findings.all(),
        "has_demo_data": inspection.facility.is_demo,
    }
    return render(request, "facilities/inspections/sheet.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a finding: what was found, how it was mended, and what comes next."""
    rows = policy.limit(Finding.objects.all(), request.user).select_related(
        "inspection__facility__division", "inspection__facility__source", "item", "mended_by", "verified_by"
    )
    row = get_object_or_404(rows, pk=pk)
    user = signed_in(request)
    mend_form: MendForm | None = None
    verify_form: VerifyForm | None = None
    posted = request.method == "POST"
    if row.state == Finding.State.OPEN and findings.may_mend(user, row):
        given = (request.POST, request.FILES) if posted else ()
        mend_form = MendForm(*given, finding=row, person=user)
        if posted and mend_form.is_valid() and _mend(request, row, mend_form):
            return redirect("inspections:finding", pk)
    elif row.state == Finding.State.MENDED and findings.may_verify(user, row):
        verify_form = VerifyForm(request.POST if posted else None, initial={"revision": row.revision})
        if posted and verify_form.is_valid() and _verify(request, row, verify_form):
            return redirect("inspections:finding", pk)
    elif posted:
        if not (findings.may_mend(user, row) or findings.may_verify(user, row)):
            raise PermissionDenied
        messages.error(
            request, _("Somebody else was quicker, or it is another person's turn. This is how it stands.")
        )
        return redirect("inspections:finding", pk)
    photos = attachments_by_owner([row]).get(str(row.pk), [])
    context = {
        "finding": row,
        "inspection": row.inspection,
        "facility": row.inspection.facility,
        "before": [photo for photo in photos if photo.purpose == visits.BEFORE],
        "mended": [photo for photo in photos if photo.purpose == visits.MENDED],
        "mend_form": mend_form,
        "verify_form": verify_form,
        "has_demo_data": row.inspection.facility.is_demo,
    }
    return render(request, "facilities/inspections/finding.html", context)


def _mend(request: HttpRequest, row: Finding, form: MendForm) -> bool:
    data = form.cleaned_data
    try:
        findings.mend(
            finding=row,
            by=signed_in(request),
            revision=data["revision"],
            mended_on=data["mended_on"],
            note=data["note"],
            photos=data["photos"],
        )
    except ValidationError as error:
        put_errors(form, error)
        return False
    messages.success(request, _("Reported mended. Somebody else looks at it again."))
    return True


def _verify(request: HttpRequest, row: Finding, form: VerifyForm) -> bool:
    data = form.cleaned_data
    try:
        findings.verify(
            finding=row,
            by=signed_in(request),
            revision=data["revision"],
            mended="mended" in request.POST,
            reason=data["reason"],
        )
    except ValidationError as error:
        put_errors(form, error)
        return False
    messages.success(request, _("Verified.") if "mended" in request.POST else _("Sent back to be mended."))
    return True


@never_cache
@require_GET
def finding_list(request: HttpRequest) -> HttpResponse:
    """Show the findings that are not done with, most urgent first."""
    rows = (
        policy.limit(Finding.objects.open(), request.user)
        .select_related("inspection__facility__division", "inspection__facility__source")
        .order_by("deadline", "pk")
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "today": timezone.localdate(),
        "has_demo_data": any(row.inspection.facility.is_demo for row in page.object_list),
    }
    return render(request, "facilities/inspections/findings.html", context)


@require_POST
def start(request: HttpRequest, number: str) -> HttpResponse:
    """Begin an inspection of one facility that the plan does not have yet."""
    facility = get_object_or_404(policy.limit(Facility.objects.all(), request.user), number=number)
    if not policy.may(request.user, Action.EDIT_FACILITIES, division=facility.division):
        raise PermissionDenied
    kind = request.POST.get("kind", "")
    if kind not in Inspection.Kind.values:
        kind = Inspection.Kind.CHECK
    period = plan.period_of()
    inspection, _made = Inspection.objects.get_or_create(
        facility=facility, kind=kind, period_from=period.first, defaults={"due": period.last}
    )
    return redirect("inspections:detail", inspection.pk)
