"""Accounts to try the demo county with: one of each role, with passwords made for this installation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from geo_registry.territory.models import Division, Installation, Level

from .models import Office, Role, User
from .services import create_account, reset_password, save_account

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
    """Make one account of each role; those made before get a new password, and keep what was done with them.

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
    passwords_file().unlink(missing_ok=True)
    county_office = _office_of(home, parent=None)
    township_office = _office_of(township, parent=county_office)
    made = []
    for role, username in USERNAMES.items():
        office = township_office if role == Role.CLERK else county_office
        password = _account(username, role, office)
        made.append(DemoAccount(username, password, str(role.label), office.name))
    return made


def _account(username: str, role: Role, office: Office) -> str:
    """Make an account, or renew the one that is there; return its password."""
    name = _("%(role)s (demo)") % {"role": role.label}
    account = User.objects.filter(username=username).first()
    if account is None:
        return create_account(
            username=username, role=role, office=office, display_name=name, must_change_password=False
        ).password
    account.role, account.office, account.display_name, account.is_active = role, office, name, True
    save_account(account=account)
    password = reset_password(account=account)
    account.must_change_password = False
    account.save(update_fields=["must_change_password"])
    return password


def _office_of(division: Division, *, parent: Office | None) -> Office:
    name = _("Civil affairs office of %(division)s (demo)") % {"division": division.name}
    office, _created = Office.objects.get_or_create(
        name=name, defaults={"division": division, "parent": parent}
    )
    return office


@transaction.atomic
def remove_demo_accounts() -> int:
    """Delete the accounts that `make_demo_accounts` made, and the offices that nobody else works in.

    An account with which something was done that stays (a proposal, a drawing, a decision) is not deleted: the trace would
    go. It can sign in no longer.

    Returns
    -------
    int
        How many accounts can sign in no longer.
    """
    passwords_file().unlink(missing_ok=True)
    accounts = User.objects.filter(username__startswith=PREFIX)
    offices = list(Office.objects.filter(people__in=accounts).distinct().order_by("-division__level"))
    count = 0
    for account in accounts:
        count += 1
        try:
            with transaction.atomic():
                account.delete()
        except (ProtectedError, RestrictedError):
            account.is_active, account.office = False, None
            account.set_unusable_password()
            account.save(update_fields=["is_active", "office", "password"])
    for office in offices:
        if not office.people.exists() and not office.children.exists():
            office.delete()
    return count
