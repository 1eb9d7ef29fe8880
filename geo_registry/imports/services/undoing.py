"""Undo a batch: what it made goes, what it changed is as it was before; what somebody has edited since is never destroyed.

History has all of it: each row that the batch wrote, also by what followed on it (a place for a new village), is an event
that names the batch. The state before is the event before the batch's first one. A row has been edited since if it is not
now what the batch left; a row that others have come to depend on since counts as edited, too.

All is done by set, in a few statements a table, so that 600,000 rows are undone as well as six.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from geo_registry.accounts.history import event_model
from geo_registry.accounts.models import User
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.jobs.work import Progress
from geo_registry.reference.models import Source

from ..models import Batch, BatchRow
from ..registry import derived_models, undo_hooks
from .turns import ADVISORY_LOCK

SHOWN_CONFLICTS = 200
_UNTOLD = frozenset({"updated_at", "created_at"})

_NOT_COMMITTED = gettext_noop("“{file}” is not taken in, so there is nothing to undo.")
_EDITED = gettext_noop(
    "{count} records of this import have been edited since, or others depend on them by now. Nothing was undone: look at them, or "
    "undo the rest and keep these."
)
_COLLISION = gettext_noop(
    "The import cannot be undone: something that was entered since has the number or name of a record that would come back. "
    "Nothing was undone."
)


class UndoRefused(GeodataError):  # noqa: N818 - a refusal with its reasons
    """Some records were edited since.

    Attributes
    ----------
    conflicts : list of Conflict
        The first of them.
    count : int
        How many there are.
    """

    def __init__(self, conflicts: Sequence[Conflict], count: int) -> None:
        super().__init__(Message(_EDITED, {"count": count}))
        self.conflicts = list(conflicts)
        self.count = count


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record that has been edited since, or that others depend on."""

    model: str
    pk: int
    label: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """Return it as the batch keeps it."""
        return {"model": self.model, "pk": self.pk, "label": self.label, "why": self.why}


