"""Two people at the same record: the second is told, and loses nothing of what was typed."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

ModelT = TypeVar("ModelT", bound=Model)


class ChangedMeanwhile(ValidationError):  # noqa: N818 - says what happened
    """Somebody else has saved the record since it was read."""


class NotYours(ValidationError):  # noqa: N818 - says what is the matter
    """Another person must do this, or it can no longer be done."""


def locked(model: type[ModelT], pk: int, revision: int | None) -> ModelT:
    """Return a record that nobody else changes until the transaction ends.

    Parameters
    ----------
    model, pk
        The record; its table has a ``revision``.
    revision
        The one that the person saw; ``None`` where that does not matter.

    Raises
    ------
    ChangedMeanwhile
        If it has been saved since.
    """
    row = model._default_manager.select_for_update().get(pk=pk)
    if revision is not None and getattr(row, "revision") != revision:  # noqa: B009 - not every model has one
        raise ChangedMeanwhile(
            _(
                "Somebody else has saved this meanwhile. What you typed is still here: compare, then save again."
            ),
            code="changed",
        )
    return row
