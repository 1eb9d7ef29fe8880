"""Assessments: who passed and who did not, the form, and the decision."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.forms.assessments import BeginForm, DecideForm, ScoreForm
from facilities.models import Assessment, Facility
from facilities.services.assessments import scoring
from geo_registry.accounts import policy
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attachments_by_owner
from geo_registry.form_errors import put_errors

PAGE_SIZE = 50


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show what waits to be confirmed, and each facility's last confirmed score, lowest first."""
    user, today = signed_in(request), timezone.localdate()
    mine = policy.limit(Assessment.objects.all(), user).select_related(
        "facility__division", "facility__source", "sheet", "scored_by"
    )
    latest = policy.limit(scoring.latest_confirmed(today), user).select_related(
        "facility__division", "facility__source", "sheet"
    )
    page = Paginator(latest.order_by("score", "facility__number"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    under_way = list(mine.exclude(state=Assessment.State.CONFIRMED).order_by("day")[:100])
    rows = [*page.object_list, *under_way]
    context = {
        "page": page,
        "under_way": under_way,
        "failing": latest.filter(passed=False).count(),
        "has_demo_data": any(row.facility.is_demo for row in rows),
    }
    return render(request, "facilities/assessments/overview.html", context)


@require_POST
def begin(request: HttpRequest, number: str) -> HttpResponse:
    """Begin to score a facility."""
    facility = get_object_or_404(policy.limit(Facility.objects.all(), request.user), number=number)
    if not scoring.may_score(signed_in(request), facility):
        raise PermissionDenied
    form = BeginForm(request.POST)
    try:
        day = form.cleaned_data["day"] if form.is_valid() else None
        assessment = scoring.begin(facility=facility, by=signed_in(request), day=day)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("facilities:record", number)
    return redirect("assessments:detail", assessment.pk)


@never_cache
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an assessment with how its score comes about; score it, or decide on it."""
    rows = policy.limit(Assessment.objects.all(), request.user).select_related(
        "facility__division", "facility__kind", "facility__source", "sheet", "scored_by", "confirmed_by"
    )
    row = get_object_or_404(rows, pk=pk)
    user, posted = signed_in(request), request.method == "POST"
    form: ScoreForm | None = None
    decide_form: DecideForm | None = None
    kept = _evidence(row)
    if row.state in {Assessment.State.DRAFT, Assessment.State.RETURNED} and scoring.may_score(
        user, row.facility
    ):
        given = (request.POST, request.FILES) if posted else ()
        form = ScoreForm(*given, assessment=row, items=list(row.sheet.items.all()), kept=kept, person=user)
        if posted and form.is_valid() and _save(request, row, form):
            return redirect("assessments:detail", pk)
    elif row.state == Assessment.State.SUBMITTED and scoring.may_confirm(user, row):
        decide_form = DecideForm(request.POST if posted else None, initial={"revision": row.revision})
        if posted and decide_form.is_valid() and _decide(request, row, decide_form):
            return redirect("assessments:detail", pk)
    elif posted:
        if not scoring.may_score(user, row.facility) and not scoring.may_confirm(user, row):
            raise PermissionDenied
        messages.error(
            request, _("Somebody else was quicker, or it is another person's turn. This is how it stands.")
        )
        return redirect("assessments:detail", pk)
    score = scoring.explain(row)
    context = {
        "assessment": row,
        "facility": row.facility,
        "score": score,
        "lines": [(share, kept.get(share.item.pk, [])) for share in score.shares],
        "form": form,
        "decide_form": decide_form,
        "has_demo_data": row.facility.is_demo,
    }
    return render(request, "facilities/assessments/detail.html", context)


def _evidence(row: Assessment) -> dict[int, list[Attachment]]:
    entries = list(row.entries.all())
    found = attachments_by_owner(entries)
    return {entry.item_id: found.get(str(entry.pk), []) for entry in entries}


def _save(request: HttpRequest, row: Assessment, form: ScoreForm) -> bool:
    submit = "submit" in request.POST
    try:
        scoring.save_points(
            assessment=row,
            by=signed_in(request),
            revision=form.cleaned_data["revision"],
            points=form.points(),
            comment=form.cleaned_data["comment"],
            submit=submit,
        )
    except ValidationError as error:
        put_errors(form, error)
        return False
    messages.success(
        request, _("Handed in, to be confirmed.") if submit else _("Saved. Go on whenever you like.")
    )
    return True


def _decide(request: HttpRequest, row: Assessment, form: DecideForm) -> bool:
    confirmed = "confirm" in request.POST
    try:
        scoring.decide(
            assessment=row,
            by=signed_in(request),
            revision=form.cleaned_data["revision"],
            confirmed=confirmed,
            reason=form.cleaned_data["reason"],
        )
    except ValidationError as error:
        put_errors(form, error)
        return False
    messages.success(request, _("Confirmed.") if confirmed else _("Sent back."))
    return True
