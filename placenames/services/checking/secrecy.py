"""Names that are not everybody's: whoever may not read a place with a secrecy level is told that there is a name, and whom to ask.

A finding that says nothing would let a second 兴业路 pass; one that says all would tell a neighbouring township what it must not
know. What is kept, sent or printed is read by others than whoever had the names checked: there nobody is told more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from geo_registry.accounts import policy
from geo_registry.accounts.policy import Person
from geo_registry.territory.models import Division, Installation, Level
from placenames.models import Place
from placenames.naming.checks import Secret

MayRead = Callable[[Secret], bool]


def nobody(secret: Secret) -> bool:
    """Say that a secret name is not to be told: what is kept is read by many."""
    del secret
    return False


def readable_by(person: Person) -> MayRead:
    """Return what tells whether a person may read a secret name: as its place's own page, by the person's role and scope."""
    action = policy.RECORDS[Place._meta.label_lower].action("view")
    if action is None or not policy.may(person, action):
        return nobody
    return lambda secret: policy.takes_in(person, secret.path)


def is_told(person: Person, place: Place) -> bool:
    """Say whether a place may be named to a person: any that is not secret, and a secret one to whoever may read it."""
    path = secret_path(place)
    return path is None or readable_by(person)(Secret(path=path, county=""))


def secret_path(place: Place | None) -> str | None:
    """Return the path of the division that a secret place lies in, empty without one; ``None`` of a place that is not secret."""
    if place is None or not place.secrecy:
        return None
    return place.division.path if place.division is not None else ""


def secrets_at(paths: Iterable[str]) -> dict[str, Secret]:
    """Return, for each path of a division that secret places lie in, what is told of them: the county.

    One statement for however many, and none without any. A place without a division lies at home.
    """
    wanted = set(paths)
    if not wanted:
        return {}
    home = Installation.home()
    whole = {path: path or (home.path if home is not None else "") for path in wanted}
    codes = {code for path in whole.values() for code in path.strip("/").split("/") if code}
    counties = dict(
        Division.objects.filter(code__in=codes, level=Level.COUNTY, valid_to__isnull=True).values_list(
            "path", "name"
        )
    )
    return {
        path: Secret(
            path=path, county=next((name for above, name in counties.items() if at.startswith(above)), "")
        )
        for path, at in whole.items()
    }
