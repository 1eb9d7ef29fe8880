"""What was typed as conditions on a column of search keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable

from geo_registry.territory.search_keys import Matches, StartsWithAny, TextSearchQuery
from geo_registry.text.fuzzy import near_wanted, one_sign_off, sound_wanted
from geo_registry.text.search import Wanted, exact_keys, keys_wanted, prefix_term, query_text

from .registry import Fit, Stage

_WANTED: dict[Stage, Callable[[str], Wanted]] = {
    Stage.RIGHT: keys_wanted,
    Stage.SOUND: sound_wanted,
    Stage.NEAR: near_wanted,
}


def wanted_of(typed: str, stage: Stage) -> Wanted:
    """Return the keys that a stage asks for; nothing where it asks for nothing."""
    return _WANTED[stage](typed)


def query_of(typed: str, stage: Stage) -> str:
    """Return the ``tsquery`` of a stage; empty where it asks for nothing."""
    return query_text(wanted_of(typed, stage))


def fit_of_keys(column: str, exact: Combinable, begins: Combinable) -> Case:
    """Return how a row's keys fit what was typed, rightly or by its sound: a number of `Fit`.

    Parameters
    ----------
    column
        The keys.
    exact, begins
        From `fit_queries`, as expressions.
    """
    return Case(
        When(Matches(column, exact), then=Value(int(Fit.EXACT))),
        When(Matches(column, begins), then=Value(int(Fit.BEGINS))),
        default=Value(int(Fit.WITHIN)),
        output_field=IntegerField(),
    )


def fit_of_typed(typed: str, column: str, stage: Stage = Stage.RIGHT) -> Case:
    """Return the same for what was typed."""
    exact, begins = fit_queries(typed, stage)
    return fit_of_keys(column, TextSearchQuery(exact), TextSearchQuery(begins))


def fit_queries(typed: str, stage: Stage = Stage.RIGHT) -> tuple[str, str]:
    """Return the ``tsquery`` of names that are what was typed, and of those that begin so; empty ones find nothing."""
    exact = exact_keys(typed)
    if stage is Stage.SOUND:
        exact = [
            key[0].upper() + key[1:] for tokens in sound_wanted(typed) for keys in tokens for key in keys
        ]
    terms = [prefix_term(key) for key in exact]
    return " | ".join(term.removesuffix(":*") for term in terms), " | ".join(terms)


def fit_of_stage(stage: Stage, typed: str, name: str, right: int) -> Fit | None:
    """Return how a name that a stage's query found fits; ``None`` where a second look says that it does not."""
    if stage is Stage.RIGHT:
        return Fit(right)
    if stage is Stage.SOUND:
        return Fit.SOUND
    return Fit.NEAR if one_sign_off(typed, name) else None


def lies_in(paths: Sequence[str] | Combinable, *columns: str) -> Q:
    """Return the condition that one of the columns holds the path of a division in one of those given, or of one itself.

    No paths: everything.
    """
    found = Q()
    for column in columns if paths else ():
        found |= Q(StartsWithAny(column, paths))
    return found
