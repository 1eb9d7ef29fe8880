"""What is on record of a place: its names, facts, relations and files, seen and changed by the office."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from geo_registry.accounts.policy import limit, may_touch
from geo_registry.accounts.signed_in import signed_in
from geo_registry.form_errors import put_errors
from placenames.forms_records import FactsForm, FileForm, RelationForm
from placenames.models import Place, PlaceFile, PlaceRelation
from placenames.models.survey import SURVEY_FIELDS
from placenames.services import records
from placenames.services.holding import hold
from placenames.services.records.facts import may_publish
from placenames.services.records.files import files_of
from placenames.services.stories.steps import stories_for

_STORY = ("meaning", "origin", "history")


def _place(request: HttpRequest, short_id: str) -> Place:
    """Return a place of the person's scope; of others there is no page."""
    rows = limit(Place.objects.all(), signed_in(request)).select_related(
        "kind", "division__parent", "named_division", "source"
    )
    return get_object_or_404(
        rows.prefetch_related("names__spellings").defer("division__boundary", "named_division__boundary"),
        short_id=short_id,
    )


@never_cache
@require_GET
def record(request: HttpRequest, short_id: str) -> HttpResponse:
    """Show all that is on record of a place."""
    return _page(request, _place(request, short_id))


def _page(request: HttpRequest, place: Place, *, status: int = 200, **more: Any) -> HttpResponse:
    user = signed_in(request)
    labels = {field.name: field.verbose_name for field in Place._meta.concrete_fields}
    facts = [
        (labels[name], value)
        for name in ("place_code", *_STORY, *SURVEY_FIELDS)
        if (value := getattr(place, name)) not in {"", None}
    ]
    typed = request.GET.get("q", "").strip()[:60]
    may_change = may_touch(user, "change", place)
    context: dict[str, Any] = {
        "place": place,
        "name": place.current_name(),
        "names": place.names.all(),
        "facts": facts,
        "relations": records.relations_of(place, reader=user),
        "files": files_of(place, public=False),
        "stories": stories_for(user).filter(links__place=place).distinct(),
        "may_change": may_change,
        "may_publish": may_publish(user, place),
        "is_public": Place.objects.public().filter(pk=place.pk).exists(),
        "typed": typed,
        "found": records.find_places(user, typed, but=place) if may_change else [],
        "relation_form": RelationForm(user=user),
        "file_form": FileForm(person=user, place=place),
        "has_demo_data": place.is_demo,
        **more,
    }
    return render(request, "placenames/record/record.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@transaction.atomic
def edit(request: HttpRequest, short_id: str) -> HttpResponse:
    """Change the facts of a place."""
    place = _place(request, short_id)
    if request.method == "POST":
        hold(place)
        place = _place(request, short_id)
    form = FactsForm(request.POST or None, instance=place, watched=True)
    if request.method == "POST" and form.is_valid():
        try:
            records.keep_facts(place=place, values=form.cleaned_data, user=signed_in(request))
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The facts are kept."))
            return redirect("naming:record", short_id=place.short_id)
    context = {"place": place, "form": form, "has_demo_data": place.is_demo}
    return render(request, "placenames/record/edit.html", context, status=422 if form.errors else 200)


@require_POST
def secrecy(request: HttpRequest, short_id: str) -> HttpResponse:
    """Set or lift the secrecy level."""
    place = _place(request, short_id)
    changed = records.set_secrecy(place=place, level=request.POST.get("level", ""), user=signed_in(request))
    said = (
        _("Nothing of this place is public any more.")
        if changed.secrecy
        else _("The place has no secrecy level any more.")
    )
    messages.success(request, said)
    return redirect("naming:record", short_id=place.short_id)


@require_POST
def relation(request: HttpRequest, short_id: str) -> HttpResponse:
    """Put a relation on record."""
    place = _place(request, short_id)
    form = RelationForm(request.POST, user=signed_in(request))
    if form.is_valid():
        try:
            records.relate(place=place, user=signed_in(request), **form.values())
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The relation is on record."))
            return redirect("naming:record", short_id=place.short_id)
    return _page(request, place, relation_form=form, status=422)


@require_POST
def relation_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a relation off the record."""
    row = get_object_or_404(PlaceRelation.objects.select_related("place", "other"), pk=pk)
    records.unrelate(row=row, user=signed_in(request))
    messages.success(request, _("The relation was removed; its history stays."))
    back = request.POST.get("back", "")
    ends = {end.short_id for end in (row.place, row.other) if end is not None}
    return redirect("naming:record", short_id=back if back in ends else row.place.short_id)


@require_POST
def file(request: HttpRequest, short_id: str) -> HttpResponse:
    """Keep a file of the place."""
    place = _place(request, short_id)
    form = FileForm(request.POST, request.FILES, person=signed_in(request), place=place)
    if form.is_valid():
        try:
            records.add_file(place=place, new=form.new_file(), user=signed_in(request))
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The file is kept. It is not public yet."))
            return redirect("naming:record", short_id=place.short_id)
    return _page(request, place, file_form=form, status=422)


@require_POST
def file_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Describe a file, show it to the public or no longer, or take it off the record."""
    row = get_object_or_404(PlaceFile.objects.select_related("place"), pk=pk)
    place = _place(request, row.place.short_id)
    user, act = signed_in(request), request.POST.get("do", "")
    try:
        if act == "remove":
            records.remove_file(row=row, user=user)
        elif act in {"publish", "withdraw"}:
            records.publish_file(row=row, public=act == "publish", user=user)
        else:
            records.describe_file(
                row=row,
                title=request.POST.get("title", "")[:120],
                text=request.POST.get("text", ""),
                user=user,
            )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Done."))
    return redirect("naming:record", short_id=place.short_id)
