"""Records that a row may be about though no key says so: alike in name, near in place. Proposed, never merged."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.gis.geos import Point

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import RowIssue, Severity
from geo_registry.reference.services import ReferenceMissing, effective_value
from geo_registry.territory.models import Division, Level
from geo_registry.text import match_form

from .run import Candidate, ImportRun

_MAY_BE = gettext_noop(
    "No record has this number, but {label} in {where} may be the same. It was taken as a new one; if it is not, say so."
)
_DECIDED_NEW = gettext_noop("Somebody decided that this is a new record, though {label} is alike.")
_GONE = gettext_noop(
    "The record that somebody chose for this row is no longer there, or not yours to change."
)
_NO_LIMITS = gettext_noop(
    "Whether rows are like records that are there already was not looked at: the reference values for it are missing. Run "
    "load_reference."
)
_METRES_A_DEGREE = 111_320.0
_TOWNSHIP_DIGITS = 9
_MOST_CANDIDATES = 3
# What is written behind names without telling them apart.
_ENDINGS = ("村民委员会", "社区居民委员会", "居民委员会", "村委会", "居委会", "社区居委会")


@dataclass(frozen=True, slots=True)
class Known:
    """A record that is there, as far as a row can be compared with it.

    Parameters
    ----------
    pk : int
    name : str
    number : str
        Shown with the name.
    path, where : str
        Of its division.
    point : (lon, lat) or None
    method : str
        How the point is known.
    """

    pk: int
    name: str
    number: str
    path: str
    where: str
    point: tuple[float, float] | None = None
    method: str = ""


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how alike two sets of pairs of characters are, 0 to 1 (Dice's coefficient)."""
    both = len(one) + len(other)
    return 2 * len(one & other) / both if both else 0.0


