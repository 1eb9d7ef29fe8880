"""A story's way: begun, handed in, published by somebody who had no hand in it, withdrawn. A collection goes the same way.

What is published is changed by a new version of it, which goes the same way while everybody reads the one before.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, Person, limit, may
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attachments_by_owner, detach
from placenames.models import Story, StoryAct, StoryCollection, StoryState, StoryStep

from .versions import copied, put_in_place

ToldT = TypeVar("ToldT", bound=Story | StoryCollection)
HAND_IN_IT: Final = (StoryAct.CREATED, StoryAct.EDITED, StoryAct.REOPENED, StoryAct.REVISED)
"""What makes somebody an author, who does not review it."""


def may_write(user: Person, told: Story | StoryCollection | None = None) -> bool:
    """Whether a person may write stories, or change this one."""
    return may(user, Action.EDIT_NAMES, division=told.division if told is not None else None)


def may_review(user: Person, told: Story | StoryCollection) -> bool:
    """Whether a person may publish what was handed in: nobody who had a hand in it."""
    return (
        isinstance(user, User)
        and told.state == StoryState.SUBMITTED
        and may(user, Action.APPROVE, division=told.division)
        and user.pk not in authors(told)
    )


def may_withdraw(user: Person, told: Story | StoryCollection) -> bool:
    """Whether a person may take what is published back."""
    return told.state == StoryState.PUBLISHED and (
        may_write(user, told) or may(user, Action.APPROVE, division=told.division)
    )


def may_revise(user: Person, told: Story | StoryCollection) -> bool:
    """Whether a person may begin a new version: of what is published, as long as there is none."""
    return told.state == StoryState.PUBLISHED and may_write(user, told) and told.next_version() is None


def authors(told: Story | StoryCollection) -> set[int]:
    """Return the keys of all who had a hand in it."""
    rows = told.steps.filter(act__in=HAND_IN_IT)
    return {pk for pk in [*rows.values_list("by_id", flat=True), told.created_by_id] if pk is not None}


def stories_for(user: Person) -> QuerySet[Story]:
    """Return the stories that a person of the office sees: those of the own scope, and what everybody may read."""
    return Story.objects.filter(pk__in=limit(Story.objects.all(), user).values("pk")) | Story.objects.filter(
        pk__in=Story.objects.public().order_by().values("pk")
    )


def collections_for(user: Person) -> QuerySet[StoryCollection]:
    """Return the collections that a person of the office sees."""
    own = limit(StoryCollection.objects.all(), user).values("pk")
    return StoryCollection.objects.filter(pk__in=own) | StoryCollection.objects.filter(
        pk__in=StoryCollection.objects.public().order_by().values("pk")
    )


def step(told: Story | StoryCollection, act: StoryAct, *, by: User, reason: str = "") -> StoryStep:
    """Write a step down."""
    owner: dict[str, Any] = {"story" if isinstance(told, Story) else "collection": told}
    return StoryStep.objects.create(act=act, by=by, by_name=str(by), reason=reason.strip()[:500], **owner)


def had_a_hand(told: Story | StoryCollection, by: User) -> None:
    """Write down that a person changed it, once since it was last handed in."""
    last = told.steps.exclude(act=StoryAct.EDITED).order_by("-pk").first()
    since = told.steps.filter(pk__gt=last.pk) if last is not None else told.steps.all()
    if not since.filter(act=StoryAct.EDITED, by=by).exists() and not (
        last is not None
        and last.act in (StoryAct.CREATED, StoryAct.REOPENED, StoryAct.REVISED)
        and last.by_id == by.pk
    ):
        step(told, StoryAct.EDITED, by=by)


@transaction.atomic
def submit(*, told: ToldT, by: User) -> ToldT:
    """Hand a draft in for review.

    Raises
    ------
    PermissionDenied
        If the person may not write there.
    ValidationError
        If it is no draft, or something that readers need is missing: text, author, sources, a place, words for each file.
    """
    told = locked(told)
    if not may_write(by, told):
        raise PermissionDenied
    must_be(told, StoryState.DRAFT)
    must_be_complete(told)
    told.state = StoryState.SUBMITTED
    told.save()
    step(told, StoryAct.SUBMITTED, by=by)
    return told


@transaction.atomic
def send_back(*, told: ToldT, by: User, reason: str) -> ToldT:
    """Give it back to be changed: by whoever reviews it, or by a writer who has seen a mistake.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not, there is no reason, or it was not handed in.
    """
    told = locked(told)
    if not (may_write(by, told) or may(by, Action.APPROVE, division=told.division)):
        raise PermissionDenied
    must_be(told, StoryState.SUBMITTED)
    _must_say_why(reason)
    told.state = StoryState.DRAFT
    told.save()
    step(told, StoryAct.RETURNED, by=by, reason=reason)
    return told


@transaction.atomic
def publish(*, told: ToldT, by: User, note: str = "") -> ToldT:
    """Say that it is right, and let everybody read it. A new version takes the place of the one before, under its address.

    Returns
    -------
    Story or StoryCollection
        What everybody reads now.

    Raises
    ------
    PermissionDenied
        If the person does not approve there, or had a hand in it.
    ValidationError
        If it was not handed in, or is no longer complete.
    """
    told = locked(told)
    must_be(told, StoryState.SUBMITTED)
    if not may_review(by, told):
        raise PermissionDenied
    must_be_complete(told)
    original: Any = told.version_of
    if original is not None:
        told = put_in_place(told, locked(original))
    else:
        told.state, told.published_on, told.withdrawn_on = StoryState.PUBLISHED, timezone.localdate(), None
        told.save()
    step(told, StoryAct.PUBLISHED, by=by, reason=note)
    return told


@transaction.atomic
def revise(*, told: ToldT, by: User) -> ToldT:
    """Begin a new version of what is published, which everybody goes on reading until the version is published.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not write there, it is not published, or there is a version already.
    """
    told = locked(told)
    if not may_write(by, told):
        raise PermissionDenied
    must_be(told, StoryState.PUBLISHED)
    _must_have_no_version(told)
    version = copied(told, by=by)
    step(version, StoryAct.REVISED, by=by)
    return version


@transaction.atomic
def withdraw(*, told: ToldT, by: User, reason: str) -> ToldT:
    """Take back what is published. Its address says so from then on; the reason is the office's own.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not, there is no reason, or it is not published.
    """
    told = locked(told)
    must_be(told, StoryState.PUBLISHED)
    if not may_withdraw(by, told):
        raise PermissionDenied
    _must_say_why(reason)
    told.state, told.withdrawn_on = StoryState.WITHDRAWN, timezone.localdate()
    told.save()
    step(told, StoryAct.WITHDRAWN, by=by, reason=reason)
    return told


@transaction.atomic
def reopen(*, told: ToldT, by: User) -> ToldT:
    """Take a withdrawn one up again, to change it and hand it in anew under its old address.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not write there, or it is not withdrawn.
    """
    told = locked(told)
    if not may_write(by, told):
        raise PermissionDenied
    must_be(told, StoryState.WITHDRAWN)
    _must_have_no_version(told)
    told.state = StoryState.DRAFT
    told.save()
    step(told, StoryAct.REOPENED, by=by)
    return told


@transaction.atomic
def discard(*, told: Story | StoryCollection, by: User) -> None:
    """Throw a draft away that was never published; its history stays.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not write there, it is no draft, or it was public once: then its address must go on saying so.
    """
    told = locked(told)
    if not may_write(by, told):
        raise PermissionDenied
    must_be(told, StoryState.DRAFT)
    if told.published_on is not None:
        raise ValidationError(_("It was published once: withdraw it instead."))
    if isinstance(told, Story):
        for row in told.files.all():
            for attachment in Attachment.objects.of(row):
                detach(attachment=attachment)
    told.delete()


def locked(told: ToldT) -> ToldT:
    """Read it anew and hold it: two who press at once do one after the other."""
    rows: Any = type(told).objects.select_for_update(of=("self",)).select_related("division")
    found: ToldT = rows.get(pk=told.pk)
    return found


def must_be(told: Story | StoryCollection, *states: StoryState) -> None:
    """Refuse what is in another state.

    Raises
    ------
    ValidationError
        If it is.
    """
    if told.state not in states:
        raise ValidationError(
            _("It is “%(state)s” now: somebody was faster. Look at it anew.")
            % {"state": told.get_state_display()}
        )


def _must_have_no_version(told: Story | StoryCollection) -> None:
    if told.next_version() is not None:
        raise ValidationError(_("A new version of it is being written: go on with that."))


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})


def must_be_complete(told: Story | StoryCollection) -> None:
    """Refuse what readers could not judge or understand.

    Raises
    ------
    ValidationError
        By field.
    """
    needed = {
        "text": _("There is nothing to read yet."),
        "author": _("Say who tells it."),
        "sources": _("Say where it comes from: book and page, file, who told it when."),
    }
    problems = {name: said for name, said in needed.items() if not str(getattr(told, name)).strip()}
    if isinstance(told, Story):
        problems |= _problems_of_story(told)
    elif not told.links.exists():
        problems["stories"] = _("Put a story into the collection first.")
    if problems:
        raise ValidationError(problems)


def _problems_of_story(story: Story) -> dict[str, str]:
    problems = {}
    if not story.links.exists():
        problems["places"] = _("Choose at least one place that it tells of.")
    files = list(story.files.all())
    held = attachments_by_owner(files)
    mute = [row.title for row in files if not row.text.strip() or not held.get(str(row.pk))]
    if mute:
        problems["files"] = _("Write in words what is heard or seen: %(titles)s.") % {
            "titles": "、".join(mute)
        }
    return problems
