"""Large files: their names are spelled ahead, in a process of its own (see `placenames.naming.spelling_process`)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from geo_registry.imports.services.run import ImportRun
from placenames.naming import Lexicon
from placenames.naming.proposing import Proposal, Wanted
from placenames.naming.spelling_process import SpellingProcess

from ..models import PlaceKind

# From so many names at once on it is worth starting a process, which must load its dictionaries first.
WORTHWHILE = 4_000
# A file most of whose rows are known brings few new names: to spell them ahead would be in vain.
_USED_AT_LEAST = 0.1

_here = threading.local()


class SpelledAhead:
    """Expects the names of a file and hands them out.

    Parameters
    ----------
    run : ImportRun
        The process ends with it.
    lexicon : Lexicon
        Generic terms.
    """

    def __init__(self, run: ImportRun, lexicon: Lexicon) -> None:
        self._run, self._lexicon = run, lexicon
        self._process: SpellingProcess | None = None
        self._settled = self._last = self._used = 0

    def expect(self, names: Iterable[tuple[str, PlaceKind]]) -> None:
        """Have names spelled that will be asked for soon, if they are many and the earlier ones were not expected in vain."""
        wanted = [wanted_of(text, kind) for text, kind in names]
        if self._process is None:
            if len(wanted) < WORTHWHILE:
                return
            self._process = SpellingProcess(self._lexicon)
            self._run.helpers.callback(self._process.close)
            self._run.helpers.enter_context(_at_hand(self))
        # Of those that were expected last nobody has asked for any yet.
        self._settled, self._last = self._settled + self._last, 0
        if self._used >= _USED_AT_LEAST * self._settled:
            self._process.expect(wanted)
            self._last = len(wanted)

    def take(self, text: str, kind: PlaceKind) -> Proposal | None:
        """Return what is proposed for a name, if it was expected."""
        found = self._process.take(wanted_of(text, kind)) if self._process is not None else None
        self._used += found is not None
        return found


def wanted_of(text: str, kind: PlaceKind) -> Wanted:
    """Return what the spelling of a name depends on."""
    return Wanted(text, tuple(kind.generic_terms), kind.split_mode)


def proposed_ahead(text: str, kind: PlaceKind) -> Proposal | None:
    """Return what was proposed ahead for a name of this thread's import; ``None`` if it is to be spelled now."""
    ahead: SpelledAhead | None = getattr(_here, "ahead", None)
    return ahead.take(text, kind) if ahead is not None else None


@contextmanager
def _at_hand(ahead: SpelledAhead) -> Iterator[None]:
    before = getattr(_here, "ahead", None)
    _here.ahead = ahead
    try:
        yield
    finally:
        _here.ahead = before
