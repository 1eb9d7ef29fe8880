"""A county of two townships; the eastern one has three villages that meet at one point, and a few roads."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client

from geo_registry.accounts.models import Office, Role, User
from geo_registry.drawing.services.versions import versions_of
from geo_registry.territory.models import Division, Installation, Level, Road
from tests import factories

VALUES = Path(__file__).resolve().parents[2] / "geo_registry" / "reference" / "data" / "values.toml"
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


def box(west: float, south: float, east: float, north: float, *more: tuple[float, float]) -> MultiPolygon:
    """A rectangle in degrees; ``more`` are vertices on its sides, in order from the south-west corner."""
    del more
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return MultiPolygon(Polygon(ring, srid=4490), srid=4490)


def outline(*points: tuple[float, float]) -> MultiPolygon:
    return MultiPolygon(Polygon([*points, points[0]], srid=4490), srid=4490)


@dataclass
class Ground:
    home: Division
    east: Division
    west: Division
    left: Division
    upper: Division
    lower: Division
    people: dict[Role, User]
    second_planner: User


def reference_values() -> None:
    """What an installation has of these; all of `load_reference` would take each test seconds."""
    for value in tomllib.loads(VALUES.read_text())["value"]:
        if value["key"].startswith(("drawing-", "track-", "same-name-road", "notifications-")):
            factories.ReferenceValueFactory(
                key=value["key"], title_zh=value["title_zh"], value=value["value"]
            )


@pytest.fixture
def ground(db) -> Ground:
    reference_values()

    def division(
        code: str, name: str, level: Level, parent: Division | None, boundary: MultiPolygon
    ) -> Division:
        return Division.objects.create(code=code, name=name, level=level, parent=parent, boundary=boundary)

    home = division("990101", "甲县", Level.COUNTY, None, box(106.0, 38.0, 106.2, 38.1))
    west = division(
        "990101101",
        "西镇",
        Level.TOWNSHIP,
        home,
        outline((106.0, 38.0), (106.1, 38.0), (106.1, 38.1), (106.0, 38.1)),
    )
    east = division(
        "990101102",
        "东镇",
        Level.TOWNSHIP,
        home,
        outline((106.1, 38.0), (106.2, 38.0), (106.2, 38.1), (106.1, 38.1)),
    )
    left = division(
        "990101102201", "左村", Level.VILLAGE, east,
        outline((106.1, 38.0), (106.15, 38.0), (106.15, 38.05), (106.15, 38.1), (106.1, 38.1)),
    )  # fmt: skip
    upper = division("990101102202", "上村", Level.VILLAGE, east, box(106.15, 38.05, 106.2, 38.1))
    lower = division("990101102203", "下村", Level.VILLAGE, east, box(106.15, 38.0, 106.2, 38.05))
    Installation.objects.create(home_division=home)
    office = Office.objects.create(name="甲县民政局", division=home)
    east_office = Office.objects.create(name="东镇民政办", division=east)
    people = {
        role: User.objects.create_user(
            role.value, role=role, office=east_office if role == Role.CLERK else office
        )
        for role in Role
    }
    second = User.objects.create_user("planner-2", role=Role.PLANNER, office=office)
    return Ground(home, east, west, left, upper, lower, people, second)


def road(*points: tuple[float, float], **values: Any) -> Road:
    return factories.RoadFactory(geometry=factories.line(*points), **values)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def change_of(row: Any, geometry: Any = None, **attributes: Any) -> dict[str, Any]:
    """A change of a row as the page sends it, drawn upon the row as it is now."""
    layer = {"road": "road", "division": "division", "builtuparea": "builtup", "populatedplace": "hamlet", "facility": "facility"}[
        row._meta.model_name
    ]  # fmt: skip
    return {
        "key": f"{layer}:{row.pk}", "layer": layer, "action": "update", "id": row.pk,
        "version": versions_of(type(row), [row.pk])[row.pk], "geometry": geometry, "attributes": attributes or None,
    }  # fmt: skip


def new(layer: str, geometry: Any, key: str = "new-1", **attributes: Any) -> dict[str, Any]:
    return {
        "key": f"{layer}:{key}", "layer": layer, "action": "create", "id": None, "version": 0, "geometry": geometry,
        "attributes": attributes,
    }  # fmt: skip


def line_json(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(point) for point in points]}


def area_json(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "MultiPolygon", "coordinates": [[[list(point) for point in (*points, points[0])]]]}


def post(client: Client, address: str, **body: Any) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")


def save(client: Client, *changes: dict[str, Any], why: str = "实地核对", **more: Any) -> Any:
    return post(client, "/office/ground/save/", changes=list(changes), why=why, **more)
