"""Keys for other offices' programs: made, shown once, found again by a digest, withdrawn."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import Office, User

from .models import AccessKey, Scope

__all__ = ["AccessKey", "NewKey", "Scope", "make_key", "revoke_key", "valid_key"]

LONGEST: Final = datetime.timedelta(days=2 * 366)
_PREFIX_BYTES, _SECRET_BYTES = 4, 30
# A key is recognised wherever it turns up, in a mail or in a repository.
_FORM: Final = re.compile(r"(gr_[0-9a-f]{8})_[\w-]{40}")


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key just made, with its secret. That is kept nowhere else."""

    key: AccessKey
    secret: str


@transaction.atomic
def make_key(
    *, office: Office, label: str, scopes: Sequence[str], expires_on: datetime.date, by: User
) -> NewKey:
    """Make a key.

    Parameters
    ----------
    office
        Whose division it opens.
    label
        Who asked for it, and for which program.
    scopes
        `Scope` values; contacts go with facilities only.
    expires_on
        Last day on which it is valid, at most two years ahead.

    Raises
    ------
    ValidationError
        If a field does not fit.
    """
    today = timezone.localdate()
    if not today <= expires_on <= today + LONGEST:
        raise ValidationError({"expires_on": _("A day from today on, at most two years ahead, is needed.")})
    if Scope.CONTACTS in scopes and Scope.FACILITIES not in scopes:
        raise ValidationError({"scopes": _("Contacts are those of facilities: open these, too.")})
    prefix = f"gr_{secrets.token_hex(_PREFIX_BYTES)}"
    secret = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    key = AccessKey(
        office=office,
        label=label,
        scopes=sorted(set(scopes)),
        prefix=prefix,
        digest=_digest(secret),
        expires_on=expires_on,
        created_by=by,
    )
    key.full_clean()
    key.save()
    return NewKey(key=key, secret=secret)


def valid_key(secret: str) -> AccessKey | None:
    """Return the key of this secret if it is valid today, and note the day of its use."""
    form = _FORM.fullmatch(secret)
    if form is None:
        return None
    key = AccessKey.objects.valid().select_related("office__division").filter(prefix=form[1]).first()
    if key is None or not hmac.compare_digest(key.digest, _digest(secret)):
        return None
    if key.last_used_on != (today := timezone.localdate()):
        AccessKey.objects.filter(pk=key.pk).update(last_used_on=today)
    return key


def revoke_key(*, key: AccessKey) -> AccessKey:
    """Withdraw a key: it opens nothing from now on. It stays in the list, for what it was used for is on record."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    return key


def _digest(secret: str) -> str:
    # The secret is 240 random bits: there is nothing to try out, and a slow digest would only slow every request.
    return hashlib.sha256(secret.encode()).hexdigest()
