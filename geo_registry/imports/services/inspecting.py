"""What a file looks like before anybody decides anything: sheets, encodings with samples, co-ordinates, columns.

The file is read in a process of its own (`geodata.isolation`): at this moment nobody knows yet what it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from geo_registry.accounts.models import User
from geo_registry.geodata.axes import are_x_and_y
from geo_registry.geodata.crs import require_crs
from geo_registry.geodata.declarations import (
    LAT,
    LON,
    Declaration,
    guess_headers,
    normalise_header,
)
from geo_registry.geodata.errors import GeodataError, LayerChoiceNeeded
from geo_registry.geodata.isolation import list_layers_isolated, look_isolated
from geo_registry.geodata.looking import Look
from geo_registry.geodata.readers import Row
from geo_registry.territory.models import Installation

from ..models import ColumnMemory
from ..registry import Kind
from .neutral import issues_to_json, message_to_json
from .options import Options
from .sheets import sheet_of
from .sources import expected_bounds
from .texts import continued_headers, fields_of_shapefile

_SHOWN_CHARS = 60
# Fields that say where a row lies.
WHERE = frozenset({"lon", "lat", "position"})
_SAMPLE_LINES = 3
# What is offered beside what the numbers themselves suggest.
SYSTEMS = ("EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09")


def inspect_file(*, path: Path, kind: Kind, options: Options, user: User | None) -> dict[str, Any]:
    """Look at a file, and propose how to read it.

    Returns
    -------
    dict
        As JSON: ``format``, ``layers``, ``layer``, ``encoding``, ``encodings`` with samples, ``columns`` each with samples and
        the field it looks like, ``declared_crs``, ``systems`` with what speaks for each. Where a sheet must be chosen first,
        ``layers`` only.

    Raises
    ------
    GeodataError
        If nothing can be made of the file.
    """
    layers = [
        {"name": layer.name, "rows": layer.rows, "hidden": layer.hidden}
        for layer in list_layers_isolated(path)
    ]
    mapping = options.mapping
    try:
        seen = _look(path, options, options.layer)
    except LayerChoiceNeeded as choice:
        # Beside its own sheet a template has one that explains it.
        own = sheet_of(kind, choice.layers) if options.layer is None else None
        if own is None:
            named = {layer["name"]: layer for layer in layers}
            return {"layers": [named.get(name, {"name": name}) for name in choice.layers]}
        seen = _look(path, options, own)
    exchanged = bool(seen.crs) and seen.crs[0].swapped
    columns = _columns(kind.declaration, seen, options, user, fields_of_shapefile(path))
    by_columns = bool(seen.crs) and not mapping and _say_which_axis(columns, exchanged=exchanged)
    return {
        "format": seen.format, "layers": layers, "layer": seen.layer, "encoding": seen.encoding,
        "encoding_guessed": seen.encoding_guessed, "header_row": seen.header_row, "row_count": seen.row_count,
        "geometry_type": seen.geometry_type, "declared_crs": _declared(seen), "encodings": _encodings(seen),
        "columns": columns,
        "exchanged": exchanged and not by_columns,
        "systems": _systems(kind.declaration, seen, columns),
        "issues": issues_to_json(seen.issues[:50]),
    }  # fmt: skip


def _look(path: Path, options: Options, layer: str | None) -> Look:
    mapping = options.mapping
    return look_isolated(
        path, encoding=options.encoding, layer=layer, header_row=options.header_row,
        expected=expected_bounds(Installation.home()), lon_column=mapping.get("lon"), lat_column=mapping.get("lat"),
        position_column=mapping.get("position"),
    )  # fmt: skip


def _declared(seen: Look) -> str:
    if seen.declared_crs is None:
        return ""
    with contextlib.suppress(GeodataError):
        return require_crs(seen.declared_crs, file="").name
    return seen.declared_crs[:120]


def _encodings(seen: Look) -> list[dict[str, Any]]:
    """Return the encodings in which all of the text can be read, each with some lines of it."""
    return [
        {
            "encoding": found.name,
            "reason": message_to_json(found.reason),
            "sample": list(found.sample[:_SAMPLE_LINES]),
        }
        for found in seen.encodings
        if found.fits or found.name == seen.encoding
    ]


def _systems(
    declaration: Declaration, seen: Look, columns: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the co-ordinate systems that come into question, with what speaks for each, the likeliest first.

    A file that has columns for co-ordinates is asked about even where its numbers tell nothing: some may be swapped or missing.
    """
    has_any = seen.crs or seen.geometry_type is not None or any(c["field"] in WHERE for c in columns)
    if not declaration.shapes or not has_any:
        return []
    declared = ""
    if seen.declared_crs is not None:
        with contextlib.suppress(GeodataError):
            declared = require_crs(seen.declared_crs, file="").key
    found = [
        {"key": crs.key, "name": crs.name, "reason": message_to_json(crs.reason), "declared": crs.key == declared,
         "swapped": crs.swapped}
        for crs in seen.crs
    ]  # fmt: skip
    keys = {crs["key"] for crs in found}
    for key in (declared, *SYSTEMS):
        if key and key not in keys:
            keys.add(key)
            name = require_crs(key, file="").name
            found.append({"key": key, "name": name, "declared": key == declared})
    return found


