"""Child protection and mental rehabilitation on the same pages as elderly care: nothing of the one is said of the other."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse

from facilities.models import Network
from facilities.services.coverage import CoverageRequest, compute_coverage
from geo_registry.reference.models import TravelProfile
from geo_registry.territory.models import AgeGroup
from tests import factories
from tests.reference_rows import load_shipped_reference

pytestmark = pytest.mark.django_db

DAY = datetime.date(2024, 12, 31)
ROOMS = (
    "planner",
    "planner_coverage",
    "planner_gaps",
    "planner_whatif",
    "planner_sites",
    "planner_quality",
    "planner_runs",
)


@pytest.fixture(params=["child-protection", "mental-rehabilitation"])
def run(request, county):
    """A run of the network with one facility of each of its kinds, in the first village."""
    load_shipped_reference()
    network = Network.objects.get(code=request.param)
    for number, kind in enumerate(kind for tier in network.tiers.all() for kind in tier.kinds.all()):
        village = county.villages[0]
        factories.FacilityFactory(
            number=f"N-{number}", name=f"{kind.name_zh}一处", kind=kind, division=village,
            location=factories.point(village.point.x + 0.001 * number, village.point.y),
        )  # fmt: skip
    for place in county.run.places.all():
        factories.PopulationCountFactory(place=place.place, group=AgeGroup.CHILDREN, people=10)
    asked = CoverageRequest(
        network=network,
        profile=TravelProfile.objects.get(code="test-walk"),
        thresholds_s=(300, 900),
        day=DAY,
    )
    return compute_coverage(request=asked)


def test_each_room_is_of_the_network_asked_about(run, planner):
    network = run.network
    words = {"network": network.code, "profile": "test-walk", "within": "15", "day": DAY.isoformat()}
    for name in ROOMS:
        answer = planner.get(reverse(f"maps:{name}"), words)
        assert answer.status_code == 200, name
        question = answer.context.get("question")
        if question is not None:
            assert (question.network, question.group) == (network, network.serves), name


def test_its_figures_are_those_of_whom_it_serves(run, planner):
    words = {"network": run.network.code, "profile": "test-walk", "within": "15", "day": DAY.isoformat()}
    page = planner.get(reverse("maps:planner_coverage"), words)
    assert page.context["run"] == run
    people = 40 if run.network.serves == AgeGroup.CHILDREN else 400
    assert page.context["whole"].share.people == people
    gaps = planner.get(reverse("maps:planner_gaps"), words).context["gaps"]
    assert gaps.people == people
    assert gaps.uncovered == page.context["whole"].share.uncovered
    for kind in ("places", "facilities"):
        listed = planner.get(reverse("maps:planner_run", args=[run.pk]), {"list": kind})
        assert listed.status_code == 200
    tiers = planner.get(reverse("maps:planner"), words).context["overview"].tiers
    assert [row.tier.network for row in tiers] == [run.network] * len(tiers)
    assert tiers
    # No word of elderly care, but where all networks are named to choose from, and in the county's plan.
    text = planner.get(reverse("maps:planner_sites"), words).content.decode()
    assert "助餐" not in text


def test_its_tiers_and_targets_open(run, planner):
    for tier in run.network.tiers.all():
        address = reverse("maps:planner_tier", args=[run.network.code, tier.level])
        assert planner.get(address, {"day": DAY.isoformat()}).status_code == 200
    for one in run.network.commitments.all():
        assert planner.get(reverse("maps:planner_commitment", args=[one.code])).status_code == 200
