"""The names that come first of those that a search looks at, by statements that are written and planned once."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.contrib.gis.db.models import GeometryField, PointField
from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Length
from django.utils import timezone

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit, scope_path
from geo_registry.search.queries import fit_of_keys, fit_queries, lies_in
from geo_registry.search.registry import Asked, Stage, What
from geo_registry.territory.geography import DistanceM
from geo_registry.territory.models import Installation
from geo_registry.territory.models.divisions import SRID
from geo_registry.territory.prepared import Given, Prepared, array_of
from geo_registry.territory.search_keys import Holds, Matches, OneOf

from ..models import Name, NameQuerySet, Place, PlaceKind, PlaceQuerySet, PlaceRoad
from .narrowing import Indexed

KINDS: Final = frozenset({What.VILLAGE.value, What.ROAD.value, What.NAME.value})
IN_FORCE: Final = (Name.Status.STANDARD, Name.Status.RECORDED)
GEOMETRY: GeometryField[Any, Any] = GeometryField(srid=SRID)
_POINT: PointField[Any, Any] = PointField(srid=SRID)
# Names looked at for each one shown: a place may be found by several of its names, and some are near misses.
_NAMES_A_HIT: Final = 4
_MOST_LOOKED_AT: Final = 400
_KEYS: Final = "keys"


class Row(NamedTuple):
    """A name with its place, how it fits (a number of `Fit`), and whether it is in force."""

    pk: int
    place_pk: int
    text: str
    status: str
    fits: int
    current: int


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Who looks, and so what there is to be found: what it depends on decides how statements read.

    Parameters
    ----------
    public
        Whether the public asks.
    scope
        Else the path that the person's divisions begin with; ``None``: none.
    home
        The path of the home.
    day
        Names and statuses hold on it.
    kinds
        Kinds of place that are asked for, of `KINDS`.
    """

    public: bool
    scope: str | None
    home: str | None
    day: datetime.date
    kinds: frozenset[str]
    user: User | None = field(compare=False)

    @classmethod
    def by(cls, asked: Asked) -> Seen:
        """Return it for a question."""
        home, user = Installation.home(), asked.user
        scope = scope_path(user) if user is not None and user.is_active else None
        return cls(
            public=user is None, scope=scope, home=home.path if home is not None else None,
            day=timezone.localdate(), kinds=KINDS & asked.what, user=user,
        )  # fmt: skip

    @property
    def sees_all(self) -> bool:
        """Whether a person's scope takes in the whole home: then nothing of it is hidden that the public sees not either."""
        return self.scope == "" or (
            self.scope is not None and self.home is not None and self.home.startswith(self.scope)
        )

    def names(self) -> NameQuerySet:
        """Return the names that may be seen, of the kinds asked for."""
        places: PlaceQuerySet = Place.objects.public().order_by()
        names = Name.objects.announced()
        if not self.public and self.user is not None:
            scope = limit(Place.objects.all(), self.user).order_by()
            names = Name.objects.exclude(status=Name.Status.DRAFT)
            places = Place.objects.filter(Q(pk__in=places.values("pk")) | Q(pk__in=scope.values("pk")))
        return names.filter(place__in=places.filter(self._of_kinds()).values("pk"))

    def _of_kinds(self) -> Q:
        if self.kinds == KINDS:
            return Q()
        ground = PlaceKind.Ground
        of = {What.VILLAGE: ground.DIVISION, What.ROAD: ground.ROAD, What.NAME: ground.NONE}
        return Q(kind__ground__in=[found for what, found in of.items() if what in self.kinds])


class Look(NamedTuple):
    """Where names are looked for; each of the conditions but ``paths`` finds some, and those of any are looked at.

    Parameters
    ----------
    indexed
        Questions to the index (`narrowing.Indexed`).
    others
        Names, looked at one by one.
    inside
        Places, whose names are looked at one by one.
    paths
        Nowhere else than in these divisions.
    """

    indexed: tuple[Indexed, ...] = ()
    others: Collection[int] | None = None
    inside: Collection[int] | None = None
    paths: tuple[str, ...] = ()


class _Form(NamedTuple):
    """How a statement reads."""

    seen: Seen
    with_also: tuple[bool, ...]
    others: bool
    inside: bool
    paths: bool
    near: bool
    loosely: bool
    most: int


