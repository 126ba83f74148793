"""Dagster's storages in Postgres over connections that stay open. Named in dagster.yaml.

Those of dagster-postgres open a connection for every question, and ask the database for the names of its tables before
most of them. A service at rest asks a dozen questions a second: Postgres alone was busy for a third of a core with
nothing but new connections.
"""

import select
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final

import psycopg
import sqlalchemy
from dagster._serdes import ConfigurableClassData
from dagster_postgres import PostgresRunStorage, PostgresScheduleStorage
from dagster_postgres.auth import PgTokenProvider
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config
from psycopg.conninfo import conninfo_to_dict

from dss_assets.assets import logs, pace
from dss_web.shared.database_url import current_database_url, read_database_url
from dss_web.shared.liveness import SESSION, watched_url
from dss_web.shared.setting_files import read_setting

_SETTING: Final = "DSS_DAGSTER_DATABASE_URL"
# Dagster needs the name of SQLAlchemy's driver in it.
_SCHEME: Final = "postgresql+psycopg2"
# Held open by each process at most; more are opened where its threads ask at the same time, and closed again: with one
# alone, 90 times a minute at rest; with three, 20 times; with five, never.
OPEN_CONNECTIONS: Final = 5
# A connection that a firewall has dropped in silence is not used for ever.
RECYCLE_SECONDS: Final = 30 * 60
# Dagster deletes the old looks of a sensor after each look, though they end by the day (dagster.yaml).
PURGE_SECONDS: Final = 60 * 60


@cache
def shared_engine(postgres_url: str) -> sqlalchemy.Engine:
    """The one engine of this process for a database: a sensor makes a new Dagster instance at every look."""
    engine = sqlalchemy.create_engine(
        postgres_url,
        isolation_level="AUTOCOMMIT",
        pool_size=OPEN_CONNECTIONS,
        # No look waits for another one: without a limit, as without a pool.
        max_overflow=-1,
        pool_recycle=RECYCLE_SECONDS,
        pool_use_lifo=True,
    )
    sqlalchemy.event.listen(engine, "checkout", _refuse_ended)
    _watch(engine, postgres_url)
    return engine


def _refuse_ended(connection: Any, _record: object, _fairy: object) -> None:
    """Have the pool open another connection where Postgres has closed psycopg2's: what it said at its end can be read.

    `pool_pre_ping` asks Postgres instead, before each question: that was a third of all that it was asked at rest.
    """
    socket = select.poll()
    socket.register(connection, select.POLLIN)
    if socket.poll(0):
        raise sqlalchemy.exc.InvalidatePoolError


