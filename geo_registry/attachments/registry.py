"""Who may see the attachments of what. Each app says it of its own tables, in its ``ready()``; of others, nobody may see any.

registry.register(Finding, may_see=…, may_change=…)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from .models import Attachment

Person = AbstractBaseUser | AnonymousUser
Answer = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Owner:
    """What the app that owns a table says: each is asked with the person and the record."""

    may_see: Answer
    may_change: Answer
    may_see_original: Answer


_OWNERS: dict[str, Owner] = {}


def register(
    model: type[Model], *, may_see: Answer, may_change: Answer, may_see_original: Answer | None = None
) -> None:
    """Say who may see, and who may add and remove, attachments of a table's records.

    Parameters
    ----------
    model
        The table.
    may_see, may_change
        Asked with the person (who may be nobody: ``AnonymousUser``) and the record.
    may_see_original
        Who may have a picture, sound or film as it was sent, with the place where it was taken inside; whoever may change, if
        not given.

    Raises
    ------
    ValueError
        If the table is registered already.
    """
    label = model._meta.label_lower
    if label in _OWNERS:
        raise ValueError(f"{label} has said already who may see its attachments")
    _OWNERS[label] = Owner(may_see, may_change, may_see_original or may_change)


def owners() -> Iterator[type[Model]]:
    """Yield the tables whose records may have attachments, in no order."""
    for label in _OWNERS:
        yield apps.get_model(label)


def may_see(person: Person, attachment: Attachment, *, original: bool = False) -> bool:
    """Say whether a person may see an attachment: one without a record only who sent it."""
    if attachment.owner_type is None:
        return person.pk is not None and attachment.uploaded_by_id == person.pk
    rule, record = _rule(attachment), attachment.owner
    if rule is None or record is None:
        return False
    answer = rule.may_see_original if original and attachment.tells_more else rule.may_see
    return answer(person, record)


def may_change(person: Person, record: Model) -> bool:
    """Say whether a person may add attachments to a record, or remove them."""
    rule = _OWNERS.get(record._meta.label_lower)
    return rule is not None and rule.may_change(person, record)


def _rule(attachment: Attachment) -> Owner | None:
    model = attachment.owner_type.model_class() if attachment.owner_type else None
    return _OWNERS.get(model._meta.label_lower) if model is not None else None
