"""What pages and commands call: take a file in, load the demo county, remove what a source brought."""

from .errors import RowsRefused, UnknownKind
from .importing import Options, run_import
from .removal import RemovalRefused, RemovalReport, remove_sources

__all__ = [
    "Options",
    "RemovalRefused",
    "RemovalReport",
    "RowsRefused",
    "UnknownKind",
    "remove_sources",
    "run_import",
]
