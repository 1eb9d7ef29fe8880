"""The questions that a commitment may ask of the register, by name; each answers with a number and what it counted."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from geo_registry.territory.models import AgeGroup, Division, PopulatedPlace

from ...frames import populated_places
from ...models import (
    Appointment,
    Asset,
    Commitment,
    Facility,
    FacilityOperator,
    FacilityQuerySet,
    Inspection,
    Kind,
    Network,
    Post,
    ScoreSheet,
    StockTakeItem,
)
from ..kept import kept
from .found import Found, Item, facility_item, percentage, units_at
from .network import Beds, TierStanding, beds_of, found_of, tier_on

Parameters = Mapping[str, Any]


def _kinds(parameters: Parameters) -> list[Kind]:
    codes = list(parameters.get("kinds", []))
    found = list(Kind.objects.filter(code__in=codes).select_related("tier"))
    unknown = sorted(set(codes) - {kind.code for kind in found})
    if unknown:
        raise ValidationError(_("There is no kind of facility “%(codes)s”.") % {"codes": "、".join(unknown)})
    return found


def _of_kinds(rows: FacilityQuerySet, kinds: Sequence[Kind]) -> FacilityQuerySet:
    # Annotated by `with_kind`, which the checker of types does not see through.
    return rows.filter(Q(("kind_on_day__in", [kind.pk for kind in kinds])))


def open_facilities(commitment: Commitment, day: datetime.date) -> Found:
    """Count facilities in operation, of kinds, run in some way; or, of named divisions, those that have one.

    Parameters: ``kinds``, ``modes`` (ways of operation), ``divisions`` (names: each must have one).
    """
    parameters = commitment.parameters
    rows = (
        _of_kinds(Facility.objects.at_home().open_on(day).with_kind(day), _kinds(parameters))
        .select_related("division", "kind")
        .defer("division__boundary")
        .order_by("number")
    )
    if modes := parameters.get("modes"):
        run = FacilityOperator.objects.on(day).filter(mode__in=modes)
        rows = rows.filter(pk__in=run.values("facility"))
    facilities = list(rows)
    names = parameters.get("divisions")
    if not names:
        return Found(
            value=Decimal(len(facilities)), as_of=day, items=[facility_item(row) for row in facilities]
        )
    items = []
    for name in names:
        division = Division.objects.on(day).filter(Q(name=name) | Q(short_name=name)).order_by("code").first()
        own = [row for row in facilities if division and row.division.path.startswith(division.path)]
        items.append(
            Item(
                label=str(name),
                counted=bool(own),
                division=division.code if division else "",
                # Of several the division's list tells, to everybody those that they may see.
                facility=own[0].number if len(own) == 1 else "",
                note="、".join(row.name for row in own)
                if own
                else (_("none in operation") if division else _("no division of this name")),
            )
        )
    return Found(value=Decimal(sum(item.counted for item in items)), as_of=day, items=items)


def _standing(commitment: Commitment, day: datetime.date) -> TierStanding | None:
    if commitment.network is None or commitment.level is None:
        return None
    return tier_on(commitment.network, commitment.level, day)


def divisions_with_own(commitment: Commitment, day: datetime.date) -> Found:
    """Return the share of a tier's divisions that have a facility of their own, in percent; with ``count`` how many."""
    standing = _standing(commitment, day)
    if standing is None:
        return Found(value=None)
    found = found_of(standing)
    if commitment.parameters.get("each"):
        # “At least one in each”: every division that counts must have so many.
        return Found(
            value=percentage(found.part or 0, found.out_of or 0),
            part=found.part,
            out_of=found.out_of,
            items=found.items,
            as_of=day,
        )
    return found


def elders_at_home(day: datetime.date) -> int:
    """Return how many people of 60 and over the register counts at home."""

    def counted() -> int:
        return int(populated_places(PopulatedPlace.objects.at_home(), day=day)[AgeGroup.AGE60.value].sum())

    return kept("elders_at_home", day, compute=counted)


def _beds(network: Network | None, day: datetime.date) -> Beds:
    """Beds of open facilities of all tiers of a network."""

    def counted() -> Beds:
        rows = Facility.objects.at_home().open_on(day).select_related("division").defer("division__boundary")
        return beds_of(list((rows.in_network(network) if network else rows).order_by("number")), day)

    return kept("beds", network.pk if network else None, day, compute=counted)


def beds_per_1000(commitment: Commitment, day: datetime.date) -> Found:
    """Beds of open facilities of all tiers of the network, for each thousand people of 60 and over."""
    beds, elders = _beds(commitment.network, day), elders_at_home(day)
    value = Decimal(f"{1000 * beds.beds / elders:.1f}") if elders and beds.facilities else None
    return Found(value=value, part=beds.beds, out_of=elders, items=beds.items, as_of=day)


def nursing_share(commitment: Commitment, day: datetime.date) -> Found:
    """Nursing beds of all beds, in percent."""
    beds = _beds(commitment.network, day)
    return Found(
        value=percentage(beds.nursing, beds.beds),
        part=beds.nursing,
        out_of=beds.beds,
        items=beds.items,
        as_of=day,
    )


