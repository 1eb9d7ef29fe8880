"""Walking times of the public page: along the roads, from a graph on disk, and never waited for."""

from __future__ import annotations

import pytest
from django.urls import reverse

from facilities.services import public, walking
from geo_registry.territory.models import Road
from tests import little_county
from tests.reference_rows import load_shipped_reference


@pytest.fixture
def county(db, settings, tmp_path, monkeypatch) -> little_county.LittleCounty:
    settings.ROADGRAPH_CACHE_DIR = tmp_path
    monkeypatch.setattr(walking, "_memory", walking._Memory())
    made = little_county.make()
    load_shipped_reference()
    return made


def read_at_once() -> None:
    """What the thread does, now."""
    walking._memory.current()
    if walking._memory.thread is not None:
        walking._memory.thread.join(60)


def page(county: little_county.LittleCounty) -> public.Listing:
    what = public.Search(position=county.villages[0].point)
    return public.listing(what, now=public.local_now())


def test_without_a_graph_the_page_says_straight_lines_and_builds_none(county, tmp_path) -> None:
    found = page(county)
    assert not found.along_roads
    assert {entry.walk_s for entry in found.entries} == {None}
    assert found.entries[0].distance_m is not None
    assert not list(tmp_path.glob("*.graph"))


def test_with_one_it_says_times_along_the_roads_shortest_first(county) -> None:
    assert walking.keep_graph()
    read_at_once()
    found = page(county)
    assert found.along_roads
    times = [entry.walk_s for entry in found.entries if entry.walk_s is not None]
    assert times == sorted(times)
    assert len(times) >= 2
    assert None in {entry.walk_s for entry in found.entries}, (
        "the western township is farther than an hour and a half"
    )
    # No way along a grid of streets is shorter than the straight line at the profile's speed, 0.8 m/s.
    for entry in found.entries:
        if entry.walk_s is not None:
            assert entry.walk_s >= entry.distance_m / 0.8 - 1


def test_a_first_request_does_not_wait_for_the_graph(county, monkeypatch) -> None:
    walking.keep_graph()
    started = []
    monkeypatch.setattr(walking.threading.Thread, "start", lambda thread: started.append(thread))
    assert not page(county).along_roads
    assert len(started) == 1


def test_the_graph_is_built_anew_only_when_the_roads_have_changed(county, tmp_path) -> None:
    walking.keep_graph()
    first = {path.name for path in tmp_path.glob("*.graph")}
    pointer = (tmp_path / "public-walk.json").stat().st_ino
    walking.keep_graph()
    assert (tmp_path / "public-walk.json").stat().st_ino == pointer
    Road.objects.order_by("pk").first().delete()
    walking.keep_graph()
    assert {path.name for path in tmp_path.glob("*.graph")} > first


def test_roads_kept_from_the_public_are_not_walked_on(county, tmp_path) -> None:
    Road.objects.update(restricted=True)
    assert not walking.keep_graph()
    assert not (tmp_path / "public-walk.json").exists()


def test_a_damaged_graph_or_pointer_costs_the_times_and_not_the_page(client, county, tmp_path) -> None:
    walking.keep_graph()
    for path in tmp_path.glob("*.graph"):
        path.write_bytes(b"x")
    read_at_once()
    answer = client.get(reverse("maps:home"), {"village": county.villages[0].code})
    assert answer.status_code == 200
    assert "直线" in answer.content.decode()
    (tmp_path / "public-walk.json").write_text("{")
    walking._memory.seen = None
    assert client.get(reverse("maps:home"), {"village": county.villages[0].code}).status_code == 200


def test_the_page_and_the_map_say_the_time(client, county) -> None:
    walking.keep_graph()
    read_at_once()
    query = {"village": county.villages[0].code}
    text = client.get(reverse("maps:home"), query).content.decode()
    assert "（沿道路）" in text
    assert "步行时间短的在前" in text
    first = client.get(reverse("maps:facilities_geojson"), query).json()["features"][0]["properties"]
    assert first["walk_min"] >= 1
