"""Operations of migrations that Django does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class CreateTogether(Operation):
    """Create many tables whose models are rendered once.

    One `CreateModel` after the other renders anew, each time, every model that is related to the new one, and in a registry
    nearly all are: of fifty tables most of the time went there. The tables are the same, and made in the order given.

    Parameters
    ----------
    models
        The tables, each after those that it refers to.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["models"]

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what a migration's file says of it."""
        return self.__class__.__qualname__, [], {"models": self.models}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the models to the state, and have it rendered when it is next asked for."""
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the tables."""
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop them, the last first."""
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Say what it does."""
        return f"Create {len(self.models)} models"


class LeaveUnindexed(Operation):
    """Drop the indexes that Django makes by itself for keys and geometries of a table, where nobody looks rows up by them.

    Tables of history copy the columns of what they record. They are asked by record, and by what the record belongs to; an index
    on each other key and geometry costs a large import a tenth of its time and is never read. Django's state is left as it is: it
    does not mind an index that is not there.

    Parameters
    ----------
    model_name
        The table's model.
    fields
        Names of its keys and geometries.
    """

    category = OperationCategory.REMOVAL
    reversible = True

    def __init__(self, model_name: str, fields: Sequence[str]) -> None:
        self.model_name = model_name
        self.fields = list(fields)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what a migration's file says of it."""
        return self.__class__.__qualname__, [], {"model_name": self.model_name, "fields": self.fields}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: the fields are as they were."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django gives both
        to_state: ProjectState,
    ) -> None:
        """Drop what is there."""
        model = to_state.apps.get_model(app_label, self.model_name)
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        columns = [[model._meta.get_field(name).column] for name in self.fields]
        for name, kept in found.items():
            if kept["index"] and not kept["unique"] and kept["columns"] in columns:
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django gives both
        to_state: ProjectState,
    ) -> None:
        """Make them again."""
        model = to_state.apps.get_model(app_label, self.model_name)
        for name in self.fields:
            statement = schema_editor._create_index_sql(model, fields=[model._meta.get_field(name)])  # type: ignore[attr-defined]
            schema_editor.execute(statement)

    def describe(self) -> str:
        """Say what it does."""
        return f"Leave {', '.join(self.fields)} of {self.model_name} without an index"
