"""What makes the demo county's facilities accessible: openly invented, with believable gaps, so that the finder can be asked."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ...models import Facility
from ...models.facility import ACCESSIBILITY

_SEED: Final = 2024
# Of a hundred facilities so many have it, in part, not at all; of the rest nobody knows.
_SHARES: Final[Mapping[str, tuple[int, int, int]]] = MappingProxyType(
    {
        "step_free_entrance": (52, 22, 16),
        "accessible_toilet": (30, 14, 38),
        "lift": (46, 4, 36),
        "accessible_parking": (18, 8, 50),
        "induction_loop": (4, 3, 58),
        "sign_language": (3, 4, 60),
    }
)


def make_up_access(facilities: Iterable[Facility]) -> int:
    """Make up what is there at facilities of which nothing is known; return at how many.

    Parameters
    ----------
    facilities
        Of a demo source; changed in place and saved.
    """
    silent = [row for row in facilities if not any(getattr(row, code) for code in ACCESSIBILITY)]
    for row in silent:
        for code, shares in _SHARES.items():
            chance = random.Random(f"{_SEED} {row.number} {code}")  # noqa: S311 - invented data
            rest = 100 - sum(shares)
            setattr(row, code, chance.choices(("yes", "limited", "no", ""), weights=(*shares, rest))[0])
    Facility.objects.bulk_update(silent, ACCESSIBILITY)
    return len(silent)
