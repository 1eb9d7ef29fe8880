"""The OpenAPI document holds: whatever it allows to be asked, and much that it does not, gets an answer that it documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from maps.api import ledger

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


def test_no_answer_is_a_fault_or_undocumented(live_server, registry) -> None:
    ledger.look()
    schema = schemathesis.openapi.from_url(f"{live_server.url}/api/openapi")
    held = [check for check in checks.CHECKS.get_all() if check.__name__ in HELD]
    assert len(held) == len(HELD)
    asked = 0

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
            case.call_and_validate(checks=held, headers={"Accept": "application/json"} if asked % 2 else None)

        holds()

    seen = set()
    for operation in operations(schema):
        hold(operation)
        seen.add(operation.path)
    assert {
        f"/collections/{name}/items" for name in ("facilities", "place-names", "divisions", "roads")
    } <= seen
    assert asked > len(seen)
