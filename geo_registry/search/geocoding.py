"""Where an address or a name lies: texts of files, one after another, each within its division."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from geo_registry.territory.models import LocationMethod


@dataclass(frozen=True, slots=True)
class Asked:
    """A text that may name where something lies, within a division by its path."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Located:
    """The registered name in a text, its point in EPSG:4490, and how exact that is (a `LocationMethod`)."""

    name: str
    point: Any
    precision: str = LocationMethod.ADDRESS


Locator = Callable[[Sequence[Asked]], Sequence[Located | None]]

_locators: list[Locator] = []


def register_locator(locator: Locator) -> None:
    """Have addresses looked up in what an app knows by name."""
    if locator not in _locators:
        _locators.append(locator)


def locate(asked: Sequence[Asked]) -> list[Located | None]:
    """Return where texts say that something lies; the first locator that knows has the word."""
    found: list[Located | None] = [None] * len(asked)
    for locator in _locators:
        open_ = [index for index, located in enumerate(found) if located is None and asked[index].text]
        for index, located in zip(open_, locator([asked[index] for index in open_]), strict=True):
            found[index] = located
    return found
