"""What was typed as conditions on a column of search keys."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Case, IntegerField, Value, When

from geo_registry.territory.search_keys import Matches, TextSearchQuery
from geo_registry.text.fuzzy import near_query, one_sign_off, sound_query
from geo_registry.text.search import exact_keys, prefix_term, text_search_query

from .registry import Fit, Stage

_QUERIES: dict[Stage, Callable[[str], str]] = {
    Stage.RIGHT: text_search_query,
    Stage.SOUND: sound_query,
    Stage.NEAR: near_query,
}


def query_of(typed: str, stage: Stage) -> str:
    """Return the ``tsquery`` of a stage; empty where it asks for nothing."""
    return _QUERIES[stage](typed)


def fit_of_keys(typed: str, column: str) -> Case:
    """Return how a row's keys fit what was typed rightly: a number of `Fit`."""
    exact = exact_keys(typed)
    terms = [prefix_term(key) for key in exact]
    cases = [
        When(Matches(column, TextSearchQuery(" | ".join(term.removesuffix(":*") for term in terms))), then=Value(int(Fit.EXACT))),
        When(Matches(column, TextSearchQuery(" | ".join(terms))), then=Value(int(Fit.BEGINS))),
    ]  # fmt: skip
    return Case(*(cases if terms else []), default=Value(int(Fit.WITHIN)), output_field=IntegerField())


def fit_of_stage(stage: Stage, typed: str, name: str, right: int) -> Fit | None:
    """Return how a name that a stage's query found fits; ``None`` where a second look says that it does not."""
    if stage is Stage.RIGHT:
        return Fit(right)
    if stage is Stage.SOUND:
        return Fit.SOUND
    return Fit.NEAR if one_sign_off(typed, name) else None
