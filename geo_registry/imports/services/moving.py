"""A record that was placed roughly is put where it really is."""

from __future__ import annotations

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Model

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.territory.models import Installation, LocationMethod
from geo_registry.territory.models.divisions import SRID

from ..models import BatchRow
from ..registry import movable
from .sources import expected_bounds

_NOT_MOVABLE = gettext_noop("This record cannot be moved here. Open its page.")
_FAR_AWAY = gettext_noop("That point lies far outside of the county.")


def refuse_far_away(lon: float, lat: float) -> None:
    """Refuse a point that somebody picked far from home, or that is none.

    Raises
    ------
    GeodataError
    """
    west, south, east, north = expected_bounds(Installation.home()) or (-180.0, -90.0, 180.0, 90.0)
    if not (west <= lon <= east and south <= lat <= north):
        raise GeodataError(Message(_FAR_AWAY))


@transaction.atomic
def move_record(*, row: BatchRow, user: User, lon: float, lat: float) -> Model:
    """Put the record of a batch's row at a point that somebody picked on the map.

    Raises
    ------
    GeodataError
        If the record is none that has a point, is not the person's to change, or would lie far from home.
    """
    model = row.content_type.model_class() if row.content_type is not None else None
    field, method, note = movable().get(model, ("", "", "")) if model is not None else ("", "", "")
    record = (
        model._default_manager.select_for_update(of=("self",)).filter(pk=row.object_id).first()
        if field and model
        else None
    )
    if record is None or not policy.may_touch(user, "change", record):
        raise GeodataError(Message(_NOT_MOVABLE))
    refuse_far_away(lon, lat)
    setattr(record, field, Point(lon, lat, srid=SRID))
    setattr(record, method, LocationMethod.PICKED)
    if note:
        # It said by which name or division the place had been found.
        setattr(record, note, "")
    record.save()
    return record
