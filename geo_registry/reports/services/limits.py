"""How many reports a visitor, and the whole site, may send in a day: counted without keeping anybody's address."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import ipaddress
import secrets
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from geo_registry.reference.services import effective_value

from ..models import Arrival, DayKey

PER_VISITOR: Final = "reports-a-day-per-visitor"
PER_SITE: Final = "reports-a-day-in-all"
_LOCK: Final = 0x7265_706F
# A household's line has a whole network of IPv6 addresses: they count as one.
_IPV6_PREFIX: Final = 64


class TooMany(ValidationError):  # noqa: N818 - says what is the matter
    """The day's number of reports is reached."""


def mark_of(address: str | None, *, day: datetime.date) -> str:
    """Return a visitor's mark for a day: an HMAC-SHA256 of the address under that day's random key.

    Visitors without an address share one mark.
    """
    network = ""
    if address:
        parsed = ipaddress.ip_address(address)
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        bits = _IPV6_PREFIX if parsed.version == 6 else parsed.max_prefixlen
        network = str(ipaddress.ip_network((parsed, bits), strict=False))
    DayKey.objects.bulk_create([DayKey(day=day, key=secrets.token_bytes(32))], ignore_conflicts=True)
    key = bytes(DayKey.objects.get(day=day).key)
    return hmac.new(key, network.encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def count_in(*, address: str | None, day: datetime.date) -> None:
    """Count a report in, or refuse it. Reports that come at once wait for one another here.

    Raises
    ------
    TooMany
        If the visitor, or all together, have sent as many as the reference values allow.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    mark = mark_of(address, day=day)
    today = Arrival.objects.filter(day=day)
    if today.filter(mark=mark).count() >= int(effective_value(PER_VISITOR, day)):
        raise TooMany(
            _(
                "As many reports as one connection may send in a day have come from yours. Please telephone, or come back tomorrow."
            ),
            code="visitor",
        )
    if today.count() >= int(effective_value(PER_SITE, day)):
        raise TooMany(
            _(
                "So many reports have come today that no more can be taken. Please telephone, or come back tomorrow."
            ),
            code="site",
        )
    Arrival.objects.create(day=day, mark=mark)


def forget_before(day: datetime.date) -> int:
    """Delete marks and keys of days before ``day``; from then on nobody can tell who they were.

    Returns
    -------
    int
        How many marks were deleted.
    """
    DayKey.objects.filter(day__lt=day).delete()
    deleted, _by_table = Arrival.objects.filter(day__lt=day).delete()
    return deleted
