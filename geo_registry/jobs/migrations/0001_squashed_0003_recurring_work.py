import django.db.models.deletion
import geo_registry.schema_operations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('jobs', '0001_initial'),
        ('jobs', '0002_attempts_and_language'),
        ('jobs', '0003_recurring_work'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        geo_registry.schema_operations.CreateTogether(
            models=[
                migrations.CreateModel(
                    name='RecurringWork',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                        ('last_begun_at', models.DateTimeField(blank=True, null=True, verbose_name='last done at')),
                        ('error', models.CharField(blank=True, max_length=500, verbose_name='error')),
                    ],
                    options={
                        'verbose_name': 'recurring work',
                        'verbose_name_plural': 'recurring work',
                        'ordering': ['name'],
                    },
                ),
                migrations.CreateModel(
                    name='Job',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ('kind', models.CharField(max_length=80, verbose_name='kind')),
                        ('title', models.CharField(max_length=200, verbose_name='title')),
                        ('state', models.CharField(choices=[('queued', 'waiting'), ('running', 'running'), ('succeeded', 'done'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('lost', 'interrupted')], default='queued', max_length=12, verbose_name='state')),
                        ('done', models.PositiveBigIntegerField(default=0, verbose_name='steps done')),
                        ('total', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='steps in all')),
                        ('message', models.CharField(blank=True, max_length=300, verbose_name='message')),
                        ('cancel_requested', models.BooleanField(default=False, verbose_name='cancellation asked')),
                        ('restartable', models.BooleanField(default=False, verbose_name='may be started again')),
                        ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='times begun')),
                        ('language', models.CharField(blank=True, max_length=16, verbose_name='language of its messages')),
                        ('arguments', models.JSONField(blank=True, default=dict, verbose_name='arguments')),
                        ('result', models.JSONField(blank=True, default=dict, verbose_name='result')),
                        ('result_url', models.CharField(blank=True, max_length=300, verbose_name='result page')),
                        ('error', models.TextField(blank=True, verbose_name='error')),
                        ('task_result_id', models.CharField(blank=True, db_index=True, max_length=64, verbose_name='task')),
                        ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='jobs', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='asked for at')),
                        ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                        ('heartbeat_at', models.DateTimeField(blank=True, null=True, verbose_name='last sign of life')),
                        ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                    ],
                    options={
                        'verbose_name': 'job',
                        'verbose_name_plural': 'jobs',
                        'ordering': ['-created_at'],
                    },
                ),
            ],
        ),
    ]
