"""What history records of tables that files fill by the hundred thousand."""

from __future__ import annotations

import pghistory


def recorded_in_bulk() -> tuple[pghistory.InsertEvent, pghistory.UpdateEvent, pghistory.DeleteEvent]:
    """Return trackers that record the new rows of one statement together, and changes and deletions row by row.

    History is the same, row for row: a trigger that is called once writes all new rows down in one statement, where one that is
    called for each row costs more than the row itself.
    """
    return (
        pghistory.InsertEvent(level=pghistory.Statement),
        pghistory.UpdateEvent(level=pghistory.Row),
        pghistory.DeleteEvent(level=pghistory.Row),
    )
