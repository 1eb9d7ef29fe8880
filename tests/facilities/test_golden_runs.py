"""Whole runs on a fixed little county, every number of them, held to ``tests/golden/runs.json``.

The county: streets every 250 m on a square of 1,500 m, two townships with two villages each. One village is counted at two
hamlets, one as a whole with hamlets without a count, one as a whole along its streets, one at a place where no road is. Three
facilities, two with beds on record. The file must not change unless somebody means it; then renew it and read the difference::

    RENEW_GOLDEN=1 script/test tests/facilities/test_golden_runs.py && git diff tests/golden/runs.json
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Point
from django.core.management import call_command
from django.utils import translation

from facilities.models import CapacityReading, Facility, Measure
from geo_registry.reference.models import ReferenceValue, TravelProfile
from geo_registry.territory.models import Division, PopulatedPlace, PopulationCount, Road
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import make_facility

GOLDEN = Path(__file__).parents[1] / "golden" / "runs.json"
DAY = "2024-12-31"
VOLATILE = {"input_versions", "run", "id", "duration_s"}
STREETS_M = range(0, 1501, 250)

pytestmark = pytest.mark.django_db


def at(east_m: float, north_m: float) -> Point:
    """Degrees of metres from a corner, to seven digits: the same on every machine."""
    return Point(round(106 + east_m * 1.12e-5, 7), round(37 + north_m * 9.0e-6, 7), srid=4490)


@pytest.fixture
def square(county, towns, network, walk) -> None:
    for along in STREETS_M:
        for a, b in ((at(0, along), at(1500, along)), (at(along, 0), at(along, 1500))):
            Road.objects.create(geometry=LineString([a, b], srid=4490), road_class="residential")
    villages = [
        Division.objects.create(code=f"99000110{t}00{v}", name=f"{t}镇{v}村", level=5, parent=towns[t - 1])
        for t in (1, 2)
        for v in (1, 2)
    ]
    for key, value in (("spread-radius-m", 300), ("spread-spacing-m", 100)):
        ReferenceValue.objects.create(key=key, value=value, title_zh=key, title_en=key, group="setting")
    counted = [
        ("h1", 100, 260, villages[0], "hamlet", 40, 11),
        ("h2", 620, 240, villages[0], "hamlet", 75, 20),
        ("v2", 1300, 300, villages[1], "division", 90, 25),
        ("v2a", 1240, 260, villages[1], "hamlet", 0, 0),
        ("v2b", 1490, 480, villages[1], "hamlet", 0, 0),
        ("v3", 380, 1130, villages[2], "division", 121, 37),
        ("v4", 4000, 4000, villages[3], "hamlet", 33, 9),
    ]
    for code, east_m, north_m, village, kind, residents, age60 in counted:
        place = PopulatedPlace.objects.create(
            code=code, point=at(east_m, north_m), division=village, kind=kind
        )
        for group, people in (("residents", residents), ("age60", age60)):
            if people:
                PopulationCount.objects.create(
                    place=place, group=group, as_of=dt.date(2020, 11, 1), people=people
                )
    for number, kind, where, village, beds in (
        ("F1", "station-test", at(250, 250), villages[0], 12),
        ("F2", "station-test", at(1250, 1010), villages[1], None),
        ("F3", "home-test", at(760, 1500), villages[2], 30),
    ):
        facility = make_facility(number, kind, where, village, since=dt.date(2020, 1, 1))
        if beds is not None:
            CapacityReading.objects.create(
                facility=Facility.objects.get(pk=facility.pk),
                measure=Measure.BEDS,
                as_of=dt.date(2023, 1, 1),
                total=beds,
            )


def answered(command: str, network, walk: TravelProfile, **options: Any) -> Any:
    out = io.StringIO()
    asked = {"network": network.code, "profile": walk.code, "date": DAY, "json": "-"}
    with translation.override("en"):
        call_command(command, stdout=out, stderr=io.StringIO(), **(asked | options))
    return settled(json.loads(out.getvalue()))


def settled(value: Any) -> Any:
    """Without what differs from run to run; fractions to nine digits."""
    if isinstance(value, dict):
        return {key: settled(one) for key, one in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [settled(one) for one in value]
    return round(value, 9) if isinstance(value, float) else value


@pytest.mark.usefixtures("square")
def test_every_number_of_the_runs_is_the_one_written_down(network, walk):
    common = {"group": "age60"}
    sites = {"sites": 1, "set": "tier-5", "minutes": "5", **common}
    found = {
        "coverage": answered(
            "compute_coverage",
            network,
            walk,
            minutes="5,10",
            capacity="beds",
            accessibility="e2sfca",
            decay="zones",
            **common,
        ),
        "coverage of a service that travels": answered(
            "compute_coverage", network, walk, minutes="10", delivery=True, no_spread=True
        ),
        "three step": answered(
            "compute_coverage", network, walk, minutes="20", accessibility="3sfca", decay="gaussian", **common
        ),
        **{
            objective: answered("propose_sites", network, walk, objective=objective, **sites)
            for objective in ("max-cover", "p-median", "p-center")
        },
        "set-cover": answered(
            "propose_sites", network, walk, objective="set-cover", cost=3.0, **(sites | {"sites": 4})
        ),
        "least loss": answered(
            "propose_sites",
            network,
            walk,
            objective="max-cover",
            closable=["all"],
            close=1,
            **(sites | {"sites": 0, "set": "any"}),
        ),
        "scenarios": answered(
            "compare_scenarios", network, walk, minutes="5,10", capacity="beds", merge=["F2=F1"], **common
        ),
    }
    if os.environ.get("RENEW_GOLDEN"):
        GOLDEN.write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    written = json.loads(GOLDEN.read_text("utf-8"))
    for name, answer in found.items():
        assert answer == written[name], name
    assert found.keys() == written.keys()
