"""Rows of one file that are probably one thing twice: the same name, and near one another. Proposed, never merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from geo_registry.geodata.declarations import Declaration, Record
from geo_registry.geodata.doubles import near_doubles, plain_name
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import Outcome
from geo_registry.reference.services import ReferenceMissing, effective_value

from .run import Candidate, ImportRun

# Rows of one file that are held to compare the next ones with: a bound of memory.
_MOST_HELD = 100_000
SKIP = "skip"

_DOUBLE = gettext_noop(
    "Row {first} has the same name and lies {metres} m away: it may be the same. It was taken as a new one; if it is not, say so."
)
_DECIDED_NEW = gettext_noop(
    "Somebody decided that this is another one than row {first}, though the names are the same."
)
_DECIDED_SAME = gettext_noop(
    "Somebody decided that this is the same as another row of the file, so it was left out."
)


@dataclass
class Twins:
    """New rows of one file that have one name and lie near one another: proposed as doubles, and somebody decides.

    Parameters
    ----------
    run : ImportRun
    declaration : Declaration
    """

    run: ImportRun
    declaration: Declaration
    _seen: defaultdict[str, list[tuple[int, float, float]]] = field(default_factory=lambda: defaultdict(list))
    _held: int = 0

    @cached_property
    def _within_m(self) -> float | None:
        try:
            return float(effective_value("import-near-m"))
        except ReferenceMissing:
            return None

    def leave_out(self, records: Sequence[Record]) -> None:
        """Refuse the rows that somebody said are the same as another one."""
        for record in records:
            if self.run.decisions.get(record.number) == SKIP and not record.refused:
                record.refuse(
                    Message(_DECIDED_SAME), column=self.run.header("name"), value=record.values.get("name")
                )

    def look(self, records: Sequence[Record]) -> None:
        """Compare rows that are done with one another, and with those that went before."""
        if not self.declaration.twins:
            return
        fresh = [(record, name) for record in records if (name := self._name(record))]
        if not fresh or self._within_m is None:
            return
        names: list[str] = []
        places: list[tuple[int, float, float]] = []
        own: dict[int, Record] = {}
        for name in dict.fromkeys(name for _record, name in fresh):
            for place in self._seen.get(name, ()):
                names.append(name)
                places.append(place)
        for record, name in fresh:
            own[len(names)] = record
            names.append(name)
            places.append((record.number, record.point.x, record.point.y))
            if self._held < _MOST_HELD:
                self._seen[name].append(places[-1])
                self._held += 1
        told: set[int] = set()
        lon, lat = [place[1] for place in places], [place[2] for place in places]
        for double in near_doubles(names, lon, lat, within_m=self._within_m):
            # What has a number of its own here is what it is: of the two, the one that would be new is asked about.
            for which, other in ((double.second, double.first), (double.first, double.second)):
                asked = own.get(which)
                if asked is not None and asked.outcome is Outcome.NEW:
                    if which not in told:
                        told.add(which)
                        self._propose(asked, places[other][0], double.metres)
                    break

    def _name(self, record: Record) -> str:
        if record.refused or record.point is None or not record.values.get("name"):
            return ""
        parts = [plain_name(str(record.values.get(name, ""))) for name in self.declaration.twins]
        return "/".join(parts) if parts[0] else ""

    def _propose(self, record: Record, first: int, metres: float) -> None:
        said = self.run.decisions.get(record.number)
        params: dict[str, object] = {"first": first, "metres": round(metres)}
        say = record.note if said == "new" else record.warn
        template = _DECIDED_NEW if said == "new" else _DOUBLE
        say(Message(template, params), column=self.run.header("name"), value=record.values["name"])
        found = self.run.candidates.setdefault(record.number, [])
        found.append(Candidate(0, "", "", 1.0, metres, row=first))
