import django.db.models.deletion
import geo_registry.schema_operations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('maps', '0001_initial'),
        ('maps', '0002_public_coverage'),
    ]

    initial = True

    dependencies = [
        ('attachments', '0001_initial'),
        ('facilities', '0001_squashed_0021_scenarios'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        geo_registry.schema_operations.CreateTogether(
            models=[
                migrations.CreateModel(
                    name='PublicCoverage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='public_coverage', to='facilities.coveragerun', verbose_name='coverage run')),
                        ('threshold', models.PositiveIntegerField(verbose_name='counts below this are small')),
                        ('group', models.CharField(max_length=16, verbose_name='who')),
                        ('limit_s', models.PositiveIntegerField(verbose_name='limit, seconds')),
                        ('rows', models.JSONField(default=list, verbose_name='figures')),
                        ('computed_at', models.DateTimeField(auto_now=True, verbose_name='computed at')),
                    ],
                    options={
                        'verbose_name': 'published coverage',
                        'verbose_name_plural': 'published coverage',
                    },
                ),
                migrations.CreateModel(
                    name='RunFile',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='facilities.coveragerun', verbose_name='coverage run')),
                        ('kind', models.SlugField(max_length=12, verbose_name='kind of file')),
                        ('variant', models.CharField(max_length=300, verbose_name='what it shows')),
                        ('version', models.CharField(max_length=40, verbose_name='version')),
                        ('attachment', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='attachments.attachment', verbose_name='attachment')),
                        ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                        ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made at')),
                    ],
                    options={
                        'verbose_name': 'file of a run',
                        'verbose_name_plural': 'files of runs',
                        'ordering': ['-made_at'],
                        'constraints': [models.UniqueConstraint(fields=('run', 'kind', 'variant', 'version'), name='maps_run_file_once')],
                    },
                ),
            ],
        ),
    ]