def _watch(engine: sqlalchemy.Engine, postgres_url: str) -> None:
    """Have its new connections opened as the setting says then, and give them their settings."""

    def take_current_password(_dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        options.update(_credentials(postgres_url))

    sqlalchemy.event.listen(engine, "do_connect", take_current_password)
    sqlalchemy.event.listen(engine, "connect", _set_session)


def _set_session(connection: Any, _: object) -> None:
    """Give psycopg2's connection its settings, as soon as it is open."""
    with connection.cursor() as cursor:
        cursor.execute(SESSION)
    connection.commit()


def _credentials(postgres_url: str) -> dict[str, str]:
    """User and password of now: the setting's file may have changed, and a token of IAM is made for each connection."""
    try:
        url = current_database_url(_SETTING, postgres_url, _SCHEME)
    except psycopg.OperationalError as error:
        # By which Dagster and SQLAlchemy know a database that is out of reach.
        raise sqlalchemy.exc.OperationalError(None, None, error) from error
    parts = conninfo_to_dict(url.replace(f"{_SCHEME}://", "postgresql://", 1))
    return {name: str(parts[name]) for name in ("user", "password") if parts.get(name)}


class _PasswordOfNow(PgTokenProvider):
    """For the engine with which dagster-postgres looks for its tables, before it has ours."""

    def __init__(self, postgres_url: str) -> None:
        super().__init__()
        self._postgres_url = postgres_url

    def _fetch_token(self) -> tuple[str, float]:
        # Asked for with each connection: by this time it is not kept.
        return _credentials(self._postgres_url).get("password", ""), 0.0


def _url_of_setting() -> str:
    """DSS_DAGSTER_DATABASE_URL, from the environment or its file. Raises FileOfSetting or ValueError."""
    text = read_setting(_SETTING)
    if not text:
        raise ValueError(f"{_SETTING} is not set: Dagster's own database, as postgresql+psycopg2://user:password@…")
    try:
        return read_database_url(text, _SCHEME)
    except ValueError as error:
        raise ValueError(f"{_SETTING}: {error}") from None


class Pooled:
    """Mixed in before a storage of dagster-postgres."""

    # Which tables, columns and migrations there are. Dagster's migrations only add: what was there once stays.
    _seen: Final[set[tuple[object, ...]]] = set()

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
        token_provider: PgTokenProvider | None = None,
    ) -> None:
        """As the storage of dagster-postgres; tables are made by the first one of a process."""
        postgres_url = watched_url(postgres_url)
        self._place = (type(self).__name__, postgres_url)
        must_create = should_autocreate_tables and (*self._place, "tables") not in self._seen
        self._is_dagsters = token_provider is not None
        provider = token_provider or _PasswordOfNow(postgres_url)
        super().__init__(postgres_url, must_create, inst_data, provider)  # type: ignore[call-arg]  # the storage
        if should_autocreate_tables:
            self._seen.add((*self._place, "tables"))
        # Who names a provider of Dagster's in dagster.yaml gets Dagster's engine.
        if not self._is_dagsters:
            self._engine = shared_engine(postgres_url)

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        """As the storage of dagster-postgres, for which it makes another engine."""
        super().optimize_for_webserver(statement_timeout, pool_recycle, max_overflow)  # type: ignore[misc]  # the storage
        if not self._is_dagsters:
            _watch(self._engine, self._place[1])

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Any:
        """The storage as dagster.yaml configures it, with the same words as that of dagster-postgres.

        Without any of them, DSS_DAGSTER_DATABASE_URL says where it is. Each process of Dagster comes here before it
        says much, so this is where its logs get their form, and the process its pace.
        """
        logs.install()
        pace.install()
        is_configured = config_value.get("postgres_url") or config_value.get("postgres_db")
        return cls(
            inst_data=inst_data,
            postgres_url=pg_url_from_config(config_value) if is_configured else _url_of_setting(),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            token_provider=get_token_provider_from_config(config_value),
        )

    def _once(self, what: str, is_there: Callable[[], bool]) -> bool:
        """Whether `what` is there, which is asked again only until it is."""
        key = (*self._place, what)
        if key not in self._seen and is_there():
            self._seen.add(key)
        return key in self._seen


class PooledRunStorage(Pooled, PostgresRunStorage):
    """Dagster's runs."""

    def has_built_index(self, migration_name: str) -> bool:
        """Whether a migration of Dagster's data is done."""
        return self._once(migration_name, partial(super().has_built_index, migration_name))

    def has_run_stats_index_cols(self) -> bool:
        """Whether runs have the columns of their times."""
        return self._once("times of runs", super().has_run_stats_index_cols)


class PooledScheduleStorage(Pooled, PostgresScheduleStorage):
    """Dagster's sensors, and their looks."""

    # By sensor and the states of its looks, on the clock of `time.monotonic`.
    _purged_at: Final[dict[tuple[str, frozenset[object]], float]] = {}

    def has_built_index(self, migration_name: str) -> bool:
        """Whether a migration of Dagster's data is done."""
        return self._once(migration_name, partial(super().has_built_index, migration_name))

    def has_instigators_table(self) -> bool:
        """Whether there is the table of sensors."""
        return self._once("sensors", super().has_instigators_table)

    def _has_instigators_table(self, conn: sqlalchemy.Connection) -> bool:
        return self._once("sensors", partial(super()._has_instigators_table, conn))

    def purge_ticks(self, origin_id: str, selector_id: str, before: float, tick_statuses: Any = None) -> None:
        """Delete the looks of a sensor or schedule from before a time, which is done once in PURGE_SECONDS."""
        statuses = frozenset(tick_statuses or ())
        purged_at = self._purged_at.get((selector_id, statuses))
        if purged_at is None or time.monotonic() - purged_at > PURGE_SECONDS:
            super().purge_ticks(origin_id, selector_id, before, tick_statuses)
            self._purged_at[selector_id, statuses] = time.monotonic()
