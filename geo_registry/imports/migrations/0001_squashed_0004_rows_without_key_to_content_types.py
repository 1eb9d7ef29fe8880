import django.db.models.deletion
import geo_registry.schema_operations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('imports', '0001_initial'),
        ('imports', '0002_flow'),
        ('imports', '0003_approval'),
        ('imports', '0004_rows_without_key_to_content_types'),
    ]

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('jobs', '0001_squashed_0003_recurring_work'),
        ('reference', '0001_squashed_0002_delivery_radius'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        geo_registry.schema_operations.CreateTogether(
            models=[
                migrations.CreateModel(
                    name='Batch',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ('kind', models.CharField(max_length=40, verbose_name='kind')),
                        ('file_name', models.CharField(max_length=255, verbose_name='file')),
                        ('sha256', models.CharField(blank=True, max_length=64, verbose_name='checksum')),
                        ('size_bytes', models.PositiveBigIntegerField(default=0, verbose_name='size')),
                        ('layer', models.CharField(blank=True, max_length=120, verbose_name='layer or sheet')),
                        ('encoding', models.CharField(blank=True, max_length=40, verbose_name='encoding')),
                        ('source_crs', models.CharField(blank=True, max_length=120, verbose_name='co-ordinates of the file')),
                        ('options', models.JSONField(blank=True, default=dict, verbose_name='options')),
                        ('state', models.CharField(choices=[('draft', 'uploaded'), ('preview', 'previewed'), ('submitted', 'waiting for approval'), ('committed', 'taken in'), ('refused', 'refused'), ('undone', 'undone')], max_length=12, verbose_name='state')),
                        ('count_new', models.PositiveIntegerField(default=0, verbose_name='new')),
                        ('count_changed', models.PositiveIntegerField(default=0, verbose_name='changed')),
                        ('count_unchanged', models.PositiveIntegerField(default=0, verbose_name='unchanged')),
                        ('count_refused', models.PositiveIntegerField(default=0, verbose_name='refused')),
                        ('count_undecided', models.PositiveIntegerField(default=0, verbose_name='to be decided')),
                        ('report', models.JSONField(blank=True, default=dict, verbose_name='report')),
                        ('inspection', models.JSONField(blank=True, default=dict, verbose_name='what the file looks like')),
                        ('changed_meanwhile', models.JSONField(blank=True, default=list, verbose_name='changed since the preview')),
                        ('undo_report', models.JSONField(blank=True, default=dict, verbose_name='what was undone')),
                        ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='reference.source', verbose_name='source')),
                        ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='jobs.job', verbose_name='job')),
                        ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='imported by')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='imported at')),
                        ('committed_at', models.DateTimeField(blank=True, null=True, verbose_name='taken in at')),
                        ('submitted_at', models.DateTimeField(blank=True, null=True, verbose_name='sent for approval at')),
                        ('submitted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent for approval by')),
                        ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                        ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                        ('decision', models.CharField(blank=True, max_length=400, verbose_name='reasons of the decision')),
                        ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone at')),
                        ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='undone by')),
                    ],
                    options={
                        'verbose_name': 'import',
                        'verbose_name_plural': 'imports',
                        'ordering': ['-created_at'],
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(models.Q(('decided_by', models.F('created_by')), _negated=True), models.Q(('decided_by', models.F('submitted_by')), _negated=True)), _connector='OR'), name='imports_nobody_decides_on_the_own'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='BatchRow',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='imports.batch')),
                        ('row', models.PositiveIntegerField(verbose_name='row')),
                        ('action', models.CharField(choices=[('new', 'new'), ('changed', 'changed'), ('refused', 'refused')], max_length=8, verbose_name='action')),
                        ('content_type', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype')),
                        ('object_id', models.BigIntegerField(null=True)),
                        ('before', models.JSONField(default=dict, verbose_name='before')),
                        ('after', models.JSONField(default=dict, verbose_name='after')),
                        ('issues', models.JSONField(default=list, verbose_name='remarks')),
                        ('cells', models.JSONField(default=list, verbose_name='cells')),
                    ],
                    options={
                        'verbose_name': 'row of an import',
                        'verbose_name_plural': 'rows of imports',
                        'indexes': [models.Index(fields=['content_type', 'object_id'], name='imports_row_target')],
                    },
                ),
                migrations.CreateModel(
                    name='ColumnMemory',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('office', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.office', verbose_name='office')),
                        ('kind', models.CharField(max_length=40, verbose_name='kind')),
                        ('header', models.CharField(max_length=200, verbose_name='header')),
                        ('field', models.CharField(blank=True, max_length=60, verbose_name='field')),
                    ],
                    options={
                        'verbose_name': 'remembered column',
                        'verbose_name_plural': 'remembered columns',
                        'constraints': [models.UniqueConstraint(fields=('office', 'kind', 'header'), name='imports_column_once', nulls_distinct=False)],
                    },
                ),
            ],
        ),
    ]
