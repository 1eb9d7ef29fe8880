"""What must not be shown so that nobody is recognised in a table. No Django."""

from .errors import DisclosureError
from .suppression import Relation, Suppression, suppress
from .tables import Hierarchy, PublicTable, suppress_table

__all__ = [
    "DisclosureError",
    "Hierarchy",
    "PublicTable",
    "Relation",
    "Suppression",
    "suppress",
    "suppress_table",
]
