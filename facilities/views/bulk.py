"""Changing many facilities: choose the rows, say the change, look at what it would do, make it, take it back."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from geo_registry.accounts import policy
from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.form_errors import put_errors
from geo_registry.text.whole_numbers import whole_numbers

from ..models import BulkEdit, Facility, FacilityOperator, Kind, Status
from ..services import bulk, list_page
from ..services.bulk_changes import FACT_CODES, SORTS, EventSort
from ..services.facts import FACTS, Type
from ..services.list_filters import matching
from ..services.list_order import in_order
from ..services.list_query import ListQuery

_FIRST = ["refused", "kept", "waits", "changed", "undone", "same"]
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _longest(code: str) -> int | None:
    column = Facility._meta.get_field(code)
    assert isinstance(column, models.Field)  # noqa: S101 - for the type checker: facts are columns
    return column.max_length


def _value_field(code: str) -> forms.Field:
    """Return the field for a fact's value: what the card would ask, empty to take it away."""
    fact = FACTS[code]
    if fact.type is Type.CHOICE:
        return forms.ChoiceField(choices=[("", _("(empty)")), *fact.choices], required=False)
    if fact.type is Type.MAYBE:
        return forms.ChoiceField(
            choices=[("", _("(empty)")), ("yes", _("yes")), ("no", _("no"))], required=False
        )
    if fact.type is Type.DAY:
        return forms.DateField(required=False, widget=_DAY)
    return forms.CharField(required=False, max_length=_longest(code))


class ChangeForm(forms.Form):
    """What is to be changed; a field for each sort, of which the chosen one counts."""

    sort = forms.ChoiceField(label=gettext_lazy("What is to be changed"))
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=200, required=False)
    document = forms.CharField(label=gettext_lazy("document"), max_length=200, required=False)
    day = forms.DateField(label=gettext_lazy("from the day"), required=False, widget=_DAY)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = offered_sorts(user)
        sort_field = self.fields["sort"]
        assert isinstance(sort_field, forms.ChoiceField)  # noqa: S101 - for the type checker
        sort_field.choices = [(code, str(SORTS[code].label)) for code in offered]
        self.fields["day"].initial = timezone.localdate()
        for code in offered:
            self.fields[f"to-{code}"] = self._field(code, user)
            self.fields[f"to-{code}"].label = str(SORTS[code].label)
        if "operator" in offered:
            self.fields["mode"] = forms.ChoiceField(
                label=_("way of operation"),
                choices=[("", "—"), *FacilityOperator.Mode.choices],
                required=False,
            )
            self.fields["until"] = forms.DateField(label=_("contract until"), required=False, widget=_DAY)

    @staticmethod
    def _field(code: str, user: User) -> forms.Field:
        if code == "status":
            return forms.ChoiceField(
                choices=[("", "—"), *(one for one in Status.choices if one[0] != Status.MERGED)],
                required=False,
            )
        if code == "operator":
            return forms.CharField(max_length=120, required=False)
        if code == "kind":
            return forms.ModelChoiceField(queryset=Kind.objects.all(), required=False)
        if code == "published":
            return forms.ChoiceField(choices=[("yes", _("yes")), ("no", _("no"))], required=False)
        if code == "division":
            choices = [(c.value, c.indent + c.label) for c in list_page.divisions_to_choose(user)]
            return forms.ChoiceField(choices=[("", "—"), *choices], required=False)
        return _value_field(code)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields of each sort, for the page to show those of the chosen one."""
        result = []
        for code, _label in self.fields["sort"].choices:  # type: ignore[attr-defined]
            names = [f"to-{code}"]
            if isinstance(SORTS[code], EventSort):
                names += [*(["mode", "until"] if code == "operator" else []), "day", "reason", "document"]
            result.append(
                (code, [self[name] for name in names if name.startswith("to-") or name in {"mode", "until"}])
            )
        return result

    def change(self) -> dict[str, Any]:
        """Return the change as it is kept.

        Raises
        ------
        ValidationError
            If something that the sort needs is missing.
        """
        data = self.cleaned_data
        code = data["sort"]
        value = data[f"to-{code}"]
        change: dict[str, Any] = {"sort": code, "reason": data["reason"].strip()}
        if isinstance(SORTS[code], EventSort):
            if not value:
                raise ValidationError({f"to-{code}": _("Say what it is to be.")})
            if data["day"] is None:
                raise ValidationError({"day": _("Say from which day on.")})
            if not change["reason"]:
                raise ValidationError({"reason": _("Say why, in a few words.")})
            change |= {"day": data["day"].isoformat(), "document": data["document"].strip()}
            if code == "operator":
                until = data["until"]
                change |= {"mode": data["mode"], "until": until.isoformat() if until else ""}
            return change | {"value": value.pk if isinstance(value, Kind) else value}
        if code == "published":
            return change | {"value": value == "yes"}
        if code == "division":
            found = list_page.division_to_choose(value)
            if found is None:
                raise ValidationError({"to-division": _("Say which division.")})
            return change | {"value": found.pk}
        if FACTS[code].type is Type.MAYBE:
            value = {"yes": True, "no": False}.get(value)
        if FACTS[code].type is Type.DAY:
            value = value.isoformat() if value else None
        return change | {"value": value}


def offered_sorts(user: User) -> list[str]:
    """Return the sorts of change that a person may make somewhere."""
    codes: list[str] = []
    if policy.may(user, Action.EDIT_FACILITIES):
        codes += ["status", "operator", "kind", *FACT_CODES]
    if policy.may(user, Action.APPROVE):
        codes.append("published")
    return codes


def _edit(request: HttpRequest, pk: uuid.UUID) -> BulkEdit:
    user = signed_in(request)
    rows = BulkEdit.objects.all() if user.role == Role.ADMINISTRATOR else BulkEdit.objects.filter(owner=user)
    return get_object_or_404(rows, pk=pk)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Take the rows that were chosen in a list, or all that its filters leave."""
    user = signed_in(request)
    query = list_page.read_encoded(request.POST.get("query", ""))
    if "all" in request.POST:
        pks = list(matching(query, user=user).values_list("pk", flat=True)[: bulk.MOST + 1])
    else:
        pks = whole_numbers(request.POST.getlist("pk"))
    try:
        edit = bulk.choose(user=user, facility_ids=pks, query=query.encoded())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(list_page.address(query.encoded()))
    return redirect("facilities:bulk", pk=edit.pk)


