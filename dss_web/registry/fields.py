"""What the models of tables in other schemas than Django's need."""

from django.db import models

from dss_web.shared import contract


def quoted(table: contract.Table) -> str:
    """A table in a schema, written so that Django's quoting yields `"schema"."name"`."""
    return f'{table.schema}"."{table.name}'


class RelationField(models.Field):  # type: ignore[type-arg]
    """A table or view as Postgres's `regclass`: it follows renames, and is dumped and restored by name."""

    def db_type(self, connection: object) -> str:
        """The column type in Postgres."""
        return "regclass"
