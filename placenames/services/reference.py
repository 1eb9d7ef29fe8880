"""Kinds of place from reference files (``load_reference``)."""

from __future__ import annotations

from geo_registry.reference.loading import Entry, Loading, register_section, take
from placenames.models import PlaceKind, SplitMode


def load_place_kind(run: Loading, entry: Entry) -> None:
    """``[[place_kind]]``: what kind of thing a place is, with the generic terms its names end in and how they are spelled."""
    fields = take(
        entry, "code", "name_zh", name_en="", position=100, synonyms=[], category_code="", generic_terms=[],
        ground="", split_mode=SplitMode.APART.value, ordinals_in_figures=False,
    )  # fmt: skip
    run.row(PlaceKind, key={"code": fields.pop("code")}, values=fields)


def register() -> None:
    """Make this app responsible for its section of reference files."""
    register_section("place_kind", load_place_kind)
