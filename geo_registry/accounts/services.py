"""Making and changing accounts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from axes.utils import reset as unlock
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.models import Level

from .models import Office, Role, User

# Nothing that is misread from a slip of paper.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 3, 4


@dataclass(frozen=True)
class NewAccount:
    """An account just made, with the password to hand over. It is kept nowhere else."""

    user: User
    password: str


def new_password() -> str:
    """Return a random password that can be read out over the telephone: ``h7km-xw3q-9dfe``."""
    return "-".join(
        "".join(secrets.choice(_READABLE) for _character in range(_GROUP_LENGTH)) for _group in range(_GROUPS)
    )


@transaction.atomic
def create_account(
    *,
    username: str,
    role: Role,
    office: Office | None = None,
    display_name: str = "",
    password: str | None = None,
    must_change_password: bool = True,
) -> NewAccount:
    """Make an account.

    Parameters
    ----------
    username
        What the person types to sign in.
    role, office
        What the person does, and for which office. A clerk needs a township's office.
    display_name
        The name that pages show.
    password
        The first password; a random one if not given.
    must_change_password
        Whether the person must choose another at the first sign-in.

    Raises
    ------
    ValidationError
        If the name is taken, the office does not fit the role, or the password is too weak.
    """
    user = User(
        username=User.normalize_username(username),
        role=role,
        office=office,
        display_name=display_name,
        must_change_password=must_change_password,
    )
    given = password or new_password()
    validate_password(given, user)
    user.set_password(given)
    user.password_set_at = timezone.now()
    return NewAccount(user=save_account(account=user), password=given)


@transaction.atomic
def save_account(*, account: User) -> User:
    """Check and save an account, new or changed.

    Raises
    ------
    ValidationError
        If a field is wrong, the office does not fit the role, or no administrator would remain.
    """
    account.full_clean()
    check_account(account)
    account.save()
    return account


@transaction.atomic
def reset_password(*, account: User) -> str:
    """Give an account a new random password, which must be changed at the next sign-in, and return it."""
    password = new_password()
    account.set_password(password)
    account.must_change_password = True
    account.password_set_at = timezone.now()
    account.save(update_fields=["password", "must_change_password", "password_set_at"])
    # Whoever was locked out for guessing is let in with the new one.
    unlock(username=account.username)
    return password


@transaction.atomic
def unlock_account(*, account: User) -> User:
    """Let a person try again who gave a wrong password too often; the history keeps who did so."""
    unlock(username=account.username)
    account.unlocked_at = timezone.now()
    account.save(update_fields=["unlocked_at"])
    return account


@transaction.atomic
def set_active(*, account: User, active: bool) -> User:
    """Let a person sign in, or no longer.

    Raises
    ------
    ValidationError
        If it was the last administrator.
    """
    account.is_active = active
    return save_account(account=account)


def check_account(account: User) -> None:
    """Check what concerns more than one field of an account. To be called in the transaction that saves it.

    Raises
    ------
    ValidationError
        If a clerk's office is not a township's, or if no administrator would remain.
    """
    if account.role == Role.CLERK and (
        account.office is None or account.office.division.level < Level.TOWNSHIP
    ):
        raise ValidationError(
            {"office": _("A clerk acts in one township: choose the office of a township or village.")}
        )
    stays = account.is_active and account.role == Role.ADMINISTRATOR
    if account.pk is None or stays:
        return
    # Two administrators who demote each other at the same moment wait here for one another.
    administrators = set(
        User.objects.select_for_update()
        .filter(role=Role.ADMINISTRATOR, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if administrators == {account.pk}:
        raise ValidationError(
            _("This is the last administrator. Make another person administrator first."),
            code="last_administrator",
        )
