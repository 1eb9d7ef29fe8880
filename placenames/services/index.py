"""The search keys of names, kept in bulk. Names and spellings saved one at a time keep theirs by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from geo_registry.territory.search_keys import keys_value

from ..models import Name, Spelling

_BATCH = 500


def refresh_keys(*, name_ids: Iterable[int] | None = None) -> int:
    """Rewrite the search keys of names from their text and all their spellings.

    Parameters
    ----------
    name_ids
        Primary keys; without them, every name.

    Returns
    -------
    int
        How many names were rewritten.
    """
    names = Name.objects.only("pk", "text")
    spellings = Spelling.objects.all()
    if name_ids is not None:
        wanted = list(name_ids)
        names, spellings = names.filter(pk__in=wanted), spellings.filter(name__in=wanted)
    written: dict[int, list[str]] = defaultdict(list)
    for name_id, text in spellings.order_by("pk").values_list("name_id", "text"):
        written[name_id].append(text)
    count = 0
    batch: list[Name] = []
    for name in names.order_by("pk").iterator(chunk_size=_BATCH):
        name.keys = keys_value(name.text, spellings=written.get(name.pk, ()))
        batch.append(name)
        if len(batch) == _BATCH:
            count += _write(batch)
            batch = []
    return count + _write(batch)


def _write(batch: list[Name]) -> int:
    Name.objects.bulk_update(batch, ["keys"])
    return len(batch)
