"""What the service needs of data-flow, whichever Airflow that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dss_assets.errors import IngestionError, TransientError
from dss_web.shared.contract import DataflowSituation


class UnknownRun(TransientError):
    """data-flow does not know the run that it was asked about: it never began, or was deleted."""


class StaleDag(TransientError):
    """data-flow's parser is behind: it knows the DAG and runs it again once its file is read."""


class RequestRefused(IngestionError):
    """data-flow refused what was asked, and would refuse it again: permanent until a person acts.

    `situation` is why.
    """

    def __init__(self, message: str, situation: DataflowSituation) -> None:
        super().__init__(message)
        self.situation = situation


@dataclass(frozen=True, slots=True)
class AcceptedRun:
    """How data-flow names a run that it accepted. `execution_date` is '' where runs are looked up by their id."""

    run_id: str
    execution_date: str = ""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """What data-flow says of a run: 'queued', 'running', 'success' or 'failed'.

    Only the last two are final, until an operator clears the run. `started_at` is None where it waits to begin, or
    where data-flow does not say when it began.
    """

    state: str
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no run can go on at present, in a code and in words for operators."""

    situation: DataflowSituation
    text: str


class Runner(Protocol):
    """What the ledger needs of whoever runs over our tables: data-flow, or we ourselves (`dss_assets/delivery`).

    `accepts_run_ids` is whether a run has the id that we give it, so that asking twice makes one run.
    `seconds_between_runs` must lie between two requests for runs. `configuration` is a digest of what we were set up
    with: where it has changed, what was refused is asked again.
    """

    accepts_run_ids: bool
    seconds_between_runs: float
    configuration: str


class DataFlow(Runner, Protocol):
    """data-flow's API. Its calls raise TransientError where data-flow did not do its part, RequestRefused for good.

    `base_url` is where people and we reach it.
    """

    base_url: str

    def begin(self, run_id: str, conf: Mapping[str, Any]) -> AcceptedRun:
        """Ask for a run. Any error but RequestRefused leaves open whether it was made."""

    def look_up(self, run_id: str, execution_date: str) -> RunStatus:
        """What became of a run. Raises UnknownRun, too."""

    def failure_reason(self, run_id: str) -> str:
        """Which task of a failed run failed, and the end of its log; '' where data-flow does not say."""

    def find_obstacle(self) -> Obstacle | None:
        """What keeps all runs from going on; None where nothing does, or data-flow does not say."""

    def link(self, run_id: str) -> str:
        """The page of a run, for people; '' where there is none."""
