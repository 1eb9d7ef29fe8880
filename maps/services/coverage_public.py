"""What of a coverage run the public may have: no small count, and nothing that small counts could be computed from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from facilities.analysis.publication import public_coverage
from facilities.models import Facility
from geo_registry.reference.services import effective_value
from geo_registry.territory.models import GROUP_WITHIN, AgeGroup

from ..exports.coverage_html import CoverageSheet
from . import coverage_page as page

_HIDDEN = "※"
_COUNTS = ("population", "covered", "uncovered", "unknown")


def for_the_public(sheet: CoverageSheet, choice: page.Choice) -> CoverageSheet:
    """Return the sheet as it may be published.

    Small counts, their shares, and as many more figures as subtraction needs are hidden (`disclosure`). A circle says how far its
    place is, not how many live there. Facilities that are not public are left out.
    """
    table = _public_table(choice)
    note = _("%(mark)s: few people; not published, so that nobody can be told apart.") % {"mark": _HIDDEN}
    return replace(
        sheet,
        table_rows=[_cells(row, table, choice) for row in page.table(choice)],
        places=_without_counts(sheet.places),
        facilities=_public_facilities(sheet.facilities),
        notes=[note, *sheet.notes],
    )


def _public_table(choice: page.Choice) -> pd.DataFrame:
    """Return the shares of the whole and of each division below it, all groups and limits, with small counts as missing."""
    divisions = [row.division.pk if row.division else 0 for row in page.table(choice)]
    shares = choice.set.shares.filter(division__in=divisions) | (
        choice.set.shares.filter(division__isnull=True) if 0 in divisions else choice.set.shares.none()
    )
    frame = pd.DataFrame.from_records(
        [
            (
                0,
                s.division_id or 0,
                s.group,
                s.threshold_s,
                s.people,
                s.covered,
                s.uncovered,
                s.unknown,
                s.share,
                s.share,
            )
            for s in shares
        ],
        columns=["set", "division", "group", "threshold_s", *_COUNTS, "share", "share_upper"],
    )
    whole = choice.parent.pk if choice.parent else 0
    parents: Mapping[Hashable, Hashable | None] = {pk: None if pk == whole else whole for pk in divisions}
    present = set(frame["group"])
    within: dict[Hashable, Hashable | None] = {
        group.value: _nearest(group, present) for group in AgeGroup if group in present
    }
    threshold = int(effective_value("suppression-threshold"))
    return public_coverage(frame, parents=parents, threshold=threshold, group_parents=within).frame


def _nearest(group: AgeGroup, present: set[str]) -> str | None:
    """Return the smallest group that was counted and contains ``group``."""
    around = GROUP_WITHIN[group]
    while around is not None and around not in present:
        around = GROUP_WITHIN[around]
    return around


def _cells(row: page.TableRow, table: pd.DataFrame, choice: page.Choice) -> list[str]:
    pk = row.division.pk if row.division else 0
    mine = table[(table["division"] == pk) & (table["group"] == choice.group.value)]
    by_limit: dict[int, Mapping[Hashable, Any]] = {
        int(record["threshold_s"]): record for record in mine.to_dict("records")
    }
    shown = [by_limit[cell.share.threshold_s] for cell in row.cells]
    last = shown[-1]
    return [
        row.name,
        _count(last["population"]),
        *(_share(record) for record in shown),
        _count(last["uncovered"]),
        _count(last["unknown"]),
    ]


def _share(record: Mapping[Hashable, Any]) -> str:
    if pd.isna(record["covered"]) or pd.isna(record["share"]):
        return _HIDDEN
    return f"{_count(record['covered'])} ({page.decimals(100 * float(record['share']), 1)}%)"


def _count(value: Any) -> str:
    return _HIDDEN if pd.isna(value) else number_format(int(value), force_grouping=True)


def _without_counts(places: Mapping[str, Any]) -> dict[str, Any]:
    features = [
        {
            **feature,
            "properties": {
                "step": feature["properties"]["step"],
                "radius": 4,
                "label": feature["properties"]["name"],
            },
        }
        for feature in places["features"]
    ]
    return {"type": "FeatureCollection", "features": features}


def _public_facilities(facilities: Mapping[str, Any]) -> dict[str, Any]:
    ids = [feature["id"] for feature in facilities["features"]]
    public = set(Facility.objects.public().filter(pk__in=ids).values_list("pk", flat=True))
    return {"type": "FeatureCollection", "features": [f for f in facilities["features"] if f["id"] in public]}
