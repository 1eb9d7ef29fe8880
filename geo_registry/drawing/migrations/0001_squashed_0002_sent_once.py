import django.db.models.deletion
import geo_registry.schema_operations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('drawing', '0001_initial'),
        ('drawing', '0002_sent_once'),
    ]

    initial = True

    dependencies = [
        ('territory', '0001_squashed_0003_new_rows_recorded_together'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        geo_registry.schema_operations.CreateTogether(
            models=[
                migrations.CreateModel(
                    name='EditSet',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drawn by')),
                        ('division', models.ForeignKey(blank=True, help_text='The lowest division that holds all of it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.division', verbose_name='division')),
                        ('why', models.CharField(max_length=300, verbose_name='why')),
                        ('basis', models.CharField(blank=True, max_length=200, verbose_name='drawn from')),
                        ('method', models.CharField(blank=True, max_length=12, verbose_name='how the line is known')),
                        ('accuracy_m', models.FloatField(blank=True, null=True, verbose_name='accuracy, metres')),
                        ('as_of', models.DateField(blank=True, null=True, verbose_name='line valid from')),
                        ('state', models.CharField(choices=[('proposed', 'waits for approval'), ('applied', 'in force'), ('returned', 'returned'), ('withdrawn', 'withdrawn'), ('undone', 'undone')], max_length=10, verbose_name='state')),
                        ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='drawn at')),
                        ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                        ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                        ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                        ('undoes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='drawing.editset', verbose_name='undoes')),
                        ('digest', models.CharField(blank=True, default='', editable=False, max_length=64)),
                    ],
                    options={
                        'verbose_name': 'edit set',
                        'verbose_name_plural': 'edit sets',
                        'ordering': ['-pk'],
                        'indexes': [models.Index(fields=['state', 'made_at'], name='drawing_set_state')],
                        'constraints': [
                            models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'applied']), models.Q(('digest', ''), _negated=True)), fields=('author', 'digest'), name='drawing_sent_once'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='EditChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('edit_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='drawing.editset', verbose_name='edit set')),
                        ('position', models.PositiveIntegerField(verbose_name='position')),
                        ('layer', models.CharField(max_length=20, verbose_name='layer')),
                        ('action', models.CharField(choices=[('create', 'new'), ('update', 'changed'), ('delete', 'taken away')], max_length=6, verbose_name='what')),
                        ('row', models.BigIntegerField(blank=True, null=True, verbose_name='number of the row')),
                        ('title', models.CharField(blank=True, max_length=160, verbose_name='name')),
                        ('before', models.JSONField(default=dict, verbose_name='before')),
                        ('after', models.JSONField(default=dict, verbose_name='after')),
                        ('base_version', models.BigIntegerField(default=0, verbose_name='drawn upon version')),
                        ('applied_version', models.BigIntegerField(blank=True, null=True, verbose_name='version left behind')),
                        ('companion', models.BooleanField(default=False, verbose_name='followed by itself')),
                    ],
                    options={
                        'verbose_name': 'edit',
                        'verbose_name_plural': 'edits',
                        'ordering': ['position'],
                        'indexes': [models.Index(fields=['layer', 'row'], name='drawing_change_row')],
                        'constraints': [models.UniqueConstraint(fields=('edit_set', 'position'), name='drawing_change_position_once')],
                    },
                ),
            ],
        ),
    ]