def pairs_of(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters of a text, with its first and its last one."""
    padded = f"^{text}$"
    return frozenset(padded[at : at + 2] for at in range(len(padded) - 1))


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two near points: good to a thousandth, which is enough to rank neighbours."""
    across = (one[0] - other[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(across, one[1] - other[1]) * _METRES_A_DEGREE


@dataclass(slots=True)
class _Limits:
    likeness: float
    near_likeness: float
    near_m: float


@dataclass
class Matcher:
    """Proposes records for rows that none of the keys knows.

    Parameters
    ----------
    run : ImportRun
    load : callable
        Returns what is known; called once, and only if a row needs it.
    only_same : bool
        Only the same names are alike: for records whose names count on (first brigade, second brigade).
    """

    run: ImportRun
    load: Callable[[], Iterable[Known]]
    only_same: bool = False
    _by_town: defaultdict[str, list[tuple[Known, frozenset[str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _by_cell: defaultdict[tuple[int, int], list[tuple[Known, frozenset[str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _loaded: bool = False

    @cached_property
    def _limits(self) -> _Limits | None:
        try:
            found = _Limits(
                likeness=float(effective_value("import-name-likeness-percent")) / 100,
                near_likeness=float(effective_value("import-near-name-likeness-percent")) / 100,
                near_m=float(effective_value("import-near-m")),
            )
            return _Limits(1.0, 1.0, found.near_m) if self.only_same else found
        except ReferenceMissing:
            self.run.issues.append(RowIssue(None, None, Severity.WARNING, Message(_NO_LIMITS)))
            return None

    @cached_property
    def _prefixes(self) -> tuple[frozenset[str], int]:
        """Names of divisions that people write in front of what lies in them, and the length of the longest."""
        rows = Division.objects.filter(level__lte=Level.TOWNSHIP)
        if self.run.home is not None:
            top = self.run.home.path.split("/")[0]
            rows = rows.filter(path__startswith=top)
        names = {match_form(name) for pair in rows.values_list("name", "short_name") for name in pair if name}
        fit = frozenset(name for name in names if len(name) > 1)
        return fit, max(map(len, fit), default=0)

    def plain(self, name: str) -> str:
        """Return a name without what is written in front of it and behind it by habit."""
        form = match_form(name)
        for ending in _ENDINGS:
            if form.endswith(ending) and len(form) > len(ending):
                form = form.removesuffix(ending)
                break
        prefixes, longest = self._prefixes
        # The longest one first; looked up, not tried: a province has thousands.
        while length := next(
            (n for n in range(min(longest, len(form) - 2), 1, -1) if form[:n] in prefixes), 0
        ):
            form = form[length:]
        return form

    def propose(self, rows: Sequence[tuple[Record, str, str]], *, taken: Container[int] = ()) -> None:
        """Look for records that some new rows may be about, and ask for a decision.

        Parameters
        ----------
        rows : sequence of (Record, name, path)
            Rows that are about to become new records; ``path`` is that of their division, empty where there is none.
        taken : container of int
            Records that other rows of the file are about.
        """
        if not rows or (limits := self._limits) is None:
            return
        self._load()
        if not self._by_town:
            return
        for record, name, path in rows:
            found = [c for c in self._alike(record, name, path, limits) if c.pk not in taken]
            if not found:
                continue
            best = sorted(found, key=lambda c: (-c.likeness, c.distance_m or 0.0))[:_MOST_CANDIDATES]
            self.run.candidates[record.number] = best
            said = self.run.decisions.get(record.number)
            template = _DECIDED_NEW if said == "new" else _MAY_BE
            message = Message(template, {"label": best[0].label, "where": best[0].where})
            say = record.note if said == "new" else record.warn
            say(message, column=self.run.header("name"), value=name)

    def refuse_gone(self, record: Record) -> None:
        """Refuse a row whose chosen record is not there any more."""
        record.refuse(Message(_GONE))

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for known in self.load():
            entry = (known, pairs_of(self.plain(known.name)))
            self._by_town[_town(known.path)].append(entry)
            if known.point is not None:
                self._by_cell[_cell(known.point)].append(entry)

    def _alike(self, record: Record, name: str, path: str, limits: _Limits) -> Iterable[Candidate]:
        pairs = pairs_of(self.plain(name))
        point = (record.point.x, record.point.y) if record.point is not None else None
        seen: set[int] = set()
        neighbours = self._by_town.get(_town(path), ()) if path else ()
        namesakes = [known for known, other in neighbours if other == pairs]
        if len(namesakes) == 1 and namesakes[0].point is not None:
            self.run.whereabouts.compare(record, Point(*namesakes[0].point), namesakes[0].method)
        for known, other in neighbours:
            alike = likeness(pairs, other)
            if alike >= limits.likeness:
                seen.add(known.pk)
                yield _candidate(known, alike, point)
        for known, other in self._near(point) if point is not None else ():
            if known.pk in seen or known.point is None or point is None:
                continue
            alike = likeness(pairs, other)
            if alike >= limits.near_likeness and metres_between(point, known.point) <= limits.near_m:
                seen.add(known.pk)
                yield _candidate(known, alike, point)

    def _near(self, point: tuple[float, float]) -> Iterable[tuple[Known, frozenset[str]]]:
        x, y = _cell(point)
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                yield from self._by_cell.get((x + dx, y + dy), ())


def _candidate(known: Known, alike: float, point: tuple[float, float] | None) -> Candidate:
    metres = metres_between(point, known.point) if point is not None and known.point is not None else None
    label = f"{known.name} ({known.number})" if known.number else known.name
    return Candidate(known.pk, label, known.where, alike, metres)


def _town(path: str) -> str:
    """Return the part of a path down to the township."""
    parts = path.strip("/").split("/")
    depth = next((at for at, code in enumerate(parts) if len(code) == _TOWNSHIP_DIGITS), len(parts) - 1)
    return "/".join(parts[: depth + 1])


def _cell(point: tuple[float, float]) -> tuple[int, int]:
    # Cells of about 500 m: the neighbours of a cell hold everything within the distance that is asked for.
    return (math.floor(point[0] * 200), math.floor(point[1] * 200))


def point_of(shape: Any) -> tuple[float, float] | None:
    """Return a GeoDjango point as longitude and latitude."""
    return (shape.x, shape.y) if shape is not None else None
