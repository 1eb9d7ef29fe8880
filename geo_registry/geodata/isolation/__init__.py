"""Reading in a process of its own, so that a hostile or broken file harms nothing but its own reading.

Files that users upload are read by libraries in C, C++ and Rust. `open_isolated`, `look_isolated` and
`list_layers_isolated` do what `readers.open_source`, `looking.look` and `readers.list_layers` do, but in a child process
with limits on memory and time, without network, without the right to start programs, and without this process's
environment. If it dies, the user gets one sentence; nothing of it is left.

Example::

    for layer in list_layers_isolated(path): ...
    seen = look_isolated(path, layer="设施", expected=bounds)   # sample rows, candidates for encoding and CRS
    with open_isolated(path, layer="设施", encoding="gb18030") as source:
        for rows in source.batches(5_000): ...                  # as any other Source

`Mender` does the same for what comes after reading: checking and mending outlines.
"""

from .limits import DEFAULT_PROCESS_LIMITS, ProcessLimits
from .mending import Mender
from .parent import IsolatedSource, list_layers_isolated, look_isolated, open_isolated, remove_leftovers

__all__ = [
    "DEFAULT_PROCESS_LIMITS",
    "IsolatedSource",
    "Mender",
    "ProcessLimits",
    "list_layers_isolated",
    "look_isolated",
    "open_isolated",
    "remove_leftovers",
]
