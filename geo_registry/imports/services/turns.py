"""What an import sets up in the database before its rows, and puts in order after them."""

from __future__ import annotations

import time

from django.db import connection
from django.utils.translation import gettext

from geo_registry.jobs.work import Progress

# One import at a time: two that bring the same new village would both find it missing.
ADVISORY_LOCK = 7_461_002
# How often an import that waits for another looks whether it may begin.
_LOOK_AGAIN_S = 0.3
_PENDING_KEYS, _SORTING_MEMORY = "32MB", "64MB"


def wait_for_turn(progress: Progress | None) -> None:
    """Wait until no other import runs, and spare history's triggers an error for each row.

    ``pgtrigger`` looks in each trigger whether it is to be ignored, and catches the error that the setting is not there.
    Such an error within a large transaction costs more the more rows wait for their foreign keys to be checked: 70,000
    new divisions took twenty times as long.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")
        # Search keys are sorted into their index in larger heaps; `settle_indexes` leaves none behind. What is read row by row
        # is read to its end: a plan that has the first rows soon and the last ones late is none here.
        cursor.execute(
            "SELECT set_config('gin_pending_list_limit', %s, true), set_config('work_mem', %s, true), "
            "set_config('cursor_tuple_fraction', '1', true)",
            [_PENDING_KEYS, _SORTING_MEMORY],
        )
        while True:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            if cursor.fetchone() == (True,):
                return
            if progress is not None:
                progress.step(0, None, gettext("Waiting until another import has ended"))
            time.sleep(_LOOK_AGAIN_S)


def settle_indexes() -> None:
    """Sort what waits beside the indexes of words into them: a search would have to look through all of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'gin' AND pg_get_userbyid(c.relowner) = current_user"
        )
