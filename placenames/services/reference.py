"""Kinds of place from reference files (``load_reference``)."""

from __future__ import annotations

from geo_registry.reference.loading import Entry, Loading, day, mark, register_section, take
from placenames.models import CampaignGoal, KindProcedure, ListWord, PlaceKind, SplitMode, TermLimit


def load_place_kind(run: Loading, entry: Entry) -> None:
    """``[[place_kind]]``: what kind of thing a place is, with the generic terms its names end in and how they are spelled."""
    fields = take(
        entry, "code", "name_zh", name_en="", position=100, synonyms=[], category_code="", generic_terms=[],
        ground="", split_mode=SplitMode.APART.value, ordinals_in_figures=False,
    )  # fmt: skip
    run.row(PlaceKind, key={"code": fields.pop("code")}, values=fields)


def load_kind_procedure(run: Loading, entry: Entry) -> None:
    """``[[kind_procedure]]``: who approves the names of a kind, with which reports, and within what a name is the only one."""
    fields = take(
        entry, "kind", "family", "scope", "mark", authority_zh="", authority_en="", reports=[], source=""
    )  # fmt: skip
    fields["mark"] = mark(fields["mark"])
    kind = PlaceKind.objects.filter(code=fields.pop("kind")).first()
    # An office that has deleted a kind wants no procedure for it.
    if kind is not None:
        run.row(KindProcedure, key={"kind": kind}, values=fields)


def load_term_limit(run: Loading, entry: Entry) -> None:
    """``[[term_limit]]``: what a generic term is fit for."""
    fields = take(
        entry, "term", "mark", families=[], min_width_m=None, max_width_m=None, min_length_m=None, max_length_m=None,
        source="",
    )  # fmt: skip
    fields["mark"] = mark(fields["mark"])
    run.row(TermLimit, key={"term": fields.pop("term")}, values=fields)


def load_list_word(run: Loading, entry: Entry) -> None:
    """``[[list_word]]``: words of one list. Persons, leaders and brands are the office's own, and no file may ship them."""
    fields = take(entry, "list", "words", "mark", source="")
    fields["mark"] = mark(fields["mark"])
    name, words = fields.pop("list"), fields.pop("words")
    for word in words:
        # A pair of characters that look alike is written 大/太.
        text, _slash, other = word.partition("/")
        run.row(ListWord, key={"list": name, "text": text, "other": other}, values=fields)


def load_campaign_goal(run: Loading, entry: Entry) -> None:
    """``[[campaign_goal]]``: what the campaign is to reach by a day."""
    fields = take(entry, "title", "due_on", "mark", measure="", target_percent=None, source="")
    fields["mark"], fields["due_on"] = mark(fields["mark"]), day(fields["due_on"])
    run.row(CampaignGoal, key={"title": fields.pop("title")}, values=fields)


def register() -> None:
    """Make this app responsible for its sections of reference files."""
    register_section("place_kind", load_place_kind)
    register_section("kind_procedure", load_kind_procedure)
    register_section("term_limit", load_term_limit)
    register_section("list_word", load_list_word)
    register_section("campaign_goal", load_campaign_goal)
