"""What changed of what the public sees, and when: kept as a ledger beside the tables, from which the change feed is read.

History tells what was done to a row, not what the public was shown: a facility also appears because its opening day has come,
goes because its kind became protective, changes because a road of its name was drawn anew. So the worker compares, about once a
minute, each collection with what the public was last told of it (a digest of each feature) and notes what differs. What it
notes is the feature's key, that it changed or went, a number and a moment; never what changed. A feature that was never public
is not in it.

Numbers are given in the transaction that holds the ledger's lock, so that they are seen in their order: whoever has read up to
a number has missed nothing below it.
"""

from __future__ import annotations

import datetime
import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility, FacilityStatus, Kind, Network, Tier
from geo_registry.accounts.stamps import history_stamp
from geo_registry.jobs.recurring import register_recurring
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Installation, Road
from placenames.models import Name, Place, PlaceKind, PlaceRoad, Spelling

from ..models import PublicFeature, PublicLook
from .answering import with_properties
from .collections import COLLECTIONS, Collection
from .filtering import PREFIX, SHAPE

EVERY: Final = datetime.timedelta(minutes=1)
# Compared in any case so often: a new release may tell more of the same rows.
AT_LEAST_EVERY: Final = datetime.timedelta(hours=1)
# A collection that takes long to compare is compared so much less often.
REST: Final = 10
# A moment that is asked for is moved back by this: a row is stamped a little before or after the change is seen.
OVERLAP: Final = datetime.timedelta(seconds=5)
# If nobody has looked for so long, nothing is said about when something last changed.
STALE: Final = datetime.timedelta(minutes=3)
_LOCK: Final = 727_311_002

_TABLES: Final[Mapping[str, Sequence[type[Model]]]] = {
    "facilities": (Facility, FacilityStatus, Kind, Tier, Network, Division, Source, Installation),
    "place-names": (Place, PlaceKind, PlaceRoad, Name, Spelling, Road, Division, Source, Installation),
    "divisions": (Division, Source, Installation),
    "roads": (Road, Place, PlaceRoad, Division, Source, Installation),
}


def register() -> None:
    """Have the worker look."""
    register_recurring(
        "public-changes",
        title=_("Note what has changed for the public"),
        every=EVERY,
        body=look,
    )


def look(*, anew: bool = False) -> int:
    """Compare what is public with what the public was last told, and note what differs.

    Parameters
    ----------
    anew
        Also where nothing seems to have changed.

    Returns
    -------
    int
        How many features changed or went. None where somebody else is looking.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        moment = _moment()
        with Installation.read_once():
            return sum(_look_at(one, moment, anew=anew) for one in COLLECTIONS.values())


def _moment() -> datetime.datetime:
    """Return the moment of a look: each has a second of its own, as HTTP tells moments by."""
    last: datetime.datetime | None = PublicFeature.objects.aggregate(at=Max("changed_at"))["at"]
    now = timezone.now()
    return now if last is None else max(now, last + datetime.timedelta(seconds=1))


def _look_at(collection: Collection, moment: datetime.datetime, *, anew: bool) -> int:
    now, stamp = timezone.now(), _stamp(collection)
    last = PublicLook.objects.filter(collection=collection.id).first()
    if last is not None and not anew:
        age = now - last.compared_at
        rests = age.total_seconds() < last.took_s * REST
        if rests or (stamp == last.stamp and age < AT_LEAST_EVERY):
            if not rests:
                PublicLook.objects.filter(pk=last.pk).update(looked_at=now)
            return 0
    begun = time.monotonic()
    noted = _note(collection, moment)
    PublicLook.objects.update_or_create(
        collection=collection.id,
        defaults={
            "stamp": stamp,
            "looked_at": now,
            "compared_at": now,
            "took_s": time.monotonic() - begun,
        },
    )
    return noted


def _stamp(collection: Collection) -> str:
    stamp = (timezone.localdate().isoformat(), *history_stamp(_TABLES[collection.id]))
    return hashlib.sha256(repr(stamp).encode()).hexdigest()


def _note(collection: Collection, moment: datetime.datetime) -> int:
    """Note what differs, in one statement and therefore as of one moment."""
    licence = ["source__title", "source__publisher", "source__licence", "source__url", "source__is_demo"]
    columns = [f"{PREFIX}{one.name}" for one in collection.properties]
    rows = with_properties(collection, collection.by_name).order_by()
    inner, parameters = rows.values(*columns, SHAPE, *licence).query.sql_with_params()
    key = connection.ops.quote_name(f"{PREFIX}{collection.key}")
    ledger = connection.ops.quote_name(PublicFeature._meta.db_table)
    last = PublicFeature.objects.aggregate(number=Max("number"))
    # What is put into the SQL is written in this package; everything else is a parameter.
    sql = f"""
        WITH now AS MATERIALIZED (
            SELECT t.{key}::text AS key, md5(t::text) AS digest FROM ({inner}) AS t
        ), differing AS (
            SELECT n.key, n.digest, false AS gone FROM now n LEFT JOIN {ledger} l ON l.collection = %s AND l.key = n.key
            WHERE l.key IS NULL OR l.gone OR l.digest <> n.digest
            UNION ALL
            SELECT l.key, '', true FROM {ledger} l
            WHERE l.collection = %s AND NOT l.gone AND NOT EXISTS (SELECT FROM now n WHERE n.key = l.key)
        )
        INSERT INTO {ledger} (collection, key, digest, gone, number, changed_at)
        SELECT %s, key, digest, gone, %s + row_number() OVER (ORDER BY key), %s FROM differing
        ON CONFLICT (collection, key) DO UPDATE SET digest = excluded.digest, gone = excluded.gone,
            number = excluded.number, changed_at = excluded.changed_at
    """  # noqa: S608
    mine = [collection.id] * 3
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *mine, last["number"] or 0, moment])
        return int(cursor.rowcount)


def changed_at(collection: Collection, key: str | None = None) -> datetime.datetime | None:
    """Return when a collection, or one feature of it, last changed; ``None`` where nobody has looked lately."""
    looked = PublicLook.objects.filter(collection=collection.id, looked_at__gte=timezone.now() - STALE)
    if not looked.exists():
        return None
    rows: Any = PublicFeature.objects.filter(collection=collection.id)
    if key is not None:
        rows = rows.filter(key=key, gone=False)
    last: datetime.datetime | None = rows.aggregate(at=Max("changed_at"))["at"]
    # Never later than the answer itself (RFC 9110, 8.8.2.1).
    return last if last is not None and last <= timezone.now() else None


def looked_at(collection: Collection) -> datetime.datetime | None:
    """Return up to which moment the ledger knows."""
    found = PublicLook.objects.filter(collection=collection.id).values_list("looked_at", flat=True)
    return found.first()
