"""An announced name takes effect: on the place, and on the text of the roads or the division that bear it."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone

from geo_registry.territory.models import Road
from placenames.models import CaseStep, Name, NameCase, Place, PlaceKind, Spelling
from placenames.models.cases import Act, State, Step
from placenames.naming import split_name, with_committee, without_committee

from ..index import refresh_keys
from ..making import fresh_short_ids
from ..road_places import ensure_places_for_roads
from ..signs.work import name_changed


@transaction.atomic
def take_effect(*, case: NameCase, today: datetime.date | None = None) -> NameCase:
    """Write an announced name into the register: now, or as a name to come that `settle_names` brings into force on its day.

    The place gets the name as its standard one from the day on, with the spelling that the officer confirmed; what it was
    called until then ends on that day. Once the day is there, the old name is a former one, and roads and division carry
    the new text. Doing it again changes nothing.
    """
    day = today or timezone.localdate()
    begins = case.effective_on or case.announced_on or day
    if case.name_id is None and case.act != Act.RETIRING:
        place = case.place or _place_for(case)
        case.place = place
        _end_names(place, begins)
        case.name = _name_for(case, place, begins)
        _note_on_place(case)
    elif case.act == Act.RETIRING and case.place is not None:
        _end_names(case.place, begins)
    if begins <= day and case.took_effect_at is None:
        _bring_into_force(case)
        case.took_effect_at = timezone.now()
        CaseStep.objects.create(case=case, step=Step.EFFECT, on_day=begins)
    case.save()
    return case


def settle_names() -> int:
    """Bring into force what was announced for a day that has come; return how many names. The worker calls it each hour."""
    today = timezone.localdate()
    waiting = NameCase.objects.filter(
        state=State.ANNOUNCED, took_effect_at__isnull=True, effective_on__lte=today
    )
    pks = list(waiting.values_list("pk", flat=True))
    for pk in pks:
        with transaction.atomic():
            case = NameCase.objects.select_for_update(of=("self",)).get(pk=pk)
            if case.took_effect_at is None:
                take_effect(case=case, today=today)
    return len(pks)


def _place_for(case: NameCase) -> Place:
    """Return the place of a naming: the one that the roads make up already, if nobody approved it, or a new one."""
    road_ids = set(case.roads.values_list("pk", flat=True))
    if road_ids:
        for place in Place.objects.filter(roads__in=road_ids).distinct():
            own = set(place.roads.values_list("pk", flat=True))
            if own <= road_ids and place.standard_name() is None:
                place.kind = case.kind
                place.save()
                place.roads.add(*road_ids)
                _let_go(road_ids, place)
                return place
    place = Place.objects.create(
        short_id=fresh_short_ids(1)[0], kind=case.kind, division=case.division, geometry=case.geometry,
        geometry_method="map" if case.geometry is not None else "", published=True,
    )  # fmt: skip
    place.roads.add(*road_ids)
    _let_go(road_ids, place)
    return place


def _let_go(road_ids: set[int], place: Place) -> None:
    """Take the stretches from places that were made by themselves and that nobody approved."""
    for other in Place.objects.filter(roads__in=road_ids).exclude(pk=place.pk).distinct():
        if other.standard_name() is None:
            other.roads.remove(*road_ids)
            if not other.roads.exists() and other.geometry is None:
                other.published = False
                other.save()


def _end_names(place: Place, day: datetime.date) -> None:
    """End what the place is called by today, on a day. A name that began on that day or later never held."""
    held = place.names.filter(status__in=[Name.Status.STANDARD, Name.Status.RECORDED], valid_to__isnull=True)
    for name in held:
        if name.valid_from is not None and name.valid_from >= day:
            name.status, name.valid_from = Name.Status.FORMER, None
        name.valid_to = day
        name.save()


def _name_for(case: NameCase, place: Place, begins: datetime.date) -> Name:
    lexicon = PlaceKind.objects.lexicon().ending_in(case.kind.generic_terms)
    parts = split_name(case.text, lexicon)
    name = Name.objects.create(
        place=place, text=case.text, specific=parts.specific if parts.generic else "", generic=parts.generic,
        status=Name.Status.STANDARD, valid_from=begins,
    )  # fmt: skip
    if case.spelling:
        confirmed = case.spelling_confirmed_by is not None
        Spelling.objects.create(
            name=name, text=case.spelling, split_mode=case.split_mode or case.kind.split_mode,
            status=Spelling.Status.CONFIRMED if confirmed else Spelling.Status.PROPOSED,
            confirmed_by=case.spelling_confirmed_by, confirmed_at=timezone.now() if confirmed else None,
        )  # fmt: skip
    refresh_keys(name_ids=[name.pk])
    return name


def _note_on_place(case: NameCase) -> None:
    place = case.place
    if place is None:
        return
    place.origin, place.meaning = case.origin or place.origin, case.meaning or place.meaning
    place.approved_by, place.approved_on = case.authority, case.approved_on
    if case.geometry is not None and place.geometry is None:
        place.geometry = case.geometry
    place.save()


def _bring_into_force(case: NameCase) -> None:
    place = case.place
    if place is None:
        return
    for name in place.names.filter(
        status__in=[Name.Status.STANDARD, Name.Status.RECORDED], valid_to__isnull=False
    ):
        name.status = Name.Status.FORMER
        name.save()
    new = "" if case.act == Act.RETIRING else case.text
    Road.objects.filter(places=place).update(name=new)
    if place.named_division is not None and new:
        division = place.named_division
        division.name = (
            new
            if division.name == without_committee(division.name)
            else with_committee(new, like=division.name)
        )
        division.save()
    if case.act == Act.RETIRING:
        place.published = False
        place.save()
    elif case.roads.exists():
        # Stretches that were of another road may leave that road in two.
        ensure_places_for_roads(road_ids=list(case.roads.values_list("pk", flat=True)))
    # What is called otherwise on site is to be replaced.
    name_changed(
        place=place, name=case.name, on_day=case.effective_on or case.announced_on or timezone.localdate()
    )