def best(
    seen: Seen, asked: Asked, stage: Stage, look: Look, *, query: str, most: int | None = None
) -> list[Row]:
    """Return the names that come first.

    Parameters
    ----------
    seen, asked, stage
        The question.
    look
        Which names are looked at.
    query
        The text of the ``tsquery`` that names looked at one by one must answer.
    most
        So many at most; otherwise as many as the question may need.
    """
    loosely = stage is Stage.NEAR
    if not look.indexed and look.others is None and look.inside is None:
        return []
    if most is None:
        most = _MOST_LOOKED_AT if loosely else min(_MOST_LOOKED_AT, asked.limit * _NAMES_A_HIT)
    form = _Form(
        seen=seen, with_also=tuple(bool(one.also) for one in look.indexed), others=look.others is not None,
        inside=look.inside is not None, paths=bool(look.paths), near=asked.near is not None, loosely=loosely, most=most,
    )  # fmt: skip
    exact, begins = ("", "") if loosely else fit_queries(asked.text, stage)
    given: dict[str, Any] = {
        "exact": exact,
        "begins": begins,
        "unless": Holds.unless(query),
        "paths": list(look.paths),
    }
    for number, one in enumerate(look.indexed):
        given |= {f"indexed_{number}": one.query, f"also_{number}": Holds.unless(one.also)}
    given |= {"others": array_of(look.others or ()), "inside": array_of(look.inside or ())}
    if asked.near is not None:
        given["here"] = "SRID={};POINT({:f} {:f})".format(SRID, *asked.near)
    return [Row(*row) for row in _statement(form).rows(**given)]


@lru_cache(maxsize=256)
def _statement(form: _Form) -> Prepared:
    names = form.seen.names().filter(_looked_at(form))
    if form.paths:
        paths = Given("paths", "text[]")
        names = names.filter(lies_in(paths, "place__division__path", "place__named_division__path"))
    in_force = Q(status__in=IN_FORCE) & (Q(valid_to__isnull=True) | Q(valid_to__gt=form.seen.day))
    rows = names.annotate(
        fits=Value(0, output_field=IntegerField()) if form.loosely else _fits(),
        current=Case(When(in_force, then=Value(1)), default=Value(0), output_field=IntegerField()),
        approved=Case(When(status=Name.Status.STANDARD, then=Value(1)), default=Value(0), output_field=IntegerField()),
    )  # fmt: skip
    order: list[Any] = ["fits", "-current", "-approved"]
    if form.near:
        somewhere = Coalesce(
            "place__geometry", "place__named_division__point", longest_stretch("place"), output_field=GEOMETRY
        )
        rows = rows.annotate(far=DistanceM(somewhere, here()))
        order.append(F("far").asc(nulls_last=True))
    rows = rows.order_by(*order, Length("text"), "text", "pk")
    return Prepared.of(rows.values_list("pk", "place_id", "text", "status", "fits", "current")[: form.most])


def _looked_at(form: _Form) -> Q:
    holds = Q(Holds(_KEYS, Given("unless", "tsquery")))
    found = Q()
    for number, with_also in enumerate(form.with_also):
        listed = Q(Matches(_KEYS, Given(f"indexed_{number}", "tsquery")))
        found |= listed & Q(Holds(_KEYS, Given(f"also_{number}", "tsquery"))) if with_also else listed
    if form.others:
        found |= Q(OneOf("pk", Given("others", "bigint[]"))) & holds
    if form.inside:
        found |= Q(OneOf("place_id", Given("inside", "bigint[]"))) & holds
    return found


def _fits() -> Case:
    return fit_of_keys(_KEYS, Given("exact", "tsquery"), Given("begins", "tsquery"))


def here() -> Given:
    """Return where somebody is, given as ``here``."""
    return Given("here", "geography", _POINT)


def longest_stretch(place: str) -> Subquery:
    """Return the geometry of a place's longest public stretch of road."""
    stretches = PlaceRoad.objects.filter(place=OuterRef(place), road__restricted=False)
    return Subquery(
        stretches.order_by("-road__length_m", "pk").values("road__geometry")[:1],
        output_field=GEOMETRY,
    )
