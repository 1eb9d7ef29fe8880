"""Stories as the one search finds them: by their titles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.urls import reverse

from geo_registry.search import registry
from geo_registry.search.queries import fit_of_stage, fit_of_typed, lies_in, query_of
from geo_registry.search.registry import Asked, Hit, Stage, What
from geo_registry.territory.prepared import Given, Prepared
from geo_registry.territory.search_keys import Matches, TextSearchQuery
from placenames.models import Story
from placenames.naming.generic import without_committee

from .lists import public_stories


def find(asked: Asked, stage: Stage) -> Sequence[Hit]:
    """Return public stories whose titles fit."""
    query = query_of(asked.text, stage)
    if not query or What.STORY not in asked.what:
        return []
    if not _any_story().rows(query=query):
        # As for most of what is typed: what of it is public need not be asked then, which is the longer question.
        return []
    matching = Matches("keys", TextSearchQuery(query))
    rows = public_stories().filter(lies_in(asked.paths, "division__path"), matching)
    if stage is Stage.RIGHT:
        rows = rows.annotate(fits=fit_of_typed(asked.text, "keys")).order_by("fits", "-published_on", "-pk")
    found = []
    for story in rows[: asked.limit]:
        fit = fit_of_stage(stage, asked.text, story.title, getattr(story, "fits", 0))
        if fit is not None:
            found.append(
                Hit(
                    what=What.STORY, key=story.short_id, text=story.title, kind=str(What.STORY.label), fit=fit,
                    where=without_committee(story.division.name), is_demo=story.is_demo,
                    url=reverse("stories:story", args=[story.short_id]),
                )
            )  # fmt: skip
    return found


@lru_cache(maxsize=1)
def _any_story() -> Prepared:
    matching = Story.objects.filter(Matches("keys", Given("query", "tsquery")))
    return Prepared.of(matching.order_by().values_list("pk")[:1])


def register() -> None:
    """Let stories be found."""
    registry.register("stories", find)
