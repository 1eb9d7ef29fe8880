"""Records that a row may be about though no key says so: alike in name, near in place. Proposed, never merged."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any, TypeVar

from django.contrib.gis.geos import Point, Polygon
from django.db.models import Max, Model, Q, QuerySet

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.records import RowIssue, Severity
from geo_registry.reference.services import ReferenceMissing, effective_value
from geo_registry.territory.models import Division, Level
from geo_registry.text import match_form

from .copy_queue import ahead_of_copies
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
_Rows = TypeVar("_Rows", bound=QuerySet[Any])

_METRES_A_DEGREE = 111_320.0
_TOWNSHIP_DIGITS = 9
_MOST_CANDIDATES = 3
_SEVERAL = 2
# So many townships, and so many boxes, are asked for in one statement.
_TOWNS_AT_A_TIME, _MOST_BOXES = 100, 64
_BOX_DEG, _CELL_DEG = 0.05, 0.005
# Of longitude, in the far north of the country, where a metre is most degrees.
_DEGREES_A_METRE = 1.6e-5
# A village or quarter that something is named after: of two such, others of one kind in one township differ in nothing else.
_NAMED_AFTER = re.compile(r"(.{1,6}?(?:社区|小区|村|庄|屯))(?=.)")
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


def after_what(plain: str) -> frozenset[str]:
    """Return the pairs of the village or quarter that a plain name begins with; none where it begins with none."""
    match = _NAMED_AFTER.match(plain)
    return pairs_of(match[1]) if match is not None else frozenset()


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two near points: good to a thousandth, which is enough to rank neighbours."""
    across = (one[0] - other[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(across, one[1] - other[1]) * _METRES_A_DEGREE


@dataclass(frozen=True, slots=True)
class Near:
    """Where known records are asked for: round some rows of a file.

    Parameters
    ----------
    towns : tuple of str
        Paths of townships; what lies anywhere in them counts.
    divisions : tuple of str
        Paths of divisions above townships; only what lies in them and in nothing smaller counts.
    boxes : tuple of (west, south, east, north)
        In degrees of EPSG:4490.
    newest : int
        Records with a greater primary key came with this very file.
    """

    towns: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    newest: int = 0

    @classmethod
    def within(cls, paths: Sequence[str], *, newest: int) -> Near:
        """Return the surroundings of rows in some townships, or in divisions above townships."""
        return cls(
            towns=tuple(f"{path}/" for path in paths if _is_township(path)),
            divisions=tuple(f"{path}/" for path in paths if not _is_township(path)),
            newest=newest,
        )

    def narrow(self, rows: _Rows, *, pk: str = "pk", division: str = "division", point: str = "") -> _Rows:
        """Return those rows that lie there.

        Parameters
        ----------
        rows : QuerySet
        pk, division, point : str
            Lead from a row to the key of its record, to its division and to its point, as lookups do; no ``point`` where none
            is kept.
        """
        where = Q()
        if self.towns or self.divisions:
            where |= Q(**{f"{division}__in": self._division_ids()})
        for box in self.boxes if point else ():
            where |= Q(**{f"{point}__bboverlaps": Polygon.from_bbox(box)})
        return rows.filter(where, **{f"{pk}__lte": self.newest}) if where else rows.none()

    def _division_ids(self) -> list[int]:
        inside = Q(path__in=self.divisions)
        for town in self.towns:
            inside |= Q(path__startswith=town)
        return list(Division.objects.filter(inside).order_by().values_list("pk", flat=True))


@dataclass(slots=True)
class _Limits:
    likeness: float
    near_likeness: float
    near_m: float


@dataclass(slots=True)
class _Asked:
    """A row that records are looked for, and what was found so far."""

    record: Record
    name: str
    pairs: frozenset[str]
    after: frozenset[str]
    town: str
    point: tuple[float, float] | None
    found: list[Candidate] = field(default_factory=list)
    namesakes: list[Known] = field(default_factory=list)

    def take(self, known: Known, alike: float) -> None:
        """Note a record, of which the likest few are kept; one with several names by the likest of them."""
        same = next((candidate for candidate in self.found if candidate.pk == known.pk), None)
        if same is not None:
            if same.likeness >= alike:
                return
            self.found.remove(same)
        self.found.append(_candidate(known, alike, self.point))
        if len(self.found) > _MOST_CANDIDATES:
            self.found.sort(key=_rank)
            self.found.pop()


@dataclass
class Matcher:
    """Proposes records for rows that none of the keys knows.

    The rows of a chunk are held, and what is known near them goes by, some thousand at a time: memory does not grow with the
    registry.

    Parameters
    ----------
    run : ImportRun
    model : type of Model
        What the rows become.
    load : callable
        Returns what is known near some rows.
    only_same : bool
        Only the same names are alike: for records whose names count on (first brigade, second brigade).
    """

    run: ImportRun
    model: type[Model]
    load: Callable[[Near], Iterable[Known]]
    only_same: bool = False

    @cached_property
    def _newest(self) -> int:
        """The greatest key before this file: what it brings itself is not compared here."""
        with ahead_of_copies():
            found: int | None = self.model._default_manager.aggregate(found=Max("pk"))["found"]
        return found or 0

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
        if not rows or (limits := self._limits) is None or not self._newest:
            return
        asked = []
        for record, name, path in rows:
            plain = self.plain(name)
            asked.append(
                _Asked(record, name, pairs_of(plain), after_what(plain), _town(path), _place(record))
            )
        self._look_in_towns(asked, limits, taken)
        self._look_around(asked, limits, taken)
        for row in asked:
            if row.found:
                self._say(row)

    def refuse_gone(self, record: Record) -> None:
        """Refuse a row whose chosen record is not there any more."""
        record.refuse(Message(_GONE))

    def _say(self, row: _Asked) -> None:
        record = row.record
        best = sorted(row.found, key=_rank)
        self.run.candidates[record.number] = best
        said = self.run.decisions.get(record.number)
        template = _DECIDED_NEW if said == "new" else _MAY_BE
        message = Message(template, {"label": best[0].label, "where": best[0].where})
        say = record.note if said == "new" else record.warn
        say(message, column=self.run.header("name"), value=row.name)

    def _look_in_towns(self, asked: Sequence[_Asked], limits: _Limits, taken: Container[int]) -> None:
        """Compare rows with what is called alike in the same township, or in the same division above townships."""
        by_town: defaultdict[str, list[_Asked]] = defaultdict(list)
        for row in asked:
            if row.town:
                by_town[row.town].append(row)
        towns = sorted(by_town)
        for start in range(0, len(towns), _TOWNS_AT_A_TIME):
            some = towns[start : start + _TOWNS_AT_A_TIME]
            for known in self.load(Near.within(some, newest=self._newest)):
                rows = by_town.get(_town(known.path))
                if not rows:
                    continue
                plain = self.plain(known.name)
                pairs, after = pairs_of(plain), after_what(plain)
                for row in rows:
                    if row.pairs == pairs and len(row.namesakes) < _SEVERAL:
                        row.namesakes.append(known)
                    if row.after and after and likeness(row.after, after) < limits.likeness:
                        continue
                    alike = likeness(row.pairs, pairs)
                    if alike >= limits.likeness and known.pk not in taken:
                        row.take(known, alike)
        for row in asked:
            if len(row.namesakes) == 1 and row.namesakes[0].point is not None:
                point, method = Point(*row.namesakes[0].point), row.namesakes[0].method
                self.run.whereabouts.compare(row.record, point, method)

    def _look_around(self, asked: Sequence[_Asked], limits: _Limits, taken: Container[int]) -> None:
        """Compare rows with what is called somewhat alike and lies near, whatever division it says."""
        size = max(_CELL_DEG, limits.near_m * _DEGREES_A_METRE)
        by_cell: defaultdict[tuple[int, int], list[_Asked]] = defaultdict(list)
        for row in asked:
            if row.point is not None:
                x, y = _cell(row.point, size)
                for dx, dy in product((-1, 0, 1), repeat=2):
                    by_cell[x + dx, y + dy].append(row)
        if not by_cell:
            return
        boxes = _boxes([row.point for row in asked if row.point is not None], margin=size)
        for known in self.load(Near(boxes=boxes, newest=self._newest)):
            point = known.point
            rows = by_cell.get(_cell(point, size)) if point is not None else None
            if point is None or not rows or known.pk in taken:
                continue
            pairs = pairs_of(self.plain(known.name))
            for row in rows:
                if row.point is None or metres_between(row.point, point) > limits.near_m:
                    continue
                alike = likeness(row.pairs, pairs)
                if alike >= limits.near_likeness:
                    row.take(known, alike)


def _rank(candidate: Candidate) -> tuple[float, float]:
    return (-candidate.likeness, candidate.distance_m or 0.0)


def _place(record: Record) -> tuple[float, float] | None:
    return (record.point.x, record.point.y) if record.point is not None else None


def _candidate(known: Known, alike: float, point: tuple[float, float] | None) -> Candidate:
    metres = metres_between(point, known.point) if point is not None and known.point is not None else None
    label = f"{known.name} ({known.number})" if known.number else known.name
    return Candidate(known.pk, label, known.where, alike, metres)


def _town(path: str) -> str:
    """Return the part of a path down to the township."""
    parts = path.strip("/").split("/")
    depth = next((at for at, code in enumerate(parts) if len(code) == _TOWNSHIP_DIGITS), len(parts) - 1)
    return "/".join(parts[: depth + 1])


def _is_township(path: str) -> bool:
    return len(path.rpartition("/")[2]) == _TOWNSHIP_DIGITS


def _cell(point: tuple[float, float], size_deg: float) -> tuple[int, int]:
    """Return the cell of a grid that a point lies in: it and its neighbours hold everything within a cell's size."""
    return (math.floor(point[0] / size_deg), math.floor(point[1] / size_deg))


def _boxes(
    points: Sequence[tuple[float, float]], *, margin: float
) -> tuple[tuple[float, float, float, float], ...]:
    """Return a few boxes that hold points and what lies within a margin of them, in degrees: small ones where they lie close."""
    size = _BOX_DEG
    while len(cells := {_cell(point, size) for point in points}) > _MOST_BOXES:
        size *= 2
    return tuple(
        (x * size - margin, y * size - margin, (x + 1) * size + margin, (y + 1) * size + margin)
        for x, y in sorted(cells)
    )


def point_of(shape: Any) -> tuple[float, float] | None:
    """Return a GeoDjango point as longitude and latitude."""
    return (shape.x, shape.y) if shape is not None else None
