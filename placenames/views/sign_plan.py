"""Where signs must stand: the plan of a road, a village or a township at once, that of a whole county in the background."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.accounts.signed_in import signed_in
from geo_registry.territory.models import Division
from placenames.services.cases.ground import divisions_for
from placenames.services.signs import inventory, lists, on_the_map, plan_jobs, settings
from placenames.services.signs.planning import Scope, plan
from placenames.services.signs.words import item_label, yuan

from .signs import PAGE_SIZE

_MOST_NAMESAKES = 30


def _scope(parameters: QueryDict, user: User) -> tuple[Scope | None, str]:
    """Return what is to be planned, and how it is asked for again."""
    code, road = parameters.get("in", "")[:20], parameters.get("road", "")[:12]
    place = lists.places_of(user).filter(short_id=road).first() if road else None
    if place is not None:
        return Scope(place=place), urlencode({"road": road})
    division = divisions_for(user).filter(code=code).first() if code else None
    if division is None and (own := user.scope()) is not None and policy.must_name_division(user):
        division = own
    if division is None and parameters.get("all"):
        return Scope(), urlencode({"all": 1})
    return (
        (Scope(division=division), urlencode({"in": division.code})) if division is not None else (None, "")
    )


def _is_large(scope: Scope | None) -> bool:
    """Whether a plan is computed in the background: that of everything takes longer than a page may."""
    return scope is not None and scope.place is None and scope.division is None


@never_cache
@require_GET
def planning(request: HttpRequest) -> HttpResponse:
    """Show where signs must stand in a division, or of a road: missing, another name, too many, and what that costs."""
    user = signed_in(request)
    called = request.GET.get("name", "").strip()[:60]
    roads = list(lists.roads_called(called, user)[:_MOST_NAMESAKES]) if called else []
    if len(roads) == 1:
        return redirect(reverse("signs:plan") + "?" + urlencode({"road": roads[0].short_id}))
    scope, query = _scope(request.GET, user) if not called else (None, "")
    large = _is_large(scope)
    found = plan(scope=scope, user=user) if scope is not None and not large else None
    context: dict[str, Any] = {
        "scope": scope,
        "query": query,
        "found": found,
        "large": large,
        "called": called,
        "roads": roads,
        "may_all": not policy.must_name_division(user),
        "kept": plan_jobs.newest(user),
        "planning": plan_jobs.under_way(user=user, division=_own(user)),
        "divisions": divisions_for(user),
        "may_keep": policy.may(user, Action.EDIT_NAMES),
        "may_change_values": policy.may(user, Action.MANAGE_REFERENCE),
        "has_demo_data": bool(found and any(row.place.is_demo for row in found.required)),
    }
    if found is not None:
        page = Paginator(found.missing, PAGE_SIZE).get_page(request.GET.get("page"))
        context["page"] = page
        context["bill"] = [
            {"item": item_label(line.item), "count": line.count, "price": yuan(line.price), "cost": yuan(line.cost),
             "verified": line.verified}
            for line in found.bill.lines
        ]  # fmt: skip
        context["total"] = yuan(found.bill.total)
        context["along"] = on_the_map.sites_in_order(found) if scope is not None and scope.place else []
        context["legend"] = on_the_map.legend(found)
        context["shapes"] = on_the_map.shapes(found)
        context["values"] = settings.planning_values()
    return render(request, "placenames/signs/plan.html", context)


def _shapes(points: Iterable[tuple[float, float, str]]) -> dict[str, Any]:
    return {
        "features": [
            {
                "type": "Feature", "properties": {"name": name},
                "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]},
            }
            for lon, lat, name in points
        ]
    }  # fmt: skip


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Write the missing sites of a plan into the inventory, as planned signs."""
    user = signed_in(request)
    scope, query = _scope(request.POST, user)
    if scope is None or _is_large(scope):
        return redirect("signs:plan")
    try:
        signs = inventory.keep_missing(scope=scope, by=user, waits=False)
    except inventory.PlanningNow as busy:
        messages.error(request, str(busy))
        return redirect(reverse("signs:plan") + f"?{query}")
    said = ngettext("%(count)d sign is planned now.", "%(count)d signs are planned now.", len(signs))
    messages.success(request, said % {"count": len(signs)})
    return redirect(reverse("signs:plan") + f"?{query}")


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Have everything in the person's area planned in the background; the job's page shows how far it is, and can end it."""
    user = signed_in(request)
    return redirect("jobs:detail", plan_jobs.ask(user=user, division=_own(user)).pk)


def _own(user: User) -> Division | None:
    """Return the division that everything in the person's area is; none where that is all there is."""
    return user.scope() if policy.must_name_division(user) else None


@never_cache
@require_GET
def made(request: HttpRequest, file: uuid.UUID) -> HttpResponse:
    """Show a plan that was computed in the background: its figures, its bill, and one of its lists, page by page."""
    kept = plan_jobs.kept_plan(file, user=signed_in(request))
    if kept is None:
        raise Http404
    show = request.GET.get("show", "missing")
    show = show if show in plan_jobs.LISTS else "missing"
    text, where = request.GET.get("q", "").strip()[:60], request.GET.get("where", "")[:80]
    rows = [
        row for row in kept.lists[show] if text in row["name"] and (not where or row.get("where") == where)
    ]
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "kept": kept,
        "page": page,
        "show": show,
        "text": text,
        "where": where,
        "places": sorted({row["where"] for row in kept.lists[show] if row.get("where")}),
        "tabs": [(code, label, len(kept.lists[code])) for code, label in plan_jobs.LISTS.items()],
        "query": urlencode({"show": show, "q": text, "where": where}),
        "shapes": _shapes((row["lon"], row["lat"], row["name"]) for row in page.object_list if "lon" in row),
        "may_keep": policy.may(signed_in(request), Action.EDIT_NAMES),
        "has_demo_data": kept.is_demo,
    }
    return render(request, "placenames/signs/plan_made.html", context)


@require_POST
def keep_made(request: HttpRequest, file: uuid.UUID) -> HttpResponse:
    """Have what is missing written into the inventory, in the background."""
    kept = plan_jobs.kept_plan(file, user=signed_in(request))
    if kept is None:
        raise Http404
    return redirect("jobs:detail", plan_jobs.ask_to_keep(user=signed_in(request), kept=kept).pk)
