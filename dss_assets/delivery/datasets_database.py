"""The connection to the datasets database, and what its errors mean."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg import errors

from dss_assets.database import Connection, Database
from dss_assets.dataflow import RequestRefused
from dss_assets.errors import IngestionError, TransientError
from dss_web.shared.contract import DataflowSituation

# What keeps a server from letting us in has no SQLSTATE in libpq, only its text. Where the server speaks another
# language, it is taken for a fault that passes, and tried again once an hour.
_REFUSES_US: Final = re.compile(
    r"password authentication failed|no password supplied|no pg_hba\.conf entry|permission denied for database"
    r"|(role|database) \".*\" does not exist|is not permitted to log in"
)
# Classes of SQLSTATE whose messages may quote values: https://www.postgresql.org/docs/current/errcodes-appendix.html.
_QUOTE_VALUES: Final = ("22", "23")
# Faults of the connection and of transactions that met, of what there is too little of, of operators who stop
# something, of the system, and of Postgres itself. What else is refused would be refused again.
_PASS: Final = ("08", "25", "40", "53", "55", "57", "58", "XX")


class ConnectionRefused(RequestRefused):
    """The datasets database does not let us in."""


@dataclass(frozen=True, slots=True)
class DatasetsDatabase:
    """The datasets database, as the settings name it. `url` is as `Database` has it."""

    url: str | Callable[[], str] = field(repr=False)

    @contextmanager
    def connect(self, purpose: str) -> Iterator[Connection]:
        """A connection in autocommit mode. Raises TransientError, or ConnectionRefused."""
        database = Database(self.url)
        try:
            connection = database.open(purpose)
        except psycopg.OperationalError as error:
            text = " ".join(str(error).split())
            if _REFUSES_US.search(text):
                raise ConnectionRefused(
                    f"The datasets database does not let us in: {text}. Correct DSS_DATASETS_DATABASE_URL, or what its "
                    "user may do.",
                    DataflowSituation.CREDENTIALS,
                ) from error
            raise TransientError(f"The datasets database cannot be reached: {text}. It is tried again.") from error
        with connection:
            yield connection


def explain(error: psycopg.Error, table: str) -> IngestionError:
    """What an error of the datasets database means: one that passes, or one that people have to do something about."""
    state = error.sqlstate or ""
    primary = error.diag.message_primary or " ".join(str(error).split())
    told = (
        f"its message may quote values, and is with the run in the administration ({state})"
        if state.startswith(_QUOTE_VALUES)
        else primary
    )
    text = f"{table} was not copied into the datasets database: {told}."
    if isinstance(error, errors.InsufficientPrivilege):
        return RequestRefused(
            f"{text} Give the user of DSS_DATASETS_DATABASE_URL the rights that docs/data-flow.md lists.",
            DataflowSituation.REFUSED,
        )
    if not state or state.startswith(_PASS):
        return TransientError(f"{text} What was there stays, and it is tried again.")
    return RequestRefused(f"{text} What was there stays.", DataflowSituation.REFUSED)


def details(error: psycopg.Error) -> str:
    """All that Postgres says, which may quote values: for the run's row alone."""
    return " ".join(part for part in (str(error), error.diag.message_detail) if part)
