"""New, changed or unchanged: compare what files say with what is there, and write the difference."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GeometryCollection, GEOSGeometry, Point
from django.db.models import Model
from numpy.typing import NDArray

from geo_registry.geodata.declarations import Record
from geo_registry.territory.models.divisions import SRID

from .copying import create, maker
from .run import Change, ImportRun
from .texts import reads_as

CHUNK_ROWS = 5_000
# Tenths of a millimetre on the ground: points that differ by less were only rounded on their way.
SAME_POINT_DEG = 1e-9
_AS_THEY_ARE = frozenset({str, int, float, bool})


@dataclass(slots=True)
class Wanted:
    """What one record wants one object to be.

    Parameters
    ----------
    record : Record
    values : dict
        Attribute name (``division_id``, not ``division``) → value; what is not there is left as it is.
    existing : Model or None
        The object, if there is one already; it is changed in place.
    extra : dict
        Attributes of a new object that are no values of the file and are not reported.
    before, after : dict
        Changes of what hangs on the object (counts, statuses), to be reported with it.
    """

    record: Record
    values: dict[str, Any]
    existing: Any = None
    extra: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def to_geos(geometries: Sequence[Any]) -> list[GEOSGeometry | None]:
    """Turn shapely geometries in EPSG:4490 into GeoDjango's."""
    if all(geometry is None for geometry in geometries):
        return [None] * len(geometries)
    found = shapely.to_wkb(list(geometries))
    return [None if wkb is None else GEOSGeometry(memoryview(wkb), srid=SRID) for wkb in found]


class Written(str):
    """A geometry as PostGIS writes it (EWKB in hexadecimal). Models take it for what it is, and read it once somebody asks."""

    __slots__ = ()


def written_down(geometries: Sequence[Any] | NDArray[np.object_]) -> list[Written | None]:
    """Write shapely geometries in EPSG:4490 down as they are stored: a tenth of the work of making GeoDjango's."""
    if not len(geometries):
        return []
    marked = shapely.set_srid(np.array(geometries, dtype=object), SRID)
    found = shapely.to_wkb(marked, hex=True, include_srid=True)
    return [None if wkb is None else Written(wkb) for wkb in found]


def is_same(old: Any, new: Any) -> bool:
    """Tell whether a stored value is the one that a file says."""
    if isinstance(new, Point) and isinstance(old, Point):
        return abs(old.x - new.x) <= SAME_POINT_DEG and abs(old.y - new.y) <= SAME_POINT_DEG
    if isinstance(new, GEOSGeometry) and isinstance(old, GEOSGeometry):
        old, new = _alone(old), _alone(new)
        if old.empty or new.empty:
            return bool(old.empty and new.empty)
        return bytes(old.wkb) == bytes(new.wkb) or _is_same_area(old, new)
    if isinstance(new, str) and isinstance(old, str):
        # Forms keep line ends and blanks as somebody typed them; a file cannot, and says no other thing by it.
        return old == new or new in reads_as(old)
    return bool(old == new)


def is_there(run: ImportRun, existing: Any, held: Any, said: Any) -> bool:
    """Tell whether a row puts a record where it is already; one that was invented there is put there anew, by the file."""
    return existing is not None and is_same(held, said) and not run.takes_over(existing)


def _alone(shape: GEOSGeometry) -> GEOSGeometry:
    """Return the only part of a shape of several, as which some formats write every shape."""
    return shape[0] if isinstance(shape, GeometryCollection) and len(shape) == 1 else shape


def _is_same_area(old: GEOSGeometry, new: GEOSGeometry) -> bool:
    """Tell whether two outlines have the same corners: formats turn rings, and begin them, as they like.

    Lines are not turned: on them the direction says where one may drive.
    """
    if old.geom_type != new.geom_type or "Polygon" not in old.geom_type or old.num_coords != new.num_coords:
        return False
    one, other = old.clone(), new.clone()
    one.normalize()
    other.normalize()
    return bytes(one.wkb) == bytes(other.wkb)


def as_json(value: Any) -> Any:
    """Return a value as JSON has it: dates as text, points as a pair, other geometry as WKT."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Point):
        return [value.x, value.y]
    if isinstance(value, GEOSGeometry):
        return value.wkt
    return value


def compare(wanted: Wanted) -> None:
    """Set on an existing object what the file says otherwise, and note both."""
    for name, new in wanted.values.items():
        old = getattr(wanted.existing, name)
        if not is_same(old, new):
            wanted.before[name], wanted.after[name] = as_json(old), as_json(new)
            setattr(wanted.existing, name, new)


def described(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a new object's values for the batch; lines and outlines are large and left to its history."""
    return {
        name: value if type(value) in _AS_THEY_ARE else as_json(value)
        for name, value in values.items()
        if value is not None
        and (
            type(value) in _AS_THEY_ARE
            or isinstance(value, Point)
            or not isinstance(value, GEOSGeometry | Written)
        )
    }


def write(model: type[Model], wanted: Sequence[Wanted]) -> list[Change]:
    """Create what is new and update what changed.

    Rows are updated in groups that change the same fields, so that nobody's edit of another field is undone.

    Parameters
    ----------
    model : type of Model
    wanted : sequence of Wanted
        Existing objects are compared here.

    Returns
    -------
    list of Change
        One for each wanted, in order; new objects have their primary keys.
    """
    make = maker(model)
    groups: defaultdict[tuple[str, ...], list[Any]] = defaultdict(list)
    fresh: list[Any] = []
    changes = []
    for item in wanted:
        created = item.existing is None
        if created:
            item.existing = make(**item.values, **item.extra)
            fresh.append(item.existing)
            item.after = described(item.values) | item.after
        else:
            dependent = set(item.after)
            compare(item)
            if names := tuple(name for name in item.after if name not in dependent):
                groups[names].append(item.existing)
        changes.append(Change(item.record, item.existing, created, item.before, item.after))
    create(model, fresh)
    for names, objects in groups.items():
        update(model, objects, names)
    return changes


def update(model: type[Model], objects: Sequence[Any], attributes: Iterable[str]) -> None:
    """Write some attributes of objects that exist; history's triggers record each.

    An upsert on the primary key writes thousands of rows in one statement, where ``bulk_update`` builds a
    CASE for each cell.
    """
    fields = {field.attname: field.name for field in model._meta.concrete_fields}
    names = [fields[attribute] for attribute in attributes]
    if "updated_at" in fields:
        names.append("updated_at")
    model._default_manager.bulk_create(
        list(objects),
        batch_size=CHUNK_ROWS,
        update_conflicts=True,
        unique_fields=[model._meta.pk.name],
        update_fields=names,
    )
