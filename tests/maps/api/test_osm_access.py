"""What OpenStreetMap says of accessibility, written and read: tags that promise no more than is known."""

from __future__ import annotations

import pytest

from facilities.importers.facilities import FACILITIES
from facilities.importers.words import PROVISIONS
from geo_registry.geodata.values import choice
from maps.api.osm_xml import access_tags


@pytest.mark.parametrize(
    ("provisions", "tags"),
    [
        ({"step_free_entrance": "yes", "lift": "yes"}, {"wheelchair": "yes"}),
        ({"step_free_entrance": "yes", "lift": "no"}, {"wheelchair": "limited"}),
        ({"step_free_entrance": "yes"}, {"wheelchair": "limited"}),
        ({"step_free_entrance": "no", "lift": "yes"}, {"wheelchair": "no"}),
        ({"lift": "yes"}, {}),
        ({"accessible_toilet": "yes", "induction_loop": "limited"}, {"toilets:wheelchair": "yes", "hearing_loop": "limited"}),
        ({"accessible_toilet": "limited", "sign_language": "yes"}, {}),
    ],
)  # fmt: skip
def test_a_tag_promises_no_more_than_is_known(provisions, tags) -> None:
    assert access_tags(provisions) == tags


def test_what_openstreetmap_says_is_understood_when_it_is_read() -> None:
    headers = {column.field: column.headers for column in FACILITIES.columns}
    assert "wheelchair" in headers["step_free_entrance"]
    assert "toilets:wheelchair" in headers["accessible_toilet"]
    read = choice(PROVISIONS)
    assert [read(word) for word in ("yes", "limited", "no", "designated")] == ["yes", "limited", "no", "yes"]
