"""Descriptions of co-ordinate systems that name files: whatever a stranger wrote there is not opened."""

from __future__ import annotations

import re

# Grids and parameter files by name, and whatever else PROJ would open; the empty grid of web maps is none.
_FILES = re.compile(
    r"""(?:nadgrids|geoidgrids|xyz_grids|grids)\s*=\s*(?!@?null\b)[^\s,"\]]*|\+init\s*=\s*(?!epsg:)\S*"""
    r"""|PARAMETERFILE\s*\[[^\]]*|\bfile:\S*|^\s*(?:@|\.{0,2}/|[A-Za-z]:\\|https?:)\S*""",
    re.IGNORECASE,
)


def file_named_by(text: str) -> str | None:
    """Return the part of a description that names a file, if there is one."""
    found = _FILES.search(text)
    return found[0][:80] if found else None
