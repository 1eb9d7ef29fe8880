"""The OpenAPI document holds: whatever it allows to be asked, and much that it does not, gets an answer that it documents."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from geo_registry.accounts.models import Role
from geo_registry.operations.keys import make_key
from geo_registry.operations.models import Scope
from maps.api import ledger
from maps.api.office_collections import KEPT
from placenames.models import Place, Sign, SignSite
from tests import factories

schemathesis = pytest.importorskip("schemathesis")
checks = pytest.importorskip("schemathesis.checks")

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# What every answer must be: no fault of the server, a documented status, type and form.
HELD = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
MOST = 8


def operations(schema: Any) -> Iterator[Any]:
    for found in schema.get_all_operations():
        yield found.ok()


def everything_opens(registry: Any) -> str:
    """A key of the county's office with all scopes, and something of each collection that it opens."""
    office = factories.OfficeFactory(division=registry.home)
    person = factories.UserFactory(role=Role.ADMINISTRATOR)
    day = timezone.localdate() + datetime.timedelta(days=30)
    site = SignSite.objects.create(
        place=Place.objects.public().first(), division=registry.village, point=factories.point()
    )
    Sign.objects.create(asset_number="S/1", site=site, text="西湖路", status_on=day)
    return make_key(office=office, label="schema", scopes=Scope.values, expires_on=day, by=person).secret


@pytest.mark.parametrize("has_key", [False, True], ids=["nobody", "with a key"])
def test_no_answer_is_a_fault_or_undocumented(live_server, registry, has_key: bool) -> None:
    ledger.look()
    headers = {"Authorization": f"Bearer {everything_opens(registry)}"} if has_key else {}
    schema = schemathesis.openapi.from_url(f"{live_server.url}/api/openapi")
    held = [check for check in checks.CHECKS.get_all() if check.__name__ in HELD]
    assert len(held) == len(HELD)
    asked = 0
    answered: set[tuple[str, int]] = set()

    def hold(operation: Any) -> None:
        @given(case=operation.as_strategy())
        @settings(
            max_examples=MOST,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def holds(case: Any) -> None:
            nonlocal asked
            asked += 1
            accept = {"Accept": "application/json"} if asked % 2 else {}
            answer = case.call_and_validate(checks=held, headers=headers | accept)
            answered.add((case.operation.path, answer.status_code))

        holds()

    seen = set()
    for operation in operations(schema):
        if has_key and "/office-" not in operation.path:
            continue
        hold(operation)
        seen.add(operation.path)
    names = KEPT if has_key else ("facilities", "place-names", "divisions", "roads")
    assert {f"/collections/{name}/items" for name in names} <= seen
    # Answers were read, and not refusals alone.
    assert {f"/collections/{name}/items" for name in names} <= {
        path for path, status in answered if status == 200
    }
    assert asked > len(seen)
