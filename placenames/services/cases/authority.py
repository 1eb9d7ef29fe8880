"""Who approves a name: the law says which kind of office, an announcement says which office."""

from __future__ import annotations

from typing import Final

from geo_registry.territory.models import Installation, Level
from placenames.models import NameCase

_COUNTY_GOVERNMENT: Final = "县级人民政府"


def authority_of(case: NameCase) -> str:
    """Return the office that approves a case, by name, where that is sure: the home county's government (Art. 12).

    Of other kinds the procedure names a class of offices, and whoever enters the approval says which.
    """
    home = Installation.home()
    if authorities_of(case) != _COUNTY_GOVERNMENT or home is None or home.level != Level.COUNTY:
        return ""
    return f"{home.name}人民政府"


def authorities_of(case: NameCase) -> str:
    """Return what kind of office approves a case, as its kind's procedure has it."""
    procedure = getattr(case.kind, "procedure", None)
    return procedure.authority_zh if procedure is not None else ""
