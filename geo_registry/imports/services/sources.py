"""Where the rows of a file come from, and where rows of this installation may lie."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from django.core.validators import validate_slug
from django.db import connection
from django.utils.text import slugify

from geo_registry.geodata.crs_checks import Bounds
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division

_BAD_CODE = gettext_noop(
    "“{code}” cannot be the code of a source: it may have Latin letters, digits, - and _ only."
)

CODE_CHARACTERS = 60


def source_for(given: Source | str | None, path: Path) -> Source:
    """Return the source of a file's rows, made if need be.

    Parameters
    ----------
    given : Source, str or None
        A source or its code. Without one, a file is its own source, under a code made of its name: the same
        file is the same
        source the next time.
    path : Path
        The file.

    Raises
    ------
    GeodataError
        If the code cannot be one.
    """
    if isinstance(given, Source):
        return given
    code = given or code_of_file(path)
    if not re.fullmatch(validate_slug.regex, code) or len(code) > CODE_CHARACTERS:
        raise GeodataError(Message(_BAD_CODE, {"code": code}))
    source, _created = Source.objects.get_or_create(code=code, defaults={"title": path.name[:200]})
    return source


def code_of_file(path: Path) -> str:
    """Return the code under which a file is its own source: its name, or a digest of it."""
    slug = slugify(path.stem)
    if slug.casefold() == path.stem.casefold() and len(slug) <= CODE_CHARACTERS - 5:
        return f"file-{slug}"
    return f"file-{slug[:30]}-{hashlib.sha256(path.stem.encode()).hexdigest()[:10]}".replace("--", "-")


def expected_bounds(home: Division | None) -> Bounds | None:
    """Return where points of this installation lie: home's extent, grown by its own size on each side.

    ``None`` where there is no home, or nobody knows its boundary.
    """
    if home is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) "
            "FROM (SELECT ST_Envelope(boundary) AS b FROM territory_division WHERE id = %s) AS home",
            [home.pk],
        )
        found = cursor.fetchone()
    if found is None or found[0] is None:
        return None
    west, south, east, north = found
    width, height = east - west, north - south
    return (west - width, south - height, east + width, north + height)
