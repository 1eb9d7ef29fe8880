"""All providers' rows are counted in one query, whatever their flags say."""

from __future__ import annotations

import pytest
from django.db.models import Q

from geo_registry.accounts.models import Role, User
from geo_registry.worklist.counting import Countable, Counts, count_together
from tests.factories import UserFactory


@pytest.mark.django_db
def test_a_flag_that_can_hold_for_no_row_counts_none() -> None:
    """Django leaves such a condition out and writes the number 0 in its place, which PostgreSQL takes for no answer."""
    UserFactory(role=Role.CLERK)
    UserFactory(role=Role.VIEWER)
    rows = User.objects.all()
    found = count_together(
        [
            Countable(rows=rows, late=Q(pk__in=[]), back=Q(role=Role.CLERK)),
            Countable(rows=rows, late=~Q(pk__in=[]), back=True),
            Countable(rows=rows.none()),
        ]
    )
    assert found == [
        Counts(total=2, overdue=0, returned=1),
        Counts(total=2, overdue=2, returned=2),
        Counts(),
    ]
