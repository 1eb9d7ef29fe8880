"""Map symbols: every shape that a kind may have can be drawn, and says what it is."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from facilities.models import Kind
from geo_registry.symbols import SHAPES, definition, symbol_svg


def test_every_shape_of_a_kind_has_a_path() -> None:
    assert set(Kind.Shape.values) == set(SHAPES) == set(definition())


@pytest.mark.parametrize("shape", [*SHAPES, "unknown"])
def test_a_symbol_is_well_formed_and_carries_its_character(shape: str) -> None:
    root = ET.fromstring(symbol_svg(shape, "<&"))
    assert root.find("text").text == "<&"
    assert root.get("aria-hidden") == "true"


def test_a_symbol_with_a_title_is_an_image_with_a_name() -> None:
    root = ET.fromstring(symbol_svg("circle", "餐", title='助餐点 "甲"'))
    assert (root.get("role"), root.get("aria-label")) == ("img", '助餐点 "甲"')


def test_what_is_not_in_operation_is_hollow() -> None:
    assert "symbol-hollow" in symbol_svg("circle", "餐", hollow=True)
    assert "symbol-hollow" not in symbol_svg("circle", "餐")
