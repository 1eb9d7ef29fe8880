"""Dated, cited values that an administrator may change: nothing here is a constant in code."""

from .calendar import CalendarDay
from .dated import Dated, DatedQuerySet
from .profiles import RoadSpeed, TravelMode, TravelProfile
from .rules import NameRule, Severity
from .sources import Source
from .values import Mark, ReferenceValue

__all__ = [
    "CalendarDay",
    "Dated",
    "DatedQuerySet",
    "Mark",
    "NameRule",
    "ReferenceValue",
    "RoadSpeed",
    "Severity",
    "Source",
    "TravelMode",
    "TravelProfile",
]
