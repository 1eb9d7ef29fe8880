"""Searches are answered by one process of the database, and single letters from what is kept for them.

Starting a second process takes 15 ms, longer than the answer. What is kept of common beginnings is made anew by the worker: so far of
a single letter names were kept that hold it anywhere, and it is looked for at the beginning.
"""

from django.db import migrations

_TABLES = ("placenames_name", "placenames_namelikeness", "placenames_place")


class Migration(migrations.Migration):
    dependencies = [("placenames", "0019_history_is_asked_by_record")]

    operations = [
        migrations.RunSQL(
            sql=[f"ALTER TABLE {table} SET (parallel_workers = 0)" for table in _TABLES],
            reverse_sql=[f"ALTER TABLE {table} RESET (parallel_workers)" for table in _TABLES],
        ),
        # Old, and a change behind: what there is serves until then.
        migrations.RunSQL(
            sql="UPDATE placenames_beginningsmade SET made_at = made_at - interval '2 days', names_event = greatest(names_event - 1, 0)",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
