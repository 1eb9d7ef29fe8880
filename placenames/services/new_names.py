"""New names in bulk: written once, with the keys they are found by and a proposed spelling.

An import brings names by the hundred thousand. To insert them, read them again, spell them, and update their keys would take
three times as long as to insert them whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from geo_registry.imports.services.copying import create, maker
from geo_registry.territory.search_keys import WrittenKeys, keys_value
from placenames.naming import Lexicon

from ..models import Name, PlaceKind, Spelling
from .spelled_ahead import proposed_ahead
from .spellings import fill_proposal

# A name and its proposed spelling, neither of them saved.
Spelled = tuple[Name, Spelling]


def spell_names(
    names: Sequence[Name],
    *,
    kinds: Sequence[PlaceKind],
    lexicon: Lexicon,
    confirmed: Mapping[int, str] | None = None,
) -> list[Spelled]:
    """Give unsaved names their search keys, and return a proposed spelling for each that needs one.

    Parameters
    ----------
    names
        Unsaved.
    kinds
        The kind of the place that each belongs to.
    lexicon
        Generic terms.
    confirmed
        ``id()`` of a name → the spelling that its caller is about to confirm: such a name needs no proposal.
    """
    sure = confirmed or {}
    proposals: list[Spelled] = []
    make = maker(Spelling)
    for name, kind in zip(names, kinds, strict=True):
        text = sure.get(id(name))
        if text is None and name.language == "zh":
            if (ahead := proposed_ahead(name.text, kind)) is not None:
                doubts = [dict(row) for row in ahead.doubts] if ahead.doubts else []
                proposals.append((name, make(text=ahead.text, doubts=doubts, split_mode=kind.split_mode)))
                name.keys = WrittenKeys(ahead.vector)
                continue
            proposal = fill_proposal(make(), name.text, kind=kind, lexicon=lexicon)
            proposals.append((name, proposal))
            text = proposal.text
        name.keys = keys_value(name.text, spellings=[text] if text else [])
    return proposals


def insert_spelled(names: Sequence[Name], proposals: Sequence[Spelled]) -> None:
    """Insert names of places that are there, and their spellings; history's triggers record each. Must run in a transaction."""
    create(Name, names)
    for name, proposal in proposals:
        proposal.name_id = name.id
    create(Spelling, [proposal for _name, proposal in proposals])


def insert_names(
    names: Sequence[Name],
    *,
    kind_of: Callable[[Name], PlaceKind],
    lexicon: Lexicon,
    confirmed: Mapping[int, str] | None = None,
) -> None:
    """Spell and insert new names of places that are there; each gets its primary key (see `spell_names`)."""
    kinds = [kind_of(name) for name in names]
    insert_spelled(names, spell_names(names, kinds=kinds, lexicon=lexicon, confirmed=confirmed))
