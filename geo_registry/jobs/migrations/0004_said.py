from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0003_recurring_work"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="said",
            field=models.JSONField(
                blank=True, default=dict, verbose_name="title, message and error in each language"
            ),
        ),
    ]
