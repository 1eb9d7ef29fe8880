"""Maps for tests: composed from the little county, by a planner, reviewed by somebody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from facilities.models import CoverageShare
from geo_registry.accounts.models import Role
from geo_registry.reference.models import ReferenceValue
from maps.models import MapVersion
from maps.published import making
from maps.published.composition import Composition, CoveragePart
from maps.published.making import Draft
from tests import factories
from tests.little_county import LittleCounty

DRAFT = Draft(
    title="助餐点地图",
    text="老人吃饭的地方。\n\n每天更新。",
    composition=Composition(kinds=("canteen", "centre"), levels=(4,)),
    run=None,
    is_frozen=True,
    review_number="宁S(2026)001号",
    is_internal=False,
)


def with_coverage(county: LittleCounty, **changes: Any) -> Draft:
    """A draft with the coverage of the county's run."""
    part = CoveragePart(set_key="any", limit_s=900, group="age60", with_villages=True)
    composition = replace(DRAFT.composition, coverage=part)
    return replace(DRAFT, composition=composition, **{"run": county.run, **changes})


def make_whole(county: LittleCounty) -> None:
    """Make the county's shares add up, and the run one that has ended and can be published."""
    key = "suppression-threshold"
    if not ReferenceValue.objects.filter(key=key).update(value=5):
        factories.ReferenceValueFactory(key=key, value=5)
    for share in CoverageShare.objects.filter(division=county.home):
        share.covered, share.unknown = 2 * share.covered, 20
        share.uncovered = share.people - share.covered - share.unknown
        share.save()
    county.run.finished_at = county.run.created_at
    county.run.summary = {"groups_counted": ["residents", "age60"]}
    county.run.save()
    county.run.sets.update(facility_ids=[row.pk for row in county.facilities[:4]])


def submitted(county: LittleCounty, draft: Draft = DRAFT) -> MapVersion:
    """A map that a planner has handed in."""
    planner = county.people[Role.PLANNER]
    return making.submit(version=making.create_map(draft=draft, by=planner), by=planner)


def published(county: LittleCounty, draft: Draft = DRAFT) -> MapVersion:
    """A map that a planner made, a reviewer found right, and the planner published."""
    version = making.review(version=submitted(county, draft), by=county.people[Role.REVIEWER])
    return making.publish(version=version, by=county.people[Role.PLANNER])
