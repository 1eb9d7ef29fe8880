"""Which facilities a list asks for: each filter of its address as a condition, within the person's scope."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from geo_registry.accounts import policy
from geo_registry.territory.models import Division

from ..models import (
    CapacityReading,
    Confirmation,
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityOperator,
    FacilityQuerySet,
    FacilityStatus,
    Kind,
    Tier,
)
from . import list_search
from .list_query import NO_STATUS, ListQuery


def matching(query: ListQuery, *, user: policy.Person) -> FacilityQuerySet:
    """Return the facilities that a query asks for, in the person's scope, in no order."""
    rows: FacilityQuerySet = policy.limit(Facility.objects.standing(), user).order_by()  # type: ignore[assignment]
    if query.division:
        paths = list(Division.objects.filter(code=query.division).values_list("path", flat=True))
        inside = Q()
        for path in paths:
            inside |= Q(division__path__startswith=path)
        rows = rows.filter(inside) if paths else rows.none()
    if query.network or query.level is not None:
        rows = rows.filter(_serves(query))
    if query.kind:
        rows = rows.filter(kind__code=query.kind)
    if query.function:
        declared = FacilityFunction.objects.on(query.on).filter(function__code=query.function)
        rows = rows.filter(pk__in=declared.values("facility_id"))
    if query.published is not None:
        rows = rows.filter(published=query.published)
    if query.statuses:
        rows = rows.filter(_in_status(query.statuses, query.on))
    for what in query.missing:
        rows = rows.filter(_lacks(what, query.on))
    found = list_search.fits(query.text)
    return rows if found is None else rows.filter(found)


def _serves(query: ListQuery) -> Q:
    """Facilities that serve such a tier on the day: by the kind that they had then, or by a function that they declared there.

    It is how a network's figures count them (``facilities.frames.open_facilities``): a number and the list behind it are the same.
    """
    tiers = Tier.objects.all()
    if query.network:
        tiers = tiers.filter(network__code=query.network)
    if query.level is not None:
        tiers = tiers.filter(level=query.level)
    kinds = list(Kind.objects.filter(tier__in=tiers).values_list("pk", flat=True))
    # Few have ever changed their kind; all others have the one that stands on their card.
    changed = FacilityKind.objects.until(query.on).order_by().values("facility_id")
    then = Facility.objects.filter(pk__in=changed).order_by().with_kind(query.on)
    declared = FacilityFunction.objects.on(query.on).filter(tier__in=tiers)
    return (
        (Q(kind__in=kinds) & ~Q(pk__in=changed))
        | Q(pk__in=then.filter(Q(("kind_on_day__in", kinds))).values("pk"))
        | Q(pk__in=declared.values("facility_id"))
    )


def _in_status(statuses: Sequence[str], day: datetime.date) -> Q:
    """Facilities with such a status that no later one up to the day has followed: two hashed passes over the dated rows."""
    known = FacilityStatus.objects.filter(valid_from__lte=day).order_by()
    wanted = [status for status in statuses if status != NO_STATUS]
    condition = Q()
    if wanted:
        # There is one status a day (a constraint), so the latest is the one that none follows.
        later = known.filter(facility=OuterRef("facility"), valid_from__gt=OuterRef("valid_from"))
        chosen = known.filter(~Exists(later), status__in=wanted)
        condition |= Q(pk__in=chosen.values("facility_id"))
    if NO_STATUS in statuses:
        condition |= _lacks("status", day)
    return condition


def _lacks(what: str, day: datetime.date) -> Q:
    facility = OuterRef("pk")
    conditions: dict[str, Q] = {
        "location": Q(location__isnull=True),
        "status": Q(~Exists(FacilityStatus.objects.filter(facility=facility, valid_from__lte=day))),
        "address": Q(address=""),
        "hours": Q(opening_hours=""),
        "phone": Q(public_phone=""),
        "contact": Q(contact_role=""),
        "operator": Q(~Exists(FacilityOperator.objects.on(day).filter(facility=facility))),
        "functions": Q(~Exists(FacilityFunction.objects.on(day).filter(facility=facility))),
        "capacity": Q(~Exists(CapacityReading.objects.standing().filter(facility=facility, as_of__lte=day))),
        "code": Q(social_credit_code="", social_credit_code_absent=""),
        "category": Q(ownership=""),
        "confirmation": Q(Exists(Confirmation.objects.overdue(day).filter(facility=facility))),
    }
    return conditions[what]
