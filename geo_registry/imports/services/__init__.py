"""What pages and commands call: take a file in, load the demo county, remove what a source brought."""

from .demo import DemoReport, load_demo, remove_demo
from .errors import RowsRefused, UnknownKind
from .importing import run_import
from .options import Options
from .removal import RemovalRefused, RemovalReport, remove_sources

__all__ = [
    "DemoReport",
    "Options",
    "RemovalRefused",
    "RemovalReport",
    "RowsRefused",
    "UnknownKind",
    "load_demo",
    "remove_demo",
    "remove_sources",
    "run_import",
]
