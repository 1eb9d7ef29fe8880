"""Name cases: the queue, the form that checks while one types, the case and its steps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import shapely
from django.contrib import messages
from django.contrib.gis.geos import Polygon
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Case, DateField, F, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.services import attach_all, attachments_by_owner
from geo_registry.form_errors import put_errors
from geo_registry.text.whole_numbers import whole_number, whole_numbers
from placenames.forms import CaseForm, StepForm
from placenames.models import CaseStep, NameCase, Place, Report
from placenames.models.cases import OPEN, Act, State, Step
from placenames.naming.checks import Act as CheckAct
from placenames.naming.checks import Finding, Gate, Result, Severity
from placenames.services import cases as keeping
from placenames.services.cases import flow, ground, shapes, steps
from placenames.services.cases.authority import authorities_of, authority_of
from placenames.services.checking import Checked, Subject, check_name
from placenames.services.checking import dismiss as set_aside
from placenames.services.checking.words import as_rows
from placenames.services.holding import hold
from placenames.services.standing import standing_at
from placenames.services.work import NEXT, deadline_days

PAGE_SIZE = 50
# As many as the list of findings shows of each: a name of two usual characters has a hundred look-alikes.
MOST_SHOWN = 8
_STEP_FIELDS = {
    Step.SUBMIT: ("note", "documents"),
    Step.CHECK: ("note",),
    Step.REPORT: ("report", "note", "number", "on_day", "documents"),
    Step.APPROVE: ("authority", "number", "on_day", "note", "documents"),
    Step.FILE: ("number", "on_day", "documents"),
    Step.ANNOUNCE: ("number", "on_day", "effective_on", "documents"),
    Step.RETURN: ("note",),
    Step.REFUSE: ("note", "documents"),
    Step.WITHDRAW: ("note",),
}


def _visible(request: HttpRequest) -> QuerySet[NameCase]:
    rows = policy.limit(NameCase.objects.all(), request.user)
    return rows.select_related("kind__procedure", "division__parent", "place", "created_by").defer(
        "division__boundary"
    )


def _most_urgent_first(rows: QuerySet[NameCase]) -> QuerySet[NameCase]:
    """Put what has a day to be filed and announced by before what has none, the nearest day first; then the newest."""
    dated = When(state__in=[State.APPROVED, State.FILED], then=F("approved_on"))
    return rows.order_by(Case(dated, default=None, output_field=DateField()).asc(nulls_last=True), "-pk")


@never_cache
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """List the cases: those that are open, or those that are done."""
    show = "done" if request.GET.get("show") == "done" else "open"
    rows = _visible(request)
    rows = rows.filter(state__in=OPEN) if show == "open" else rows.exclude(state__in=OPEN)
    states = [(value, label) for value, label in State.choices if (value in OPEN) == (show == "open")]
    state, name = request.GET.get("state", ""), request.GET.get("name", "").strip()[:60]
    if state in dict(states):
        rows = rows.filter(state=state)
    if name:
        rows = rows.filter(Q(text__icontains=name) | Q(old_text__icontains=name))
    days = deadline_days(timezone.localdate())
    page = Paginator(_most_urgent_first(rows), PAGE_SIZE).get_page(request.GET.get("page"))
    listed = [(case, NEXT.get(State(case.state), ""), case.due_on(days)) for case in page.object_list]
    typed = request.GET.get("q", "").strip()[:60]
    context = {
        "page": page,
        "listed": listed,
        "typed": typed,
        "places": ground.places_to_rename(signed_in(request), typed),
        "show": show,
        "states": states,
        "state": state,
        "name": name,
        "kept": "".join(
            f"{urlencode({k: v})}&" for k, v in (("show", show), ("state", state), ("name", name)) if v
        ),
        "today": timezone.localdate(),
        "may_draft": policy.may(signed_in(request), Action.EDIT_NAMES),
        "may_accept": policy.may(signed_in(request), Action.APPROVE),
        "has_demo_data": any(case.is_demo for case, _next, _due in listed),
    }
    return render(request, "placenames/cases/queue.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draft a case: a new name, or another or none for a place that is there."""
    place = ground.place_of(signed_in(request), request.GET.get("place", ""))
    initial: dict[str, Any] = {"act": request.GET.get("act", Act.NAMING), "place": ""}
    keys = whole_numbers(request.GET.get("roads", "").split(","))
    if keys and place is None:
        initial["roads"] = ",".join(map(str, keys[:500]))
    division = ground.divisions_for(signed_in(request)).filter(code=request.GET.get("in", "")[:20]).first()
    if division is not None:
        initial["division"] = division.pk
    if place is not None:
        initial |= {"place": place.short_id, "kind": place.kind_id, "division": place.division_id}
        initial["roads"] = ",".join(str(pk) for pk in place.roads.values_list("pk", flat=True))
        there = standing_at(place)
        if there is not None and not initial["roads"]:
            told = ground.describe_shape(shapely.from_wkb(bytes(there.wkb)))
            initial |= {"extent_text": told.extent, "course_text": told.course}
    return _edit(request, None, initial, place)


