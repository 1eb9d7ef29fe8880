"""A saved run in words and as JSON: what commands print."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from geo_registry.territory.models import AgeGroup

from ..models import CoverageRun


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
                "set": one.kind.code if one.kind else (f"tier-{one.tier.level}" if one.tier else "any"),
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
                    }
                    for share in one.shares.select_related("division").order_by(
                        "division__path", "group", "threshold_s"
                    )
                ],
            }
            for one in run.sets.select_related("tier", "kind")
        ],
    }


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
    for one in run.sets.select_related("tier", "kind"):
        shares = one.shares.filter(division=run.division, group=AgeGroup.RESIDENTS).order_by("threshold_s")
        cells = [
            _("%(minutes)g min: %(covered)d of %(people)d, %(percent).1f %%")
            % {
                "minutes": share.threshold_s / 60,
                "covered": share.covered,
                "people": share.people,
                "percent": 100 * (share.share or 0),
            }
            for share in shares
        ]
        lines.append(f"  {one.label} ({one.facility_count}): " + "; ".join(cells))
    if run.has_demo_data:
        lines.append(_("Demo data: openly invented, not for use."))
    return "\n".join(lines)
