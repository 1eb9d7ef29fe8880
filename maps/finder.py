"""The state of the public page: all of it is in the address, so that it can be shared, printed and gone back to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeVar

from django.contrib.gis.geos import Point
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from facilities.models import Function, Kind
from facilities.models.facility import ACCESSIBILITY
from facilities.services.public import Search
from geo_registry.territory.models import AgeGroup, Division
from geo_registry.territory.models.divisions import SRID

LIST, MAP = "list", "map"
PAGE_SIZE: Final = 30
# A position is rounded before it is sent, and again here: about a hundred metres, and no more is kept in any address.
POSITION_DECIMALS: Final = 3
_LONGEST_TEXT = 60
Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Finder:
    """What the visitor has chosen. Codes and numbers as in the address; what did not fit is in ``problems``."""

    text: str = ""
    need: Function | None = None
    kind: Kind | None = None
    whom: AgeGroup | None = None
    access: str = ""
    village: Division | None = None
    lat: float | None = None
    lon: float | None = None
    with_not_open: bool = False
    open_now: bool = False
    view: str = LIST
    page: int = 1
    selected: str = ""
    problems: Sequence[str] = ()

    @property
    def has_position(self) -> bool:
        """Whether the visitor's device has said where it is."""
        return self.lat is not None and self.lon is not None

    @property
    def position(self) -> Point | None:
        """Where distances are counted from: the visitor's place, else the chosen village, else nowhere."""
        if self.lat is not None and self.lon is not None:
            return Point(self.lon, self.lat, srid=SRID)
        return self.village.point if self.village is not None else None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen that leaves places out."""
        return bool(self.text or self.need or self.kind or self.whom or self.access or self.open_now)

    def search(self) -> Search:
        """Return what to look for."""
        return Search(
            need=self.need,
            kind=self.kind,
            whom=self.whom,
            access=self.access,
            position=self.position,
            text=self.text,
            with_not_open=self.with_not_open,
            open_now=self.open_now,
        )

    def query(self) -> dict[str, str]:
        """Return the state as the address writes it, without what is as usual."""
        pairs = {
            "q": self.text,
            "need": self.need.code if self.need else "",
            "kind": self.kind.code if self.kind else "",
            "for": str(self.whom.value) if self.whom else "",
            "access": self.access,
            "village": self.village.code if self.village else "",
            "lat": f"{self.lat:.{POSITION_DECIMALS}f}" if self.lat is not None else "",
            "lon": f"{self.lon:.{POSITION_DECIMALS}f}" if self.lon is not None else "",
            "all": "1" if self.with_not_open else "",
            "now": "1" if self.open_now else "",
            "view": self.view if self.view != LIST else "",
            "page": str(self.page) if self.page > 1 else "",
            "sel": self.selected,
        }
        return {key: value for key, value in pairs.items() if value}

    def url(self, route: str = "maps:home", **changes: object) -> str:
        """Return the address of this state with changes; any change goes back to the first page of the list."""
        if changes:
            changes = {"page": 1, "selected": "", **changes}
        state = replace(self, **changes)  # type: ignore[arg-type]
        query = urlencode(state.query())
        return f"{reverse(route)}{'?' if query else ''}{query}"


def read(
    parameters: Mapping[str, str],
    *,
    needs: Sequence[Function],
    kinds: Sequence[Kind],
    villages: Sequence[Division],
    groups: Sequence[AgeGroup] = (),
) -> Finder:
    """Read the state from an address. What is not known or not a number is left out, and said.

    Parameters
    ----------
    parameters
        The query of the address.
    needs, kinds, villages, groups
        What can be chosen.
    """
    problems: list[str] = []
    need = _chosen(
        parameters.get("need", ""), {row.code: row for row in needs}, _("This need is not offered."), problems
    )
    kind = _chosen(
        parameters.get("kind", ""), {row.code: row for row in kinds}, _("This kind is not offered."), problems
    )
    whom = _chosen(
        parameters.get("for", ""),
        {group.value: group for group in groups},
        _("This group is not offered."),
        problems,
    )
    village = _chosen(
        parameters.get("village", ""),
        {v.code: v for v in villages},
        _("This village is not known."),
        problems,
    )
    access = parameters.get("access", "")
    lat, lon = _position(parameters, problems)
    page = parameters.get("page", "")
    return Finder(
        text=" ".join(parameters.get("q", "").replace("\x00", "").split())[:_LONGEST_TEXT],
        need=need,
        kind=kind,
        whom=whom,
        access=access if access in ACCESSIBILITY else "",
        village=None if lat is not None else village,
        lat=lat,
        lon=lon,
        with_not_open=parameters.get("all") == "1",
        open_now=parameters.get("now") == "1",
        view=MAP if parameters.get("view") == MAP else LIST,
        page=int(page) if page.isdecimal() and 0 < len(page) < 6 and int(page) > 0 else 1,
        selected=parameters.get("sel", "")[:40].replace("\x00", ""),
        problems=problems,
    )


def group_words(groups: Sequence[AgeGroup]) -> list[tuple[AgeGroup, str]]:
    """Return the groups that can be chosen with what a neighbour calls them; none where there is no choice."""
    words = {
        AgeGroup.RESIDENTS: _("for everybody"),
        AgeGroup.CHILDREN: _("for children"),
        AgeGroup.HOUSEHOLDS: _("for families"),
        AgeGroup.SPECIAL_ELDERS: _("for older people in difficulty"),
    }
    told = [(group, words.get(group, _("for older people"))) for group in groups]
    return told if len(told) > 1 else []


def village_options(villages: Sequence[Division], *, chosen: Division | None) -> SafeString:
    """Return the options of the list of villages, each below its township, in the order of codes."""
    told = tuple((v.parent.name if v.parent else "", v.code, v.name) for v in villages)
    options = _options(told)
    if chosen is not None:
        value = format_html('value="{}"', chosen.code)
        options = mark_safe(options.replace(value, f"{value} selected", 1))  # noqa: S308 (escaped just above)
    return options


@lru_cache(maxsize=4)
def _options(villages: tuple[tuple[str, str, str], ...]) -> SafeString:
    """Write the options once for all visitors: a county has hundreds, and they stand in every page."""
    groups = (
        format_html(
            '<optgroup label="{}">{}</optgroup>',
            township,
            format_html_join("", '<option value="{}">{}</option>', ((code, name) for _t, code, name in rows)),
        )
        for township, rows in groupby(villages, key=itemgetter(0))
    )
    return format_html_join("\n", "{}", ((group,) for group in groups))


def is_too_exact(parameters: Mapping[str, str], state: Finder) -> bool:
    """Whether an address holds a position more exactly than it may be kept."""
    kept = state.query()
    return state.has_position and any(parameters.get(key) != kept[key] for key in ("lat", "lon"))


def _chosen(code: str, rows: Mapping[str, Row], problem: str, problems: list[str]) -> Row | None:
    if code and code not in rows:
        problems.append(problem)
    return rows.get(code)


def _position(parameters: Mapping[str, str], problems: list[str]) -> tuple[float | None, float | None]:
    if not parameters.get("lat") and not parameters.get("lon"):
        return None, None
    try:
        lat, lon = (round(float(parameters.get(key, "")), POSITION_DECIMALS) for key in ("lat", "lon"))
    except ValueError:
        lat, lon = math.nan, math.nan
    if abs(lat) <= 90 and abs(lon) <= 180:
        return lat, lon
    problems.append(_("The position in the address cannot be read. Choose a village instead."))
    return None, None
