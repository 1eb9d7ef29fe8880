"""Divisions as people write them: 崇兴镇 in one column and 中北村 in the next, or both within an address."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from geo_registry.text import match_form

from ..models import Division, Level

# A committee, and the village that it is of; an office, and its township.
_COMMITTEES = (
    (re.compile(r"(.+?)村?(?:村民委员会|村委会)"), "村"),
    (re.compile(r"(.+?)(?:社区)?(?:居民委员会|居委会)"), "社区"),
    (re.compile(r"(.+?)(?:人民政府|办事处|政府)"), ""),
)
# What is often left out where the column says it: 崇兴 under 乡镇, 西湖 under 社区.
_LEFT_OUT = {Level.TOWNSHIP: ("镇", "乡", "街道"), Level.VILLAGE: ("村", "社区")}
_SHORTEST, _LONGEST = 2, 20
# A registry of a whole country has more villages of one name than a name could tell apart.
_MOST = 60_000


@dataclass(frozen=True, slots=True)
class Called:
    """A division that a text names, as far as it can be told.

    Parameters
    ----------
    pk : int
    level : int
        `Level.TOWNSHIP` or `Level.VILLAGE`.
    path : str
    """

    pk: int
    level: int
    path: str


class DivisionNames:
    """Townships and villages of an area, found by what people call them.

    Parameters
    ----------
    within : str
        Path of the division they lie in.
    """

    def __init__(self, within: str) -> None:
        self.within = within

    def find(self, *, township: str = "", village: str = "") -> Called | None:
        """Return the division that two cells name: the village, or the township where no village is named or known.

        Parameters
        ----------
        township, village : str
            As people write them; either may be empty, and either may hold both.

        Returns
        -------
        Called or None
            None where nothing of that name is known, or several are and nothing tells which.
        """
        towns = self._of_cell(township, Level.TOWNSHIP)
        villages = self._of_cell(village, Level.VILLAGE)
        if village and not villages:
            inside, villages = self._of_both(village)
            towns = towns or inside
        if township and not towns:
            towns, inside = self._of_both(township)
            villages = villages or inside
        return _only(villages, towns)

    def within_text(self, text: str) -> Called | None:
        """Return the division that a text such as an address names, among other words.

        The longest name of a village in it counts, within the township that it names, if it names one.
        """
        return _only(self._longest_in(text, Level.VILLAGE), self._longest_in(text, Level.TOWNSHIP))

    @cached_property
    def too_many(self) -> bool:
        """Whether the area has more divisions than names could tell apart: then none is found."""
        return not self._by_form and Division.objects.filter(path__startswith=self.within).count() > _MOST

    @cached_property
    def _by_form(self) -> dict[str, list[Called]]:
        """Return the divisions by the forms of their names in which they are compared."""
        rows = Division.objects.filter(
            path__startswith=self.within, valid_to__isnull=True, level__in=[Level.TOWNSHIP, Level.VILLAGE]
        ).values_list("pk", "level", "path", "name")
        found = list(rows.order_by("pk")[: _MOST + 1])
        if len(found) > _MOST:
            return {}
        by_form: defaultdict[str, list[Called]] = defaultdict(list)
        for pk, level, path, name in found:
            for form in {match_form(name), _plain(name)}:
                by_form[form].append(Called(pk, level, path))
        return dict(by_form)

    def _of_cell(self, cell: str, level: Level) -> list[Called]:
        form = _plain(cell)
        if not form:
            return []
        for forms in ((match_form(cell), form), [f"{form}{ending}" for ending in _LEFT_OUT[level]]):
            if found := _unlike(
                called for one in forms for called in self._by_form.get(one, ()) if called.level == level
            ):
                return found
        return []

    def _of_both(self, cell: str) -> tuple[list[Called], list[Called]]:
        """Return the township and the village of a cell that holds both: 灵武市崇兴镇中北村.

        What follows on the township must be a village's whole name: 新中北村 is not 中北村, whatever is known.
        """
        form = match_form(cell)
        for length in range(min(_LONGEST, len(form)), _SHORTEST - 1, -1):
            for start in range(len(form) - length + 1):
                named = self._by_form.get(form[start : start + length], ())
                if towns := _unlike(called for called in named if called.level == Level.TOWNSHIP):
                    return towns, self._of_cell(form[start + length :], Level.VILLAGE)
        return [], []

    def _longest_in(self, text: str, level: Level) -> list[Called]:
        """Return what the longest names of a level in a text are; an address says the smaller thing behind the larger one."""
        form = match_form(text)
        for length in range(min(_LONGEST, len(form)), _SHORTEST - 1, -1):
            found = _unlike(
                called
                for start in range(len(form) - length + 1)
                for called in self._by_form.get(form[start : start + length], ())
                if called.level == level
            )
            if found:
                return found
        return []


def _plain(name: str) -> str:
    """Return a name without what only says whose seat it is: 中北村村民委员会 is 中北村."""
    form = match_form(name)
    for pattern, ending in _COMMITTEES:
        if (match := pattern.fullmatch(form)) is not None:
            return f"{match[1]}{ending}"
    return form


def _unlike(found: Iterable[Called]) -> list[Called]:
    return list(dict.fromkeys(found))


def _only(villages: Collection[Called], towns: Collection[Called]) -> Called | None:
    """Return the only village, within the townships that are named, or the only township."""
    inside = [one for one in villages if any(one.path.startswith(town.path) for town in towns)]
    candidates = inside or ([] if towns else list(villages)) or list(towns)
    return candidates[0] if len(candidates) == 1 else None