@dataclass(slots=True)
class UndoReport:
    """What an undo did: rows removed, rows restored, records kept as they were edited."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    by_table: dict[str, list[int]] = field(default_factory=dict)


def undo_batch(
    *, batch: Batch, user: User | None, keep_edited: bool = False, progress: Progress | None = None
) -> UndoReport:
    """Undo a batch in one transaction.

    Parameters
    ----------
    batch : Batch
        Taken in.
    user : User or None
        Who undoes it.
    keep_edited : bool
        Leave records alone that were edited since, and undo the rest.
    progress : Progress, optional

    Returns
    -------
    UndoReport

    Raises
    ------
    UndoRefused
        If records were edited since and are not to be kept. Nothing is undone then; the batch remembers which they are.
    """
    try:
        with transaction.atomic():
            return _Undo(batch, user, progress).do(keep_edited=keep_edited)
    except UndoRefused as refusal:
        kept = {"count": refusal.count, "conflicts": [conflict.to_json() for conflict in refusal.conflicts]}
        Batch.objects.filter(pk=batch.pk, state=Batch.State.COMMITTED).update(undo_report=kept)
        raise
    except IntegrityError as error:
        raise GeodataError(Message(_COLLISION)) from error


class _Table:
    """A tracked table, its events, and what the batch did to it."""

    def __init__(self, model: type[models.Model], position: int) -> None:
        events = event_model(model)
        assert events is not None  # noqa: S101 - only tracked models are asked for
        self.model = model
        self.table = _quoted(model._meta.db_table)
        self.events = _quoted(events._meta.db_table)
        self.mine = _quoted(f"undo_{position}")
        self.pk = _quoted(str(model._meta.pk.column))
        kept = {item.name for item in events._meta.concrete_fields}
        self.fields: list[Any] = [
            item for item in model._meta.concrete_fields if item.name in kept and not item.primary_key
        ]
        self.columns = [_quoted(str(item.column)) for item in self.fields]
        self.told = [_quoted(str(item.column)) for item in self.fields if item.name not in _UNTOLD]


class _Undo:
    def __init__(self, batch: Batch, user: User | None, progress: Progress | None) -> None:
        self.batch = batch
        self.user = user
        self.progress = progress
        self.tables: list[_Table] = []
        self.report = UndoReport()

    def do(self, *, keep_edited: bool) -> UndoReport:
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=self.batch.pk)
        if batch.state != Batch.State.COMMITTED:
            raise GeodataError(Message(_NOT_COMMITTED, {"file": batch.file_name}))
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            self._tell(0, gettext("Looking for what the import did"))
            self._find(cursor)
            self._mark_edited(cursor)
            self._mark_depended_on(cursor)
            self._spread(cursor)
            conflicts, count = self._conflicts(cursor)
            if count and not keep_edited:
                raise UndoRefused(conflicts, count)
            self.report.kept = count
            context = {"command": "undo_import", "undo_of": str(batch.pk), "file": batch.file_name}
            with pghistory.context(**context, **({"user": self.user.pk} if self.user is not None else {})):
                self._remove(cursor)
                self._restore(cursor)
                self._hooks(cursor)
        batch.state, batch.undone_at, batch.undone_by = Batch.State.UNDONE, timezone.now(), self.user
        batch.undo_report = {
            "removed": self.report.removed, "restored": self.report.restored, "kept": self.report.kept,
            "conflicts": [conflict.to_json() for conflict in conflicts], "by_table": self.report.by_table,
        }  # fmt: skip
        batch.save(update_fields=["state", "undone_at", "undone_by", "undo_report"])
        return self.report

    def _tell(self, done: int, message: str) -> None:
        if self.progress is not None:
            self.progress.step(done, max(len(self.tables) * 2, 1), message)

    # -- what the batch did --------------------------------------------------------------------

    def _find(self, cursor: Any) -> None:
        """Note each row that the batch wrote: its first and last event, whether it was made, whether it is gone since."""
        for position, model in enumerate(tracked_models()):
            table = _Table(model, position)
            cursor.execute(f"DROP TABLE IF EXISTS {table.mine}")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {table.mine} ON COMMIT DROP AS "  # noqa: S608 - names of our own tables
                f"SELECT {table.pk} AS pk, min(pgh_id) AS first, max(pgh_id) AS last, "
                "(array_agg(pgh_label ORDER BY pgh_id))[1] = 'insert' AS made, "
                "(array_agg(pgh_label ORDER BY pgh_id DESC))[1] = 'delete' AS gone, false AS keep, ''::text AS why "
                f"FROM {table.events} WHERE pgh_context->>'batch' = %s GROUP BY 1",
                [str(self.batch.pk)],
            )
            # What was made and is gone again needs nothing.
            cursor.execute(f"DELETE FROM {table.mine} WHERE made AND gone")  # noqa: S608
            cursor.execute(f"SELECT count(*) FROM {table.mine}")  # noqa: S608
            if cursor.fetchone()[0]:
                cursor.execute(f"CREATE UNIQUE INDEX ON {table.mine} (pk)")
                cursor.execute(f"ANALYZE {table.mine}")
                self.tables.append(table)

    def _mark_edited(self, cursor: Any) -> None:
        """Rows that are not what the batch left."""
        for table in self.tables:
            differs = (
                " OR ".join(f"t.{column} IS DISTINCT FROM e.{column}" for column in table.told) or "false"
            )
            cursor.execute(
                f"UPDATE {table.mine} u SET keep = true, why = 'edited' FROM {table.events} e, {table.table} t "  # noqa: S608
                f"WHERE e.pgh_id = u.last AND NOT u.gone AND t.{table.pk} = u.pk AND ({differs})"
            )
            cursor.execute(
                f"UPDATE {table.mine} u SET keep = true, why = 'removed' WHERE NOT u.gone AND NOT u.made "  # noqa: S608
                f"AND NOT EXISTS (SELECT 1 FROM {table.table} t WHERE t.{table.pk} = u.pk)"
            )
            cursor.execute(
                f"DELETE FROM {table.mine} u WHERE u.made AND NOT EXISTS "  # noqa: S608
                f"(SELECT 1 FROM {table.table} t WHERE t.{table.pk} = u.pk)"
            )

    def _mark_depended_on(self, cursor: Any) -> None:
        """Rows that the batch made and that something which it did not make points at."""
        for table in self.tables:
            for other, column in pointing_at(table.model):
                own = next((t for t in self.tables if t.table == _quoted(other._meta.db_table)), None)
                pk = _quoted(str(other._meta.pk.column))
                # A row of the batch's that is restored points again at what it pointed at before.
                known = f"AND NOT EXISTS (SELECT 1 FROM {own.mine} m WHERE m.pk = o.{pk})" if own else ""  # noqa: S608
                cursor.execute(
                    f"UPDATE {table.mine} u SET keep = true, why = CASE WHEN u.why = '' THEN %s ELSE u.why END "  # noqa: S608
                    f"FROM {_quoted(other._meta.db_table)} o WHERE u.made AND o.{_quoted(column)} = u.pk {known}",
                    [f"depended:{other._meta.label_lower}"],
                )

    def _spread(self, cursor: Any) -> None:
        """With a row that is kept, all stays that it belongs to or points at, and all that belongs to it."""
        grown = True
        while grown:
            grown = False
            for table in self.tables:
                for key in table.fields:
                    if not isinstance(key, models.ForeignKey):
                        continue
                    target = self._table_of(key.related_model)
                    if target is None:
                        continue
                    owned = key.remote_field.on_delete is models.CASCADE
                    column = _quoted(str(key.column))
                    reach = "true" if owned else "p.made"
                    cursor.execute(
                        f"UPDATE {target.mine} p SET keep = true, why = 'part' FROM {table.mine} u, {table.table} t "  # noqa: S608
                        f"WHERE u.keep AND t.{table.pk} = u.pk AND t.{column} = p.pk AND NOT p.keep AND {reach}"
                    )
                    grown |= cursor.rowcount > 0
                    if owned:
                        cursor.execute(
                            f"UPDATE {table.mine} u SET keep = true, why = 'part' FROM {target.mine} p, {table.table} t "  # noqa: S608
                            f"WHERE p.keep AND t.{table.pk} = u.pk AND t.{column} = p.pk AND NOT u.keep"
                        )
                        grown |= cursor.rowcount > 0

    def _table_of(self, model: Any) -> _Table | None:
        return next(
            (table for table in self.tables if table.model._meta.db_table == model._meta.db_table), None
        )

    def _conflicts(self, cursor: Any) -> tuple[list[Conflict], int]:
        found: list[Conflict] = []
        count = 0
        for table in self.tables:
            cursor.execute(f"SELECT count(*) FROM {table.mine} WHERE keep AND why <> 'part'")  # noqa: S608
            here = cursor.fetchone()[0]
            count += here
            if not here or len(found) >= SHOWN_CONFLICTS:
                continue
            cursor.execute(
                f"SELECT pk, why FROM {table.mine} WHERE keep AND why <> 'part' ORDER BY pk LIMIT %s",  # noqa: S608
                [SHOWN_CONFLICTS - len(found)],
            )
            reasons = dict(cursor.fetchall())
            names = {row.pk: str(row) for row in table.model._default_manager.filter(pk__in=list(reasons))}
            label = str(table.model._meta.label_lower)
            found += [Conflict(label, pk, names.get(pk, str(pk)), why) for pk, why in reasons.items()]
        return found, count

    # -- undoing -------------------------------------------------------------------------------

    def _remove(self, cursor: Any) -> None:
        for table in self.tables:
            for other, column in _derived_of(table.model):
                gone = (
                    f"SELECT o.{_quoted(str(other._meta.pk.column))} FROM {_quoted(other._meta.db_table)} o "  # noqa: S608 - names of our own tables
                    f"JOIN {table.mine} u ON o.{_quoted(column)} = u.pk WHERE u.made AND NOT u.keep"
                )
                # Who has read what was told.
                for further, key in pointing_at(other):
                    cursor.execute(
                        f"DELETE FROM {_quoted(further._meta.db_table)} WHERE {_quoted(key)} IN ({gone})"  # noqa: S608
                    )
                cursor.execute(
                    f"DELETE FROM {_quoted(other._meta.db_table)} o USING {table.mine} u "  # noqa: S608 - names of our own tables
                    f"WHERE o.{_quoted(column)} = u.pk AND u.made AND NOT u.keep"
                )
        for step, table in enumerate(self.tables):
            self._tell(step, gettext("Removing what the import made"))
            cursor.execute(
                f"DELETE FROM {table.table} t USING {table.mine} u WHERE t.{table.pk} = u.pk AND u.made AND NOT u.keep"  # noqa: S608
            )
            self.report.removed += cursor.rowcount
            self._count(table, 0, cursor.rowcount)

    def _restore(self, cursor: Any) -> None:
        for step, table in enumerate(self.tables, len(self.tables)):
            self._tell(step, gettext("Restoring what the import changed"))
            before = (
                f"SELECT DISTINCT ON (u.pk) u.pk AS undo_pk, u.gone AS undo_gone, e.* FROM {table.mine} u "  # noqa: S608
                f"JOIN {table.events} e ON e.{table.pk} = u.pk AND e.pgh_id < u.first "
                "WHERE NOT u.made AND NOT u.keep ORDER BY u.pk, e.pgh_id DESC"
            )
            sets = ", ".join(f"{column} = b.{column}" for column in table.told)
            if any(item.name == "updated_at" for item in table.fields):
                sets += ", updated_at = now()"
            if table.told:
                cursor.execute(
                    f"UPDATE {table.table} t SET {sets} FROM ({before}) b WHERE t.{table.pk} = b.undo_pk"  # noqa: S608
                )
                self.report.restored += cursor.rowcount
                self._count(table, 1, cursor.rowcount)
            columns = ", ".join([table.pk, *table.columns])
            values = ", ".join(["b.undo_pk", *(f"b.{column}" for column in table.columns)])
            cursor.execute(
                f"INSERT INTO {table.table} ({columns}) SELECT {values} FROM ({before}) b WHERE b.undo_gone"  # noqa: S608
            )
            self.report.restored += cursor.rowcount
            self._count(table, 1, cursor.rowcount)

    def _count(self, table: _Table, place: int, rows: int) -> None:
        if rows:
            self.report.by_table.setdefault(str(table.model._meta.label_lower), [0, 0])[place] += rows

    def _hooks(self, cursor: Any) -> None:
        """Have derived columns brought up to date that history does not keep."""
        for table in self.tables:
            hooks = undo_hooks(table.model)
            if hooks:
                cursor.execute(f"SELECT pk FROM {table.mine} WHERE NOT made AND NOT keep")  # noqa: S608
                keys = [pk for (pk,) in cursor.fetchall()]
                for hook in hooks:
                    hook(keys)


def tracked_models() -> list[type[models.Model]]:
    """Return every model whose changes are recorded, each once; sources stay, for batches name them."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if event_model(model) is not None and model is not Source]


def pointing_at(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """Yield the tables whose rows would go, or forbid it, if a row went; and the column that points."""
    derived = set(derived_models())
    for other in apps.get_models(include_auto_created=True):
        if (
            other is BatchRow
            or other in derived
            or other._meta.proxy
            or hasattr(other, "pgh_obj")
            or hasattr(other, "pgh_tracked_model")
        ):
            continue
        for column in _keys_to(model, other):
            yield other, column


def _derived_of(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """Yield the tables of what the program works out of a model's rows, and the column that points at these."""
    for other in derived_models():
        for column in _keys_to(model, other):
            yield other, column


def _keys_to(model: type[models.Model], other: type[models.Model]) -> Iterator[str]:
    """Yield the columns of another table that point at a model's."""
    for key in other._meta.concrete_fields:
        if (
            isinstance(key, models.ForeignKey)
            and getattr(key, "db_constraint", True)
            and key.remote_field.model._meta.db_table == model._meta.db_table
        ):
            yield str(key.column)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
