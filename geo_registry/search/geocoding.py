"""Where an address or a name lies: texts of files, one after another, each within its division."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from geo_registry.territory.models import LocationMethod
from geo_registry.text import match_form


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


# Shorter names are found in too many texts.
_SHORTEST: Final = 2
_LONGEST: Final = 40


def pieces_of(text: str) -> list[str]:
    """Return all parts of a text, in the form in which names are compared, that may be a name.

    The longest come first, of equal ones those that stand later: an address says the smaller thing after the larger one.
    """
    form = match_form(text)
    spans = [
        (start, end)
        for start in range(len(form))
        for end in range(start + _SHORTEST, min(len(form), start + _LONGEST) + 1)
    ]
    spans.sort(key=lambda span: (span[0] - span[1], -span[0]))
    return [form[start:end] for start, end in spans]


Locator = Callable[[Sequence[Asked]], Sequence[Located | None]]

_locators: list[Locator] = []


def register_locator(locator: Locator) -> None:
    """Have addresses looked up in what an app knows by name."""
    if locator not in _locators:
        _locators.append(locator)


def locate(asked: Sequence[Asked]) -> list[Located | None]:
    """Return where texts say that something lies: at the longest name in them that anybody knows, of equal ones the first known.

    "兴业路县医院东侧" lies at the hospital, and not in the middle of the road.
    """
    found: list[Located | None] = [None] * len(asked)
    worded = [index for index, ask in enumerate(asked) if ask.text]
    for locator in _locators:
        for index, located in zip(worded, locator([asked[index] for index in worded]), strict=True):
            known = found[index]
            if located is not None and (known is None or len(located.name) > len(known.name)):
                found[index] = located
    return found
