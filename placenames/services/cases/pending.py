"""What cases propose, for the checks of many names at once: read once, and asked by what sounds alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from geo_registry.text.normal import normal_form
from placenames.naming import Lexicon, split_name

from ..checking import Subject
from ..checking.index import ProposalIndex
from .flow import proposing_cases


@dataclass
class _Family:
    """The proposals of one family of things, laid out by what they sound and look like."""

    rows: list[tuple[str, Subject]] = field(default_factory=list)
    index: ProposalIndex | None = None


class PendingCases:
    """Gives the checks the proposals that a name may be mistaken for, as `flow.other_cases` does for one name.

    Parameters
    ----------
    lexicon
        Generic terms.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._families: defaultdict[str, _Family] = defaultdict(_Family)
        for key, subject in proposing_cases():
            self._families[subject.family].rows.append((key, subject))
        for family in self._families.values():
            family.index = ProposalIndex(
                [(self._specific(subject), subject.readings) for _key, subject in family.rows]
            )

    def __call__(self, subject: Subject) -> Iterator[tuple[str, Subject]]:
        """Yield keys with their subjects; a case about the same place is no other name."""
        family = self._families.get(subject.family)
        if family is None or family.index is None:
            return
        for number in sorted(family.index.near(self._specific(subject))):
            key, other = family.rows[number]
            if other.place is None or subject.place is None or other.place.pk != subject.place.pk:
                yield key, other

    def _specific(self, subject: Subject) -> str:
        text = normal_form(subject.text)
        return split_name(text, self._lexicon.ending_in(subject.kind.generic_terms)).specific or text
