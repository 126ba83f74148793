"""SQL that a declaration holds and Postgres refuses: a fault of the declaration, which no later attempt mends."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from dss_assets.dataset import Dataset
from dss_assets.errors import NotAsDeclared


@contextmanager
def declared_sql(dataset: Dataset) -> Iterator[None]:
    """Run SQL of the declaration. Raises NotAsDeclared where Postgres finds its names, types or values at fault."""
    try:
        yield
    except (psycopg.ProgrammingError, psycopg.DataError) as error:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            raise
        reason = error.diag.message_primary or error
        raise NotAsDeclared(
            f"L1 of {dataset.key} cannot be made: Postgres refuses its SQL with: {reason}. "
            "Correct the conversion in the declaration and reload the definitions. Readers see the tables as they "
            "were; new files wait meanwhile."
        ) from error
