"""A coverage table as the public may see it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from geo_registry.disclosure import Hierarchy, PublicTable, suppress_table


def public_coverage(
    table: pd.DataFrame,
    *,
    parents: Mapping[Hashable, Hashable | None],
    threshold: int,
    group_parents: Mapping[Hashable, Hashable | None] | None = None,
) -> PublicTable:
    """Hide small counts of people in a coverage table, and all that would give them away.

    Subtraction is tried between divisions, between covered, uncovered and unknown, between one threshold and
    the next, and between age groups.

    Parameters
    ----------
    table
        From :func:`~facilities.analysis.coverage.coverage_by_division`, with whole numbers of people.
    parents
        Every division and the one it lies in.
    threshold
        Counts from 1 to ``threshold - 1`` are hidden.
    group_parents
        Every group and the group it is part of (80 and over in 65 and over); None where groups do not
        contain each other.

    Returns
    -------
    PublicTable
        The table, and which figures are hidden.
    """
    steps = sorted(table["threshold_s"].unique().tolist())
    hierarchies = [
        Hierarchy("division", parents),
        Hierarchy("threshold_s", dict(zip(steps, [*steps[1:], None], strict=True)), counts=("covered",)),
    ]
    if group_parents:
        hierarchies.append(Hierarchy("group", group_parents))
    return suppress_table(
        table,
        keys=["set", "division", "group", "threshold_s"],
        counts=["population", "covered", "uncovered", "unknown"],
        threshold=threshold,
        hierarchies=hierarchies,
        sums={"population": ["covered", "uncovered", "unknown"]},
        constant_over={"population": ["set", "threshold_s"], "unknown": ["threshold_s"]},
        rates={
            "share": ["population", "covered"],
            "share_upper": ["population", "covered", "unknown"],
        },
    )
