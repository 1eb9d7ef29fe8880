"""What can be drawn. The layers of the ground are registered here by this app; apps above add theirs in ``ready()``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django import forms
from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.geodata.geometry import Family

Row = Any


def _nothing(row: Row, *, moved: bool) -> None:
    del row, moved


def _no_facts(row: Row) -> Mapping[str, str]:
    del row
    return {}


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A kind of thing that is drawn.

    Parameters
    ----------
    code : str
        As addresses and drafts call it.
    label : str
        Translatable, in the plural.
    model : type of Model
    family : Family
        Points, lines or areas.
    geometry : str
        The field that is drawn.
    form : type of ModelForm
        The attributes that are entered beside the map.
    rows : callable
        The rows that are drawn today.
    title : callable
        What a row is called.
    derive : callable
        Given a row with its new values, and whether it was moved, sets what follows from them (length, division).
    direct : Action
        Who may do this may change the layer without asking; others propose.
    creates, deletes : bool
        Whether rows are made and taken away on the map.
    facts : callable
        Words about a row that are shown beside the map and not entered there.
    new_url : callable, optional
        Where a new row is entered instead, given where: (lon, lat) → address, or ``None`` while there is no such page.
    more_url : callable, optional
        A row's own page.
    """

    code: str
    label: str | Promise
    one: str | Promise
    model: type[Model]
    family: Family
    geometry: str
    form: type[forms.ModelForm[Any]]
    rows: Callable[[], QuerySet[Any]]
    title: Callable[[Row], str]
    derive: Callable[..., None] = _nothing
    direct: Action = Action.EDIT_TERRITORY
    creates: bool = True
    deletes: bool = True
    facts: Callable[[Row], Mapping[str, str]] = _no_facts
    new_url: Callable[[], str | None] | None = None
    more_url: Callable[[Row], str | None] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)


_layers: dict[str, Layer] = {}


def register_layer(layer: Layer) -> None:
    """Make a layer known.

    Raises
    ------
    ValueError
        If another model has the code.
    """
    if _layers.get(layer.code, layer).model is not layer.model:
        raise ValueError(f"the layer {layer.code!r} is registered already")
    _layers[layer.code] = layer


def layers() -> dict[str, Layer]:
    """Return all layers by code, in the order in which they were registered."""
    return dict(_layers)


def layer_of(code: str) -> Layer:
    """Return one layer.

    Raises
    ------
    LookupError
        If nobody registered it.
    """
    return _layers[code]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A row as somebody drew it, in force or not yet.

    Parameters
    ----------
    row : Model
        With its new values; what is not in force yet is not saved.
    before : Model or None
        As it was; ``None`` for what is new.
    """

    row: Row
    before: Row | None = None


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What an app above has to say of something drawn: worth a look, and never in the way.

    Parameters
    ----------
    number : int
        The position of the row that it is about among those that were asked about.
    text : str
        One sentence in the reader's language.
    field : str
        The attribute it is about.
    place : (lon, lat) or None
        Where on the map that is which it speaks of, in degrees (EPSG:4490).
    is_note : bool
        Whether it only says something, such as what could not be checked.
    """

    number: int
    text: str
    field: str = ""
    place: tuple[float, float] | None = None
    is_note: bool = False

    @property
    def at(self) -> str:
        """The place as a page's script reads it; empty without one."""
        return f"{self.place[0]:.6f},{self.place[1]:.6f}" if self.place is not None else ""


class Remarking(Protocol):
    """What says something of drawn rows: in words for one reader, who may not be told everything."""

    def __call__(self, drawn: Sequence[Drawn], *, reader: User) -> Iterable[Remark]:
        """Return remarks on rows."""
        ...


_remarking: dict[str, Remarking] = {}


def register_remarks(code: str, remarking: Remarking) -> None:
    """Have an app above look at what is drawn of a layer: before it is saved, and while it is decided on."""
    _remarking[code] = remarking


def remarking_on(code: str) -> Remarking | None:
    """Return who looks at what is drawn of a layer, if anybody does."""
    return _remarking.get(code)
