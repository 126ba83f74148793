"""What the assets need of a delivery, whichever it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dss_assets.database import Connection
from dss_assets.dataflow import Run


@dataclass(frozen=True, slots=True)
class Delivered:
    """A run over a table: one that has been asked for, or has copied it already. `facts` are for the Dagster UI.

    `link` is a page about it, '' for none.
    """

    run: Run
    facts: Mapping[str, str | int | float]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a deletion did to a dataset's copy: `counts` are of what is gone, `left_to_do` is what people have to do."""

    left_to_do: str
    counts: Mapping[str, int] = field(default_factory=dict)


class Delivery(Protocol):
    """How tables get into the datasets database. Each run is a row of `operations.dataflow_run`.

    `asset` is the last part of the key of its asset, `external_asset` that of the table there, where another system
    fills it.
    """

    asset: str

    @property
    def external_asset(self) -> str | None:
        """None where the service fills the table itself."""

    def deliver(self, connection: Connection, source: str, table: str, schema: str | None = None) -> Delivered | None:
        """One run that serves all files of `source` that wait for one. `connection` is in autocommit mode.

        `schema` is that of the table, if it is not that of the source in the registry. None where an earlier run over
        the table has not ended. Raises TransientError or RequestRefused once the reason is in the run's row; after the
        first, the files are due again.
        """

    def due_sources(self, connection: Connection) -> dict[str, str]:
        """The sources in the registry whose table is to be delivered now, each with one of its files."""

    def poll(self, connection: Connection) -> list[Run]:
        """What became of the runs that had not ended: those of which there is news."""

    def withdraw(self, organisation: str, dataset: str) -> Withdrawal:
        """Drop the copy of a dataset that is deleted, as far as it is ours to drop. Raises TransientError."""
