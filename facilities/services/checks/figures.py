"""Beds, places, meals, people: what cannot be, and what can hardly be."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ...models import Measure
from ..facts import FACTS, Type
from .base import Finding, Situation, block, unchecked, warn

_FIGURES = [code for code, fact in FACTS.items() if fact.type is Type.FIGURE]
_BEDS = {Measure.BEDS.value, Measure.ORDINARY_BEDS.value, Measure.NURSING_BEDS.value}


def vacant_within_total(situation: Situation) -> Iterator[Finding]:
    """There cannot be more vacant than there are, nor vacant ones of nobody knows how many."""
    for code in _FIGURES:
        total, vacant = situation.figure(code)
        if vacant is None:
            continue
        if total is None:
            yield block(code, _("Say how many there are in all, not only how many are vacant."))
        elif vacant > total:
            yield block(
                code,
                _("%(vacant)d vacant are more than the %(total)d that there are.")
                % {"vacant": vacant, "total": total},
            )


def nothing_negative(situation: Situation) -> Iterator[Finding]:
    """Nothing is counted below nought."""
    for code in _FIGURES:
        if any(count is not None and count < 0 for count in situation.figure(code)):
            yield block(code, _("A count cannot be below nought."))


def parts_within_beds(situation: Situation) -> Iterator[Finding]:
    """Ordinary and nursing beds are among all beds; whoever lives in has one of them."""
    beds, vacant = situation.figure(Measure.BEDS)
    ordinary, nursing = (situation.figure(part)[0] for part in (Measure.ORDINARY_BEDS, Measure.NURSING_BEDS))
    residents = situation.figure(Measure.RESIDENTS)[0]
    if beds is None:
        return
    if (ordinary or 0) + (nursing or 0) > beds:
        yield block(
            Measure.BEDS,
            _("Ordinary and nursing beds are %(parts)d together, more than the %(beds)d beds in all.")
            % {"parts": (ordinary or 0) + (nursing or 0), "beds": beds},
            Measure.ORDINARY_BEDS,
            Measure.NURSING_BEDS,
        )
    if residents is not None and residents > beds:
        yield warn(
            Measure.RESIDENTS,
            _("%(residents)d people live in, but there are %(beds)d beds.")
            % {"residents": residents, "beds": beds},
            Measure.BEDS,
        )
    elif residents is not None and vacant is not None and residents + vacant > beds:
        yield warn(
            Measure.RESIDENTS,
            _("%(residents)d people and %(vacant)d vacant beds are more than the %(beds)d beds in all.")
            % {"residents": residents, "vacant": vacant, "beds": beds},
            Measure.BEDS,
        )


def meals_and_staff(situation: Situation) -> Iterator[Finding]:
    """Nursing staff are among the staff; more meals than can be served are doubted."""
    staff, care = situation.figure(Measure.STAFF)[0], situation.figure(Measure.CARE_STAFF)[0]
    if staff is not None and care is not None and care > staff:
        yield block(
            Measure.CARE_STAFF,
            _("%(care)d nursing staff are more than the %(staff)d staff in all.")
            % {"care": care, "staff": staff},
            Measure.STAFF,
        )
    can, served = situation.figure(Measure.MEALS_CAPACITY)[0], situation.figure(Measure.MEALS_SERVED)[0]
    if can is not None and served is not None and served > can:
        yield warn(
            Measure.MEALS_SERVED,
            _("%(served)d meals are served a day, but only %(can)d can be.") % {"served": served, "can": can},
            Measure.MEALS_CAPACITY,
        )


def not_absurd(situation: Situation) -> Iterator[Finding]:
    """A figure beyond the office's limits is probably a slip of the key."""
    for code in _FIGURES:
        total = situation.figure(code)[0]
        if not total:
            continue
        key = "facility-beds-most" if code in _BEDS else "facility-count-most"
        most = situation.limits.get(key)
        if most is None:
            yield unchecked(code, key)
        elif total > most:
            yield warn(code, _("%(total)d is unusually many. Is it right?") % {"total": total})
    area, key = situation.facts.get("floor_area_m2"), "facility-area-most-m2"
    if area is None:
        return
    if area <= 0:
        yield block("floor_area_m2", _("The floor area must be more than nothing."))
    elif key not in situation.limits:
        yield unchecked("floor_area_m2", key)
    elif area > situation.limits[key]:
        yield warn("floor_area_m2", _("This floor area is unusually large. Is it right?"))


def figures_have_their_day(situation: Situation) -> Iterator[Finding]:
    """Figures are of a day that has been, and not older than what is known already."""
    changed = sorted(situation.changed & set(_FIGURES))
    as_of = situation.figures_as_of
    if not changed:
        return
    if as_of is None:
        yield block("figures_as_of", _("Say as of which day the figures are."), *changed)
    elif as_of > situation.day:
        yield block("figures_as_of", _("Figures cannot be of a day that is still to come."), *changed)
    else:
        for code in changed:
            known = situation.latest_figures.get(code)
            if known is not None and known > as_of:
                yield block(
                    "figures_as_of",
                    _("%(measure)s: there is a newer figure already, of %(day)s.")
                    % {"measure": FACTS[code].label, "day": known.isoformat()},
                    code,
                )


CHECKS = (
    vacant_within_total,
    nothing_negative,
    parts_within_beds,
    meals_and_staff,
    not_absurd,
    figures_have_their_day,
)
