"""What stands below the first table of a map that is taken away: own or a neighbour's, room, how evenly it is shared out."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..exports.coverage_html import SheetTable
from . import coverage_page as page
from .coverage_beside import Beside, beside
from .methods import METHODS


def further_tables(choice: page.Choice, rows: Sequence[page.TableRow]) -> list[SheetTable]:
    """Return the tables that the run has figures for; they hold counts of people, and are not for the public."""
    figures = beside(choice, rows)
    minutes = page.minutes(choice.limit_s)
    return [*_own(figures, minutes), *_room(figures, minutes), *_evenness(figures)]


def _own(figures: Beside, minutes: str) -> list[SheetTable]:
    if not figures.own:
        return []
    return [
        SheetTable(
            caption=_("Its own, or a neighbour's")
            + _(": ")
            + _("%(group)s, limit %(minutes)s minutes") % {"group": figures.group, "minutes": minutes},
            head=[
                _("Division"),
                _("have their own"),
                _("its own, within the limit"),
                _("its own, but beyond the limit"),
                _("served by a neighbour"),
                _("neither"),
                _("unknown"),
            ],
            rows=[
                [
                    _("All together") if position == 0 or row.division is None else row.division.name,
                    _("%(own)s of %(units)s") % {"own": row.units_with_own, "units": row.units},
                    *map(_count, (row.own_within, row.own_beyond, row.neighbour, row.neither, row.unknown)),
                ]
                for position, row in enumerate(figures.own)
            ],
            method=str(METHODS["own-and-neighbour"].how[1]),
        )
    ]


def _room(figures: Beside, minutes: str) -> list[SheetTable]:
    if not figures.capacity:
        return []
    words = {"group": figures.group, "minutes": minutes, "room": _count(figures.room or 0)}
    return [
        SheetTable(
            caption=_("Places that fill up")
            + _(": ")
            + _("%(group)s, limit %(minutes)s minutes, room for %(room)s") % words,
            head=[
                _("Division"),
                figures.group,
                pgettext("people", "served"),
                _("within reach, but full"),
                _("out of reach"),
                _("unknown"),
            ],
            rows=[
                [
                    _("All together") if position == 0 or row.division is None else row.division.name,
                    *map(_count, (row.people, row.served, row.full, row.out_of_reach, row.unknown)),
                ]
                for position, row in enumerate(figures.capacity)
            ],
            method=str(METHODS["capacity"].how[0]),
        )
    ]


def _evenness(figures: Beside) -> list[SheetTable]:
    if not figures.equity:
        return []
    return [
        SheetTable(
            caption=_("How evenly it is shared out")
            + _(": ")
            + _("%(group)s, all together") % {"group": figures.group},
            head=[
                _("Of what"),
                _("mean"),
                _("nine in ten have this or better"),
                _("Gini"),
                _("no way at all, people"),
                _("worst on the mean"),
            ],
            rows=[
                [row.subject, row.mean, row.nine_in_ten, row.gini, _count(row.beyond), row.worst]
                for row in figures.equity
            ],
            method=str(METHODS["equity"].how[0]),
        )
    ]


def _count(value: int) -> str:
    return number_format(value, force_grouping=True)
