"""The register card of one facility."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may

from ..models import Facility
from ..services import card as cards
from ..services.panels import panels_of


def person(request: HttpRequest) -> User:
    """Return who asks: the policy lets nobody in who is not signed in."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    return request.user


def facility_or_404(request: HttpRequest, number: str) -> Facility:
    """Return the facility with a number, if the person may see it.

    Raises
    ------
    Http404
        If there is none in the person's scope.
    """
    try:
        return cards.find(number, person(request))
    except (Facility.DoesNotExist, ValueError) as error:
        raise Http404 from error


@never_cache
@require_safe
def record(request: HttpRequest, number: str) -> HttpResponse:
    """Show the card; the number of a record that was found to be a duplicate leads to the one that stands."""
    facility = facility_or_404(request, number)
    if facility.duplicate_of is not None and "as-it-was" not in request.GET:
        return redirect("facilities:record", facility.duplicate_of.number)
    user = person(request)
    context = {
        "card": cards.card_of(facility, day=timezone.localdate()),
        "facility": facility,
        "panels": panels_of(facility, user),
        "may_edit": may(user, Action.EDIT_FACILITIES, division=facility.division),
        "has_demo_data": facility.is_demo,
        "point": point_feature(facility),
    }
    return render(request, "facilities/record.html", context)


def point_feature(facility: Facility) -> dict[str, Any] | None:
    """Return what the card's map draws: the facility as GeoJSON, or nothing where nobody knows where it is."""
    location = facility.location
    if location is None:
        return None
    properties = {
        "number": facility.number,
        "name": facility.name,
        "shape": facility.kind.shape,
        "glyph": facility.kind.glyph,
        "in_operation": True,
    }
    geometry = {"type": "Point", "coordinates": [round(location.x, 6), round(location.y, 6)]}
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return {"type": "FeatureCollection", "features": [feature]}
