"""What happens to a facility: entering an event, correcting or withdrawing one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geo_registry.accounts.policy import Action, may
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.forms import PAPERS, UploadField, UploadFormMixin
from geo_registry.attachments.services import attach_all
from geo_registry.text.whole_numbers import whole_number

from ..models import (
    Facility,
    FacilityOperator,
    FacilityStatus,
    Function,
    LifeEvent,
    Proposal,
    Status,
    StatusRule,
    What,
)
from ..services import life
from ..services.life_words import Event
from ..services.merging import resolve
from .forms import DateInput, kinds
from .record import facility_or_404


class EventForm(UploadFormMixin):
    """An event: its day, its reason and document, and what it changes."""

    day = forms.DateField(label=pgettext_lazy("of an event", "from"), widget=DateInput(), localize=False)
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=200, required=False)
    document = forms.CharField(
        label=gettext_lazy("document"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Its number or title; the file itself can be added below."),
    )
    papers = UploadField(label=gettext_lazy("Files"), required=False, kinds=PAPERS)
    note_to_county = forms.CharField(label=gettext_lazy("note to the county"), required=False, max_length=400)

    def __init__(self, *args: Any, what: What, facility: Facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what = what
        for name, field in _FIELDS[what](facility).items():
            self.fields[name] = field
        own = [*_FIELDS[what](facility)]
        self.order_fields([own[0], "day", *own[1:], "reason", "document", "papers", "note_to_county"])

    def event(self) -> Event:
        """Return what was typed."""
        cleaned = self.cleaned_data
        details: dict[str, Any] = {}
        match self.what:
            case What.STATUS:
                target = resolve(cleaned["merged_into"]) if cleaned.get("merged_into") else None
                details = {"status": cleaned["status"], "merged_into": target.pk if target else None}
            case What.OPERATOR:
                until = cleaned.get("until")
                details = {
                    "name": cleaned["name"],
                    "mode": cleaned["mode"],
                    "until": until.isoformat() if until else None,
                }
            case What.KIND:
                details = {
                    "kind": cleaned["kind"].pk if cleaned.get("kind") else None,
                    "functions": [function.pk for function in cleaned["functions"]],
                }
            case What.FUNCTIONS:
                details = {"functions": [function.pk for function in cleaned["functions"]]}
        return Event(
            what=self.what,
            day=cleaned["day"],
            details=details,
            reason=cleaned["reason"],
            document=cleaned["document"],
            has_file=bool(cleaned.get("papers")),
        )


def _status_hint(facility: Facility) -> str:
    """Say what it is now, and what may follow: with the county's approval, or without."""
    words = dict(Status.choices)
    now = facility.status_on()
    rules = life.next_statuses(facility, timezone.localdate())
    at_once = _(", ").join(str(words[Status(rule.after)]) for rule in rules if not rule.needs_approval)
    approved = _(", ").join(str(words[Status(rule.after)]) for rule in rules if rule.needs_approval)
    told = [_("Now: %(status)s.") % {"status": now.get_status_display() if now else _("none known")}]
    if at_once:
        told.append(_("May follow at once: %(statuses)s.") % {"statuses": at_once})
    if approved:
        told.append(_("With the county's approval: %(statuses)s.") % {"statuses": approved})
    return " ".join(told)


def _status_fields(facility: Facility) -> dict[str, forms.Field]:
    reachable = set(StatusRule.objects.values_list("after", flat=True))
    choices = [("", _("choose")), *((v, str(label)) for v, label in Status.choices if v in reachable)]
    return {
        "status": forms.ChoiceField(label=_("status"), choices=choices, help_text=_status_hint(facility)),
        "merged_into": forms.CharField(
            label=_("merged into"),
            required=False,
            max_length=40,
            help_text=_("Only for “merged”: the number of the facility that goes on."),
        ),
    }


def _operator_fields(facility: Facility) -> dict[str, forms.Field]:
    return {
        "name": forms.CharField(label=_("operator"), max_length=120),
        "mode": forms.ChoiceField(
            label=_("way of operation"),
            required=False,
            choices=[("", _("not stated")), *FacilityOperator.Mode.choices],
        ),
        "until": forms.DateField(
            label=_("contract ends"), required=False, widget=DateInput(), localize=False
        ),
    }


def _functions_field() -> forms.Field:
    return forms.ModelMultipleChoiceField(
        label=_("functions"),
        queryset=Function.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
    )


