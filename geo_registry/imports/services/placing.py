"""Where a row lies whose file does not say it: where somebody put it, at a registered name in its address, or at its division.

Never in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.gis.geos import Point

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.search.geocoding import Asked, locate
from geo_registry.territory.models import Division, LocationMethod
from geo_registry.territory.models.divisions import SRID

from .divisions import warn_of_outside
from .run import ImportRun

_BY_HAND = gettext_noop("The row has no co-ordinates; it was put where somebody picked it on the map.")
_BY_ADDRESS = gettext_noop(
    "The row has no co-ordinates; by its address it was put at {name}. Drag it to where it really is."
)
_BY_DIVISION = gettext_noop(
    "The row has no co-ordinates; it was put at the middle of {division}. Drag it to where it really is."
)


def place_missing(
    run: ImportRun, rows: Sequence[tuple[Record, Division | None, str]]
) -> list[dict[str, Any]]:
    """Return where some rows lie: point, method and note, or nothing where nobody can tell.

    Parameters
    ----------
    run : ImportRun
    rows : sequence of (Record, Division or None, text)
        Rows without co-ordinates, the division that they name, and their address.

    Returns
    -------
    list of dict
        ``point``, ``method``, ``note``; empty where neither address nor division is known on the map.
    """
    found = [_picked(run, record) for record, _division, _text in rows]
    warn_of_outside(
        run,
        [
            (record, division, (place["point"].x, place["point"].y))
            for (record, division, _text), place in zip(rows, found, strict=True)
            if place and division is not None
        ],
    )
    if not run.place_missing:
        return found
    open_ = [index for index, place in enumerate(found) if not place]
    placed = _by_address_or_division(run, [rows[index] for index in open_])
    for index, place in zip(open_, placed, strict=True):
        found[index] = place
    return found


def _picked(run: ImportRun, record: Record) -> dict[str, Any]:
    """Return where somebody put a row on the map of the preview."""
    position = run.positions.get(record.number)
    if position is None:
        return {}
    record.note(Message(_BY_HAND))
    return {"point": Point(*position, srid=SRID), "method": LocationMethod.PICKED, "note": ""}


def _by_address_or_division(
    run: ImportRun, rows: Sequence[tuple[Record, Division | None, str]]
) -> list[dict[str, Any]]:
    asked = [
        Asked(text=text, path=division.path if division is not None else "") for _r, division, text in rows
    ]
    found: list[dict[str, Any]] = []
    for (record, division, _text), located in zip(rows, locate(asked) if asked else [], strict=True):
        if located is not None:
            record.warn(Message(_BY_ADDRESS, {"name": located.name}), column=run.header("address"))
            found.append({"point": located.point, "method": located.precision, "note": located.name})
        elif division is not None and division.point is not None:
            record.warn(
                Message(_BY_DIVISION, {"division": division.name}), column=run.header("division_code")
            )
            found.append({"point": division.point, "method": LocationMethod.DIVISION, "note": division.name})
        else:
            found.append({})
    return found
