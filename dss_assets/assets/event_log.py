"""Dagster's event log in Postgres, in which events that belong together are written together.

Before a run starts, Dagster plans one event for each of its assets and files. Its own storage writes them one by one,
over a connection each: of the 29 seconds that 300 files took, half. Named in dagster.yaml.
"""

import os
from collections.abc import Sequence
from functools import partial
from typing import Final

from dagster import DagsterEventType
from dagster._core.events.log import EventLogEntry  # what a storage is handed has no public name
from dagster._core.storage.event_log import SqlEventLogStorageTable
from dagster_postgres import PostgresEventLogStorage

from dss_assets.assets.pooled import Pooled

# Dagster hands over events together if this variable says how many at most. A planned event has 1 kB.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")

_TOGETHER: Final = frozenset({DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_MATERIALIZATION})


class BatchedEventLog(Pooled, PostgresEventLogStorage):
    """The event log of dagster-postgres, with one INSERT for all planned events or materialisations of a batch."""

    def has_table(self, table_name: str) -> bool:
        """Whether Dagster's migrations have made a table."""
        return self._once(table_name, partial(super().has_table, table_name))

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events that Dagster hands over together; those of checks, which are few, one by one."""
        together = [event for event in events if event.get_dagster_event().event_type in _TOGETHER]
        if together:
            self._store_together(together)
        for event in events:
            if event.get_dagster_event().event_type not in _TOGETHER:
                self.store_event(event)

    def _store_together(self, events: Sequence[EventLogEntry]) -> None:
        statement = self.prepare_insert_event_batch(events).returning(SqlEventLogStorageTable.c.id)
        with self._connect() as connection:
            # Postgres returns the rows of VALUES in their order.
            ids = [int(number) for (number,) in connection.execute(statement).fetchall()]
        last = {event.get_dagster_event().asset_key: (event, number) for event, number in zip(events, ids, strict=True)}
        with self.index_transaction() as connection:
            self._store_asset_event_tags(connection, events, ids)
            # Of each asset, the last event. In the order of their names, so that no two processes wait for each other.
            for event, number in sorted(last.values(), key=lambda one: str(one[0].get_dagster_event().asset_key)):
                self._store_asset_event(connection, event, number)
