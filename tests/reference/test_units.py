"""A figure and its unit, as each language writes them."""

from __future__ import annotations

import pytest
from django.utils import translation

from geo_registry.templatetags.site import with_unit


@pytest.mark.parametrize(
    ("language", "unit", "said"),
    [
        ("zh-hans", "张", "3张"),
        ("zh-hans", "m²/百户", "3m²/百户"),
        ("zh-hans", "%", "3%"),
        ("en", "张", "3 beds"),
        ("en", "%", "3%"),
        ("en", "个", "3"),
        ("en", "km", "3 km"),
    ],
)
def test_a_blank_stands_before_a_unit_only_where_the_language_has_one(language, unit, said):
    with translation.override(language):
        assert with_unit("3", unit) == said