@never_cache
@require_http_methods(["GET", "POST"])
@transaction.atomic
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with a draft, or mend what came back."""
    case = get_object_or_404(_visible(request), pk=pk)
    if request.method == "POST":
        hold(case)
        case = get_object_or_404(_visible(request), pk=pk)
    return _edit(request, case, CaseForm.initial_of(case), case.place)


def _edit(
    request: HttpRequest, case: NameCase | None, initial: dict[str, Any], place: Place | None
) -> HttpResponse:
    user = signed_in(request)
    form = CaseForm(request.POST or None, user=user, initial=initial, watched=case is not None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = keeping.save_draft(draft=form.draft(), user=user, case=case)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The draft is kept."))
            return redirect("naming:case", pk=saved.pk)
    context = {
        "form": form,
        "case": case,
        "place": place,
        "systems": list(shapes.SYSTEMS)[1:],
        "area": ground.area_of(user),
        "there": ground.point_of(place),
        "readings": form.readings_shown(),
        "returned": case.steps.filter(step=Step.RETURN).last()
        if case and case.state == State.RETURNED
        else None,
        "has_demo_data": bool(case and case.is_demo),
    }
    return render(request, "placenames/cases/edit.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Run the checks on what the form holds so far."""
    user = signed_in(request)
    form = CaseForm(request.POST, user=user)
    form.is_valid()
    values = form.cleaned_data
    retiring = values.get("act") == Act.RETIRING
    if not values.get("kind") or not values.get("division") or not (values.get("text") or retiring):
        return JsonResponse({"html": "", "spelling": "", "syllables": [], "points": []})
    place: Place | None = values.get("place")
    old = place.current_name() if place is not None else None
    case_pk = request.POST.get("case", "")
    subject = Subject(
        text="" if retiring else values["text"].replace(" ", ""), kind=values["kind"], division=values["division"],
        act=CheckAct(values.get("act") or Act.NAMING), place=place, old_text=old.text if old else "",
        geometry=values.get("geometry") or standing_at(place), roads=values.get("roads") or [], width_m=values.get("width_m"),
        readings=form.readings(), measures=values.get("measures", ""), split_mode=values.get("split_mode", ""),
        case_key=f"case:{case_pk}" if whole_number(case_pk) is not None else "",
    )  # fmt: skip
    checked = check_name(subject, other_cases=keeping.other_cases).told_to(user)
    return JsonResponse(
        {
            "html": render_to_string("placenames/cases/findings.html", findings_context(checked), request),
            "spelling": checked.spelled.text,
            "syllables": [
                {
                    "index": s.index,
                    "characters": s.characters,
                    "reading": s.reading,
                    "options": list(s.options),
                }
                for s in checked.spelled.syllables
                if len(s.options) > 1
            ],
            "points": _points(checked.findings),
        }
    )


def findings_context(checked: Checked, **more: Any) -> dict[str, Any]:
    """Return findings as the page shows them: what was found, the most severe first; what was not checked; what is clear."""
    rows = as_rows(checked.findings)
    weight = {severity.value: severity.weight for severity in Severity}
    found = [row for row in rows if row["result"] == Result.FOUND]
    return {
        # What is asked of the announcement alone does not stand before what is wrong with the name.
        "found": sorted(found, key=lambda row: (row["gate"] == Gate.ANNOUNCEMENT, -weight[row["severity"]])),
        "not_checked": [row for row in rows if row["result"] == Result.NOT_CHECKED],
        "clear": [row for row in rows if row["result"] == Result.CLEAR],
        "all_clear": checked.all_clear,
        "scope": checked.scope_label,
        **more,
    }