def _kind_fields(facility: Facility) -> dict[str, forms.Field]:
    return {
        "kind": forms.ModelChoiceField(label=_("kind"), queryset=kinds(), empty_label=_("choose")),
        "functions": _functions_field(),
    }


def _function_fields(facility: Facility) -> dict[str, forms.Field]:
    return {"functions": _functions_field()}


_FIELDS = {
    What.STATUS: _status_fields,
    What.OPERATOR: _operator_fields,
    What.KIND: _kind_fields,
    What.FUNCTIONS: _function_fields,
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def event(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Enter an event of a facility, or one in the place of another (``?instead=``).

    Raises
    ------
    Http404
        If no such thing happens to facilities.
    """
    user = signed_in(request)
    facility = facility_or_404(request, number)
    if what not in What.values:
        raise Http404
    if not may(user, Action.EDIT_FACILITIES, division=facility.division):
        raise PermissionDenied
    kind = What(what)
    instead = _instead(request, facility, kind)
    form = EventForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        what=kind,
        facility=facility,
        person=user,
        initial=_initial(facility, kind, instead),
    )
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = _enter(request, facility, form, instead)
                attach_all(files=form.cleaned_data["papers"] or [], owner=made, by=user, purpose="document")
        except ValidationError as error:
            for name, texts in getattr(error, "message_dict", {"__all__": error.messages}).items():
                form.add_error(name if name in form.fields else None, texts)
        else:
            waits = isinstance(made, Proposal)
            messages.success(request, _("Sent to the county for approval.") if waits else _("Entered."))
            return redirect("facilities:record", facility.number)
    context = {
        "facility": facility,
        "form": form,
        "what": kind,
        "instead": instead,
        "at_once": may(user, Action.EDIT_FACILITIES_AT_ONCE, division=facility.division),
        "has_demo_data": facility.is_demo,
    }
    return render(request, "facilities/event.html", context, status=422 if form.errors else 200)


def _enter(
    request: HttpRequest, facility: Facility, form: EventForm, instead: LifeEvent | FacilityStatus | None
) -> LifeEvent | Proposal:
    user = signed_in(request)
    if instead is None:
        return life.enter(
            facility=facility, event=form.event(), user=user, note=form.cleaned_data["note_to_county"]
        )
    wrong = life.adopt(instead) if isinstance(instead, FacilityStatus) else instead
    return life.correct(event=wrong, instead=form.event(), user=user, reason=form.cleaned_data["reason"])


def _instead(request: HttpRequest, facility: Facility, what: What) -> LifeEvent | FacilityStatus | None:
    """Return what is to be corrected: an event, or a status that a file brought."""
    key = request.GET.get("instead", "")
    if not key:
        return None
    kind, _dash, written = key.partition("-")
    number = whole_number(written)
    if number is None:
        raise Http404
    if kind == "status":
        return get_object_or_404(FacilityStatus, facility=facility, pk=number)
    return get_object_or_404(LifeEvent, facility=facility, what=what, withdrawn_at__isnull=True, pk=number)


def _initial(facility: Facility, what: What, instead: LifeEvent | FacilityStatus | None) -> dict[str, Any]:
    today = timezone.localdate()
    initial: dict[str, Any] = {"day": today}
    if isinstance(instead, FacilityStatus):
        return {"day": instead.valid_from, "status": instead.status, "document": instead.document}
    if instead is not None:
        initial = {**instead.details, "day": instead.day, "document": instead.document}
        if target := instead.details.get("merged_into"):
            initial["merged_into"] = (
                Facility.objects.filter(pk=target).values_list("number", flat=True).first()
            )
        return initial
    if what in {What.FUNCTIONS, What.KIND}:
        held = facility.functions.on(today).values_list("function_id", flat=True)
        initial["functions"] = list(held) or list(facility.kind.functions.values_list("pk", flat=True))
    return initial


@require_POST
def withdraw(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """Take back an event that was wrong, or a status that a file brought.

    Raises
    ------
    Http404
        If there is none.
    """
    facility = facility_or_404(request, number)
    kind, _dash, written = key.partition("-")
    pk = whole_number(written)
    if kind not in {"event", "status"} or pk is None:
        raise Http404
    try:
        with transaction.atomic():
            if kind == "status":
                wrong = life.adopt(get_object_or_404(FacilityStatus, facility=facility, pk=pk))
            else:
                wrong = get_object_or_404(LifeEvent, facility=facility, pk=pk)
            life.withdraw(event=wrong, user=signed_in(request), reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Withdrawn. It stays in the facility's life, crossed out."))
    return redirect("facilities:record", facility.number)
