"""The declarations -> `operations.dataset`, from where the web half has what it shows of each dataset.

The web half does not import the declarations. Each release writes them down when it is deployed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from psycopg import sql
from psycopg.types.json import Jsonb

from dss_assets import registry
from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_web.shared.contract import DATASET

_DATASET: Final = sql.Identifier(*DATASET)
_COLUMNS: Final = (
    "schema_name",
    "title",
    "description",
    "owner",
    "contact",
    "licence",
    "licence_url",
    "source_page",
    "late_after",
    "tables",
    "routes",
)


@dataclass(frozen=True, slots=True)
class Changes:
    """The keys of datasets that were not there before or had been withdrawn, were described otherwise, or are gone."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [f"{name}: {', '.join(keys)}" for name, keys in asdict(self).items() if keys]
        return "; ".join(parts) or "nothing has changed"


def _of_all(form: str) -> sql.Composed:
    """The described columns in one form, with commas between."""
    return sql.SQL(", ").join(sql.SQL(form).format(name=sql.Identifier(column)) for column in _COLUMNS)


# Relies on the primary key. A row that says the same already is left alone, so that it keeps its date; a withdrawn one
# that is declared again counts as added.
_RECORD: Final = sql.SQL("""
    WITH before AS (SELECT withdrawn_at FROM {table} WHERE key = %(key)s)
    INSERT INTO {table} AS known (key, declared_at, {names}) VALUES (%(key)s, now(), {values})
    ON CONFLICT (key) DO UPDATE SET declared_at = now(), withdrawn_at = NULL, {assignments}
    WHERE known.withdrawn_at IS NOT NULL OR ({known}) IS DISTINCT FROM ({excluded})
    RETURNING NOT EXISTS (SELECT FROM before WHERE withdrawn_at IS NULL)
""").format(
    table=_DATASET,
    names=_of_all("{name}"),
    values=sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)),
    assignments=_of_all("{name} = excluded.{name}"),
    known=_of_all("known.{name}"),
    excluded=_of_all("excluded.{name}"),
)


def record_datasets(connection: Connection, datasets: Sequence[Dataset]) -> Changes:
    """Bring the table to what the declarations say, in one transaction, and return what has changed.

    Datasets that are no longer declared stay there as withdrawn. Two processes that do this at once do it one after the
    other, since both take the rows in one order.
    """
    changes = Changes()
    with connection.transaction():
        for dataset in sorted(datasets, key=lambda dataset: dataset.key):
            row = connection.execute(_RECORD, _described(dataset)).fetchone()
            if row:
                (changes.added if row[0] else changes.changed).append(dataset.key)
        withdrawn = connection.execute(
            sql.SQL(
                "UPDATE {} SET withdrawn_at = now() WHERE withdrawn_at IS NULL AND key <> ALL(%s) RETURNING key"
            ).format(_DATASET),
            [[dataset.key for dataset in datasets]],
        ).fetchall()
        changes.withdrawn.extend(sorted(key for (key,) in withdrawn))
        registry.explain_withdrawal(connection, changes.withdrawn, changes.added)
    return changes


def _described(dataset: Dataset) -> dict[str, Any]:
    tables = [
        {
            "name": table,
            "columns": [
                {"name": column.name, "type": column.type, "description": column.description}
                for column in dataset.columns_of(table)
            ],
        }
        for table in dataset.tables
    ]
    return {
        "key": dataset.key,
        "schema_name": dataset.schema,
        "title": dataset.title,
        "description": dataset.description,
        "owner": dataset.owner,
        "contact": dataset.contact,
        "licence": dataset.licence.name if dataset.licence else "",
        "licence_url": dataset.licence.url if dataset.licence else "",
        "source_page": dataset.source_page,
        "late_after": dataset.late_after,
        "tables": Jsonb(tables),
        "routes": Jsonb([route.as_json() for route in dataset.routes]),
    }