# -- columns ---------------------------------------------------------------------------------------


def _columns(
    declaration: Declaration, seen: Look, options: Options, user: User | None, named: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the columns as they are asked about; those that continue another one go with it."""
    fields = proposed_fields(declaration, seen.columns, kind=declaration.kind, user=user)
    by_header = {column.headers[0]: column.field for column in declaration.columns}
    fields |= {
        short: by_header[header]
        for short, header in named.items()
        if short in seen.columns and header in by_header
    }
    if seen.position is not None and declaration.column("position") and declaration.shapes:
        fields.setdefault(seen.position, "position")
    fields |= {header: name for name, header in options.mapping.items()}
    fields |= dict.fromkeys(options.ignored, "")
    continued = continued_headers(seen.columns, named)
    return [
        {"header": header, "field": fields.get(header, ""), "samples": _samples(header, seen.rows)}
        for header in seen.columns
        if header not in continued
    ]


def _say_which_axis(columns: Sequence[dict[str, Any]], *, exchanged: bool) -> bool:
    """Have columns called X and Y be what their numbers say, whatever an earlier file meant by them; tell if they are so called.

    Parameters
    ----------
    columns : sequence of dict
        As they are asked about; changed in place.
    exchanged : bool
        The numbers of the two are the other way round than their names say elsewhere than among surveyors.
    """
    by_header = {column["header"]: column for column in columns}
    usual = guess_headers((LON, LAT), by_header)
    lon, lat = usual.get("lon"), usual.get("lat")
    if lon is None or lat is None or not are_x_and_y(lon, lat):
        return False
    if {by_header[lon]["field"], by_header[lat]["field"]} != {"lon", "lat"}:
        return False
    by_header[lon]["field"], by_header[lat]["field"] = ("lat", "lon") if exchanged else ("lon", "lat")
    return True


def proposed_fields(
    declaration: Declaration, headers: Iterable[str], *, kind: str, user: User | None
) -> dict[str, str]:
    """Return header → field: as the headers look, and as the office called them before."""
    headers = list(headers)
    guessed = {header: name for name, header in guess_headers(declaration.columns, headers).items()}
    remembered = remembered_columns(kind=kind, user=user)
    by_name = {name: header for header, name in guessed.items()}
    taken: set[str] = set()
    proposed: dict[str, str] = {}
    for header in headers:
        known = remembered.get(normalise_header(header))
        if known is None or known in taken or (known and not declaration.column(known)):
            continue
        # 序号 served in a file that had no 设施编号; in one that has it, it does not.
        named = by_name.get(known, header)
        if named != header and remembered.get(normalise_header(named), known) == known:
            continue
        proposed[header] = known
        if known:
            taken.add(known)
    for header, name in guessed.items():
        if header not in proposed and name not in taken:
            proposed[header] = name
            taken.add(name)
    # What was nothing in a file that had the same twice is not nothing in one that lacks it otherwise.
    needed = {column.field for column in declaration.columns if column.required} - taken
    return proposed | {h: name for h, name in guessed.items() if name in needed and not proposed.get(h)}


def remembered_columns(*, kind: str, user: User | None) -> dict[str, str]:
    """Return what an office calls the columns of a kind: normal form of the header → field."""
    office_id = user.office_id if user is not None else None
    rows = ColumnMemory.objects.filter(kind=kind, office=office_id)
    return dict(rows.values_list("header", "field"))


def remember_columns(*, kind: Kind, user: User, fields: Mapping[str, str]) -> None:
    """Keep what an office called the columns of a file: header → field, empty for one that is nothing here.

    A column that nobody knew, and that stayed nothing, was no decision: a later version may know it.
    """
    guessed = {*guess_headers(kind.declaration.columns, fields).values()}
    known = remembered_columns(kind=kind.code, user=user)
    rows = [
        ColumnMemory(office_id=user.office_id, kind=kind.code, header=form, field=name)
        for header, name in fields.items()
        if (name or header in guessed or normalise_header(header) in known)
        and 0 < len(form := normalise_header(header)) <= ColumnMemory._meta.get_field("header").max_length  # type: ignore[operator]
    ]
    unique = {row.header: row for row in rows}
    ColumnMemory.objects.bulk_create(
        unique.values(),
        update_conflicts=True,
        unique_fields=["office", "kind", "header"],
        update_fields=["field"],
    )


def _samples(header: str, rows: Sequence[Row]) -> list[str]:
    found: list[str] = []
    for row in rows:
        value = row.values.get(header)
        if value is not None and (text := str(value)) and text not in found:
            found.append(text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…")
        if len(found) == 3:
            break
    return found
