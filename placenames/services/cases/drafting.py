"""Drafts: what a clerk or an officer writes down before a case is submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may, may_touch
from geo_registry.territory.models import Division, Road
from geo_registry.text.normal import normal_form
from placenames.models import CaseStep, NameCase, Place, PlaceKind
from placenames.models.cases import Act, State, Step

from ..spellings import clean_spelling
from .ground import roads_for

EDITABLE = (State.DRAFT, State.RETURNED)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a draft says. Fields are those of `NameCase`; `geometry` is where there is no stretch of road."""

    act: str
    kind: PlaceKind
    division: Division
    text: str = ""
    place: Place | None = None
    reason: str = ""
    origin: str = ""
    meaning: str = ""
    measures: str = ""
    geometry: GEOSGeometry | None = None
    roads: Sequence[Road] = ()
    width_m: float | None = None
    extent_text: str = ""
    course_text: str = ""
    readings: Mapping[int, str] = field(default_factory=dict)
    spelling: str = ""
    split_mode: str = ""


@transaction.atomic
def save_draft(*, draft: Draft, user: User, case: NameCase | None = None, is_demo: bool = False) -> NameCase:
    """Keep a draft: a new one, or one that is not submitted or came back.

    Raises
    ------
    PermissionDenied
        If the person may not keep names in the division, or in that of the case, its place or its roads.
    ValidationError
        If the draft lacks a name or a place, or the case is no longer a draft.
    """
    if not may(user, Action.EDIT_NAMES, division=draft.division):
        raise PermissionDenied
    if draft.place is not None and not may_touch(user, "change", draft.place):
        raise PermissionDenied
    road_ids = {road.pk for road in draft.roads}
    if roads_for(user).filter(pk__in=road_ids).count() < len(road_ids):
        raise PermissionDenied
    row = case or NameCase(created_by=user, is_demo=is_demo)
    if case is not None:
        row = NameCase.objects.select_for_update(of=("self",)).get(pk=case.pk)
        if not may(user, Action.EDIT_NAMES, division=row.division):
            raise PermissionDenied
        if row.state not in EDITABLE:
            raise ValidationError(
                _("The case has been submitted: it can be changed only once it is returned.")
            )
    text = "" if draft.act == Act.RETIRING else normal_form(draft.text).replace(" ", "")
    _require(draft, text)
    spelling = clean_spelling(draft.spelling) if draft.spelling.strip() else ""
    if (text, spelling) != (row.text, row.spelling):
        # What was confirmed was another spelling, or that of another name.
        row.spelling_confirmed_by = None
    row.act, row.kind, row.division, row.place, row.text = (
        draft.act,
        draft.kind,
        draft.division,
        draft.place,
        text,
    )
    row.old_text = _present_name(draft.place)
    row.reason, row.origin, row.meaning, row.measures = (
        draft.reason,
        draft.origin,
        draft.meaning,
        draft.measures,
    )
    row.geometry, row.width_m = draft.geometry, draft.width_m
    row.extent_text, row.course_text = draft.extent_text, draft.course_text
    row.readings = {str(index): reading for index, reading in draft.readings.items()}
    row.spelling, row.split_mode = spelling, draft.split_mode
    row.full_clean(exclude=["created_by"])
    row.save()
    row.roads.set(draft.roads)
    CaseStep.objects.create(case=row, step=Step.DRAFT, by=user)
    return row


def _require(draft: Draft, text: str) -> None:
    if draft.act != Act.NAMING and draft.place is None:
        raise ValidationError({"place": _("Say which place is meant.")})
    if draft.act != Act.RETIRING and not text:
        raise ValidationError({"text": _("Write the name.")})
    if draft.act == Act.RENAMING and text == _present_name(draft.place):
        raise ValidationError({"text": _("This is the name it has now.")})


def _present_name(place: Place | None) -> str:
    name = place.current_name() if place is not None else None
    return name.text if name is not None else ""


@transaction.atomic
def confirm_case_spelling(*, case: NameCase, text: str, user: User) -> NameCase:
    """Say that the spelling of a case's name is right; it is taken over when the name is announced.

    Raises
    ------
    PermissionDenied
        If the person may not confirm spellings there.
    ValidationError
        If it is no spelling, or the name is announced already.
    """
    if not may(user, Action.CONFIRM_SPELLING, division=case.division):
        raise PermissionDenied
    row = NameCase.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if row.state in {State.ANNOUNCED, State.REFUSED, State.WITHDRAWN}:
        raise ValidationError(_("The case is closed."))
    row.spelling = clean_spelling(text)
    row.spelling_confirmed_by = user
    row.save()
    return row
