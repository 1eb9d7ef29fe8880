"""Every factory makes a row that the model itself calls valid."""

from __future__ import annotations

import datetime

import pytest
from factory.django import DjangoModelFactory

from facilities.models import Facility
from tests import factories

FACTORIES = [
    factory
    for factory in vars(factories).values()
    if isinstance(factory, type)
    and issubclass(factory, DjangoModelFactory)
    and factory is not DjangoModelFactory
]


@pytest.mark.django_db
@pytest.mark.parametrize("factory", FACTORIES, ids=lambda f: f.__name__)
def test_a_factory_makes_a_valid_row(factory: type[DjangoModelFactory]) -> None:
    row = factory()
    row.full_clean()
    row.refresh_from_db()


@pytest.mark.django_db
def test_a_facility_is_public_and_in_operation_unless_told_otherwise() -> None:
    facility = factories.FacilityFactory()
    closed = factories.FacilityFactory(status="closed")
    nothing = factories.FacilityFactory(status="")
    assert list(Facility.objects.public().open_on(datetime.date(2024, 6, 1))) == [facility]
    assert closed.statuses.get().status == "closed"
    assert not nothing.statuses.exists()
