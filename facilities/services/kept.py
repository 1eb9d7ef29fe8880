"""What was computed from the register and stays true until somebody changes it: kept in the process, by the register's stamp.

The overview asks how the network stood at the end of each year, and several targets ask the same of one day. None of it changes
until a row changes that it was computed from, which the stamp of the rows' history says (`geo_registry.accounts.stamps`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar

from django.db.models import Model

from geo_registry.accounts.stamps import history_stamp
from geo_registry.reference.models import Source
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
    Function,
    Kind,
    KindFunction,
    Network,
    Tier,
)

Value = TypeVar("Value")

# Everything that a kept value may be computed from; nothing else may be read for one.
READ_FROM: Final[Sequence[type[Model]]] = (
    Facility, FacilityStatus, FacilityKind, FacilityFunction, CapacityReading, Network, Tier, Kind, KindFunction, Function,
    PopulatedPlace, PopulationCount, Division, DenominatorFlag, Installation, Source,
)  # fmt: skip
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
    key = (name, *of, history_stamp(READ_FROM))
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
