"""The demo's signs come from its roads, are marked so, and go with it."""

from __future__ import annotations

import pytest

from geo_registry.accounts.demo import USERNAMES
from geo_registry.accounts.models import Role
from geo_registry.imports.registry import holdings
from placenames.models import CampaignVillage, Sign, SignBatch, SignOrder, SignSite
from placenames.services.signs.demo import make_demo_signs
from tests.factories import DemoSourceFactory, OfficeFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_they_are_made_once_marked_and_taken_out(road, town, village):
    source = DemoSourceFactory()
    CampaignVillage.objects.create(division=village)
    for role, name in USERNAMES.items():
        office = OfficeFactory(division=town if role == Role.CLERK else town.parent)
        UserFactory(username=name, role=role, office=office)
    assert make_demo_signs() == 4
    assert make_demo_signs() == 0
    assert all(sign.is_demo for sign in Sign.objects.select_related("source"))
    assert SignOrder.objects.exists()
    assert SignBatch.objects.get().is_demo
    for holding in sorted(holdings(), key=lambda row: row.order):
        if holding.order in (22, 23):
            holding.rows([source]).delete()
    assert not SignSite.objects.exists()
    assert not Sign.objects.exists()
    assert not SignBatch.objects.exists()
