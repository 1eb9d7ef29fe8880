"""The column that names are searched by, in every table that has one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Field, Func, TextField, Value
from django.db.models.expressions import Combinable

from geo_registry.text.search import search_keys

_LEXEMES: Field[Any, Any] = ArrayField(TextField())
_TEXTS: Field[Any, Any] = ArrayField(TextField())
_VECTOR = SearchVectorField()


class Lexemes(Func):
    """Search keys as a ``tsvector`` without positions.

    Attributes
    ----------
    lexemes : list of str
        The keys, for those who write them by another way than a statement.
    """

    function = "array_to_tsvector"
    arity = 1

    def __init__(self, lexemes: list[str]) -> None:
        super().__init__(Value(lexemes, output_field=_LEXEMES), output_field=_VECTOR)
        self.lexemes = lexemes


class WrittenKeys(str):
    """Search keys as a ``tsvector`` is written, from `geo_registry.text.search.vector_text`."""

    __slots__ = ()


def keys_value(text: str, *, spellings: Iterable[str] = ()) -> Lexemes:
    """Return what to store in a name's ``keys``: its search keys as the lexemes of a ``tsvector``.

    Parameters
    ----------
    text
        The name.
    spellings
        Its spellings in Latin letters, whatever their status: a name may be found by a spelling that is not yet confirmed, it
        is only not shown with it.
    """
    return Lexemes(search_keys(text, spellings=spellings))


class TextSearchQuery(Func):
    """A ``tsquery`` taken as it is written: no dictionary, no stemming."""

    template = "(%(expressions)s)::tsquery"
    output_field: Field[object, object] = TextField()

    def __init__(self, query: str) -> None:
        super().__init__(Value(query))


class Matches(Func):
    """Whether a ``tsvector`` answers a `TextSearchQuery`."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    arity = 2
    output_field = BooleanField()


class Holds(Matches):
    """The same, looked up in the row and not in an index: for what is in too many rows to be listed by it."""

    # A negation of a negation has no index.
    template = "(NOT (%(expressions)s))"

    @staticmethod
    def unless(query: str) -> str:
        """Return the text of the ``tsquery`` to ask with: what does not have it is left out."""
        return f"!({query})"


class StartsWithAny(Func):
    """Whether a text begins with one of some others."""

    template = "(%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, column: str, beginnings: Sequence[str] | Combinable) -> None:
        given = (
            beginnings if isinstance(beginnings, Combinable) else Value(list(beginnings), output_field=_TEXTS)
        )
        super().__init__(column, AnyOf(given))

    arg_joiner = " ^@ "


class AnyOf(Func):
    """One of the members of an array."""

    function = "ANY"
    arity = 1
    output_field: Field[object, object] = TextField()


class OneOf(Func):
    """Whether a key is one of an array: one value however many they are."""

    template = "(%(expressions)s)"
    arg_joiner = " = "
    output_field = BooleanField()

    def __init__(self, column: str, keys: Combinable) -> None:
        super().__init__(column, AnyOf(keys))
