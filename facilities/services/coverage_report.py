"""A saved run in words and as JSON: what commands print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from geo_registry.territory.models import AgeGroup

from ..models import CoverageRun, CoverageSet


def as_json(run: CoverageRun) -> dict[str, Any]:
    """Return the run with its parameters, the versions of its inputs, and all shares. Times are whole seconds."""
    return {
        "run": str(run.pk),
        "network": run.network.code,
        "profile": run.profile.code,
        "day": run.day.isoformat(),
        "division": run.division.code if run.division else None,
        "population_as_of": run.population_as_of.isoformat() if run.population_as_of else None,
        "thresholds_s": list(run.thresholds_s),
        "parameters": run.parameters,
        "input_versions": run.input_versions,
        "summary": run.summary,
        "contains_demo_data": run.has_demo_data,
        "duration_s": run.duration_s,
        "sets": [
            {
                "set": one.key,
                "label": one.label,
                "facilities": one.facility_count,
                "facilities_unsnapped": one.unsnapped_count,
                "shares": [
                    {
                        "division": share.division.code if share.division else None,
                        "name": share.division.name if share.division else None,
                        "group": share.group,
                        "threshold_s": share.threshold_s,
                        "people": share.people,
                        "covered": share.covered,
                        "uncovered": share.uncovered,
                        "unknown": share.unknown,
                        "share": round(share.share, 6) if share.share is not None else None,
                        "covered_if_villages_were_points": share.at_points,
                        "share_if_villages_were_points": round(share.share_at_points, 6)
                        if share.share_at_points is not None
                        else None,
                    }
                    for share in one.shares.select_related("division").order_by(
                        "division__path", "group", "threshold_s"
                    )
                ],
                "own_or_neighbour": _rows(one.coverageown_rows, ("division__path", "threshold_s")),
                "capacity": _rows(one.coveragecapacity_rows, ("division__path", "threshold_s")),
                "equity": _rows(one.coverageequity_rows, ("division__path", "subject")),
                "notes": one.notes,
            }
            for one in run.sets.select_related("tier", "kind", "function")
        ],
    }


def _rows(rows: Any, order: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows of figures with every number, divisions by code."""
    names = [
        field.name
        for field in rows.model._meta.concrete_fields
        if field.name not in {"id", "set", "division", "worst"}
    ]
    has_worst = any(field.name == "worst" for field in rows.model._meta.concrete_fields)
    return [
        {"division": row.division.code if row.division else None}
        | {name: getattr(row, name) for name in names}
        | ({"worst": row.worst.code if row.worst else None} if has_worst else {})
        for row in rows.select_related("division", *(["worst"] if has_worst else [])).order_by(*order)
    ]


def as_text(run: CoverageRun) -> str:
    """Return a short table: each set, residents of the whole area, by limit."""
    lines = [
        f"{run.network.name} · {run.profile} · {run.day}  ({run.pk}, {run.duration_s} s)",
        _(
            "%(places)d places, %(people)d residents; %(unknown)d of them live at %(off)d places too far from any road to know."
        )
        % {
            "places": run.summary["places"],
            "people": run.summary["residents"],
            "unknown": run.summary["residents_unsnapped"],
            "off": run.summary["places_unsnapped"],
        },
    ]
    for one in run.sets.select_related("tier", "kind", "function"):
        shares = one.shares.filter(division=run.division, group=AgeGroup.RESIDENTS).order_by("threshold_s")
        cells = [
            _("%(minutes)g min: %(covered)d of %(people)d, %(percent).1f %%")
            % {
                "minutes": share.threshold_s / 60,
                "covered": share.covered,
                "people": share.people,
                "percent": 100 * share.share,
            }
            for share in shares
            if share.share is not None
        ]
        if not one.facility_count:
            cells.insert(0, _("there is none, so nobody is covered"))
        lines.append(f"  {one.label} ({one.facility_count}): " + "; ".join(cells))
        lines += [f"      {line}" for line in _further(run, one)]
    if run.has_demo_data:
        lines.append(_("Demo data: openly invented, not for use."))
    return "\n".join(lines)


def _further(run: CoverageRun, one: CoverageSet) -> list[str]:
    """Return what else is said of a set, for the whole area and the longest limit, a line each."""
    limit = max(run.thresholds_s)
    lines = []
    own = one.coverageown_rows.filter(division=run.division, threshold_s=limit).first()
    if own is not None:
        lines.append(
            _(
                "own: %(with)d of %(units)d divisions; people served by a neighbour: %(neighbour)d; neither: %(neither)d"
            )
            % {
                "with": own.units_with_own,
                "units": own.units,
                "neighbour": own.neighbour,
                "neither": own.neither,
            }
        )
    room = one.coveragecapacity_rows.filter(division=run.division, threshold_s=limit).first()
    if room is not None:
        lines.append(
            _("served %(served)d + full %(full)d + out of reach %(out)d + unknown %(unknown)d = %(people)d")
            % {
                "served": room.served,
                "full": room.full,
                "out": room.out_of_reach,
                "unknown": room.unknown,
                "people": room.people,
            }
        )
    lines += [
        f"{row.get_subject_display()}: "
        + _("mean %(mean)s, Gini %(gini)s, nine in ten have %(p90)s or better, worst: %(worst)s")
        % {
            "mean": _number(row.mean),
            "gini": _number(row.gini),
            "p90": _number(row.p90),
            "worst": row.worst.name if row.worst else "—",
        }
        for row in one.coverageequity_rows.filter(division=run.division).order_by("-subject")
    ]
    return lines


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"
