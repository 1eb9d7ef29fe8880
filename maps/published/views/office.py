"""The office's pages of composed maps: the list, the editor with its preview, and each version with its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseFormSet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.public_address import permanent_address

from ...models import MapState, MapVersion, PublishedMap
from .. import making
from ..content import content_of, shown
from ..coverage import ask_for
from ..forms import ComposeForm, StepForm, extents_on_offer, step_forms
from ..making import Draft
from ..on_screen import on_screen
from ..story import StepDraft, save_map
from ..telling import told
from .common import page_context
from .everybody import file_response


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List all maps that the person may see: what is being made first, then what is published."""
    rows = list(making.versions_for(request.user).order_by("-updated_at"))
    context = {
        "open": [row for row in rows if row.is_open],
        "published": [row for row in rows if row.state == MapState.PUBLISHED],
        "withdrawn": [row for row in rows if row.state == MapState.WITHDRAWN],
        "may_compose": making.may_compose(request.user),
        "room": "maps",
    }
    return render(request, "maps/published/office_list.html", context)


@require_safe
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Show a version as it will be, with its steps and what can be done with it."""
    return _version_page(request, _version(request, code, number))


def _version_page(
    request: HttpRequest, row: MapVersion, *, problems: Any = None, status: int = 200
) -> HttpResponse:
    content = shown(row)
    user = signed_in(request)
    may_compose = making.may_compose(user, row)
    if content["coverage_problem"] == "waits" and row.run is not None:
        ask_for(row.run)
    context = page_context(row, content, for_office=True) | {
        "history": row.steps.select_related("by"),
        "versions": making.versions_for(user).filter(map=row.map).order_by("-number"),
        "may_compose": may_compose,
        "may_review": making.may_review(user, row),
        "may_withdraw": row.state == MapState.PUBLISHED
        and (may_compose or policy.may(user, Action.APPROVE, division=row.map.division)),
        "own": row.state == MapState.SUBMITTED and user.pk in row.authors,
        "open_version": row.map.versions.open().exclude(pk=row.pk).first(),
        "public_url": permanent_address(request, reverse("maps:published", args=[row.map.code]))
        if row.is_public
        else "",
        "problems": problems,
        "room": "maps",
    }
    return render(request, "maps/published/office_version.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin a map."""
    return _editor(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, code: str, number: int) -> HttpResponseBase:
    """Change a draft."""
    row = _version(request, code, number)
    if not making.may_compose(request.user, row):
        raise PermissionDenied
    if row.state != MapState.DRAFT:
        messages.info(request, _("This version is no draft any more; a changed map is a new version."))
        return redirect("maps:composed", code, number)
    return _editor(request, row)


