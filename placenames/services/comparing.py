"""A comparison with the national database as the office works through it: kept, listed, and cases opened from it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may, may_touch
from geo_registry.geodata.errors import GeodataError
from geo_registry.imports.registry import ExportScope
from geo_registry.imports.services import storage
from geo_registry.imports.services.inspecting import remembered_columns
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, Urgency, job_task
from geo_registry.territory.models import Division
from placenames.importers import PLACE_NAMES
from placenames.models import NameCase, NameComparison, NameDifference, Place, PlaceKind
from placenames.models.cases import OPEN, Act

from .cases import Draft, save_draft
from .differences import SEAT_CATEGORY, Kind, compare

# Cases opened at once: more is no work that somebody has looked at.
MOST_AT_ONCE: Final = 200
_TOWNSHIP_DIGITS: Final = (12, 9, 6)
_CHUNK: Final = 2_000
_SEEN: Final = ("division_code", "kind", "category_code", "pinyin", "origin", "meaning", "history")


def begin(*, uploads: Iterable[UploadedFile], user: User) -> tuple[NameComparison, Job]:
    """Keep a file, and have it compared in the background with the names of a person's scope.

    Raises
    ------
    PermissionDenied
        If the person keeps no names.
    GeodataError
        If this is not one file, or too large.
    """
    if not may(user, Action.EDIT_NAMES):
        raise PermissionDenied
    key = uuid.uuid4()
    path, _size = storage.keep(key, uploads)
    try:
        made = NameComparison.objects.create(pk=key, owner=user, file_name=path.name[:200])
        job = enqueue(
            task=compare_job, title=lambda: _("Comparing %(file)s with the registry") % {"file": path.name}, created_by=user,
            kwargs={"comparison": str(made.pk)},
        )  # fmt: skip
    except BaseException:
        storage.throw_away(key)
        raise
    return made, job


@job_task(restartable=True, urgency=Urgency.AWAITED)
def compare_job(progress: Progress, *, comparison: str) -> JobOutcome:
    """Compare a kept file, and keep the differences; the file goes."""
    found = NameComparison.objects.select_related("owner").get(pk=comparison)
    path = storage.file_of(found.pk)
    progress.step(0)
    try:
        if path is None:
            raise JobFailure(lambda: _("The file is gone. Choose it again."))
        told = compare(
            path,
            scope=ExportScope(user=found.owner),
            called=remembered_columns(kind=PLACE_NAMES.kind, user=found.owner),
        )
    except GeodataError as error:
        _fail(found, str(error))
        storage.throw_away(found.pk)
        raise JobFailure(str(error)) from error
    places = dict(
        Place.objects.filter(
            short_id__in={one.short_id for one in told.differences if one.short_id}
        ).values_list("short_id", "pk")
    )
    with transaction.atomic():
        found.differences.all().delete()
        rows = [
            NameDifference(
                comparison=found, kind=one.kind, name=one.name[:120], row=one.row, place_code=one.place_code[:20], field=one.field,
                there=one.there, here=one.here, place_id=places.get(one.short_id),
                values={name: one.values[name] for name in _SEEN if name in one.values} if one.kind == Kind.NOT_HERE else {},
            )
            for one in told.differences
        ]  # fmt: skip
        for first in range(0, len(rows), _CHUNK):
            NameDifference.objects.bulk_create(rows[first : first + _CHUNK])
            progress.step(first, len(rows))
        found.state, found.problem = NameComparison.State.DONE, ""
        found.rows_count, found.places_count = told.rows, told.places
        found.same_count, found.unread_count = told.same, told.unread
        found.unused_columns = list(told.unused)
        found.save()
    storage.throw_away(found.pk)
    return JobOutcome(url=reverse("naming:comparison", args=[found.pk]))


def _fail(found: NameComparison, problem: str) -> None:
    found.state, found.problem = NameComparison.State.FAILED, problem[:500]
    found.save(update_fields=["state", "problem"])


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a difference would be made into: a draft of a case, or why not."""

    difference: NameDifference
    act: str = ""
    text: str = ""
    division: Division | None = None
    kind: PlaceKind | None = None
    problem: str = ""

    @property
    def act_label(self) -> str:
        """What is to be done with the name, in words."""
        return str(Act(self.act).label) if self.act else ""


def planned(*, differences: Sequence[NameDifference], user: User) -> list[Planned]:
    """Return what each difference would be made into, before anything is.

    What only the file has is to be named here; what only the registry has is to be retired; a name that differs is to be changed to
    the file's. Other fields are facts of the place and no case; a village that the national database has twice is put right there.
    """
    kinds = list(PlaceKind.objects.order_by("position", "code"))
    busy = set(
        NameCase.objects.filter(
            state__in=OPEN, place__in=[d.place_id for d in differences if d.place_id]
        ).values_list("place_id", flat=True)
    )
    codes = {code for d in differences for code in _codes(d)}
    divisions = {
        d.code: d for d in Division.objects.filter(code__in=codes, valid_to__isnull=True).defer("boundary")
    }
    proposed = set(
        NameCase.objects.filter(
            state__in=OPEN, act=Act.NAMING, text__in=[d.name for d in differences if d.kind == Kind.NOT_HERE]
        ).values_list("text", "division__code")
    )
    return [_plan(d, user, kinds, divisions, busy, proposed) for d in differences]


