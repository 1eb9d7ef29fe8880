"""Place names out again, as their files have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Prefetch

from geo_registry.accounts.models import User
from geo_registry.geodata.errors import gettext_noop
from geo_registry.imports.kinds.exports import to_shapely
from geo_registry.imports.registry import ExportRow, ExportScope

from ..models import Name, Place, PlaceKind, PlaceRelation, Spelling
from ..models.survey import SURVEY_FIELDS
from .checking.secrecy import is_told
from .import_relations import in_cells

_CHUNK = 1_000

NOT_WRITTEN = gettext_noop(
    "colloquial names; spellings that nobody has confirmed; notes and sources of relations; sounds, films, pictures and papers."
)


def export_place_names(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield places that go by a name, in the order in which they were entered."""
    rows = scope.narrow(Place.objects.all())
    kinds = Counter(PlaceKind.objects.values_list("name_zh", flat=True))
    spellings = Prefetch("spellings", queryset=Spelling.objects.filter(status=Spelling.Status.CONFIRMED))
    names = Prefetch("names", queryset=Name.objects.order_by("pk").prefetch_related(spellings))
    rows = rows.select_related("kind", "division", "named_division").defer(
        "division__boundary", "named_division__boundary"
    )
    ends = PlaceRelation.objects.select_related("other__division").defer("other__division__boundary")
    relations = Prefetch("relations", queryset=ends.order_by("pk"))
    others = Prefetch("relations__other__names", queryset=Name.objects.order_by("pk"))
    rows = rows.prefetch_related(names, "roads", relations, others)
    for place in rows.order_by("pk").iterator(chunk_size=_CHUNK):
        held = list(place.names.all())
        current = _in_force(held, Name.Status.STANDARD) or _in_force(held, Name.Status.RECORDED)
        if current is not None:
            values = _values(place, current, held, kinds) | _relations(place, scope.user)
            yield ExportRow(values, to_shapely(place.geometry))


def _in_force(names: Sequence[Name], status: str) -> Name | None:
    return next((name for name in names if name.status == status and name.valid_to is None), None)


def _texts(names: Sequence[Name], status: str) -> list[str]:
    return [name.text for name in names if name.status == status]


def _values(place: Place, current: Name, names: Sequence[Name], kinds: Counter[str]) -> dict[str, Any]:
    spelling = current.confirmed_spelling()
    kind = place.kind
    return {
        # No column of a file: by it a difference leads to the place.
        "short_id": place.short_id,
        "place_code": place.place_code, "name": current.text, "name_status": str(current.status),
        "pinyin": spelling.text if spelling is not None else "", "pinyin_confirmed": True if spelling is not None else None,
        "kind": kind.name_zh if kinds[kind.name_zh] == 1 else kind.code,
        "division_code": place.division.code if place.division else None,
        "names_division": place.named_division.code if place.named_division else None,
        "names_road": list(dict.fromkeys(road.source_ref.partition("#")[0] for road in place.roads.all() if road.source_ref)),
        "origin": place.origin, "meaning": place.meaning, "history": place.history,
        "former_names": _texts(names, Name.Status.FORMER), "aliases": _texts(names, Name.Status.ALIAS),
        "short_names": _texts(names, Name.Status.SHORT), "minority_writing": _texts(names, Name.Status.MINORITY),
        **{field: getattr(place, field) for field in SURVEY_FIELDS},
        "approved_by": place.approved_by, "approved_on": place.approved_on, "secrecy": place.secrecy,
        "published": place.published, "source_ref": place.source_ref,
    }  # fmt: skip


def _relations(place: Place, reader: User | None) -> dict[str, list[str]]:
    """Return the columns of a place's relations; of what is related the name it goes by today.

    A secret place elsewhere is left out unless the reader may be told of it; without a reader it is the administrator's console.
    """
    rows = [
        row for row in place.relations.all()
        if row.other is None or reader is None or is_told(reader, row.other)
    ]  # fmt: skip
    names = {}
    for row in rows:
        name = row.other.current_name() if row.other is not None else None
        if row.other is not None and name is not None:
            names[row.other.pk] = name.text
    return in_cells(rows, names)
