"""Townships and the county itself: some dozens, compared one by one. Villages are found as the places that they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.urls import reverse

from geo_registry.territory.models import Division, Level
from geo_registry.text.fuzzy import near_query, one_sign_off
from geo_registry.text.search import (
    PLAIN,
    TEXT,
    exact_keys,
    keys_typed,
    match_form_of_typed,
    search_keys,
    split_scripts,
)

from . import registry
from .registry import Asked, Fit, Hit, Stage, What


@lru_cache(maxsize=4096)
def _keys(name: str) -> frozenset[str]:
    return frozenset(search_keys(name))


def fit(typed: str, name: str) -> Fit | None:
    """Return how what was typed fits a name, by its keys; ``None`` where it does not."""
    keys = _keys(name)
    exact = exact_keys(typed)
    if any(key in keys for key in exact):
        return Fit.EXACT
    if exact and any(key.startswith(tuple(exact)) for key in keys):
        return Fit.BEGINS
    tokens = [keys_typed(match_form_of_typed(token)) for token in split_scripts(typed)]
    if any(tokens) and all(any(key.startswith(tuple(wanted)) for key in keys) for wanted in tokens if wanted):
        return Fit.WITHIN
    return None


def areas() -> list[Division]:
    """Return the home, and the townships of it, that somebody may name to say where."""
    rows = Division.objects.public().filter(level__lte=Level.TOWNSHIP)
    return list(rows.defer("boundary").select_related("source").order_by("level", "code"))


def named(typed: str) -> list[Division]:
    """Return the divisions that a word names: the whole of a name, or its beginning of two signs or more."""
    exact = [key for key in exact_keys(typed) if key[0] in (TEXT.upper(), PLAIN.upper())]
    if len(typed) < 2 or not exact:
        return []
    return [row for row in areas() if any(key.startswith(tuple(exact)) for key in _keys(row.name))]


def find(asked: Asked, stage: Stage) -> Sequence[Hit]:
    """Return divisions of a township's level and above that fit."""
    if What.DIVISION not in asked.what or stage is Stage.SOUND:
        return []
    found = []
    for row in areas():
        how = fit(asked.text, row.name) if stage is Stage.RIGHT else _near(asked.text, row.name)
        if how is not None and row.path.startswith(asked.path):
            found.append(_hit(row, how))
    return found


def _near(typed: str, name: str) -> Fit | None:
    return Fit.NEAR if near_query(typed) and one_sign_off(typed, name) else None


def _hit(row: Division, how: Fit) -> Hit:
    return Hit(
        what=What.DIVISION, key=row.code, text=row.name, kind=row.kind or str(Level(row.level).label), fit=how,
        url=f"{reverse('placenames:search')}?in={row.code}", is_demo=row.is_demo,
        lon=row.point.x if row.point else None, lat=row.point.y if row.point else None,
        precision=row.point_method if row.point else "",
    )  # fmt: skip


def register() -> None:
    """Let them be found."""
    registry.register("divisions", find)
