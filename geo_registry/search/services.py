"""The one search: names, roads, villages, facilities, in the order in which somebody means them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from pyproj import Geod

from geo_registry.territory.models import Installation
from geo_registry.text import normal_form
from geo_registry.text.search import split_scripts

from .divisions import looked_at_once, named
from .registry import Asked, Hit, Stage, providers

LONGEST_TEXT: Final = 60
# With fewer right answers than these, those that sound the same are asked for, and then those with one sign off.
_ENOUGH: Final = 3
_GRS80: Final = Geod(ellps="GRS80")


def find(asked: Asked) -> list[Hit]:
    """Return what fits, best first.

    Names that are exactly what was typed come first, then those that begin so, then those that hold it; each of them names in
    force before former ones, standard before recorded, near before far, short before long. Where hardly anything fits,
    names that sound the same follow, and then those with one sign wrong. With several words, the first or the last may
    name the township or county to look in (``lingwu 兴业``).

    Parameters
    ----------
    asked
        The question. Nothing typed finds nothing.
    """
    asked = replace(asked, text=normal_form(asked.text.replace("\x00", ""))[:LONGEST_TEXT])
    if not asked.text:
        return []
    hits: dict[tuple[str, str], Hit] = {}
    with looked_at_once():
        questions = _questions(asked)
        for stage in Stage:
            if stage is not Stage.RIGHT and len(hits) >= _ENOUGH:
                break
            for question in questions:
                for provider in providers():
                    _keep(hits, _with_distance(provider(question, stage), asked))
    return sorted(hits.values(), key=Hit.order)[: asked.limit]


def _keep(hits: dict[tuple[str, str], Hit], found: Iterable[Hit]) -> None:
    """Keep the best of each thing: it may be found by several of its names."""
    for hit in found:
        known = hits.get((hit.what, hit.key))
        if known is None or hit.order() < known.order():
            hits[hit.what, hit.key] = hit


def _questions(asked: Asked) -> list[Asked]:
    """Return the question as it is, and as one of a name within the divisions that a word names."""
    questions = [asked]
    words = split_scripts(asked.text)
    if len(words) > 1:
        for word, rest in ((words[0], words[1:]), (words[-1], words[:-1])):
            if divisions := named(word):
                questions.append(
                    asked.within(_outermost(division.path for division in divisions), " ".join(rest))
                )
    return questions


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that lie in no other; none where one takes in the whole home."""
    home = Installation.home()
    found: list[str] = []
    for path in sorted(paths):
        if home is not None and home.path.startswith(path):
            return ()
        if not found or not path.startswith(found[-1]):
            found.append(path)
    return tuple(found)


def _with_distance(hits: Sequence[Hit], asked: Asked) -> list[Hit]:
    if asked.near is None:
        return list(hits)
    lon, lat = asked.near
    return [
        replace(hit, distance_m=_GRS80.inv(lon, lat, hit.lon, hit.lat)[2])
        if hit.lon is not None and hit.lat is not None and hit.distance_m is None
        else hit
        for hit in hits
    ]
