"""What the reading process may cost."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import gettext_noop
from ..readers.base import MIB

NO_MEMORY = gettext_noop(
    "Reading “{file}” takes more than {limit} MB of memory. Split it, delete what is not needed, or save it as CSV or "
    "GeoPackage."
)


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Bounds that the operating system holds the reading process to.

    Parameters
    ----------
    memory_bytes : int
        Address space (RLIMIT_AS). The libraries themselves take about 0.6 GiB of it, most of which never becomes memory.
    cpu_s : int
        Processor time for one file, all its rows included (RLIMIT_CPU).
    silence_s : float
        How long the caller waits for the next rows. Time that the caller itself takes does not count.
    written_bytes : int
        Of one temporary file (RLIMIT_FSIZE): what is unpacked from an archive.
    open_files : int
        RLIMIT_NOFILE.
    """

    memory_bytes: int = 3072 * MIB
    cpu_s: int = 900
    silence_s: float = 180.0
    written_bytes: int = 2560 * MIB
    open_files: int = 256


DEFAULT_PROCESS_LIMITS = ProcessLimits()