def _editor(request: HttpRequest, row: MapVersion | None) -> HttpResponseBase:
    user = signed_in(request)
    if request.method != "POST":
        return _form_page(request, row, ComposeForm(version=row), step_forms(version=row, person=user))
    form = ComposeForm(request.POST, version=row)
    steps = step_forms(data=request.POST, files=request.FILES, version=row, person=user)
    if form.is_valid() and steps.is_valid():
        try:
            saved = save_map(version=row, draft=form.draft([]), steps=_entered(steps), by=user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return HttpResponseRedirect(_after_saving(request, saved))
    return _form_page(request, row, form, steps, status=422)


def _after_saving(request: HttpRequest, saved: MapVersion) -> str:
    """Without scripts another step is asked for by saving: then the editor opens again."""
    arguments = [saved.map.code, saved.number]
    if "stay" in request.POST:
        messages.success(request, _("Saved."))
        return reverse("maps:composed_edit", args=arguments) + "?step=new#story"
    messages.success(request, _("The draft was saved. Nobody but the office sees it."))
    return reverse("maps:composed", args=arguments)


def _entered(steps: BaseFormSet[StepForm]) -> list[StepDraft]:
    return [
        StepDraft(
            step=form.step(form.cleaned_data.get("kept_picture", "")), files=form.cleaned_data["picture"]
        )
        for form in steps.ordered_forms
        if form.cleaned_data
    ]


def _form_page(
    request: HttpRequest,
    row: MapVersion | None,
    form: ComposeForm,
    steps: BaseFormSet[StepForm],
    *,
    status: int = 200,
) -> HttpResponse:
    if request.GET.get("step") == "new" and not steps.is_bound:
        steps.extra = 1
    context = {
        "form": form,
        "steps": steps,
        "version": row,
        "runs": form.runs,
        "extents": extents_on_offer(),
        "room": "maps",
    }
    return render(request, "maps/published/office_edit.html", context, status=status)


@require_POST
def preview(request: HttpRequest) -> JsonResponse:
    """Return the map as it is entered at the moment: what the script draws, and legend and tables as the page has them."""
    form = ComposeForm(request.POST)
    form.full_clean()
    wrong = {name: [str(one) for one in found] for name, found in form.errors.items() if name != "title"}
    if wrong:
        return JsonResponse({"errors": wrong}, status=422)
    form.cleaned_data.setdefault("title", "")
    draft = form.draft([])
    row = _unsaved(draft)
    content = content_of(draft.composition, run=draft.run)
    if content["coverage_problem"] == "waits" and draft.run is not None:
        ask_for(draft.run)
    words = told(row, content)
    context = {"told": words, "problem": making.coverage_problem_words(content["coverage_problem"])}
    return JsonResponse(
        {
            "map": on_screen(row, content),
            "legend": render_to_string("maps/published/legend.html", context, request),
            "tables": render_to_string("maps/published/tables.html", context, request),
            "data": words.data,
            "problem": context["problem"],
        }
    )


def _unsaved(draft: Draft) -> MapVersion:
    return MapVersion(
        map=PublishedMap(), number=0, title=draft.title, text=draft.text, composition=draft.composition.as_json(),
        run=draft.run, is_frozen=draft.is_frozen, review_number=draft.review_number, is_internal=draft.is_internal,
    )  # fmt: skip


@require_POST
def step(request: HttpRequest, code: str, number: int) -> HttpResponseBase:
    """Do one step with a version: hand in, return, review, publish, withdraw, begin the next, throw away."""
    row, user = _version(request, code, number), signed_in(request)
    action, reason = request.POST.get("action", ""), request.POST.get("reason", "")
    if action == "discard":
        return _discarded(request, row, user)
    steps: dict[str, Callable[[], MapVersion]] = {
        "submit": lambda: making.submit(version=row, by=user),
        "return": lambda: making.send_back(version=row, by=user, reason=reason),
        "review": lambda: making.review(version=row, by=user, note=reason),
        "publish": lambda: making.publish(version=row, by=user),
        "withdraw": lambda: making.withdraw(version=row, by=user, reason=reason),
        "new-version": lambda: making.new_version(version=row, by=user),
    }
    if action not in steps:
        raise Http404
    try:
        done = steps[action]()
    except ValidationError as error:
        if row.run is not None and action == "submit":
            ask_for(row.run)
        return _version_page(request, row, problems=error.messages, status=422)
    messages.success(request, _said(action))
    name = "maps:composed_edit" if action == "new-version" else "maps:composed"
    return redirect(name, done.map.code, done.number)


def _discarded(request: HttpRequest, row: MapVersion, user: User) -> HttpResponseBase:
    try:
        making.discard(version=row, by=user)
    except ValidationError as error:
        return _version_page(request, row, problems=error.messages, status=422)
    messages.success(request, _("The draft was thrown away."))
    return redirect("maps:composed_list")


def _said(action: str) -> str:
    return {
        "submit": _("The map was handed in: somebody else reviews it now."),
        "return": _("The map was returned to be changed."),
        "review": _("The map was found right. Who made it can publish it now."),
        "publish": _("The map is published. Its files are being made."),
        "withdraw": _("The map was withdrawn. Its address says so."),
        "new-version": _("The next version begins as a copy; the earlier one stays as it is."),
    }[action]


@require_safe
def data(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Return what the page's script draws."""
    row = _version(request, code, number)
    response = JsonResponse(on_screen(row, shown(row)), json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def file(request: HttpRequest, code: str, number: int, kind: str) -> HttpResponseBase:
    """Hand out a file of a version that the person may see."""
    response = file_response(_version(request, code, number), kind)
    response["Cache-Control"] = "private, no-cache"
    return response


def _version(request: HttpRequest, code: str, number: int) -> MapVersion:
    found = making.versions_for(request.user).filter(map__code=code, number=number).first()
    if found is None:
        raise Http404
    return found
