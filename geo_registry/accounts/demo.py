"""Accounts to try the demo county with: one of each role, with passwords made for this installation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.translation import gettext as _

from geo_registry.territory.models import Division, Installation, Level

from .models import Office, Role, User
from .services import create_account

# What all their names begin with: a production site refuses to start while one of them can sign in.
PREFIX = "demo-"

USERNAMES = {
    Role.ADMINISTRATOR: "demo-admin",
    Role.PLANNER: "demo-planner",
    Role.NAME_OFFICER: "demo-names",
    Role.REVIEWER: "demo-reviewer",
    Role.CLERK: "demo-clerk",
    Role.VIEWER: "demo-viewer",
}


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What somebody needs to sign in, and what to expect then."""

    username: str
    password: str
    role: str
    office: str


def passwords_file() -> Path:
    """Return where the command that makes the accounts writes their passwords, readable by its owner only."""
    return Path(settings.VAR_DIR) / "demo-accounts.txt"


@transaction.atomic
def make_demo_accounts() -> list[DemoAccount]:
    """Make one account of each role, replacing those made before.

    The clerk's office is that of the first township below home; the others' is home's own.

    Returns
    -------
    list of DemoAccount
        With passwords, which are kept nowhere else.

    Raises
    ------
    ObjectDoesNotExist
        If the installation has no home, or home has no township below it.
    """
    home = Installation.home()
    if home is None:
        raise ObjectDoesNotExist(_("There is no home division yet, so no office can be made."))
    township = Division.objects.under(home).at_level(Level.TOWNSHIP).order_by("code").first()
    if township is None:
        raise ObjectDoesNotExist(_("There is no township below the home division, so a clerk has no office."))
    remove_demo_accounts()
    county_office = _office_of(home, parent=None)
    township_office = _office_of(township, parent=county_office)
    made = []
    for role, username in USERNAMES.items():
        office = township_office if role == Role.CLERK else county_office
        account = create_account(
            username=username,
            role=role,
            office=office,
            display_name=_("%(role)s (demo)") % {"role": role.label},
            must_change_password=False,
        )
        made.append(DemoAccount(username, account.password, str(role.label), office.name))
    return made


def _office_of(division: Division, *, parent: Office | None) -> Office:
    name = _("Civil affairs office of %(division)s (demo)") % {"division": division.name}
    office, _created = Office.objects.get_or_create(
        name=name, defaults={"division": division, "parent": parent}
    )
    return office


@transaction.atomic
def remove_demo_accounts() -> int:
    """Delete the accounts that `make_demo_accounts` made, and the offices that nobody else works in.

    Returns
    -------
    int
        How many accounts were deleted.
    """
    passwords_file().unlink(missing_ok=True)
    accounts = User.objects.filter(username__startswith=PREFIX)
    offices = list(Office.objects.filter(people__in=accounts).distinct().order_by("-division__level"))
    count = accounts.count()
    accounts.delete()
    for office in offices:
        if not office.people.exists() and not office.children.exists():
            office.delete()
    return count
