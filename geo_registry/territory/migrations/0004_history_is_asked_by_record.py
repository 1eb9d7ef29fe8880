from django.db import migrations

from geo_registry.schema_operations import LeaveUnindexed


class Migration(migrations.Migration):
    dependencies = [
        ("territory", "0003_new_rows_recorded_together"),
    ]

    operations = [
        LeaveUnindexed(model_name="divisionevent", fields=["source", "parent", "boundary", "point"]),
        LeaveUnindexed(model_name="roadevent", fields=["source", "division", "geometry"]),
        LeaveUnindexed(model_name="populatedplaceevent", fields=["source", "division", "point", "area"]),
    ]
