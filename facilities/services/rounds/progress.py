"""How far a round is, township by township; and who is overdue, for every page that shows facilities."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from django.db.models import Count, Exists, OuterRef, QuerySet

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit
from geo_registry.territory.models import Division, Installation, Level

from ...models import Confirmation, Facility, Round

State = Confirmation.State


@dataclass(frozen=True)
class Townships:
    """The home's townships by their path, to say which one a division lies in."""

    by_path: Mapping[str, Division]

    @classmethod
    def read(cls) -> Self:
        """Read them. Two queries at most."""
        home = Installation.home()
        rows = Division.objects.under(home) if home is not None else Division.objects.all()
        towns = rows.filter(level=Level.TOWNSHIP).only("code", "name", "path", "level")
        return cls({town.path: town for town in towns})

    def of(self, path: str) -> Division | None:
        """Return the township that a path is in or is, or ``None`` for what lies above all townships."""
        codes = path.rstrip("/").split("/")
        for end in range(len(codes), 0, -1):
            town = self.by_path.get("/".join(codes[:end]) + "/")
            if town is not None:
                return town
        return None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a township is, or all of them."""

    township: Division | None
    waiting: int = 0
    returned: int = 0
    approving: int = 0
    done: int = 0
    lapsed: int = 0

    @property
    def asked(self) -> int:
        """How many facilities are asked about; those that closed meanwhile are not."""
        return self.waiting + self.returned + self.approving + self.done

    @property
    def answered(self) -> int:
        """How many have been answered, approved or not yet."""
        return self.approving + self.done

    @property
    def left(self) -> int:
        """How many are still to be answered."""
        return self.waiting + self.returned

    @property
    def percent(self) -> int:
        """Answered ÷ asked; never 100 before the last."""
        if not self.asked:
            return 100
        return 100 if not self.left else min(99, self.answered * 100 // self.asked)


@dataclass(frozen=True, kw_only=True)
class RoundProgress:
    """A round as one person sees it: only what lies in the own scope."""

    round: Round
    total: Progress
    townships: Sequence[Progress]

    def is_overdue(self, day: datetime.date) -> bool:
        """Whether something is left after the day it was due."""
        return self.total.left > 0 and self.round.due_on < day


def visible(round_: Round, user: User) -> QuerySet[Confirmation]:
    """Return a round's rows in a person's scope."""
    return limit(Confirmation.objects.filter(round=round_), user)


def progress(round_: Round, user: User) -> RoundProgress:
    """Count a round's rows by township and state. Four queries, however many rows."""
    townships = Townships.read()
    counts: dict[Division | None, Counter[str]] = {}
    rows = (
        visible(round_, user)
        .order_by()
        .values_list("facility__division__path", "state")
        .annotate(count=Count("pk"))
    )
    for path, state, count in rows:
        counts.setdefault(townships.of(path), Counter())[state] += count
    known = sorted(counts, key=lambda town: (town is None, town.code if town is not None else ""))
    each = [_progress(town, counts[town]) for town in known]
    return RoundProgress(round=round_, total=_progress(None, sum(counts.values(), Counter())), townships=each)


def totals(rounds: Iterable[Round], user: User) -> list[RoundProgress]:
    """Count the rows of several rounds by state, without townships. Two queries, however many rounds."""
    found = list(rounds)
    counts: dict[int, Counter[str]] = {}
    rows = limit(Confirmation.objects.filter(round__in=found), user).order_by()
    for round_id, state, count in rows.values_list("round_id", "state").annotate(count=Count("pk")):
        counts.setdefault(round_id, Counter())[state] += count
    return [
        RoundProgress(round=row, total=_progress(None, counts.get(row.pk, Counter())), townships=())
        for row in found
    ]


def _progress(town: Division | None, counts: Mapping[str, int]) -> Progress:
    return Progress(
        township=town,
        waiting=counts.get(State.WAITING, 0),
        returned=counts.get(State.RETURNED, 0),
        approving=counts.get(State.APPROVING, 0),
        done=counts.get(State.DONE, 0),
        lapsed=counts.get(State.LAPSED, 0),
    )


def overdue(facilities: QuerySet[Facility], *, day: datetime.date) -> QuerySet[Facility]:
    """Annotate ``confirmation_overdue``: whether the present round should have confirmed it by ``day``."""
    rows = Confirmation.objects.overdue(day).filter(facility=OuterRef("pk"))
    return facilities.annotate(confirmation_overdue=Exists(rows))


def overdue_count(user: User, *, day: datetime.date) -> int:
    """Return how many facilities in a person's scope are overdue. Two queries."""
    return limit(Confirmation.objects.overdue(day), user).count()
