"""The column that names are searched by, in every table that has one."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Field, Func, TextField, Value

from geo_registry.text.search import search_keys


def keys_value(text: str, *, spellings: Iterable[str] = ()) -> Func:
    """Return what to store in a name's ``keys``: its search keys as the lexemes of a ``tsvector``.

    Parameters
    ----------
    text
        The name.
    spellings
        Its spellings in Latin letters, whatever their status: a name may be found by a spelling that is not yet confirmed, it
        is only not shown with it.
    """
    lexemes = Value(search_keys(text, spellings=spellings), output_field=ArrayField(TextField()))
    return Func(lexemes, function="array_to_tsvector", output_field=SearchVectorField())


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
