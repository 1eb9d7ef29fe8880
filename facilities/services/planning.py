"""What siting and scenarios have in common: the register's facilities of one set, people, and an answer that is saved whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from geo_registry.accounts.models import User

from ..frames import readings
from ..models import Facility, Measure, PlanningAnswer
from .coverage import CoverageError, CoverageRequest, counted_facilities, read_inputs, sets_of
from .coverage_inputs import FacilitySet, Inputs, lonlat
from .coverage_store import has_demo_data, input_versions


class PlanningError(CoverageError):
    """Nothing can be advised, and why, in the reader's language."""


@dataclass(frozen=True, kw_only=True)
class Today:
    """The facilities of one set as they are on the day, and all else that is asked about.

    Attributes
    ----------
    inputs
        From ``read_inputs``.
    chosen
        The set.
    ids, numbers, names
        Primary key, number and name of each of its facilities, in the order of the frame.
    lonlat
        Degrees; NaN without a location.
    """

    inputs: Inputs
    chosen: FacilitySet
    ids: list[int]
    numbers: list[str]
    names: list[str]
    lonlat: NDArray[np.float64]

    def row(self, number: str) -> int:
        """Return the row of a facility.

        Raises
        ------
        PlanningError
            If none of this number is open in the set.
        """
        try:
            return self.numbers.index(number)
        except ValueError:
            raise PlanningError(
                _("No facility “%(number)s” of “%(set)s” is in operation on %(day)s.")
                % {"number": number, "set": self.chosen.key, "day": self.inputs.request.day}
            ) from None

    def rows(self, numbers: Sequence[str]) -> list[int]:
        """Return the rows of facilities, each once.

        Raises
        ------
        PlanningError
            If one is named twice or is not there.
        """
        twice = sorted({number for number in numbers if list(numbers).count(number) > 1})
        if twice:
            raise PlanningError(_("Named twice: %(numbers)s.") % {"numbers": _(", ").join(twice)})
        return [self.row(number) for number in numbers]

    def capacity(self, measure: Measure) -> NDArray[np.float64]:
        """Return the latest reading of each; NaN where there is none."""
        return readings(self.ids, measure=measure, day=self.inputs.request.day).to_numpy(dtype=np.float64)


def today(request: CoverageRequest, *, set_key: str) -> Today:
    """Read people, roads and the facilities of one set.

    Raises
    ------
    PlanningError
        If there is no such set.
    """
    inputs = read_inputs(request)
    by_key = {one.key: one for one in inputs.sets}
    if set_key not in by_key:
        raise PlanningError(
            _("There is no set “%(set)s”. There are: %(known)s.")
            % {"set": set_key, "known": _(", ").join(by_key)}
        )
    chosen = by_key[set_key]
    ids = [int(pk) for pk in inputs.facilities.index.to_numpy()[chosen.rows]]
    rows = {
        pk: (number, name)
        for pk, number, name in Facility.objects.filter(pk__in=ids).values_list("pk", "number", "name")
    }
    return Today(
        inputs=inputs,
        chosen=chosen,
        ids=ids,
        numbers=[rows[pk][0] for pk in ids],
        names=[rows[pk][1] for pk in ids],
        lonlat=lonlat(inputs.facilities)[chosen.rows],
    )


def facilities_of_set(request: CoverageRequest, *, set_key: str) -> list[Facility]:
    """Return the facilities of one set on the day, by township and name; none of no set. Neither people nor roads are read."""
    frame, _failing = counted_facilities(request)
    chosen = next((one for one in sets_of(request, frame) if one.key == set_key), None)
    if chosen is None:
        return []
    rows = Facility.objects.filter(pk__in=frame.index.to_numpy()[chosen.rows].tolist())
    rows = rows.select_related("division__parent").defer("division__boundary", "division__parent__boundary")
    return list(rows.order_by("division__path", "kind__position", "name", "number"))


def save_answer(
    now: Today,
    *,
    subject: PlanningAnswer.Subject,
    parameters: dict[str, Any],
    answer: dict[str, Any],
    duration_s: float,
    user: User | None,
) -> PlanningAnswer:
    """Save an answer whole. Ctrl-C while it is written leaves none: what was said to be stopped is not there."""
    inputs = now.inputs
    row = PlanningAnswer(
        subject=subject,
        network=inputs.request.network,
        profile=inputs.request.profile,
        division=inputs.division,
        day=inputs.request.day,
        parameters={
            "profile": inputs.profile.canonical(),
            "method": "road" if inputs.network.graph is not None else "straight-line",
            "set": now.chosen.key,
            "group": inputs.request.counted_group.value,
            "delivery": inputs.request.delivery,
            "winter": inputs.request.winter,
            "left_out_failing": list(inputs.failing),
            "delivery_radius_m": inputs.radius_m,
        }
        | parameters,
        input_versions=input_versions(inputs),
        answer=answer,
        has_demo_data=has_demo_data(inputs),
        created_by=user,
        duration_s=round(duration_s, 3),
    )
    # A signal is heard when the statement has ended; in a transaction of its own it can still be taken back then.
    with transaction.atomic():
        row.save(force_insert=True)
    return row