def _points(findings: Any) -> list[dict[str, Any]]:
    every: list[Finding] = list(findings)
    return [
        {"lon": item.lon, "lat": item.lat, "text": item.text}
        for finding in every
        for item in finding.evidence[:MOST_SHOWN]
        if item.lon is not None and item.lat is not None
    ]


@never_cache
@require_GET
def roads(request: HttpRequest) -> JsonResponse:
    """Return the roads of the map's view, to choose from; those that are chosen already; or where a division lies."""
    division = whole_number(request.GET.get("division", ""))
    if division is not None:
        return JsonResponse({"box": ground.where_it_is(signed_in(request), division)})
    keys = whole_numbers(request.GET.get("ids", "").split(","))[:500]
    if keys:
        chosen = ground.roads_for(signed_in(request)).filter(pk__in=keys)
        return JsonResponse(ground.roads_geojson(chosen), json_dumps_params={"ensure_ascii": False})
    try:
        west, south, east, north = (float(value) for value in request.GET.get("bbox", "").split(","))
        box = Polygon.from_bbox((west, south, east, north))
    except ValueError:
        return JsonResponse({"problem": _("The stretch of map cannot be read.")}, status=400)
    box.srid = 4490
    return JsonResponse(ground.roads_in(signed_in(request), box), json_dumps_params={"ensure_ascii": False})


@never_cache
@require_http_methods(["GET", "POST"])
def describe(request: HttpRequest) -> JsonResponse:
    """Say from where to where the chosen roads lead, and in what direction; or where what was drawn lies; and in which division."""
    user = signed_in(request)
    if request.method == "POST":
        form = CaseForm(request.POST, user=user)
        form.is_valid()
        geometry = form.cleaned_data.get("geometry")
        drawn: shapely.Geometry | None = (
            shapely.from_wkb(bytes(geometry.wkb)) if geometry is not None else None
        )
        told = ground.describe_shape(drawn) if drawn is not None else None
    else:
        keys = whole_numbers(request.GET.get("roads", "").split(","))[:500]
        chosen = list(ground.roads_for(user).filter(pk__in=keys))
        drawn, told = ground.shape_of_roads(chosen), ground.describe_roads(chosen)
    return JsonResponse(
        {
            "extent": told.extent if told else "",
            "course": told.course if told else "",
            "division": ground.lies_in(user, drawn) if drawn is not None else None,
        }
    )


@never_cache
@require_POST
def shape(request: HttpRequest) -> JsonResponse:
    """Read where a thing is from a file or a phone's track."""
    upload = request.FILES.get("file")
    if upload is None:
        return JsonResponse({"error": _("No file came. Choose it again.")}, status=422)
    try:
        found = shapes.read_shapes(
            upload=upload, system=request.POST.get("system", ""), layer=request.POST.get("layer", "")[:200]
        )
    except shapes.ChooseLayer as error:
        return JsonResponse({"error": " ".join(error.messages), "layers": error.layers}, status=422)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=422)
    return JsonResponse(found.to_json())