def occupancy(commitment: Commitment, day: datetime.date) -> Found:
    """People living in of all beds, in percent, of facilities of which both are known."""
    beds = _beds(commitment.network, day)
    return Found(
        value=percentage(beds.residents, beds.beds_of_occupied),
        part=beds.residents,
        out_of=beds.beds_of_occupied,
        items=beds.items,
        as_of=day,
    )


def sheets_in_use(commitment: Commitment, day: datetime.date) -> Found:
    """Count the kinds that are assessed by a sheet in use."""
    items = []
    for kind in _kinds(commitment.parameters):
        sheet = ScoreSheet.objects.in_use().filter(kinds=kind).first()
        items.append(
            Item(
                label=kind.name,
                counted=sheet is not None,
                note=str(sheet) if sheet else _("no sheet in use"),
            )
        )
    return Found(value=Decimal(sum(item.counted for item in items)), as_of=day, items=items)


def checks_done(commitment: Commitment, day: datetime.date) -> Found:
    """Safety checks done, of those due in the plan's year up to the day, in percent."""
    return _visits(commitment, day, Inspection.Kind.CHECK)


def drills_done(commitment: Commitment, day: datetime.date) -> Found:
    """Drills done, of those due in the plan's year up to the day, in percent."""
    return _visits(commitment, day, Inspection.Kind.DRILL)


def _visits(commitment: Commitment, day: datetime.date, kind: str) -> Found:
    year = commitment.year or day.year
    home = Facility.objects.at_home()
    due = (
        Inspection.objects.filter(kind=kind, due__year=year, due__lte=day, facility__in=home.values("pk"))
        .exclude(state=Inspection.State.CANCELLED)
        .select_related("facility__division")
        .defer("facility__division__boundary")
        .order_by("facility__number", "due")
    )
    rows = list(due)
    done = [row for row in rows if row.state == Inspection.State.DONE]
    open_by_facility: dict[int, list[Inspection]] = {}
    for row in rows:
        if row.state != Inspection.State.DONE:
            open_by_facility.setdefault(row.facility_id, []).append(row)
    items = [
        facility_item(
            missing[0].facility,
            counted=False,
            note=_("not done: %(count)d") % {"count": len(missing)},
        )
        for missing in open_by_facility.values()
    ]
    return Found(
        value=percentage(len(done), len(rows)), part=len(done), out_of=len(rows), items=items, as_of=day
    )


def assets_seen(commitment: Commitment, day: datetime.date) -> Found:
    """Assets that somebody signed for in a stock-take of the plan's year, of all that are kept, in percent."""
    year = commitment.year or day.year
    kept = Asset.objects.at_home().kept(day).select_related("division").defer("division__boundary")
    seen = set(
        StockTakeItem.objects.filter(
            signed_at__date__year=year, signed_at__date__lte=day, asset__in=kept.values("pk")
        ).values_list("asset_id", flat=True)
    )
    rows = list(kept.order_by("number"))
    return Found(
        value=percentage(len(seen), len(rows)),
        part=len(seen),
        out_of=len(rows),
        as_of=day,
        items=[
            Item(
                label=row.name,
                counted=False,
                division=row.division.code,
                note=f"{row.number} · {row.division.name}",
            )
            for row in rows
            if row.pk not in seen
        ],
    )


def posts_filled(commitment: Commitment, day: datetime.date) -> Found:
    """Posts of one kind that are filled, of those that there must be, in percent. Parameter: ``post``."""
    post = Post.objects.filter(code=commitment.parameters.get("post", "")).first()
    if post is None or post.level is None:
        return Found(value=None)
    units = units_at(post.level, day)
    filled = set(
        Appointment.objects.on(day)
        .filter(post=post, division__in=[unit.pk for unit in units])
        .values_list("division_id", flat=True)
    )
    return Found(
        value=percentage(len(filled), len(units)),
        part=len(filled),
        out_of=len(units),
        as_of=day,
        items=[Item(label=unit.name, counted=unit.pk in filled, division=unit.code) for unit in units],
    )


def reported(commitment: Commitment, day: datetime.date) -> Found:
    """Return the newest number that the office has entered on or before the day."""
    row = commitment.readings.filter(as_of__lte=day).order_by("-as_of").first()
    return Found(value=row.value, as_of=row.as_of) if row else Found(value=None)


QUERIES: Mapping[str, Callable[[Commitment, datetime.date], Found]] = {
    Commitment.Query.OPEN_FACILITIES: open_facilities,
    Commitment.Query.DIVISIONS_WITH_OWN: divisions_with_own,
    Commitment.Query.BEDS_PER_1000: beds_per_1000,
    Commitment.Query.NURSING_SHARE: nursing_share,
    Commitment.Query.OCCUPANCY: occupancy,
    Commitment.Query.SHEETS_IN_USE: sheets_in_use,
    Commitment.Query.CHECKS_DONE: checks_done,
    Commitment.Query.DRILLS_DONE: drills_done,
    Commitment.Query.ASSETS_SEEN: assets_seen,
    Commitment.Query.POSTS_FILLED: posts_filled,
    Commitment.Query.REPORTED: reported,
}
