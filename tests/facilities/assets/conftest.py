"""The people and places of inspections."""

from __future__ import annotations

from tests.facilities.inspections.conftest import (  # noqa: F401 - fixtures
    clerk,
    clerk_there,
    county,
    facility,
    folder,
    here,
    other_clerk,
    planner,
    reviewer,
    shot,
    sign_in,
    there,
    viewer,
)
