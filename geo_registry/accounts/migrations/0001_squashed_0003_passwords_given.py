import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
import geo_registry.schema_operations
import pghistory.utils
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_roles_instead_of_permissions'),
        ('accounts', '0003_passwords_given'),
    ]

    initial = True

    dependencies = [
        ('territory', '0001_squashed_0003_new_rows_recorded_together'),
    ]

    operations = [
        geo_registry.schema_operations.CreateTogether(
            models=[
                migrations.CreateModel(
                    name='Office',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                        ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offices', to='territory.division', verbose_name='division')),
                        ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='accounts.office', verbose_name='reports to')),
                        ('phone', models.CharField(blank=True, max_length=40, verbose_name='telephone')),
                    ],
                    options={
                        'verbose_name': 'office',
                        'verbose_name_plural': 'offices',
                        'ordering': ['division__code', 'name'],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_officeevent" ("division_id", "id", "name", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (NEW."division_id", NEW."id", NEW."name", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."phone"); RETURN NULL;', hash='4df39995c61589acd09578469f9a55a1e9af57b2', operation='INSERT', pgid='pgtrigger_insert_insert_29e99', table='accounts_office', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "accounts_officeevent" ("division_id", "id", "name", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (NEW."division_id", NEW."id", NEW."name", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."phone"); RETURN NULL;', hash='15f5d0be4e4b30d17fa047cd7e6f1db00947d187', operation='UPDATE', pgid='pgtrigger_update_update_40b8a', table='accounts_office', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_officeevent" ("division_id", "id", "name", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (OLD."division_id", OLD."id", OLD."name", OLD."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."phone"); RETURN NULL;', hash='92c3953e2476fe2653c090004a6183594c580caf', operation='DELETE', pgid='pgtrigger_delete_delete_47d44', table='accounts_office', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('username', models.CharField(error_messages={'unique': 'An account with this name exists already.'}, help_text='What the person types to sign in: letters, digits and @ . + - _', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='account name')),
                        ('display_name', models.CharField(blank=True, max_length=60, verbose_name='name shown')),
                        ('role', models.CharField(choices=[('administrator', 'administrator'), ('planner', 'planner'), ('name_officer', 'place-name officer'), ('reviewer', 'reviewer'), ('clerk', 'clerk'), ('viewer', 'viewer')], default='viewer', max_length=16, verbose_name='role')),
                        ('office', models.ForeignKey(blank=True, help_text="The person acts in this office's division and below. A clerk without an office acts nowhere.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='accounts.office', verbose_name='office')),
                        ('is_active', models.BooleanField(default=True, help_text='Take this away instead of deleting the account: the history keeps the name.', verbose_name='may sign in')),
                        ('must_change_password', models.BooleanField(default=False, verbose_name='must choose a new password')),
                        ('password_set_at', models.DateTimeField(blank=True, null=True, verbose_name='password given at')),
                        ('unlocked_at', models.DateTimeField(blank=True, null=True, verbose_name='unlocked at')),
                        ('date_joined', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='account made at')),
                    ],
                    options={
                        'verbose_name': 'account',
                        'verbose_name_plural': 'accounts',
                        'ordering': ['username'],
                        'triggers': [
                            pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_userevent" ("date_joined", "display_name", "id", "is_active", "must_change_password", "office_id", "password_set_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "unlocked_at", "username") VALUES (NEW."date_joined", NEW."display_name", NEW."id", NEW."is_active", NEW."must_change_password", NEW."office_id", NEW."password_set_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."role", NEW."unlocked_at", NEW."username"); RETURN NULL;', hash='80e973f1172835e06866a942009133fcfb4b05c5', operation='INSERT', pgid='pgtrigger_insert_insert_3867c', table='accounts_user', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."display_name" IS DISTINCT FROM (NEW."display_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."must_change_password" IS DISTINCT FROM (NEW."must_change_password") OR OLD."office_id" IS DISTINCT FROM (NEW."office_id") OR OLD."password_set_at" IS DISTINCT FROM (NEW."password_set_at") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."unlocked_at" IS DISTINCT FROM (NEW."unlocked_at") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func='INSERT INTO "accounts_userevent" ("date_joined", "display_name", "id", "is_active", "must_change_password", "office_id", "password_set_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "unlocked_at", "username") VALUES (NEW."date_joined", NEW."display_name", NEW."id", NEW."is_active", NEW."must_change_password", NEW."office_id", NEW."password_set_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."role", NEW."unlocked_at", NEW."username"); RETURN NULL;', hash='42864e410b9a66ff5746635122d439925072c3b2', operation='UPDATE', pgid='pgtrigger_update_update_0e890', table='accounts_user', when='AFTER')),
                            pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_userevent" ("date_joined", "display_name", "id", "is_active", "must_change_password", "office_id", "password_set_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "unlocked_at", "username") VALUES (OLD."date_joined", OLD."display_name", OLD."id", OLD."is_active", OLD."must_change_password", OLD."office_id", OLD."password_set_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."role", OLD."unlocked_at", OLD."username"); RETURN NULL;', hash='46e14bd658605a006e766f677b3e9e5ce2bc09bd', operation='DELETE', pgid='pgtrigger_delete_delete_19f14', table='accounts_user', when='AFTER')),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='OfficeEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='accounts.office')),
                        ('pgh_context', pghistory.utils.JSONField(null=True)),
                        ('pgh_context_id', models.UUIDField(null=True)),
                        ('id', models.BigIntegerField()),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('division', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='territory.division', verbose_name='division')),
                        ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.office', verbose_name='reports to')),
                        ('phone', models.CharField(blank=True, max_length=40, verbose_name='telephone')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='UserEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to=settings.AUTH_USER_MODEL)),
                        ('pgh_context', pghistory.utils.JSONField(null=True)),
                        ('pgh_context_id', models.UUIDField(null=True)),
                        ('id', models.BigIntegerField()),
                        ('username', models.CharField(error_messages={'unique': 'An account with this name exists already.'}, help_text='What the person types to sign in: letters, digits and @ . + - _', max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='account name')),
                        ('display_name', models.CharField(blank=True, max_length=60, verbose_name='name shown')),
                        ('role', models.CharField(choices=[('administrator', 'administrator'), ('planner', 'planner'), ('name_officer', 'place-name officer'), ('reviewer', 'reviewer'), ('clerk', 'clerk'), ('viewer', 'viewer')], default='viewer', max_length=16, verbose_name='role')),
                        ('office', models.ForeignKey(blank=True, db_constraint=False, help_text="The person acts in this office's division and below. A clerk without an office acts nowhere.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.office', verbose_name='office')),
                        ('is_active', models.BooleanField(default=True, help_text='Take this away instead of deleting the account: the history keeps the name.', verbose_name='may sign in')),
                        ('must_change_password', models.BooleanField(default=False, verbose_name='must choose a new password')),
                        ('password_set_at', models.DateTimeField(blank=True, null=True, verbose_name='password given at')),
                        ('unlocked_at', models.DateTimeField(blank=True, null=True, verbose_name='unlocked at')),
                        ('date_joined', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='account made at')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
            ],
        ),
    ]
