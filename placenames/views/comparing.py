"""The registry beside the national database: a file is compared, differences are looked at, cases opened from them."""

from __future__ import annotations

import uuid
from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from geo_registry.accounts.signed_in import signed_in
from geo_registry.geodata.errors import GeodataError
from geo_registry.text.whole_numbers import whole_numbers
from placenames.importers import PLACE_NAMES
from placenames.models import NameComparison
from placenames.services import comparing
from placenames.services.differences import Kind

PAGE_SIZE: Final = 50


def _own(request: HttpRequest, pk: uuid.UUID) -> NameComparison:
    return get_object_or_404(NameComparison, pk=pk, owner=signed_in(request))


@never_cache
@require_http_methods(["GET", "POST"])
def comparisons(request: HttpRequest) -> HttpResponse:
    """Take a file in to be compared, and list one's earlier comparisons."""
    problem = ""
    if request.method == "POST":
        try:
            _made, job = comparing.begin(uploads=request.FILES.getlist("file"), user=signed_in(request))
        except GeodataError as error:
            problem = str(error)
        else:
            return redirect("jobs:detail", pk=job.pk)
    rows = NameComparison.objects.filter(owner=signed_in(request)).annotate(found=Count("differences"))
    context = {"problem": problem, "comparisons": rows[:PAGE_SIZE]}
    return render(request, "placenames/comparisons.html", context, status=422 if problem else 200)


@never_cache
@require_GET
def comparison(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the differences of a comparison, by what they are, each with the case to open from it."""
    found = _own(request, pk)
    counts = dict(found.differences.order_by().values_list("kind").annotate(Count("pk")))
    kinds = [(kind, counts[kind]) for kind in Kind if kind in counts]
    shown = request.GET.get("kind", "")
    rows = found.differences.select_related("case", "place__kind", "place__division", "place__named_division")
    rows = rows.filter(kind=shown) if shown in counts else rows
    page = Paginator(rows.order_by("pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "comparison": found,
        "kinds": kinds,
        "shown": shown,
        "page": page,
        "plans": comparing.planned(differences=list(page), user=signed_in(request)),
        "fields": {column.field: column.headers[0] for column in PLACE_NAMES.columns},
        "kind_labels": dict(Kind.choices),
        "template_url": reverse("imports:template", args=[PLACE_NAMES.kind]),
    }
    return render(request, "placenames/comparison.html", context)


@require_POST
def preview(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show which cases would be opened from the differences that were ticked, and which could not be."""
    found = _own(request, pk)
    keys = _keys(request)
    rows = found.differences.filter(pk__in=keys).select_related(
        "place__kind", "place__division", "place__named_division"
    )
    plans = comparing.planned(differences=list(rows.order_by("pk")), user=signed_in(request))
    context = {"comparison": found, "plans": plans, "count": sum(not plan.problem for plan in plans)}
    return render(request, "placenames/comparison_preview.html", context)


@require_POST
def open_cases(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Open cases from differences."""
    found = _own(request, pk)
    try:
        made = comparing.open_cases(comparison=found, keys=_keys(request), user=signed_in(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("naming:comparison", pk=found.pk)
    if len(made) == 1:
        messages.success(request, _("The case is a draft: complete it and send it."))
        return redirect("naming:case", pk=made[0].pk)
    said = ngettext(
        "%(count)d case was opened as a draft.", "%(count)d cases were opened as drafts.", len(made)
    )
    messages.success(request, said % {"count": len(made)})
    return redirect("naming:comparison", pk=found.pk)


def _keys(request: HttpRequest) -> list[int]:
    keys = whole_numbers(request.POST.getlist("difference"))
    return list(dict.fromkeys(keys))[: comparing.MOST_AT_ONCE + 1]
