"""What Dagster's processes do though there is nothing to do, done less often.

Half of the daemon's processor time at rest went into fetching and hashing, once a minute, definitions that it had, a
quarter of the rest into asking the code server once a second whether it is another one; half of the code server's into
waking ten times a second. None of it can be set, so a function and three numbers of theirs are replaced.
"""

from functools import wraps
from typing import Final

import grpc._common as grpc_waiting  # it has no public name
from dagster._core.errors import DagsterUserCodeUnreachableError  # of an answer that does not come
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._core.workspace.context import WorkspaceProcessContext  # what the daemon knows of code servers
from dagster._core.workspace.workspace import CodeLocationEntry
from dagster._grpc import server_watcher

# gRPC wakes a thread that waits, so that a signal is dealt with in the meantime. Since Python 3.2 a signal wakes the
# main thread by itself.
WAKE_SECONDS: Final = 5
# How often daemon and UI ask whether the code server is another one. Sensors meet a new one at their next look anyway.
WATCH_SECONDS: Final = 5
# As soon as Dagster does, the UI says that a code server is away.
_AWAY_SECONDS: Final = 10

_refresh_workspace: Final = WorkspaceProcessContext.refresh_workspace


@wraps(_refresh_workspace)
def refresh_workspace(self: WorkspaceProcessContext) -> None:
    """Fetch the definitions again, if a code server has started again since, or could not be reached.

    The daemon asks for it once a minute. Definitions stay as they are for as long as their server has the same id.
    """
    entries = self.get_current_workspace().code_location_entries.values()
    if not entries or not all(_is_current(entry) for entry in entries):
        _refresh_workspace(self)


def _is_current(entry: CodeLocationEntry) -> bool:
    location = entry.code_location
    if not isinstance(location, GrpcServerCodeLocation):
        return False
    try:
        return location.client.get_server_id() == location.server_id
    except DagsterUserCodeUnreachableError:
        return False


def install() -> None:
    """Let this process of Dagster rest."""
    grpc_waiting.MAXIMUM_WAIT_TIMEOUT = WAKE_SECONDS
    server_watcher.WATCH_INTERVAL = WATCH_SECONDS
    server_watcher.MAX_RECONNECT_ATTEMPTS = _AWAY_SECONDS // WATCH_SECONDS
    WorkspaceProcessContext.refresh_workspace = refresh_workspace  # type: ignore[method-assign]
