"""What a derived table is made of: its inputs in the state they are in, its SQL, and the units it is limited to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset, Derived
from dss_assets.dataset.fingerprint import fingerprint
from dss_assets.errors import InvalidDerivation
from dss_web.shared.contract import TABLE_VERSION

Unit = int | str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a table is made of: the versions of its inputs by their labels, its SQL's digest, and its units if limited.

    A table whose recipe is that of today need not be made again.
    """

    inputs: Mapping[str, int]
    sql: str
    units: Sequence[Unit] | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What `str` wrote, or None."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    def __str__(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    def is_like(self, other: Self | None) -> bool:
        """Whether the same inputs go in by the same SQL, for whichever units."""
        return other is not None and (self.inputs, self.sql) == (other.inputs, other.sql)


def derivation_of(dataset: Dataset) -> Derived:
    """The declaration of a derived L1."""
    assert isinstance(dataset.l1, Derived)
    return dataset.l1


def input_versions(connection: Connection, dataset: Dataset) -> dict[str, int | None]:
    """The version of each input by its label; None for a table that is not there yet."""
    found = {}
    for one in derivation_of(dataset).inputs:
        row = connection.execute(
            sql.SQL("SELECT version FROM {} WHERE relation = to_regclass(%s)").format(sql.Identifier(*TABLE_VERSION)),
            [sql.Identifier(one.dataset, one.table).as_string(connection)],
        ).fetchone()
        found[one.label] = row[0] if row else None
    return found


def empty_inputs(connection: Connection, dataset: Dataset) -> list[str]:
    """The labels of the inputs that have no rows, or no table."""
    versions = input_versions(connection, dataset)
    return [
        one.label
        for one in derivation_of(dataset).inputs
        if versions[one.label] is None or not _has_rows(connection, sql.Identifier(one.dataset, one.table))
    ]


def _has_rows(connection: Connection, table: sql.Identifier) -> bool:
    row = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)).fetchone()
    return bool(row and row[0])


def recipe_of(connection: Connection, dataset: Dataset, units: Sequence[Unit] | None) -> Recipe:
    """The recipe of today. Raises InvalidDerivation where an input is empty: half of the inputs make no table."""
    empty = empty_inputs(connection, dataset)
    if empty:
        raise InvalidDerivation(
            f"{dataset.key}.L1 was not made: {', '.join(empty)} {'has' if len(empty) == 1 else 'have'} no rows. "
            "What there was before stays. It is made once all of its inputs have rows."
        )
    versions = {label: version or 0 for label, version in input_versions(connection, dataset).items()}
    return Recipe(versions, digest_of(dataset), sorted(set(units), key=str) if units else None)


def digest_of(dataset: Dataset) -> str:
    """Another text for another declaration."""
    derived = derivation_of(dataset)
    return fingerprint(derived.inputs, derived.parts, derived.columns)
