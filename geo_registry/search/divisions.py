"""Townships and the county itself: some dozens, kept in memory with their keys. Villages are found as the places that they are."""

from __future__ import annotations

import contextlib
import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.stamps import history_stamp
from geo_registry.territory.models import Division, Installation, Level
from geo_registry.text.fuzzy import near_wanted, one_sign_off
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

_A_HIT: Final = 4
_MOST_COMPARED: Final = 3_000
"""With more divisions than these, as hardly a province has, names with one sign wrong are not looked for among them."""

_MOST_NAMED: Final = 500
"""Divisions that a word may be the beginning of, and still say where."""


class _Index:
    """The divisions that somebody may name, with their search keys in order: a beginning is found by halving."""

    def __init__(self, rows: Sequence[Division]) -> None:
        self.rows = list(rows)
        entries = sorted((key, at) for at, row in enumerate(self.rows) for key in search_keys(row.name))
        self._keys = [key for key, _at in entries]
        self._at = [at for _key, at in entries]

    def beginning(self, keys: Iterable[str]) -> set[int]:
        """Return which divisions have a key that begins with one of those given."""
        found: set[int] = set()
        for key in keys:
            first = bisect_left(self._keys, key)
            # No character comes after the last one of all.
            found.update(self._at[first : bisect_left(self._keys, key + "\U0010ffff", lo=first)])
        return found

    def exact(self, keys: Iterable[str]) -> set[int]:
        """Return which divisions have one of the keys."""
        found: set[int] = set()
        for key in keys:
            found.update(self._at[bisect_left(self._keys, key) : bisect_right(self._keys, key)])
        return found


_kept: tuple[tuple[Any, ...], _Index] | None = None
_during: ContextVar[list[_Index] | None] = ContextVar("divisions_of_a_search", default=None)


@contextlib.contextmanager
def looked_at_once() -> Iterator[None]:
    """Until the block ends, ask once alone whether the divisions have changed: one search needs them several times."""
    token = _during.set([])
    try:
        yield
    finally:
        _during.reset(token)


def _index() -> _Index:
    """Return the divisions and their keys, as they are now or were when the search began (`looked_at_once`)."""
    held = _during.get()
    if held:
        return held[0]
    found = _index_now()
    if held is not None:
        held.append(found)
    return found


def _index_now() -> _Index:
    """Return the divisions and their keys; each process keeps them until the history of divisions or the home has gone on."""
    global _kept
    home = Installation.home()
    stamp = (*history_stamp([Division]), home.path if home is not None else None, timezone.localdate())
    if _kept is None or _kept[0] != stamp:
        _kept = (stamp, _Index(areas()))
    return _kept[1]


def fits(typed: str, index: _Index) -> Iterator[tuple[Fit, set[int]]]:
    """Yield divisions that what was typed fits, by their keys: those that it is, that begin so, that hold it. None comes twice."""
    keys = exact_keys(typed)
    exact = index.exact(keys)
    yield Fit.EXACT, exact
    begin = index.beginning(keys)
    yield Fit.BEGINS, begin - exact
    tokens = [wanted for token in split_scripts(typed) if (wanted := keys_typed(match_form_of_typed(token)))]
    if tokens:
        yield Fit.WITHIN, set.intersection(*map(index.beginning, tokens)) - begin - exact


def areas() -> list[Division]:
    """Return the home, and the townships of it, that somebody may name to say where."""
    rows = Division.objects.public().filter(level__lte=Level.TOWNSHIP)
    return list(rows.defer("boundary").select_related("source").order_by("level", "code"))


def named(typed: str) -> list[Division]:
    """Return the divisions that a word names: the whole of a name, or its beginning of two signs or more.

    A beginning of very many names, as there is where the whole country is registered, names none.
    """
    exact = [key for key in exact_keys(typed) if key[0] in (TEXT.upper(), PLAIN.upper())]
    if len(typed) < 2 or not exact:
        return []
    index = _index()
    found = index.beginning(exact)
    if len(found) > _MOST_NAMED:
        found = index.exact(exact)
    return [index.rows[at] for at in sorted(found)]


def find(asked: Asked, stage: Stage) -> Sequence[Hit]:
    """Return divisions of a township's level and above that fit."""
    if What.DIVISION not in asked.what or stage is Stage.SOUND:
        return []
    index = _index()
    most = asked.limit * _A_HIT
    best: list[tuple[Fit, int]] = []
    # Of very many the best are enough: by how they fit, larger divisions first, as they are listed.
    for how, found in fits(asked.text, index) if stage is Stage.RIGHT else _nearly(asked.text, index):
        inside = [at for at in found if _lies_in(index.rows[at].path, asked.paths)] if asked.paths else found
        best += [(how, at) for at in heapq.nsmallest(most - len(best), inside)]
        if len(best) >= most:
            break
    return [_hit(index.rows[at], how) for how, at in best]


def _lies_in(path: str, paths: tuple[str, ...]) -> bool:
    return not paths or path.startswith(paths)


def _nearly(typed: str, index: _Index) -> Iterator[tuple[Fit, set[int]]]:
    """Yield divisions with one sign wrong."""
    if len(index.rows) <= _MOST_COMPARED and near_wanted(typed):
        yield Fit.NEAR, {at for at, row in enumerate(index.rows) if one_sign_off(typed, row.name)}


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
