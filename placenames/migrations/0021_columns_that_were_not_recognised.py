"""A comparison with the national database remembers which columns of the file it did not recognise."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("placenames", "0020_searches_by_one_process")]

    operations = [
        migrations.AddField(
            model_name="namecomparison",
            name="unused_columns",
            field=models.JSONField(
                blank=True, default=list, verbose_name="columns that were not recognised"
            ),
        ),
    ]
