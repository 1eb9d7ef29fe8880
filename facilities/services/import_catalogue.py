"""What words in files mean in the catalogue of kinds and functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from facilities.importers.words import TIER_LEVELS
from facilities.models import Function, Kind, Tier
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import RowIssue, Severity
from geo_registry.geodata.values import fold

_USUAL = gettext_noop("{count} facilities name no functions; they were given the usual ones of their kind.")
_NO_SUCH_FUNCTION = gettext_noop("“{value}” is no function here and was left out.")
_NO_SUCH_TIER = gettext_noop(
    "“{value}” names a tier that the network does not have; the function was left out."
)


def _key(word: str) -> str:
    return fold(word).casefold().replace(" ", "")


class Catalogue:
    """Kinds and functions by all of their names; read once for a file.

    Attributes
    ----------
    given : Counter
        How many facilities were given something that their rows do not say.
    """

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        kinds = list(Kind.objects.select_related("tier").prefetch_related("functions"))
        # Codes and names outrank synonyms.
        found = {_key(word): kind for kind in kinds for word in kind.synonyms}
        found |= {
            _key(name): kind for kind in kinds for name in (kind.name_en, kind.name_zh, kind.code) if name
        }
        return found

    @cached_property
    def _kinds_by_pk(self) -> dict[int, Kind]:
        return {kind.pk: kind for kind in self._kinds.values()}

    @cached_property
    def _functions(self) -> dict[str, Function]:
        functions = Function.objects.all()
        return {_key(name): f for f in functions for name in (f.name_en, f.name_zh, f.code) if name}

    @cached_property
    def _tiers(self) -> dict[tuple[int, int], Tier]:
        return {(tier.network_id, tier.level): tier for tier in Tier.objects.all()}

    def kind(self, word: str) -> Kind | None:
        """Return the kind that a file calls so, by code, name or synonym."""
        return self._kinds.get(_key(word))

    def kind_by_pk(self, pk: int) -> Kind:
        """Return a kind with its tier and usual functions."""
        return self._kinds_by_pk[pk]

    def functions_of(self, record: Record, kind_id: int) -> set[str]:
        """Return the codes of the functions that a row declares, or that its kind usually has."""
        words = record.values.get("functions")
        if words is None:
            return {function.code for function in self._kinds_by_pk[kind_id].functions.all()}
        found = (self._functions.get(_key(word.partition("@")[0])) for word in words)
        return {function.code for function in found if function is not None}

    def declared(self, record: Record, kind: Kind, words: Sequence[str], column: str) -> set[tuple[int, int]]:
        """Return function and tier of each word; ``助餐@村级`` is at another tier than the kind's own.

        A word that nobody knows is left out, with a warning on the row.
        """
        found = set()
        for word in words:
            name, at, level = word.partition("@")
            function = self._functions.get(_key(name))
            if function is None:
                record.warn(Message(_NO_SUCH_FUNCTION, {"value": word}), column=column, value=word)
                continue
            tier: Tier | None = kind.tier
            if at:
                tier = self._tiers.get((kind.tier.network_id, TIER_LEVELS.get(fold(level), -1)))
            if tier is None:
                record.warn(Message(_NO_SUCH_TIER, {"value": word}), column=column, value=word)
                continue
            found.add((function.pk, tier.pk))
        return found

    def usual(self, kind: Kind) -> set[tuple[int, int]]:
        """Return function and tier of what a kind usually does."""
        functions = {(function.pk, kind.tier_id) for function in kind.functions.all()}
        if functions:
            self.given["functions"] += 1
        return functions

    @property
    def remarks(self) -> list[RowIssue]:
        """What there is to say of the file as a whole."""
        count = self.given["functions"]
        return [RowIssue(None, None, Severity.NOTE, Message(_USUAL, {"count": count}))] if count else []
