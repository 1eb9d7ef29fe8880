"""A map's way: drafted, handed in, reviewed by somebody else, published, withdrawn. Each step is kept with who, when and why."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import CoverageRun
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import copy_to
from geo_registry.territory.models import Installation

from ..models import MapState, MapStep, MapVersion, PublishedMap, StepAction
from .composition import Composition, StoryStep, read, read_story
from .content import content_of
from .files_job import enqueue_files
from .side_by_side import conflicts

# Without 0, 1, i, l, o: a short address is read aloud, and copied from paper.
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 6


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an editor enters."""

    title: str
    text: str
    composition: Composition
    run: CoverageRun | None
    is_frozen: bool
    review_number: str
    is_internal: bool
    story: Sequence[StoryStep] = ()


def versions_for(user: policy.Person) -> QuerySet[MapVersion]:
    """Return the versions that a person of the office may see, with their maps: what is published all, the rest in one's scope."""
    rows = MapVersion.objects.select_related("map", "created_by", "run__network", "run__profile")
    if not policy.may(user, Action.READ):
        return rows.none()
    own = policy.limit(MapVersion.objects.all(), user).values("pk")
    return rows.filter(Q(pk__in=own) | Q(state__in=[MapState.PUBLISHED, MapState.WITHDRAWN]))


def may_compose(user: policy.Person, version: MapVersion | None = None) -> bool:
    """Whether a person may make maps, or change this one's versions."""
    division = version.map.division if version is not None else Installation.home()
    return policy.may(user, Action.COMPOSE_MAPS, division=division)


def may_review(user: policy.Person, version: MapVersion) -> bool:
    """Whether a person may say that a version is right: nobody who had a hand in it."""
    return (
        isinstance(user, User)
        and version.state == MapState.SUBMITTED
        and policy.may(user, Action.APPROVE, division=version.map.division)
        and user.pk not in version.authors
    )


@transaction.atomic
def create_map(*, draft: Draft, by: User) -> MapVersion:
    """Begin a map.

    Raises
    ------
    PermissionDenied
        If the person makes no maps.
    ValidationError
        If something entered does not fit.
    """
    if not may_compose(by):
        raise PermissionDenied
    made = PublishedMap.objects.create(code=_new_code(), division=Installation.home(), created_by=by)
    version = MapVersion(map=made, number=1, created_by=by)
    _fill(version, draft)
    version.save(force_insert=True)
    _step(version, StepAction.CREATED, by=by)
    return version


@transaction.atomic
def save_draft(*, version: MapVersion, draft: Draft, by: User) -> MapVersion:
    """Change a draft. Whoever does so has a hand in it from then on.

    Raises
    ------
    PermissionDenied
        If the person may not change it.
    ValidationError
        If it is no draft any more, or something entered does not fit.
    """
    version = _locked(version)
    if not may_compose(by, version):
        raise PermissionDenied
    _must_be(version, MapState.DRAFT)
    _fill(version, draft)
    version.save()
    if by.pk not in version.authors:
        _step(version, StepAction.EDITED, by=by)
    return version


@transaction.atomic
def new_version(*, version: MapVersion, by: User) -> MapVersion:
    """Begin the next version of a map with what an earlier one shows; that one stays as it is.

    Raises
    ------
    PermissionDenied
        If the person may not.
    ValidationError
        If a version of the map is being made already.
    """
    if not may_compose(by, version):
        raise PermissionDenied
    PublishedMap.objects.select_for_update().get(pk=version.map_id)
    last = version.map.versions.aggregate(last=Max("number"))["last"]
    copy = MapVersion(
        map=version.map, number=last + 1, title=version.title, text=version.text, composition=version.composition,
        run=version.run, is_frozen=version.is_frozen, is_internal=version.is_internal, created_by=by,
    )  # fmt: skip
    try:
        with transaction.atomic():
            copy.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError(_("A version of this map is being made already.")) from error
    # A review number is given to one state of a map: the changed one has to ask for its own.
    copy.story = [step.as_json() for step in _copied_pictures(version, copy, by)]
    copy.save(update_fields=["story"])
    _step(copy, StepAction.CREATED, by=by, reason=_("from version %(number)s") % {"number": version.number})
    return copy


def _copied_pictures(version: MapVersion, copy: MapVersion, by: User) -> list[StoryStep]:
    found = []
    for step in read_story(version.story):
        kept = Attachment.objects.of(version).filter(pk=step.picture).first() if step.picture else None
        new = copy_to(attachment=kept, owner=copy, by=by) if kept is not None else None
        found.append(replace(step, picture=str(new.pk) if new is not None else ""))
    return found


@transaction.atomic
def submit(*, version: MapVersion, by: User) -> MapVersion:
    """Hand a draft in for review. Frozen data are kept now: what is reviewed is what will be published.

    Raises
    ------
    PermissionDenied, ValidationError
        As in `save_draft`; also if it has neither a review number nor is internal, if nothing is on it, or if its coverage
        cannot be shown.
    """
    version = _locked(version)
    if not may_compose(by, version):
        raise PermissionDenied
    _must_be(version, MapState.DRAFT)
    _must_be_complete(version)
    content = content_of(read(version.composition), run=version.run)
    if content["coverage_problem"]:
        raise ValidationError(coverage_problem_words(content["coverage_problem"]))
    version.content = content if version.is_frozen else None
    version.content_day = timezone.localdate() if version.is_frozen else None
    version.has_demo_data = content["demo"]
    version.state = MapState.SUBMITTED
    version.save()
    _step(version, StepAction.SUBMITTED, by=by)
    return version


