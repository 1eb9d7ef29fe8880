"""A county with something of every collection, public and not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from facilities.models import Facility
from geo_registry.territory.models import Division
from placenames.models import Name
from tests import factories

HIDDEN = "HIDDEN"


@dataclass
class Registry:
    home: Division
    township: Division
    village: Division
    facilities: list[Facility] = field(default_factory=list)


@pytest.fixture
def registry(db) -> Registry:
    """Five public facilities on a line going east, two names, three divisions, one road; beside each what is not public."""
    installation = factories.InstallationFactory()
    home = installation.home_division
    township = factories.TownshipFactory(parent=home, name="乙镇", boundary=factories.square())
    village = factories.DivisionFactory(parent=township, name="西湖社区", code="990000000001")
    kind = factories.KindFactory(code="canteen", name_zh="老年助餐点", name_en="Meal point")
    source = factories.SourceFactory(licence="CC BY 4.0", publisher="民政局")
    made = Registry(home, township, village)
    for number in range(1, 6):
        made.facilities.append(
            factories.FacilityFactory(
                number=f"F-{number}", name=f"西湖{number}号助餐点", kind=kind, division=village, source=source,
                location=factories.point(106 + number / 100, 38.0), private_phone="139-PRIVATE", note="PRIVATE-NOTE",
                social_credit_code="PRIVATE-CODE", location_note="PRIVATE-PLACE", contact_role="PRIVATE-ROLE",
            )
        )  # fmt: skip
    for number, changes in enumerate(({"published": False}, {"secret": True}, {"kind__protective": True})):
        factories.FacilityFactory(
            number=f"{HIDDEN}-{number}", name=f"{HIDDEN}{number}", division=village, **changes
        )
    road = factories.RoadFactory(name="西湖路", division=village)
    factories.RoadFactory(name=HIDDEN, division=village, restricted=True)
    secret_road = factories.RoadFactory(name=f"{HIDDEN} of a secret place", division=village)
    street = factories.PlaceFactory(division=village, published=True, source=factories.DemoSourceFactory())
    factories.NameFactory(place=street, text="西湖路", status=Name.Status.STANDARD)
    factories.NameFactory(place=street, text=f"{HIDDEN} draft", status=Name.Status.DRAFT)
    street.roads.add(road)
    hill = factories.PlaceFactory(division=village, published=True, geometry=factories.point(106.02, 38.01))
    name = factories.NameFactory(place=hill, text="小山", status=Name.Status.STANDARD)
    factories.SpellingFactory(name=name, text=f"{HIDDEN} spelling", status="proposed")
    draft = factories.PlaceFactory(division=village, published=False, geometry=factories.point())
    factories.NameFactory(place=draft, text=f"{HIDDEN} place", status=Name.Status.STANDARD)
    secret = factories.PlaceFactory(
        division=village, published=True, secrecy="机密", geometry=factories.point()
    )
    factories.NameFactory(place=secret, text=f"{HIDDEN} secret", status=Name.Status.STANDARD)
    secret.roads.add(secret_road)
    factories.DivisionFactory(parent=factories.CountyFactory(), name=f"{HIDDEN} elsewhere")
    return made


@pytest.fixture
def get(client: Client, registry):
    """Ask the interface, and return what it says as JSON."""

    def ask(address: str, status: int = 200, **query: Any) -> Any:
        response = client.get(
            f"/api/{address}", query, headers={"accept": "application/json", "accept-language": "en"}
        )
        assert response.status_code == status, response.content.decode()[:2000]
        return json.loads(response.content)

    return ask


@pytest.fixture
def ids(get):
    """Ask for features, and return their ids."""

    def ask(collection: str = "facilities", **query: Any) -> list[Any]:
        found = get(f"collections/{collection}/items", **query)
        return [feature["id"] for feature in found["features"]]

    return ask
