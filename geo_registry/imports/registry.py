"""Kinds of file, what follows on their commit, and what goes when a source goes.

`imports` knows nothing above it. In its ``ready()`` an app says here what its files look like and who takes
their records in,
what has to happen
after others' files, and which of its rows a source has brought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.geodata.declarations import Declaration, Record
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Installation

if TYPE_CHECKING:
    from .services.late import LateRemark
    from .services.run import ImportRun


class Importer(Protocol):
    """Takes the records of one file in, some thousand at a time, within the transaction of the import.

    One that can do part of the work ahead has a method ``expect(records)`` besides: it is told of the next records before it is
    given the ones before them.
    """

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


@dataclass(slots=True)
class ExportRow:
    """A record on its way out.

    Parameters
    ----------
    values : dict
        Field of the declaration → plain value; a field that is not there is an empty cell.
    geometry : GEOSGeometry or None
        In EPSG:4490. A point of a table stands in its own columns.
    """

    values: dict[str, Any]
    geometry: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportScope:
    """Which records go out.

    Parameters
    ----------
    division : Division, optional
        Those in it or below.
    source : str, optional
        Those that came from the source of this code.
    user : User, optional
        Those in this person's scope; ``None`` is the administrator at the console.
    """

    division: Division | None = None
    source: str | None = None
    user: User | None = None

    def narrow(self, rows: QuerySet[Any], division: str = "division") -> QuerySet[Any]:
        """Return those rows that go out.

        Parameters
        ----------
        rows : QuerySet
        division : str
            Leads from a row to its division, as lookups do; empty where the rows are divisions.
        """
        path = f"{division}__path__startswith" if division else "path__startswith"
        if self.division is not None:
            rows = rows.filter(**{path: self.division.path})
        if self.source and any(field.name == "source" for field in rows.model._meta.get_fields()):
            rows = rows.filter(source__code=self.source)
        if self.user is None:
            return rows
        mine = policy.scope_path(self.user)
        if mine is None:
            return rows.none()
        inside = Q(**{path: mine})
        home = Installation.home()
        if division and (not mine or (home is not None and home.path.startswith(mine))):
            # What lies in no division lies at home.
            inside |= Q(**{f"{division}__isnull": True})
        return rows.filter(inside)


# Yields the records of a kind in a fixed order; asked twice, the same ones.
Exporter = Callable[[ExportScope], Iterable[ExportRow]]


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
    action : Action
        What a person must be allowed to do to bring such a file.
    at_once : Action, optional
        What a person must be allowed to do to take such a file in without anybody's approval; whoever may bring it, if not
        given.
    approval : Action
        What a person must be allowed to do to approve a file that somebody else brought.
    words : mapping
        Field → value → what files call it, the first word being the one that is shown: drop-downs and exports use them.
    catalogue : mapping
        Field → what returns the words that may stand there, where the registry itself knows them.
    example : mapping
        Field → what the example row of the template says; ``{home}`` stands for the code of the installation's division.
    export : callable, optional
        Returns the records as they are written out again.
    not_exported : str
        Template of a sentence: what of the records its files cannot carry.
    """

    declaration: Declaration
    label: str | Promise
    importer: Callable[[ImportRun], Importer]
    action: Action = Action.EDIT_TERRITORY
    at_once: Action | None = None
    approval: Action = Action.APPROVE
    words: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    catalogue: Mapping[str, Callable[[], Sequence[str]]] = field(default_factory=dict)
    example: Mapping[str, object] = field(default_factory=dict)
    export: Exporter | None = None
    not_exported: str = ""

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
    created, changed : sequence of int
        Primary keys.
    tell : callable
        To be told how many of how many are done, where that takes long; it may raise `JobStopped`.
    remark : callable
        Given remarks, has them stand beside the rows that made or changed the records they are about.
    """

    run: ImportRun | None = None
    created: Sequence[int] = ()
    changed: Sequence[int] = ()
    tell: Callable[[int, int], None] = lambda _done, _total: None
    remark: Callable[[Sequence[LateRemark]], None] = lambda _remarks: None


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


# Given the parts of a change's name (``counts/age60/2024-12-31``), returns its label and what words its values.
Words = Callable[[Sequence[str]], tuple[str | Promise, Callable[[Any], str]]]
UndoHook = Callable[[Sequence[int]], object]

_kinds: dict[str, Kind] = {}
_movable: dict[type[Model], tuple[str, str, str]] = {}
_words: dict[tuple[type[Model], str], Words] = {}
_undo_hooks: dict[type[Model], list[UndoHook]] = {}
_derived: dict[type[Model], None] = {}
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


def register_movable(model: type[Model], *, point: str, method: str, note: str = "") -> None:
    """Have records of a model dragged on the map of a batch: the names of the point, of how it is known, of the note about it."""
    _movable[model] = (point, method, note)


def movable() -> dict[type[Model], tuple[str, str, str]]:
    """Return the models whose records may be dragged, with the names of point, method and note (empty where there is none)."""
    return dict(_movable)


def register_words(model: type[Model], prefix: str, words: Words) -> None:
    """Say what changes of what hangs on a record are called: those whose names begin with a prefix and a slash, or are it."""
    _words[model, prefix] = words


def words_of(model: type[Model], name: str) -> tuple[str, Callable[[Any], str]] | None:
    """Return the label of a change, and what words its values; ``None`` where it is a plain field."""
    parts = name.split("/")
    words = _words.get((model, parts[0]))
    if words is None:
        return None
    label, word = words(parts[1:])
    return str(label), word


def register_derived(model: type[Model]) -> None:
    """Have rows that the program writes because of others stand in nobody's way when an import is undone: they go with these.

    Only rows that nobody has entered and that mean nothing without the others, such as search keys and notifications. What points
    at them goes too.
    """
    _derived[model] = None


def derived_models() -> list[type[Model]]:
    """Return the models of rows that are worked out of others."""
    return list(_derived)


def register_undo_hook(model: type[Model], hook: UndoHook) -> None:
    """Have something done for rows of a model that an undo has restored, by their primary keys."""
    known = _undo_hooks.setdefault(model, [])
    if hook not in known:
        known.append(hook)


def undo_hooks(model: type[Model]) -> list[UndoHook]:
    """Return what is done for restored rows of a model."""
    return list(_undo_hooks.get(model, ()))


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
