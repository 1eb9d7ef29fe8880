"""The register card of one facility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attachments_by_owner
from geo_registry.territory.models import Division

from ..models import Facility, What
from ..services import card as cards
from ..services import life_words, publishing
from ..services.panels import panels_of


def facility_or_404(request: HttpRequest, number: str) -> Facility:
    """Return the facility with a number, if the person may see it.

    Raises
    ------
    Http404
        If there is none in the person's scope.
    """
    try:
        return cards.find(number, signed_in(request))
    except (Facility.DoesNotExist, ValueError) as error:
        raise Http404 from error


@never_cache
@require_safe
def record(request: HttpRequest, number: str) -> HttpResponse:
    """Show the card; the number of a record that was found to be a duplicate leads to the one that stands."""
    facility = facility_or_404(request, number)
    if facility.duplicate_of is not None and "as-it-was" not in request.GET:
        return redirect("facilities:record", facility.duplicate_of.number)
    user = signed_in(request)
    day = timezone.localdate()
    at_once = may(user, Action.EDIT_FACILITIES_AT_ONCE, division=facility.division)
    moments = _moments(facility, user, life_words.timeline(facility, day=day), at_once=at_once)
    context = {
        "card": cards.card_of(facility, day=day),
        "facility": facility,
        "panels": panels_of(facility, user),
        "may_edit": may(user, Action.EDIT_FACILITIES, division=facility.division),
        "may_approve": may(user, Action.APPROVE, division=facility.division),
        "at_once": at_once,
        "moments": moments,
        "upcoming": [shown.moment for shown in reversed(moments) if shown.is_future],
        "events": What.choices,
        "merges": facility.merges.filter(undone_at=None).select_related("dropped", "merged_by"),
        "has_demo_data": facility.is_demo,
        "point": point_feature(facility),
    }
    return render(request, "facilities/record.html", context)


@dataclass(frozen=True)
class ShownMoment:
    """A moment of a life as the page shows it: with its files, and with what the reader may do about it."""

    moment: life_words.Moment
    key: str
    files: Sequence[Attachment]
    may_mend: bool
    correct_url: str
    withdraw_url: str

    def __getattr__(self, name: str) -> Any:
        """Hand on what the moment itself says."""
        return getattr(self.moment, name)


def _moments(
    facility: Facility, user: User, moments: Sequence[life_words.Moment], *, at_once: bool
) -> list[ShownMoment]:
    files = attachments_by_owner([moment.event for moment in moments if moment.event is not None])
    shown = []
    for moment in moments:
        event = moment.event
        key = f"event-{event.pk}" if event else f"status-{moment.status.pk if moment.status else 0}"
        what = event.what if event else What.STATUS.value
        own = event is not None and event.recorded_by_id == user.pk and not event.undo.get("approved")
        stands = facility.duplicate_of is None and moment.holds
        address = reverse("facilities:life", args=[facility.number, what])
        shown.append(
            ShownMoment(
                moment=moment,
                key=key,
                files=files.get(str(event.pk), []) if event else [],
                may_mend=stands and (at_once or own),
                correct_url=f"{address}?instead={key}",
                withdraw_url=reverse("facilities:life_withdraw", args=[facility.number, key]),
            )
        )
    return shown


@require_POST
def publish(request: HttpRequest, number: str) -> HttpResponse:
    """Show a facility to the public, or no longer; keep its place secret, or no longer."""
    facility = facility_or_404(request, number)
    publishing.set_visibility(
        facility=facility,
        user=signed_in(request),
        published="publish" in request.POST if {"publish", "unpublish"} & request.POST.keys() else None,
        secret="hide" in request.POST if {"hide", "unhide"} & request.POST.keys() else None,
    )
    messages.success(request, _("Changed."))
    return redirect("facilities:record", facility.number)


def point_feature(facility: Facility) -> dict[str, Any] | None:
    """Return what the card's map draws: the facility as GeoJSON, or nothing where nobody knows where it is."""
    kind = facility.kind
    return one_point(
        facility.location, number=facility.number, name=facility.name, shape=kind.shape, glyph=kind.glyph
    )


def one_point(
    location: Point | None, *, number: str, name: str, shape: str, glyph: str
) -> dict[str, Any] | None:
    """Return a place as the GeoJSON that the map of a card draws; nothing where there is none."""
    if location is None:
        return None
    properties = {"number": number, "name": name, "shape": shape, "glyph": glyph, "in_operation": True}
    geometry = {"type": "Point", "coordinates": [round(location.x, 6), round(location.y, 6)]}
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return {"type": "FeatureCollection", "features": [feature]}


def division_points(divisions: QuerySet[Division]) -> dict[str, list[float]]:
    """Return where the divisions lie that may be chosen: the map of a form goes there."""
    rows = Division.objects.filter(pk__in=divisions.order_by().values("pk")).exclude(point=None)
    return {str(pk): [round(point.x, 5), round(point.y, 5)] for pk, point in rows.values_list("pk", "point")}
