"""The town and its roads, as for the checks."""

from tests.placenames.checking.conftest import named, town, village

__all__ = ["named", "town", "village"]