def _codes(difference: NameDifference) -> list[str]:
    code = str(difference.values.get("division_code", "")) or difference.place_code
    return [code[:digits] for digits in _TOWNSHIP_DIGITS if len(code) >= digits]


def _plan(
    difference: NameDifference,
    user: User,
    kinds: Sequence[PlaceKind],
    divisions: dict[str, Division],
    busy: set[Any],
    proposed: set[tuple[str, str]],
) -> Planned:
    def no(problem: str) -> Planned:
        return Planned(difference=difference, problem=problem)

    if difference.case_id is not None:
        return no(_("A case was opened from it already."))
    if difference.kind == Kind.NOT_HERE:
        return _plan_naming(difference, user, kinds, divisions, proposed)
    place = difference.place
    if difference.kind == Kind.DIFFERS and difference.field != "name":
        return no(_("A fact of the place, and no case: change it on the place's record."))
    if difference.kind == Kind.AMBIGUOUS:
        return no(_("Several names here fit: enter their national codes, and compare again."))
    if difference.kind not in (Kind.NOT_THERE, Kind.DIFFERS):
        return no(_("Nothing is to be done here: it is put right in the national database."))
    if place is None:
        return no(_("The place is no longer in the registry."))
    division = place.named_division or place.division
    if division is None or not may_touch(user, "change", place):
        return no(_("It lies outside your area."))
    if place.pk in busy:
        return no(_("A case of this place is under way already."))
    act, text = (Act.RETIRING, "") if difference.kind == Kind.NOT_THERE else (Act.RENAMING, difference.there)
    return Planned(difference=difference, act=act, text=text, division=division, kind=place.kind)


def _plan_naming(
    difference: NameDifference,
    user: User,
    kinds: Sequence[PlaceKind],
    divisions: dict[str, Division],
    proposed: set[tuple[str, str]],
) -> Planned:
    division = next((divisions[code] for code in _codes(difference) if code in divisions), None)
    if division is None or not may(user, Action.EDIT_NAMES, division=division):
        return Planned(difference=difference, problem=_("Its code names no division of your area."))
    kind = _kind_of(difference, kinds)
    if kind is None:
        return Planned(difference=difference, problem=_("Its category is not known here."))
    if (difference.name, division.code) in proposed:
        return Planned(difference=difference, problem=_("A case of this name is under way already."))
    return Planned(difference=difference, act=Act.NAMING, text=difference.name, division=division, kind=kind)


def _kind_of(difference: NameDifference, kinds: Sequence[PlaceKind]) -> PlaceKind | None:
    word, category = str(difference.values.get("kind", "")), str(difference.values.get("category_code", ""))
    category = category or difference.place_code[9:14]
    # The seat of a village's committee is the village here.
    wanted = {category, "21610"} if category == SEAT_CATEGORY else {category}
    named = [kind for kind in kinds if word and word in (kind.name_zh, kind.code, *kind.synonyms)]
    return next(
        iter([*named, *(kind for kind in kinds if kind.category_code and kind.category_code in wanted)]), None
    )


@transaction.atomic
def open_cases(*, comparison: NameComparison, keys: Sequence[int], user: User) -> list[NameCase]:
    """Make drafts of cases from differences; those that cannot be are left alone, as the preview said.

    Raises
    ------
    ValidationError
        If there are more than `MOST_AT_ONCE`.
    """
    if len(keys) > MOST_AT_ONCE:
        raise ValidationError(_("At most %(count)d at once.") % {"count": MOST_AT_ONCE})
    # Held until the end: two who press at once open one case each.
    rows = comparison.differences.select_for_update(of=("self",)).filter(pk__in=keys)
    found = list(
        rows.select_related("place__kind", "place__division", "place__named_division").order_by("pk")
    )
    made = []
    for plan in planned(differences=found, user=user):
        if plan.problem or plan.kind is None or plan.division is None:
            continue
        values = plan.difference.values
        draft = Draft(
            act=plan.act, kind=plan.kind, division=plan.division, text=plan.text, place=plan.difference.place,
            origin=str(values.get("origin", "")), meaning=str(values.get("meaning", "")),
            reason=_("Differs from the national database of place names (%(file)s)") % {"file": comparison.file_name},
        )  # fmt: skip
        case = save_draft(draft=draft, user=user)
        plan.difference.case = case
        plan.difference.save(update_fields=["case"])
        made.append(case)
    return made
