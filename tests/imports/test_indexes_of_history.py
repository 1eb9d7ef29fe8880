"""What large files fill is recorded without indexes that nobody reads."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState

from geo_registry.accounts.history import event_model, is_tracked, parts
from geo_registry.schema_operations import LeaveUnindexed
from geo_registry.territory.models import Division, PopulatedPlace, PopulationCount, Road
from placenames.models import Name, Place, Spelling

pytestmark = pytest.mark.django_db

BULK = (Division, Road, PopulatedPlace, PopulationCount, Place, Name, Spelling)


def indexed(table):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return {tuple(kept["columns"]) for kept in found.values() if kept["index"] and not kept["primary_key"]}


def links_to_what_it_belongs_to(model):
    """Return the keys that a record's history is followed by (see `history.parts`)."""
    tracked = (other for other in apps.get_models(include_auto_created=True) if is_tracked(other))
    return {
        f"{link}_id"
        for other in tracked
        for part, link in parts(other)
        if part is model and "_ptr" not in link
    }


@pytest.mark.parametrize("model", BULK, ids=lambda model: model.__name__)
def test_history_is_found_by_its_record_and_has_no_other_index(model):
    events = event_model(model)
    wanted = {"pgh_obj_id", *links_to_what_it_belongs_to(model)}
    assert indexed(events._meta.db_table) == {(column,) for column in wanted}


def test_the_indexes_come_back_when_the_migration_is_taken_back():
    module = importlib.import_module("placenames.migrations.0019_history_is_asked_by_record")
    operation = module.Migration.operations[0]
    assert isinstance(operation, LeaveUnindexed)
    table = event_model(Place)._meta.db_table
    state = ProjectState.from_apps(apps)
    before = indexed(table)
    with connection.schema_editor() as editor:
        operation.database_backwards("placenames", editor, state, state)
    with connection.schema_editor() as editor:
        assert indexed(table) - before == {
            ("source_id",), ("kind_id",), ("division_id",), ("named_division_id",), ("geometry",),
        }  # fmt: skip
        operation.database_forwards("placenames", editor, state, state)
    assert indexed(table) == before
