"""What can be reported about. Apps above register their kinds of record in ``ready()``, and find none but public ones.

registry.register(Kind(code="facility", label=_("facility"), topics=(Topic.PHONE, …), find=…, county_role=Role.PLANNER))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from geo_registry.accounts.models import Role
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division


class Topic(models.TextChoices):
    """What is wrong, in the words of whoever stands before it."""

    PHONE = "phone", pgettext_lazy("what is wrong", "the telephone")
    PLACE = "place", pgettext_lazy("what is wrong", "its place on the map, or the address")
    HOURS = "hours", pgettext_lazy("what is wrong", "the opening hours")
    NAME = "name", pgettext_lazy("what is wrong", "the name or its spelling")
    SIGN = "sign", pgettext_lazy("what is wrong", "the sign on site")
    GONE = "gone", pgettext_lazy("what is wrong", "it has closed, moved or does not exist")
    OTHER = "other", pgettext_lazy("what is wrong", "something else")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A public record that somebody reports about.

    Parameters
    ----------
    key
        What stands in addresses: a facility's number, a place's permanent address.
    name
        What the public knows it by.
    division
        The village, or whatever division it lies in; ``None``: nobody knows, and the county handles it.
    point
        Where it is (EPSG:4490), if the public is told.
    url
        Its public page.
    source
        Where the record comes from: what is reported of a demo record goes when that does.
    """

    key: str
    name: str
    division: Division | None
    point: Any
    url: str
    source: Source | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    """A page beside a report; ``is_action``: something is done there, which only whoever has the report may do."""

    label: str
    url: str
    is_action: bool = False


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of record that can be reported about.

    Parameters
    ----------
    code
        Its name in addresses.
    label
        Its name for people.
    topics
        What may be wrong with such a record.
    find
        Given a key, returns the record as the public knows it, or ``None`` where there is none that is public.
    county_role
        Who is told when the county has to handle a report.
    office_url
        Given a key, returns the office's page of the record, or "".
    links
        Given the number of a report and its topic, returns what belongs beside it: the work that it became, or where it becomes
        work.
    """

    code: str
    label: str | Promise
    topics: tuple[Topic, ...]
    find: Callable[[str], Subject | None]
    county_role: Role = Role.PLANNER
    office_url: Callable[[str], str] = lambda _key: ""
    links: Callable[[int, str], Sequence[Link]] = lambda _pk, _topic: ()


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of record known.

    Raises
    ------
    ValueError
        If another kind has the code.
    """
    known = _kinds.get(kind.code)
    if known is not None and known.find is not kind.find:
        raise ValueError(f"reports about {kind.code!r} are registered already")
    _kinds[kind.code] = kind


def kinds() -> dict[str, Kind]:
    """Return all kinds by code, in the order in which they were registered."""
    return dict(_kinds)


def kind_of(code: str) -> Kind | None:
    """Return a kind, or ``None`` where this version of the registry has none of the code."""
    return _kinds.get(code)


def find(kind_code: str, key: str) -> tuple[Kind, Subject] | None:
    """Return a public record by its kind and key, or ``None`` where there is none."""
    kind = _kinds.get(kind_code)
    subject = kind.find(key) if kind is not None else None
    return (kind, subject) if kind is not None and subject is not None else None
