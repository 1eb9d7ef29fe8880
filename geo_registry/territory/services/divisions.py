"""Upkeep of the tree: parents and paths."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from ..models import Division


@transaction.atomic
def move_division(*, division: Division, parent: Division | None) -> int:
    """Put a division, with all below it, under another parent.

    Parameters
    ----------
    division : Division
        Refreshed in place.
    parent : Division or None
        ``None`` makes it a root.

    Returns
    -------
    int
        How many divisions have a new path; each leaves its history. A fixed number of statements.

    Raises
    ------
    ValidationError
        If ``parent`` is the division itself or lies below it.
    """
    division.refresh_from_db(fields=["parent", "path"])
    if parent is not None:
        parent.refresh_from_db(fields=["path"])
    old_path = division.path
    if parent is not None and parent.path.startswith(old_path):
        raise ValidationError(
            _("%(parent)s lies below %(division)s, so it cannot be its parent.")
            % {"parent": parent, "division": division}
        )
    new_path = f"{parent.path if parent else ''}{division.code}/"
    Division.objects.filter(pk=division.pk).update(parent=parent)
    moved = 0
    if new_path != old_path:
        moved = Division.objects.filter(path__startswith=old_path).update(
            path=Concat(Value(new_path), Substr(F("path"), len(old_path) + 1))
        )
    division.refresh_from_db(fields=["parent", "path"])
    return moved


def ancestors_by_code(codes: Iterable[str]) -> dict[str, Division]:
    """Return the divisions that exist today with these codes, without their boundaries; one query."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows = Division.objects.filter(code__in=wanted, valid_to__isnull=True).defer("boundary")
    return {division.code: division for division in rows}
