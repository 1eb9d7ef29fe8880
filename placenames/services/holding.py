"""A record that is compared with what somebody has typed stays as it is until that is saved."""

from __future__ import annotations

from django.db.models import Model


def hold(record: Model) -> None:
    """Lock a record until the transaction ends: of two who save in one moment the second waits, then sees the first.

    Whatever was read of it before is to be read anew.

    Parameters
    ----------
    record
        A saved row; a transaction is open.

    Raises
    ------
    django.db.transaction.TransactionManagementError
        If there is no transaction.
    """
    rows = type(record)._base_manager.select_for_update().filter(pk=record.pk)
    list(rows.values_list("pk"))
