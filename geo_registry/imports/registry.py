"""Kinds of file, what follows on their commit, and what goes when a source goes.

`imports` knows nothing above it. In its ``ready()`` an app says here what its files look like and who takes
their records in,
what has to happen
after others' files, and which of its rows a source has brought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from geo_registry.geodata.declarations import Declaration, Record
from geo_registry.reference.models import Source

if TYPE_CHECKING:
    from .services.run import ImportRun


class Importer(Protocol):
    """Takes the records of one file in, some thousand at a time, within the transaction of the import."""

    def take(self, records: Sequence[Record]) -> Sequence[Record]:
        """Check and write records, setting the outcome of each.

        Returns
        -------
        sequence of Record
            Those that wait for others of the same file (a village before its township). They are given again;
            once nothing
            more can be done for them, `give_up` refuses them.
        """

    def give_up(self, records: Sequence[Record]) -> None:
        """Refuse records that waited in vain."""

    def finish(self) -> None:
        """Do what can only be done after the last record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    declaration : Declaration
        Its columns.
    label : str
        Translatable name.
    importer : callable
        Given the run, returns the `Importer` of one file.
    """

    declaration: Declaration
    label: str | Promise
    importer: Callable[[ImportRun], Importer]

    @property
    def code(self) -> str:
        """How commands call it."""
        return self.declaration.kind


@dataclass(slots=True, kw_only=True)
class Touched:
    """What a run has done to one model, for those that follow.

    Parameters
    ----------
    run : ImportRun, optional
        Without one the rows were drawn by hand.
    created, changed : list of int
        Primary keys.
    """

    run: ImportRun | None = None
    created: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)


FollowUp = Callable[[Touched], None]
Leave = Callable[[Sequence[int]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Rows that go when their source goes.

    Parameters
    ----------
    order : int
        Smaller goes first: what points at others before what is pointed at.
    label : str
        Translatable name of the rows, for the account of what was removed.
    rows : callable
        Given the sources, returns the rows that go.
    before : callable, optional
        Given the sources, lets go of what would hold them (a setting that points at one of the rows).
    """

    order: int
    label: str | Promise
    rows: Callable[[Sequence[Source]], QuerySet[Any]]
    before: Callable[[Sequence[Source]], None] | None = None


_kinds: dict[str, Kind] = {}
_follow_ups: dict[type[Model], list[FollowUp]] = {}
_holdings: list[Holding] = []
_leaves: dict[type[Model], list[Leave]] = {}


def register_kind(kind: Kind) -> None:
    """Make a kind of file known.

    Raises
    ------
    ValueError
        If another app has taken its code.
    """
    if _kinds.get(kind.code, kind).declaration is not kind.declaration:
        raise ValueError(f"the kind {kind.code!r} is registered already")
    _kinds[kind.code] = kind


def register_follow_up(model: type[Model], follow_up: FollowUp) -> None:
    """Have something done, in the same transaction, after an import that made or changed rows of a model."""
    known = _follow_ups.setdefault(model, [])
    if follow_up not in known:
        known.append(follow_up)


def register_leave(model: type[Model], leave: Leave) -> None:
    """Have something done, in the same transaction, before single rows of a model are taken away."""
    known = _leaves.setdefault(model, [])
    if leave not in known:
        known.append(leave)


def leaves(model: type[Model]) -> list[Leave]:
    """Return what is done before rows of a model are taken away."""
    return list(_leaves.get(model, ()))


def register_holding(holding: Holding) -> None:
    """Make rows known that go with their source."""
    if holding not in _holdings:
        _holdings.append(holding)


def kinds() -> dict[str, Kind]:
    """Return all kinds by code, in the order in which they were registered, which is that of dependence."""
    return dict(_kinds)


def kind_of(code: str) -> Kind:
    """Return one kind.

    Raises
    ------
    LookupError
        If nobody registered it.
    """
    try:
        return _kinds[code]
    except KeyError as error:
        raise LookupError(code) from error


def follow_ups(models: Iterable[type[Model]]) -> list[tuple[type[Model], FollowUp]]:
    """Return what follows on changes of some models."""
    return [(model, follow_up) for model in models for follow_up in _follow_ups.get(model, ())]


def holdings() -> list[Holding]:
    """Return the rows that go with a source, those first that go first."""
    return sorted(_holdings, key=lambda holding: holding.order)
