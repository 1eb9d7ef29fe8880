"""The tree of a filter."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Property:
    """A property of a feature, by its name."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A text, a number or a truth value."""

    value: str | float | int | bool


@dataclass(frozen=True)
class Day:
    """``DATE('2026-01-31')``, or ``TIMESTAMP('2026-01-31T00:00:00Z')`` with its moment."""

    value: datetime.date


@dataclass(frozen=True)
class Interval:
    """``INTERVAL('2026-01-01', '..')``; ``None`` is open."""

    begin: datetime.date | None
    end: datetime.date | None


@dataclass(frozen=True)
class CaseInsensitive:
    """``CASEI(…)``: upper and lower case are the same."""

    operand: Property | Literal


@dataclass(frozen=True)
class Geometry:
    """A geometry as well-known text, in the order of axes of the filter's co-ordinate system."""

    wkt: str


Operand = Property | Literal | Day | CaseInsensitive


@dataclass(frozen=True)
class Comparison:
    """``left operator right``; the operator is one of = <> < > <= >=."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Like:
    """A text that fits a pattern: ``%`` is anything, ``_`` one character, a backslash takes the next one as it is."""

    left: Operand
    pattern: Literal | CaseInsensitive


@dataclass(frozen=True)
class Between:
    """Both ends belong to it."""

    left: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True)
class In:
    """One of several values."""

    left: Operand
    values: Sequence[Operand]


@dataclass(frozen=True)
class IsNull:
    """Nothing is known of it."""

    left: Operand


@dataclass(frozen=True)
class Spatial:
    """``S_INTERSECTS(…)`` and its kin; the function's name in capitals."""

    function: str
    left: Property | Geometry
    right: Property | Geometry


@dataclass(frozen=True)
class Temporal:
    """``T_AFTER(…)`` and its kin; the function's name in capitals."""

    function: str
    left: Property | Day | Interval
    right: Property | Day | Interval


@dataclass(frozen=True)
class Constant:
    """``TRUE`` or ``FALSE``."""

    value: bool


@dataclass(frozen=True)
class Not:
    """What does not hold."""

    node: Node


@dataclass(frozen=True)
class And:
    """All of them hold."""

    nodes: Sequence[Node]


@dataclass(frozen=True)
class Or:
    """At least one of them holds."""

    nodes: Sequence[Node]


Node = Comparison | Like | Between | In | IsNull | Spatial | Temporal | Constant | Not | And | Or


def properties_of(node: object) -> Iterator[str]:
    """Yield the names of the properties that a tree asks about."""
    if isinstance(node, Property):
        yield node.name
        return
    for value in vars(node).values() if hasattr(node, "__dataclass_fields__") else ():
        for part in value if isinstance(value, tuple | list) else (value,):
            yield from properties_of(part)
