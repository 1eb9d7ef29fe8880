"""Where it is: in its division, on the earth, and not where another record of it is already."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from geo_registry.territory.models.divisions import SRID
from geo_registry.territory.services.locating import outside_of

from ...models import Facility
from ..likely_duplicates import alike
from .base import Finding, Situation, block, unchecked, warn


def lies_in_its_division(situation: Situation) -> Iterator[Finding]:
    """A point outside of the division that the card names: one of both is wrong."""
    if not situation.asks("location", "location_method", "division"):
        return
    location, division = situation.facts.get("location"), situation.facts.get("division")
    if not location:
        yield warn("location", _("Without a place on the map it is on no map, and counts for nobody."))
        return
    lon, lat = location
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        yield block("location", _("There is no such place on earth."))
        return
    for outside in outside_of([(lon, lat)], [division]) if division else ():
        yield warn(
            "location",
            _("This point lies outside of %(division)s, %(metres)d m from its boundary.")
            % {"division": outside.division_name, "metres": round(outside.distance_m)},
            "division",
        )
    if not situation.facts.get("location_method"):
        yield warn("location_method", _("Say how the place is known."), "location")


def is_not_there_already(situation: Situation) -> Iterator[Finding]:
    """Another record with a like name close by, or with the same code, is probably the same facility."""
    if not situation.asks("name", "location", "social_credit_code"):
        return
    keys = ("facility-duplicate-distance-m", "facility-duplicate-similarity")
    for key in keys:
        if key not in situation.limits:
            yield unchecked("name", key)
            return
    location, name = situation.facts.get("location"), situation.facts.get("name") or ""
    own = situation.facility.pk if situation.facility else None
    if location and name and abs(location[0]) <= 180 and abs(location[1]) <= 90:
        found = alike(
            name=name,
            point=Point(location[0], location[1], srid=SRID),
            within_m=float(situation.limits[keys[0]]),
            likeness_at_least=float(situation.limits[keys[1]]) / 100,
            leave_out=own,
        )
        for other in found:
            yield warn(
                "name",
                _("%(number)s %(name)s is only %(metres)d m away. Is it the same facility?")
                % {
                    "number": other.facility.number,
                    "name": other.facility.name,
                    "metres": round(other.distance_m),
                },
                "location",
            )
    code = situation.facts.get("social_credit_code")
    if code:
        known = Facility.objects.standing().of_no_secret_place()
        same = known.filter(social_credit_code=code).exclude(pk=own or 0)
        for facility in same.only("number", "name")[:3]:
            yield warn(
                "social_credit_code",
                _("%(number)s %(name)s has the same code. A branch may; otherwise it is the same facility.")
                % {"number": facility.number, "name": facility.name},
            )


CHECKS = (lies_in_its_division, is_not_there_already)
