"""What of a coverage run the public may have: no small count, and nothing that small counts could be computed from."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
from django.db import transaction
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from facilities.analysis.publication import public_coverage
from facilities.models import CoverageRun, CoverageShare, Facility
from geo_registry.attachments import storage
from geo_registry.attachments.services import keep_made
from geo_registry.reference.services import effective_value
from geo_registry.territory.models import GROUP_WITHIN, AgeGroup, Division

from ..exports.coverage_html import CoverageSheet
from ..models import RunFile
from . import coverage_page as page

HIDDEN = "※"


class NotForThePublic(Exception):  # noqa: N818 - says what is wrong
    """It must not be published, and why."""


_COUNTS = ("population", "covered", "uncovered", "unknown")


def for_the_public(sheet: CoverageSheet, choice: page.Choice) -> CoverageSheet:
    """Return the sheet as it may be published.

    Small counts, their shares, and as many more figures as subtraction needs are hidden (`disclosure`). A circle says how far its
    place is, not how many live there. Facilities that are not public are left out.
    """
    records = public_records(choice)
    return replace(
        sheet,
        table_rows=[_cells(row, records) for row in page.table(choice)],
        places=_without_counts(sheet.places),
        facilities=_public_facilities(sheet.facilities),
        notes=[hidden_note(), *sheet.notes],
    )


def hidden_note() -> str:
    """Say what the mark in place of a figure means."""
    return _("%(mark)s: few people; not published, so that nobody can be told apart.") % {"mark": HIDDEN}


@dataclass(frozen=True, kw_only=True)
class Record:
    """One figure of a run: people of a group in a division, by limit. ``None``: must not be published."""

    people: int | None
    covered: int | None
    uncovered: int | None
    unknown: int | None
    share: float | None


def public_records(choice: page.Choice) -> dict[tuple[int, str, int], Record]:
    """Return what may be published of the chosen set, by division (0: of no division), group and limit in seconds.

    This is the one place where it is decided; maps, sheets and tables for the public all ask here. Of a run the public gets the
    whole and the divisions directly below it, and all its sets, groups and limits are considered at once: every file of the run
    hides the same figures, so that nothing is learned from two of them. Two runs do not know of each other: whoever publishes
    both should look at them side by side.

    Raises
    ------
    NotForThePublic
        If only a part of the run is looked at: beside the file of the whole, that of a part would show what the whole hides.
    """
    if choice.within is not None or choice.parent != choice.run.division:
        raise NotForThePublic(_("For the public there is the whole of a run, not a part of it."))
    return {
        (int(row["division"]), str(row["group"]), int(row["threshold_s"])): Record(
            people=_whole(row["population"]),
            covered=_whole(row["covered"]),
            uncovered=_whole(row["uncovered"]),
            unknown=_whole(row["unknown"]),
            share=None if pd.isna(row["share"]) or pd.isna(row["covered"]) else float(row["share"]),
        )
        for row in _public_table(choice).to_dict("records")
        if row["set"] == choice.set.pk
    }


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


@dataclass(frozen=True, kw_only=True)
class _Shares:
    """What is looked at together, and under which version the answer is kept."""

    frame: pd.DataFrame
    parents: Mapping[Hashable, Hashable | None]
    within: dict[Hashable, Hashable | None]
    threshold: int
    version: str


def is_found_out(choice: page.Choice) -> bool:
    """Whether it is known already what to hide of a run at the threshold of today; else asking takes most of a minute."""
    return _kept_table(choice.run, _shares_of(choice).version) is not None


def _shares_of(choice: page.Choice) -> _Shares:
    """Read the shares of the whole and of each division below it: all sets, groups and limits."""
    whole = choice.parent.pk if choice.parent else 0
    below = Division.objects.filter(parent=choice.parent).values("pk")
    shares = CoverageShare.objects.filter(set__run=choice.run).filter(
        Q(division__in=below) | (Q(division=choice.parent) if choice.parent else Q(division__isnull=True))
    )
    frame = pd.DataFrame.from_records(
        [
            (s.set_id, s.division_id or 0, s.group, s.threshold_s, s.people, s.covered, s.uncovered, s.unknown, s.share, s.share)
            for s in shares
        ],
        columns=["set", "division", "group", "threshold_s", *_COUNTS, "share", "share_upper"],
    )  # fmt: skip
    parents: Mapping[Hashable, Hashable | None] = {
        pk: None if pk == whole else whole for pk in frame["division"].unique().tolist()
    }
    present = set(frame["group"])
    within: dict[Hashable, Hashable | None] = {
        group.value: _nearest(group, present) for group in AgeGroup if group in present
    }
    threshold = int(effective_value("suppression-threshold"))
    rests_on = f"{threshold} {parents} {within} {frame.to_csv(index=False)}"
    version = hashlib.sha256(rests_on.encode()).hexdigest()[:40]
    return _Shares(frame=frame, parents=parents, within=within, threshold=threshold, version=version)


def _public_table(choice: page.Choice) -> pd.DataFrame:
    """Return the shares with small counts, and what would give them away, as missing."""
    shares = _shares_of(choice)
    kept = _kept_table(choice.run, shares.version)
    if kept is not None:
        return kept
    table = public_coverage(
        shares.frame, parents=shares.parents, threshold=shares.threshold, group_parents=shares.within
    ).frame
    _keep_table(choice.run, shares.version, table)
    return table


# What to hide of a county takes most of a minute to find out: it is found out once a run, and kept as its files are.
_TABLE: Final = "public-table"


def _kept_table(run: CoverageRun, version: str) -> pd.DataFrame | None:
    file = RunFile.objects.filter(run=run, kind=_TABLE, version=version).select_related("attachment__content")
    found = file.first()
    if found is None or found.attachment is None:
        return None
    place = storage.place(found.attachment.content.sha256)
    if not place.is_file():
        return None
    kinds: dict[str, Any] = {"group": str, **dict.fromkeys(_COUNTS, "Int64")}
    return pd.read_csv(place, dtype=kinds)


def _keep_table(run: CoverageRun, version: str, table: pd.DataFrame) -> None:
    with transaction.atomic():
        file, _is_new = RunFile.objects.get_or_create(run=run, kind=_TABLE, variant="", version=version)
        content = table.to_csv(index=False).encode()
        file.attachment = keep_made(
            content=content, name="public.csv", media_type="text/csv", owner=file, by=None
        )
        file.save(update_fields=["attachment"])


def _nearest(group: AgeGroup, present: set[str]) -> str | None:
    """Return the smallest group that was counted and contains ``group``."""
    around = GROUP_WITHIN[group]
    while around is not None and around not in present:
        around = GROUP_WITHIN[around]
    return around


def _cells(row: page.TableRow, records: Mapping[tuple[int, str, int], Record]) -> list[str]:
    pk = row.division.pk if row.division else 0
    shown = [records[pk, cell.share.group, cell.share.threshold_s] for cell in row.cells]
    last = shown[-1]
    return [
        row.name,
        _count(last.people),
        *(_share(record) for record in shown),
        _count(last.uncovered),
        _count(last.unknown),
    ]


def _share(record: Record) -> str:
    if record.covered is None or record.share is None:
        return HIDDEN
    return f"{_count(record.covered)} ({page.decimals(100 * record.share, 1)}%)"


def _count(value: int | None) -> str:
    return HIDDEN if value is None else number_format(value, force_grouping=True)


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
