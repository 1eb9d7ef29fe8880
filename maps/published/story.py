"""Saving a map together with the steps of its story and their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import transaction

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.attachments import registry
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attach_all, detach

from ..models import MapState, MapVersion
from .composition import StoryStep
from .making import Draft, create_map, may_compose, save_draft

PICTURE: Final = "story"


@dataclass(frozen=True, kw_only=True)
class StepDraft:
    """A step as it was entered: its words, and the files of a new picture, which takes the kept one's place."""

    step: StoryStep
    files: Sequence[Any] = ()


@transaction.atomic
def save_map(*, version: MapVersion | None, draft: Draft, steps: Sequence[StepDraft], by: User) -> MapVersion:
    """Save a draft with its story; without a version a new map begins.

    Raises
    ------
    PermissionDenied, ValidationError
        As `making.create_map` and `making.save_draft`; also if a picture is refused.
    """
    whole = replace(draft, story=[one.step for one in steps])
    saved = (
        create_map(draft=whole, by=by) if version is None else save_draft(version=version, draft=whole, by=by)
    )
    own = {str(one.pk): one for one in Attachment.objects.of(saved)}
    told = []
    for one in steps:
        picture = one.step.picture if one.step.picture in own else ""
        if one.files:
            (made,) = attach_all(files=one.files, owner=saved, by=by, purpose=PICTURE)
            picture = str(made.pk)
        told.append(
            replace(one.step, picture=picture, picture_words=one.step.picture_words if picture else "")
        )
    saved.story = [step.as_json() for step in told]
    saved.save(update_fields=["story"])
    used = {step.picture for step in told}
    for key, attachment in own.items():
        if key not in used:
            detach(attachment=attachment)
    return saved


def register() -> None:
    """Say to the room of files who may see the pictures of a story: everybody, once the map is everybody's."""
    registry.register(MapVersion, may_see=_may_see, may_change=_may_change)


def _may_see(person: Any, version: MapVersion) -> bool:
    return version.is_public or policy.may(person, Action.READ)


def _may_change(person: Any, version: MapVersion) -> bool:
    return version.state == MapState.DRAFT and may_compose(person, version)
