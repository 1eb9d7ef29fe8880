from django.db import migrations

from geo_registry.schema_operations import LeaveUnindexed


class Migration(migrations.Migration):
    dependencies = [
        ("placenames", "0018_story_versions"),
    ]

    operations = [
        LeaveUnindexed(
            model_name="placeevent", fields=["source", "kind", "division", "named_division", "geometry"]
        ),
        LeaveUnindexed(model_name="spellingevent", fields=["confirmed_by"]),
    ]
