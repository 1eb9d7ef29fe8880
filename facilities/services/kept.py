"""What was computed from the register and stays true until somebody changes it: kept in the process, by the register's stamp.

The overview asks how the network stood at the end of each year, and several targets ask the same of one day. None of it changes
until a row changes that it was computed from, which the rows' history says in one query (as in `register_stamp`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar

from django.db import connection
from django.db.models import Model

from geo_registry.accounts.history import newest_events_sql
from geo_registry.territory.models import (
    DenominatorFlag,
    Division,
    Installation,
    PopulatedPlace,
    PopulationCount,
)

from ..models import (
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityStatus,
    Kind,
    KindFunction,
    Network,
    Tier,
)

Value = TypeVar("Value")

# Everything that a kept value may be computed from; nothing else may be read for one.
READ_FROM: Final[Sequence[type[Model]]] = (
    Facility, FacilityStatus, FacilityKind, FacilityFunction, CapacityReading, Network, Tier, Kind, KindFunction,
    PopulatedPlace, PopulationCount, Division, DenominatorFlag, Installation,
)  # fmt: skip
# Whoever has written holds a lock on the own transaction until it ends.
_WRITING: Final = """
    SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND datname = current_database()
"""
_MOST: Final = 64
_values: OrderedDict[Hashable, object] = OrderedDict()
_lock = threading.Lock()


def kept(name: str, *of: Hashable, compute: Callable[[], Value]) -> Value:
    """Return what was computed before under this name and these keys if the register is as it was then; else compute it.

    Whoever gets it must not change it: others get the same.

    Parameters
    ----------
    name, *of
        What it is, and of what: primary keys and days, never rows.
    compute
        Reads only tables of `READ_FROM`.
    """
    stamp = _stamp()
    if stamp is None:
        return compute()
    key = (name, *of, stamp)
    with _lock:
        if key in _values:
            _values.move_to_end(key)
            return _values[key]  # type: ignore[return-value]
    value = compute()
    with _lock:
        _values[key] = value
        while len(_values) > _MOST:
            _values.popitem(last=False)
    return value


def _stamp() -> tuple[object, ...] | None:
    """Return the last event of each table, or ``None`` while somebody is writing.

    A transaction takes its events' numbers before it ends: with another one ahead of it, its rows would come to be seen without
    the stamp changing. So nothing is kept, nor taken from what is kept, while a transaction that writes is open, this one included.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT current_database(), NOT EXISTS ({_WRITING}), {newest_events_sql(READ_FROM)}")
        database, quiet, *stamp = cursor.fetchone() or (None, False)
    return (database, *stamp) if quiet else None
