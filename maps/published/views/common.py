"""What everybody's page of a map and the office's have in common."""

from __future__ import annotations

import datetime
from typing import Any

from django.urls import reverse

from geo_registry.attachments.models import Attachment

from ...models import MapVersion
from ..composition import LAYERS, read_story
from ..content import Content
from ..files import KINDS, files_of
from ..making import coverage_problem_words
from ..telling import told


def page_context(version: MapVersion, content: Content, *, for_office: bool) -> dict[str, Any]:
    """Return what the page of a version shows.

    Parameters
    ----------
    for_office
        Whether addresses lead to the office's pages, where drafts and internal maps are.
    """
    room = "composed" if for_office else "published"
    arguments = [version.map.code, version.number]
    files = files_of(version, content)
    return {
        "version": version,
        "told": told(version, content),
        "problem": coverage_problem_words(content["coverage_problem"]),
        "data_url": reverse(f"maps:{room}_data", args=arguments),
        "files": [
            {
                "label": kind.label,
                "url": reverse(f"maps:{room}_file", args=[*arguments, code]),
                "size": files[code].attachment.content.size_bytes if files[code].attachment else 0,  # type: ignore[union-attr]
            }
            for code, kind in KINDS.items()
            if kind.label and code in files
        ],
        "picture_url": reverse(f"maps:{room}_file", args=[*arguments, "svg"]) if "svg" in files else "",
        "steps": _steps(version, set(files), room),
        "has_demo_data": content["demo"],
        "data_date": datetime.date.fromisoformat(content["day"]),
    }


def _steps(version: MapVersion, made: set[str], room: str) -> list[dict[str, Any]]:
    pictures = {str(one.pk): one for one in Attachment.objects.of(version)} if version.story else {}
    return [
        {
            "title": step.title,
            "paragraphs": [part.strip() for part in step.text.split("\n") if part.strip()],
            "picture": pictures.get(step.picture),
            "picture_words": step.picture_words,
            "layers": [name for name in LAYERS if name in step.layers],
            "map_url": reverse(f"maps:{room}_file", args=[version.map.code, version.number, f"step-{number}"])
            if f"step-{number}" in made
            else "",
        }
        for number, step in enumerate(read_story(version.story), start=1)
    ]