@never_cache
@require_safe
def page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show where a change of many stands."""
    return _page(request, _edit(request, pk))


def _page(request: HttpRequest, edit: BulkEdit, form: ChangeForm | None = None) -> HttpResponse:
    rows = list(
        edit.rows.select_related("facility__division__parent", "facility__source").defer(
            "facility__division__boundary", "facility__division__parent__boundary"
        )
    )
    chosen = Facility.objects.filter(pk__in=edit.facility_ids)
    # What stands out first: what is not possible, what waits, what changes; last what is so already.
    rows.sort(key=lambda row: (_FIRST.index(row.outcome), row.pk))
    changing = sum(row.outcome in {"changed", "waits"} for row in rows)
    context = {
        "edit": edit,
        "title": bulk.in_words(edit, rows),
        "rows": rows,
        "counts": bulk.counts(rows),
        "changing": changing,
        "chosen": list(in_order(ListQuery(), chosen)[:20]) if not rows else [],
        "total": len(edit.facility_ids),
        "form": form or ChangeForm(user=signed_in(request)),
        "list_url": list_page.address(edit.query),
        "has_demo_data": any(row.facility.is_demo for row in rows),
    }
    return render(request, "facilities/bulk/page.html", context, status=422 if form is not None else 200)


@require_POST
def preview(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what the change would do."""
    edit = _edit(request, pk)
    form = ChangeForm(request.POST, user=signed_in(request))
    if not form.is_valid():
        return _page(request, edit, form)
    try:
        change = form.change()
    except ValidationError as error:
        put_errors(form, error)
        return _page(request, edit, form)
    return _step(request, edit, "preview", change)


@require_POST
def apply(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make the change."""
    return _step(request, _edit(request, pk), "apply")


@require_POST
def undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the change back."""
    return _step(request, _edit(request, pk), "undo")


def _step(
    request: HttpRequest, edit: BulkEdit, step: str, change: dict[str, Any] | None = None
) -> HttpResponse:
    user = signed_in(request)
    if bulk.needs_background(edit):
        job = bulk.enqueue_step(edit=edit, step=step, change=change, user=user)
        return redirect("jobs:detail", pk=job.pk)
    try:
        if step == "preview":
            bulk.preview(edit=edit, change=change or {}, user=user)
        elif step == "apply":
            bulk.apply(edit=edit, user=user)
        else:
            bulk.undo(edit=edit, user=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("facilities:bulk", pk=edit.pk)
