import django.contrib.postgres.operations
import django.core.validators
import django.db.models.deletion
import geo_registry.schema_operations
import pghistory.utils
import pgtrigger.compiler
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('reference', '0001_initial'),
        ('reference', '0002_delivery_radius'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        django.contrib.postgres.operations.CreateExtension(
            name='postgis',
        ),
        django.contrib.postgres.operations.TrigramExtension(
        ),
        geo_registry.schema_operations.CreateTogether(
            models=[
                migrations.CreateModel(
                    name='CalendarDay',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('day', models.DateField(unique=True, verbose_name='day')),
                        ('kind', models.CharField(choices=[('holiday', 'public holiday'), ('workday', 'make-up working day')], max_length=8, verbose_name='kind')),
                        ('name', models.CharField(max_length=60, verbose_name='name')),
                        ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                        ('verified', models.BooleanField(default=False, verbose_name='verified')),
                    ],
                    options={
                        'verbose_name': 'calendar day',
                        'verbose_name_plural': 'calendar days',
                        'ordering': ['day'],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_calendardayevent" ("day", "id", "kind", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "verified") VALUES (NEW."day", NEW."id", NEW."kind", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."source", NEW."verified"); RETURN NULL;', hash='6e0a2ddcd585e919c8ae2cd4989e391d8aa5cf48', operation='INSERT', pgid='pgtrigger_insert_insert_efdfe', table='reference_calendarday', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reference_calendardayevent" ("day", "id", "kind", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "verified") VALUES (NEW."day", NEW."id", NEW."kind", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."source", NEW."verified"); RETURN NULL;', hash='b2d5f5be33fadda85cb462e3519d6148c938d2fb', operation='UPDATE', pgid='pgtrigger_update_update_47b70', table='reference_calendarday', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_calendardayevent" ("day", "id", "kind", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "verified") VALUES (OLD."day", OLD."id", OLD."kind", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."source", OLD."verified"); RETURN NULL;', hash='20c248db308288e42f2c37940c613e63e16abff5', operation='DELETE', pgid='pgtrigger_delete_delete_8d3dc', table='reference_calendarday', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='CalendarDayEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='reference.calendarday')),
                        ('pgh_context', pghistory.utils.JSONField(null=True)),
                        ('pgh_context_id', models.UUIDField(null=True)),
                        ('id', models.BigIntegerField()),
                        ('day', models.DateField(verbose_name='day')),
                        ('kind', models.CharField(choices=[('holiday', 'public holiday'), ('workday', 'make-up working day')], max_length=8, verbose_name='kind')),
                        ('name', models.CharField(max_length=60, verbose_name='name')),
                        ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                        ('verified', models.BooleanField(default=False, verbose_name='verified')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='NameRule',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                        ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                        ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                        ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                        ('code', models.SlugField(max_length=60, verbose_name='code')),
                        ('title_zh', models.CharField(max_length=120, verbose_name='title in Chinese')),
                        ('title_en', models.CharField(blank=True, max_length=120, verbose_name='title in English')),
                        ('severity', models.CharField(choices=[('block', 'blocks'), ('review', 'must be reviewed'), ('warn', 'warns'), ('info', 'informs'), ('off', 'off')], max_length=8, verbose_name='severity')),
                        ('severity_elsewhere', models.CharField(choices=[('block', 'blocks'), ('review', 'must be reviewed'), ('warn', 'warns'), ('info', 'informs'), ('off', 'off')], default='off', max_length=8, verbose_name='severity outside its scope')),
                        ('article', models.CharField(blank=True, max_length=200, verbose_name='source article')),
                        ('mark', models.CharField(choices=[('read', 'read in a text'), ('tried', 'tried'), ('memory', 'from memory, not verified'), ('estimate', 'estimate'), ('not_found', 'not found')], default='memory', max_length=12, verbose_name='how sure')),
                        ('note', models.TextField(blank=True, verbose_name='note')),
                    ],
                    options={
                        'verbose_name': 'rule for names',
                        'verbose_name_plural': 'rules for names',
                        'ordering': ['number', 'version'],
                        'abstract': False,
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_from__lt', models.F('valid_to')), _connector='OR'), name='reference_namerule_dates_in_order', violation_error_message='“Valid to” must be later than “valid from”.'),
                            models.UniqueConstraint(fields=('number', 'version'), name='reference_rule_version_once'),
                            models.CheckConstraint(condition=models.Q(('mark__in', ['memory', 'estimate', 'not_found']), ('severity', 'block'), _negated=True), name='reference_unverified_never_blocks', violation_error_message='A rule that nobody has read in its source may not block a name.'),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_nameruleevent" ("article", "code", "id", "mark", "note", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "severity", "severity_elsewhere", "title_en", "title_zh", "valid_from", "valid_to", "version") VALUES (NEW."article", NEW."code", NEW."id", NEW."mark", NEW."note", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."severity", NEW."severity_elsewhere", NEW."title_en", NEW."title_zh", NEW."valid_from", NEW."valid_to", NEW."version"); RETURN NULL;', hash='eed94475f0abea57ff2145ea2b066f5f8bb40c8c', operation='INSERT', pgid='pgtrigger_insert_insert_2520b', table='reference_namerule', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reference_nameruleevent" ("article", "code", "id", "mark", "note", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "severity", "severity_elsewhere", "title_en", "title_zh", "valid_from", "valid_to", "version") VALUES (NEW."article", NEW."code", NEW."id", NEW."mark", NEW."note", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."severity", NEW."severity_elsewhere", NEW."title_en", NEW."title_zh", NEW."valid_from", NEW."valid_to", NEW."version"); RETURN NULL;', hash='18b1180dd15ee275652494b49029f289859cc937', operation='UPDATE', pgid='pgtrigger_update_update_ef60c', table='reference_namerule', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_nameruleevent" ("article", "code", "id", "mark", "note", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "severity", "severity_elsewhere", "title_en", "title_zh", "valid_from", "valid_to", "version") VALUES (OLD."article", OLD."code", OLD."id", OLD."mark", OLD."note", OLD."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."severity", OLD."severity_elsewhere", OLD."title_en", OLD."title_zh", OLD."valid_from", OLD."valid_to", OLD."version"); RETURN NULL;', hash='cbe2e215099af31c460ccf883164ab23837478a5', operation='DELETE', pgid='pgtrigger_delete_delete_ffe9e', table='reference_namerule', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='NameRuleEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='reference.namerule')),
                        ('pgh_context', pghistory.utils.JSONField(null=True)),
                        ('pgh_context_id', models.UUIDField(null=True)),
                        ('id', models.BigIntegerField()),
                        ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                        ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                        ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                        ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                        ('code', models.SlugField(db_index=False, max_length=60, verbose_name='code')),
                        ('title_zh', models.CharField(max_length=120, verbose_name='title in Chinese')),
                        ('title_en', models.CharField(blank=True, max_length=120, verbose_name='title in English')),
                        ('severity', models.CharField(choices=[('block', 'blocks'), ('review', 'must be reviewed'), ('warn', 'warns'), ('info', 'informs'), ('off', 'off')], max_length=8, verbose_name='severity')),
                        ('severity_elsewhere', models.CharField(choices=[('block', 'blocks'), ('review', 'must be reviewed'), ('warn', 'warns'), ('info', 'informs'), ('off', 'off')], default='off', max_length=8, verbose_name='severity outside its scope')),
                        ('article', models.CharField(blank=True, max_length=200, verbose_name='source article')),
                        ('mark', models.CharField(choices=[('read', 'read in a text'), ('tried', 'tried'), ('memory', 'from memory, not verified'), ('estimate', 'estimate'), ('not_found', 'not found')], default='memory', max_length=12, verbose_name='how sure')),
                        ('note', models.TextField(blank=True, verbose_name='note')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ReferenceValue',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                        ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                        ('key', models.SlugField(max_length=80, verbose_name='key')),
                        ('group', models.CharField(choices=[('threshold', 'threshold'), ('target', 'target'), ('setting', 'setting'), ('fact', 'fact')], default='threshold', max_length=12, verbose_name='group')),
                        ('title_zh', models.CharField(max_length=200, verbose_name='title in Chinese')),
                        ('title_en', models.CharField(blank=True, max_length=200, verbose_name='title in English')),
                        ('value', models.DecimalField(decimal_places=6, max_digits=18, verbose_name='value')),
                        ('unit', models.CharField(blank=True, max_length=40, verbose_name='unit')),
                        ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                        ('mark', models.CharField(choices=[('read', 'read in a text'), ('tried', 'tried'), ('memory', 'from memory, not verified'), ('estimate', 'estimate'), ('not_found', 'not found')], default='memory', max_length=12, verbose_name='how sure')),
                        ('verified', models.BooleanField(default=False, help_text='Somebody of this office has compared it with its source.', verbose_name='verified')),
                        ('note', models.TextField(blank=True, verbose_name='note')),
                    ],
                    options={
                        'verbose_name': 'reference value',
                        'verbose_name_plural': 'reference values',
                        'ordering': ['group', 'key', 'valid_from'],
                        'abstract': False,
                        'constraints': [
                            models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_from__lt', models.F('valid_to')), _connector='OR'), name='reference_referencevalue_dates_in_order', violation_error_message='“Valid to” must be later than “valid from”.'),
                            models.UniqueConstraint(fields=('key', 'valid_from'), name='reference_value_once_a_day', nulls_distinct=False),
                        ],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_referencevalueevent" ("group", "id", "key", "mark", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "title_en", "title_zh", "unit", "valid_from", "valid_to", "value", "verified") VALUES (NEW."group", NEW."id", NEW."key", NEW."mark", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."source", NEW."title_en", NEW."title_zh", NEW."unit", NEW."valid_from", NEW."valid_to", NEW."value", NEW."verified"); RETURN NULL;', hash='533cca9efc07930872aa359859f378dfde695fcc', operation='INSERT', pgid='pgtrigger_insert_insert_4c633', table='reference_referencevalue', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reference_referencevalueevent" ("group", "id", "key", "mark", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "title_en", "title_zh", "unit", "valid_from", "valid_to", "value", "verified") VALUES (NEW."group", NEW."id", NEW."key", NEW."mark", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."source", NEW."title_en", NEW."title_zh", NEW."unit", NEW."valid_from", NEW."valid_to", NEW."value", NEW."verified"); RETURN NULL;', hash='84bab29d0db721e0d5d476ed24666c90c0e94ccc', operation='UPDATE', pgid='pgtrigger_update_update_34f07', table='reference_referencevalue', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_referencevalueevent" ("group", "id", "key", "mark", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "title_en", "title_zh", "unit", "valid_from", "valid_to", "value", "verified") VALUES (OLD."group", OLD."id", OLD."key", OLD."mark", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."source", OLD."title_en", OLD."title_zh", OLD."unit", OLD."valid_from", OLD."valid_to", OLD."value", OLD."verified"); RETURN NULL;', hash='e1d3f389974cfede6ae6736297c86f25287fd8c4', operation='DELETE', pgid='pgtrigger_delete_delete_08aa0', table='reference_referencevalue', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='ReferenceValueEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='reference.referencevalue')),
                        ('pgh_context', pghistory.utils.JSONField(null=True)),
                        ('pgh_context_id', models.UUIDField(null=True)),
                        ('id', models.BigIntegerField()),
                        ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                        ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                        ('key', models.SlugField(db_index=False, max_length=80, verbose_name='key')),
                        ('group', models.CharField(choices=[('threshold', 'threshold'), ('target', 'target'), ('setting', 'setting'), ('fact', 'fact')], default='threshold', max_length=12, verbose_name='group')),
                        ('title_zh', models.CharField(max_length=200, verbose_name='title in Chinese')),
                        ('title_en', models.CharField(blank=True, max_length=200, verbose_name='title in English')),
                        ('value', models.DecimalField(decimal_places=6, max_digits=18, verbose_name='value')),
                        ('unit', models.CharField(blank=True, max_length=40, verbose_name='unit')),
                        ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                        ('mark', models.CharField(choices=[('read', 'read in a text'), ('tried', 'tried'), ('memory', 'from memory, not verified'), ('estimate', 'estimate'), ('not_found', 'not found')], default='memory', max_length=12, verbose_name='how sure')),
                        ('verified', models.BooleanField(default=False, help_text='Somebody of this office has compared it with its source.', verbose_name='verified')),
                        ('note', models.TextField(blank=True, verbose_name='note')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='TravelProfile',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                        ('name_zh', models.CharField(max_length=80, verbose_name='name in Chinese')),
                        ('name_en', models.CharField(max_length=80, verbose_name='name in English')),
                        ('mode', models.CharField(choices=[('foot', 'on foot'), ('bicycle', 'by bicycle or tricycle'), ('car', 'by car')], max_length=8, verbose_name='mode')),
                        ('speed_m_s', models.DecimalField(decimal_places=3, help_text='On roads of a class without a speed of its own.', max_digits=6, validators=[django.core.validators.MinValueValidator(0.05)], verbose_name='speed, metres a second')),
                        ('off_road_speed_m_s', models.DecimalField(decimal_places=3, max_digits=6, validators=[django.core.validators.MinValueValidator(0.05)], verbose_name='speed between place and road, metres a second')),
                        ('snap_limit_m', models.PositiveIntegerField(help_text='A place farther from any road is unknown, not covered.', verbose_name='farthest from a road, metres')),
                        ('detour_factor', models.DecimalField(decimal_places=2, max_digits=4, validators=[django.core.validators.MinValueValidator(1)], verbose_name='detour factor of the straight line')),
                        ('winter_factor', models.DecimalField(decimal_places=2, default=1, max_digits=4, validators=[django.core.validators.MinValueValidator(0.05)], verbose_name='winter factor of speeds')),
                        ('delivery_radius_m', models.PositiveIntegerField(blank=True, help_text="How far along the roads a service goes to people's homes, whatever the time. Empty: no bound but the time.", null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='delivery radius, metres')),
                        ('respects_oneway', models.BooleanField(default=False, verbose_name='bound by one-way streets')),
                        ('position', models.PositiveSmallIntegerField(default=100, verbose_name='position')),
                        ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                        ('mark', models.CharField(choices=[('read', 'read in a text'), ('tried', 'tried'), ('memory', 'from memory, not verified'), ('estimate', 'estimate'), ('not_found', 'not found')], default='memory', max_length=12, verbose_name='how sure')),
                        ('verified', models.BooleanField(default=False, verbose_name='verified')),
                    ],
                    options={
                        'verbose_name': 'travel profile',
                        'verbose_name_plural': 'travel profiles',
                        'ordering': ['position', 'code'],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_travelprofileevent" ("code", "delivery_radius_m", "detour_factor", "id", "mark", "mode", "name_en", "name_zh", "off_road_speed_m_s", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "respects_oneway", "snap_limit_m", "source", "speed_m_s", "verified", "winter_factor") VALUES (NEW."code", NEW."delivery_radius_m", NEW."detour_factor", NEW."id", NEW."mark", NEW."mode", NEW."name_en", NEW."name_zh", NEW."off_road_speed_m_s", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."respects_oneway", NEW."snap_limit_m", NEW."source", NEW."speed_m_s", NEW."verified", NEW."winter_factor"); RETURN NULL;', hash='ee657c6363f43b7e461abc32b484806df06641b3', operation='INSERT', pgid='pgtrigger_insert_insert_e1a77', table='reference_travelprofile', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reference_travelprofileevent" ("code", "delivery_radius_m", "detour_factor", "id", "mark", "mode", "name_en", "name_zh", "off_road_speed_m_s", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "respects_oneway", "snap_limit_m", "source", "speed_m_s", "verified", "winter_factor") VALUES (NEW."code", NEW."delivery_radius_m", NEW."detour_factor", NEW."id", NEW."mark", NEW."mode", NEW."name_en", NEW."name_zh", NEW."off_road_speed_m_s", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."respects_oneway", NEW."snap_limit_m", NEW."source", NEW."speed_m_s", NEW."verified", NEW."winter_factor"); RETURN NULL;', hash='2124559f8ea7dcecabfaf201f866a132abe01696', operation='UPDATE', pgid='pgtrigger_update_update_80a44', table='reference_travelprofile', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_travelprofileevent" ("code", "delivery_radius_m", "detour_factor", "id", "mark", "mode", "name_en", "name_zh", "off_road_speed_m_s", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "respects_oneway", "snap_limit_m", "source", "speed_m_s", "verified", "winter_factor") VALUES (OLD."code", OLD."delivery_radius_m", OLD."detour_factor", OLD."id", OLD."mark", OLD."mode", OLD."name_en", OLD."name_zh", OLD."off_road_speed_m_s", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."respects_oneway", OLD."snap_limit_m", OLD."source", OLD."speed_m_s", OLD."verified", OLD."winter_factor"); RETURN NULL;', hash='6e79f1180af142ad302fdedad0830660d223a1f5', operation='DELETE', pgid='pgtrigger_delete_delete_bb547', table='reference_travelprofile', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='RoadSpeed',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='road_speeds', to='reference.travelprofile', verbose_name='profile')),
                        ('road_class', models.CharField(max_length=20, verbose_name='road class')),
                        ('speed_kmh', models.DecimalField(decimal_places=1, max_digits=5, validators=[django.core.validators.MinValueValidator(0)], verbose_name='speed, km/h')),
                    ],
                    options={
                        'verbose_name': 'speed on a class of road',
                        'verbose_name_plural': 'speeds on classes of road',
                        'constraints': [models.UniqueConstraint(fields=('profile', 'road_class'), name='reference_one_speed_a_class')],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_roadspeedevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "profile_id", "road_class", "speed_kmh") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."profile_id", NEW."road_class", NEW."speed_kmh"); RETURN NULL;', hash='abdaa885b50bb848d3aa3564ae6f7e04be83f48a', operation='INSERT', pgid='pgtrigger_insert_insert_9c6a6', table='reference_roadspeed', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reference_roadspeedevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "profile_id", "road_class", "speed_kmh") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."profile_id", NEW."road_class", NEW."speed_kmh"); RETURN NULL;', hash='a9680f2e6ee2cd140aea6849aec24f2716e7e599', operation='UPDATE', pgid='pgtrigger_update_update_6d9bd', table='reference_roadspeed', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_roadspeedevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "profile_id", "road_class", "speed_kmh") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."profile_id", OLD."road_class", OLD."speed_kmh"); RETURN NULL;', hash='a95fb26dc19eb6d8099df9bccbe9f44fd290086c', operation='DELETE', pgid='pgtrigger_delete_delete_0792e', table='reference_roadspeed', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='RoadSpeedEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='reference.roadspeed')),
                        ('pgh_context', pghistory.utils.JSONField(null=True)),
                        ('pgh_context_id', models.UUIDField(null=True)),
                        ('id', models.BigIntegerField()),
                        ('profile', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='reference.travelprofile', verbose_name='profile')),
                        ('road_class', models.CharField(max_length=20, verbose_name='road class')),
                        ('speed_kmh', models.DecimalField(decimal_places=1, max_digits=5, validators=[django.core.validators.MinValueValidator(0)], verbose_name='speed, km/h')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Source',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                        ('title', models.CharField(max_length=200, verbose_name='title')),
                        ('publisher', models.CharField(blank=True, max_length=200, verbose_name='publisher')),
                        ('licence', models.CharField(blank=True, max_length=200, verbose_name='licence')),
                        ('url', models.CharField(blank=True, max_length=300, verbose_name='address')),
                        ('dated', models.DateField(blank=True, null=True, verbose_name='dated')),
                        ('is_demo', models.BooleanField(default=False, help_text='Openly invented rows. Wherever they are shown, they are marked as such.', verbose_name='demo data')),
                        ('note', models.TextField(blank=True, verbose_name='note')),
                    ],
                    options={
                        'verbose_name': 'source',
                        'verbose_name_plural': 'sources',
                        'ordering': ['code'],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_sourceevent" ("code", "dated", "id", "is_demo", "licence", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publisher", "title", "url") VALUES (NEW."code", NEW."dated", NEW."id", NEW."is_demo", NEW."licence", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."publisher", NEW."title", NEW."url"); RETURN NULL;', hash='541f0362571482259490c61c370fc4c6ccb765f0', operation='INSERT', pgid='pgtrigger_insert_insert_21a6d', table='reference_source', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reference_sourceevent" ("code", "dated", "id", "is_demo", "licence", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publisher", "title", "url") VALUES (NEW."code", NEW."dated", NEW."id", NEW."is_demo", NEW."licence", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."publisher", NEW."title", NEW."url"); RETURN NULL;', hash='a30981cb513774e873ccc4475b63bcab650f5eca', operation='UPDATE', pgid='pgtrigger_update_update_f5c1c', table='reference_source', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reference_sourceevent" ("code", "dated", "id", "is_demo", "licence", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publisher", "title", "url") VALUES (OLD."code", OLD."dated", OLD."id", OLD."is_demo", OLD."licence", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."publisher", OLD."title", OLD."url"); RETURN NULL;', hash='801ef3d1575d0beb23d9d7dc9650b3cbfc7d6fa7', operation='DELETE', pgid='pgtrigger_delete_delete_463b5', table='reference_source', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='SourceEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='reference.source')),
                        ('pgh_context', pghistory.utils.JSONField(null=True)),
                        ('pgh_context_id', models.UUIDField(null=True)),
                        ('id', models.BigIntegerField()),
                        ('code', models.SlugField(db_index=False, max_length=60, verbose_name='code')),
                        ('title', models.CharField(max_length=200, verbose_name='title')),
                        ('publisher', models.CharField(blank=True, max_length=200, verbose_name='publisher')),
                        ('licence', models.CharField(blank=True, max_length=200, verbose_name='licence')),
                        ('url', models.CharField(blank=True, max_length=300, verbose_name='address')),
                        ('dated', models.DateField(blank=True, null=True, verbose_name='dated')),
                        ('is_demo', models.BooleanField(default=False, help_text='Openly invented rows. Wherever they are shown, they are marked as such.', verbose_name='demo data')),
                        ('note', models.TextField(blank=True, verbose_name='note')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='TravelProfileEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='reference.travelprofile')),
                        ('pgh_context', pghistory.utils.JSONField(null=True)),
                        ('pgh_context_id', models.UUIDField(null=True)),
                        ('id', models.BigIntegerField()),
                        ('code', models.SlugField(db_index=False, max_length=40, verbose_name='code')),
                        ('name_zh', models.CharField(max_length=80, verbose_name='name in Chinese')),
                        ('name_en', models.CharField(max_length=80, verbose_name='name in English')),
                        ('mode', models.CharField(choices=[('foot', 'on foot'), ('bicycle', 'by bicycle or tricycle'), ('car', 'by car')], max_length=8, verbose_name='mode')),
                        ('speed_m_s', models.DecimalField(decimal_places=3, help_text='On roads of a class without a speed of its own.', max_digits=6, validators=[django.core.validators.MinValueValidator(0.05)], verbose_name='speed, metres a second')),
                        ('off_road_speed_m_s', models.DecimalField(decimal_places=3, max_digits=6, validators=[django.core.validators.MinValueValidator(0.05)], verbose_name='speed between place and road, metres a second')),
                        ('snap_limit_m', models.PositiveIntegerField(help_text='A place farther from any road is unknown, not covered.', verbose_name='farthest from a road, metres')),
                        ('detour_factor', models.DecimalField(decimal_places=2, max_digits=4, validators=[django.core.validators.MinValueValidator(1)], verbose_name='detour factor of the straight line')),
                        ('winter_factor', models.DecimalField(decimal_places=2, default=1, max_digits=4, validators=[django.core.validators.MinValueValidator(0.05)], verbose_name='winter factor of speeds')),
                        ('delivery_radius_m', models.PositiveIntegerField(blank=True, help_text="How far along the roads a service goes to people's homes, whatever the time. Empty: no bound but the time.", null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='delivery radius, metres')),
                        ('respects_oneway', models.BooleanField(default=False, verbose_name='bound by one-way streets')),
                        ('position', models.PositiveSmallIntegerField(default=100, verbose_name='position')),
                        ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                        ('mark', models.CharField(choices=[('read', 'read in a text'), ('tried', 'tried'), ('memory', 'from memory, not verified'), ('estimate', 'estimate'), ('not_found', 'not found')], default='memory', max_length=12, verbose_name='how sure')),
                        ('verified', models.BooleanField(default=False, verbose_name='verified')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
            ],
        ),
    ]