@transaction.atomic
def send_back(*, version: MapVersion, by: User, reason: str) -> MapVersion:
    """Give a version back to be changed: by whoever reviews it, or by an editor who has seen a mistake.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not, there is no reason, or there is nothing to give back.
    """
    version = _locked(version)
    if not (may_compose(by, version) or policy.may(by, Action.APPROVE, division=version.map.division)):
        raise PermissionDenied
    _must_be(version, MapState.SUBMITTED, MapState.REVIEWED)
    _must_say_why(reason)
    version.state, version.content, version.content_day = MapState.DRAFT, None, None
    version.save()
    _step(version, StepAction.RETURNED, by=by, reason=reason)
    return version


@transaction.atomic
def review(*, version: MapVersion, by: User, note: str = "") -> MapVersion:
    """Say that a version is right.

    Raises
    ------
    PermissionDenied
        If the person may not, or had a hand in it.
    ValidationError
        If it was not handed in, or figures on it give away small counts together with what is public already.
    """
    version = _locked(version)
    _must_be(version, MapState.SUBMITTED)
    if not may_review(by, version):
        raise PermissionDenied
    _must_be_complete(version)
    _must_be_safe(version)
    version.state = MapState.REVIEWED
    version.save()
    _step(version, StepAction.REVIEWED, by=by, reason=note)
    return version


@transaction.atomic
def publish(*, version: MapVersion, by: User) -> MapVersion:
    """Publish what was reviewed: for everybody where it has its review number, else inside the office.

    Raises
    ------
    PermissionDenied, ValidationError
        As in `review`, but for who: an editor publishes, after somebody else's review.
    """
    version = _locked(version)
    if not may_compose(by, version):
        raise PermissionDenied
    _must_be(version, MapState.REVIEWED)
    _must_be_complete(version)
    _must_be_safe(version)
    version.state, version.published_on = MapState.PUBLISHED, timezone.localdate()
    version.save()
    _step(version, StepAction.PUBLISHED, by=by)
    transaction.on_commit(lambda: enqueue_files(version, user=by))
    return version


@transaction.atomic
def withdraw(*, version: MapVersion, by: User, reason: str) -> MapVersion:
    """Take a published version back. Its address says so from then on; the reason is the office's own.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may neither make nor approve maps, there is no reason, or it is not published.
    """
    version = _locked(version)
    if not (may_compose(by, version) or policy.may(by, Action.APPROVE, division=version.map.division)):
        raise PermissionDenied
    _must_be(version, MapState.PUBLISHED)
    _must_say_why(reason)
    version.state, version.withdrawn_on = MapState.WITHDRAWN, timezone.localdate()
    version.save()
    _step(version, StepAction.WITHDRAWN, by=by, reason=reason)
    return version


@transaction.atomic
def discard(*, version: MapVersion, by: User) -> None:
    """Throw a draft away; a map that has no other version goes with it.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not change it, or it is no draft.
    """
    version = _locked(version)
    if not may_compose(by, version):
        raise PermissionDenied
    _must_be(version, MapState.DRAFT)
    one = version.map
    version.delete()
    if not one.versions.exists():
        one.delete()


def coverage_problem_words(code: str) -> str:
    """Say why the coverage of a run is not on the map."""
    return {
        "waits": _(
            "What must be hidden of this run is being found out in the background. It takes a minute or two."
        ),
        "secret": _("A place that is kept secret has a part in this run: its coverage cannot be shown."),
        "parts": _("The parts of this run do not make up its whole: its coverage cannot be shown."),
    }.get(code, "")


def _locked(version: MapVersion) -> MapVersion:
    """Read a version anew and hold it: two who press at once do one after the other."""
    return (
        MapVersion.objects.select_for_update(of=("self",))
        .select_related("map__division", "run")
        .get(pk=version.pk)
    )


def _fill(version: MapVersion, draft: Draft) -> None:
    version.title, version.text = draft.title.strip(), draft.text.strip()
    version.composition = draft.composition.as_json()
    version.run = draft.run if draft.composition.coverage is not None else None
    version.is_frozen = draft.is_frozen
    version.review_number = "" if draft.is_internal else draft.review_number.strip()
    version.is_internal = draft.is_internal
    version.story = [step.as_json() for step in draft.story]
    version.full_clean(exclude=["map", "created_by", "content"], validate_constraints=False)


def _must_be(version: MapVersion, *states: MapState) -> None:
    if version.state not in states:
        raise ValidationError(
            _("This version is “%(state)s” now: somebody was faster. Look at it anew.")
            % {"state": version.get_state_display()}
        )


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})


def _must_be_complete(version: MapVersion) -> None:
    problems: dict[str, str] = {}
    if not version.title:
        problems["title"] = _("A map needs a title.")
    if bool(version.review_number) == version.is_internal:
        problems["review_number"] = _(
            "A map needs its review number (审图号), or is for internal use (内部使用)."
        )
    if read(version.composition).is_empty:
        problems["kinds"] = _("Nothing is on this map yet: choose at least one layer.")
    if problems:
        raise ValidationError(problems)


def _must_be_safe(version: MapVersion) -> None:
    if not version.is_internal and (found := conflicts(version)):
        raise ValidationError(found)


def _step(version: MapVersion, action: StepAction, *, by: User, reason: str = "") -> MapStep:
    return MapStep.objects.create(
        version=version, action=action, by=by, by_name=str(by), reason=reason.strip()[:500]
    )


def _new_code() -> str:
    while True:
        code = "".join(secrets.choice(_LETTERS) for _number in range(_LENGTH))
        if not PublishedMap.objects.filter(code=code).exists():
            return code
