"""Names that are there already get their search keys."""

from django.db import migrations

from geo_registry.territory.search_keys import keys_value

BATCH = 1000


def fill(apps, schema_editor):
    Name = apps.get_model("placenames", "Name")
    Spelling = apps.get_model("placenames", "Spelling")
    spellings = {}
    for name_id, text in Spelling.objects.values_list("name_id", "text").iterator():
        spellings.setdefault(name_id, []).append(text)
    batch = []
    for name in Name.objects.only("pk", "text").iterator(chunk_size=BATCH):
        name.keys = keys_value(name.text, spellings=spellings.get(name.pk, ()))
        batch.append(name)
        if len(batch) == BATCH:
            Name.objects.bulk_update(batch, ["keys"])
            batch = []
    Name.objects.bulk_update(batch, ["keys"])


class Migration(migrations.Migration):

    dependencies = [
        ("placenames", "0003_search_keys"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