@never_cache
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case: the name, where it is, the findings, its steps, and what can be done now."""
    return _case_page(request, get_object_or_404(_visible(request), pk=pk))


def _case_page(
    request: HttpRequest, row: NameCase, *, failed: str = "", form: StepForm | None = None, status: int = 200
) -> HttpResponse:
    user = signed_in(request)
    taken = steps.steps_of(row)
    files = attachments_by_owner(taken)
    for one in taken:
        one.files = files.get(str(one.pk), [])  # type: ignore[attr-defined]
    open_case = row.state in OPEN or row.took_effect_at is None
    checked = (
        flow.checked_case(row).told_to(user)
        if open_case and row.state not in {State.WITHDRAWN, State.REFUSED}
        else None
    )
    day = timezone.localdate()
    road_rows = list(row.roads.all())
    possible = steps.available(user, row)
    context: dict[str, Any] = {
        "case": row,
        "steps": taken,
        "actions": [
            (
                step,
                Step(step).label,
                _fields(form if step == failed and form else _blank_step(row, user, step), step),
                step == failed,
            )
            for step in possible
        ],
        "may_report": Step.REPORT in possible,
        "failed_form": form,
        "checked": checked,
        "seen": sorted(checked.seen) if checked else [],
        "may_edit": row.state in {State.DRAFT, State.RETURNED}
        and policy.may(user, Action.EDIT_NAMES, division=row.division),
        "may_confirm": row.state in OPEN and policy.may(user, Action.CONFIRM_SPELLING, division=row.division),
        "missing": [Report(report).label for report in flow.missing_reports(row)],
        "due": row.due_on(deadline_days(day)),
        "today": day,
        "next": NEXT.get(State(row.state), ""),
        "shapes": ground.shape_geojson(
            row.geometry or standing_at(row.place), road_rows, {"name": row.title, "role": "place"}
        ),
        "points": _points(checked.findings) if checked else [],
        "has_shape": bool(road_rows or row.geometry or standing_at(row.place)),
        "has_demo_data": row.is_demo,
    }
    if checked:
        may_dismiss = policy.may(user, Action.EDIT_NAMES, division=row.division)
        context |= findings_context(checked, may_dismiss=may_dismiss)
    return render(request, "placenames/cases/case.html", context, status=status)


def _blank_step(row: NameCase, user: User, step: str) -> StepForm:
    """Return the form of a step; a day that counts towards a deadline is there to be seen, and so is who approves."""
    initial: dict[str, Any] = {}
    if step in {Step.APPROVE, Step.FILE, Step.ANNOUNCE}:
        initial["on_day"] = timezone.localdate()
    if step == Step.APPROVE:
        initial["authority"] = authority_of(row)
    form = StepForm(person=user, initial=initial)
    form.fields["authority"].widget.attrs["placeholder"] = authorities_of(row)
    return form


def _fields(form: StepForm, step: str) -> list[Any]:
    return [form[name] for name in _STEP_FIELDS[Step(step)]]


@require_POST
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Take a step."""
    row = get_object_or_404(_visible(request), pk=pk)
    user = signed_in(request)
    if step not in _STEP_FIELDS:
        raise PermissionDenied
    form = StepForm(request.POST, request.FILES, person=user)
    if form.is_valid():
        try:
            taken = _take(step, row, user, form, request.POST.getlist("seen"))
        except ValidationError as error:
            put_errors(form, error)
        else:
            attach_all(files=form.cleaned_data["documents"], owner=taken, by=user)
            messages.success(request, _("%(name)s: %(step)s") % {"name": row.title, "step": Step(step).label})
            return redirect("naming:case", pk=pk)
    return _case_page(request, row, failed=step, form=form, status=422)


def _take(step: str, row: NameCase, user: User, form: StepForm, seen: list[str]) -> CaseStep:
    values, day = form.cleaned_data, form.day()
    note, number = values["note"], values["number"]
    if step == Step.CHECK:
        keeping.check_case(case=row, user=user, note=note)
        return row.steps.filter(step=Step.CHECK).latest("pk")
    if step == Step.APPROVE:
        return keeping.approve(
            case=row,
            user=user,
            seen=seen,
            number=number,
            approved_on=day,
            authority=values["authority"],
            note=note,
        )
    if step == Step.REPORT:
        return keeping.add_report(
            case=row, user=user, report=values["report"], note=note, on_day=values["on_day"], number=number
        ).step
    if step == Step.FILE:
        return keeping.file_case(case=row, user=user, on_day=day, number=number, note=note).step
    if step == Step.ANNOUNCE:
        return keeping.announce(
            case=row, user=user, on_day=day, effective_on=values["effective_on"], number=number, note=note
        ).step
    if step == Step.RETURN:
        return keeping.return_case(case=row, user=user, note=note).step
    if step == Step.REFUSE:
        return keeping.refuse(case=row, user=user, note=note).step
    if step == Step.WITHDRAW:
        return keeping.withdraw(case=row, user=user, note=note).step
    return keeping.submit(case=row, user=user, note=note).step


@require_POST
def spelling(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the spelling of a case's name."""
    row = get_object_or_404(_visible(request), pk=pk)
    try:
        keeping.confirm_case_spelling(
            case=row, text=request.POST.get("text", "")[:200], user=signed_in(request)
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The spelling is confirmed."))
    return redirect("naming:case", pk=pk)


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a finding aside with a reason."""
    row = get_object_or_404(_visible(request), pk=pk)
    user = signed_in(request)
    has_file = any(attachments_by_owner(steps.steps_of(row)).values())
    try:
        set_aside(
            subject=flow.subject_of(row), findings=flow.checked_case(row).told_to(user).findings, code=request.POST.get("code", ""),
            against=request.POST.get("against", ""), reason=request.POST.get("reason", "")[:500], user=user,
            with_file=has_file,
        )  # fmt: skip
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Set aside. It will not be held against this name again."))
    return redirect("naming:case", pk=pk)
