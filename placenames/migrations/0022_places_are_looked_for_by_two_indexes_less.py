"""Most places are their division and have no geometry of their own, and permanent addresses are looked up whole."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import placenames.models.places
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("placenames", "0021_columns_that_were_not_recognised"),
        ("reference", "0003_people_of_a_profile"),
        ("territory", "0004_history_is_asked_by_record"),
    ]

    operations = [
        migrations.AlterField(
            model_name="place",
            name="geometry",
            field=django.contrib.gis.db.models.fields.GeometryField(
                blank=True, null=True, spatial_index=False, srid=4490, verbose_name="geometry"
            ),
        ),
        migrations.AlterField(
            model_name="place",
            name="short_id",
            field=models.CharField(
                default=placenames.models.places.new_short_id,
                editable=False,
                max_length=12,
                verbose_name="permanent address",
            ),
        ),
        # History's table has had no such index since 0019, of which the state knows nothing.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="placeevent",
                    name="geometry",
                    field=django.contrib.gis.db.models.fields.GeometryField(
                        blank=True, null=True, spatial_index=False, srid=4490, verbose_name="geometry"
                    ),
                ),
            ]
        ),
        migrations.AddIndex(
            model_name="place",
            index=django.contrib.postgres.indexes.GistIndex(
                models.F("geometry"),
                condition=models.Q(("geometry__isnull", False)),
                name="placenames_place_geometry",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(fields=("short_id",), name="placenames_place_short_id_once"),
        ),
    ]
