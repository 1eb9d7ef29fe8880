"""New names in bulk: written once, with the keys they are found by and a proposed spelling.

An import brings names by the hundred thousand. To insert them, read them again, spell them, and update their keys would take
three times as long as to insert them whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from geo_registry.imports.services.copying import create, maker
from geo_registry.territory.search_keys import keys_value
from placenames.naming import Lexicon

from ..models import Name, PlaceKind, Spelling
from .spellings import fill_proposal


def insert_names(
    names: Sequence[Name],
    *,
    kind_of: Callable[[Name], PlaceKind],
    lexicon: Lexicon,
    confirmed: Mapping[int, str] | None = None,
) -> None:
    """Insert new names of places that are there; history's triggers record each. Must run in a transaction.

    Parameters
    ----------
    names
        Unsaved; each gets its primary key.
    kind_of
        The kind of the place that a name belongs to.
    lexicon
        Generic terms.
    confirmed
        ``id()`` of a name → the spelling that its caller is about to confirm: such a name needs no proposal.
    """
    sure = confirmed or {}
    proposals: list[tuple[Name, Spelling]] = []
    make = maker(Spelling)

    def spell(name: Name) -> None:
        text = sure.get(id(name))
        if text is None and name.language == "zh":
            proposal = fill_proposal(make(), name.text, kind=kind_of(name), lexicon=lexicon)
            proposals.append((name, proposal))
            text = proposal.text
        name.keys = keys_value(name.text, spellings=[text] if text else [])

    create(Name, names, prepare=spell)
    for name, proposal in proposals:
        proposal.name_id = name.pk
    create(Spelling, [proposal for _name, proposal in proposals])
