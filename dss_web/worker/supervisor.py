"""Tasks and errands -> processes, as many as may run at once, until the worker is stopped.

Errands are what is done again and again beside the tasks: mail, alerts. Each has a process of its own for each time, so
that a mail server that is slow holds nothing up.

Of the two places for tasks one takes none of large files: whatever is checked in the other, a small file waits for
small ones only. Two large files wait for one another, in each worker; more workers check more of them at once.
"""

import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Final

import psycopg

from dss_web.uploads import task_queue
from dss_web.uploads.task_queue import Claim
from dss_web.worker.child import Child, name_of
from dss_web.worker.heartbeat import beat

log = logging.getLogger(__name__)

# How often a busy worker says that it lives, and finds out what was withdrawn.
_BEAT_SECONDS: Final = 1.0
# A notification may be lost with a connection, and a task may be due later: then it is found by looking.
_LOOK_SECONDS: Final = 5.0
# A worker counts as silent after minutes (`dss_web/registry/problems.py`).
_ALIVE_SECONDS: Final = 15.0
# A database that is away is asked again after this.
_PAUSE_SECONDS: Final = 2.0


@dataclass(slots=True)
class Errand:
    """What is done again `seconds` after it was begun, unless it still runs then, or `is_due` finds nothing to do.

    `is_due` takes a moment and no process of its own, which takes ten times as long to start and connect.
    """

    run: Callable[[], object]
    seconds: float
    is_due: Callable[[psycopg.Connection[Any]], bool] | None = None
    child: Child | None = None
    look_at: float = 0.0

    def look(self, connection: psycopg.Connection[Any]) -> None:
        """Begin it, if it is time and there is something to do. Raises psycopg.OperationalError."""
        if time.monotonic() < self.look_at:
            return
        self.look_at = time.monotonic() + self.seconds
        if (self.child is None or self.child.has_ended) and self._finds_work(connection):
            self.child = Child(self.run)

    def reap(self) -> None:
        """Let go of its process, which has ended."""
        if self.child:
            self.child.reap()
            self.child = None

    def _finds_work(self, connection: psycopg.Connection[Any]) -> bool:
        if self.is_due is None:
            return True
        try:
            return self.is_due(connection)
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            # Whatever is wrong with one errand, uploads are checked.
            log.exception("%s is looked at again in %g seconds", name_of(self.run), self.seconds)
            return False


@dataclass(slots=True)
class Place:
    """Where one task at a time is done."""

    takes_large: bool
    claim: Claim | None = None
    child: Child | None = None


class Supervisor:
    """A worker. `connect` makes it a connection in autocommit.

    After each look for tasks it touches `beat_file`, by which others see that it works.
    """

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection[Any]],
        run_task: Callable[[Claim], object],
        errands: Sequence[Errand],
        beat_file: Path | None = None,
    ) -> None:
        self._connect, self._run_task, self._errands, self._beat_file = connect, run_task, errands, beat_file
        self._places = [Place(takes_large=True), Place(takes_large=False)]
        self._alive_at = 0.0
        self._is_stopping = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, after which tasks in hand are left to others within a second."""
        read, write = socket.socketpair()
        with closing(read), closing(write):
            for end in (read, write):
                end.setblocking(False)
            # A signal ends the wait for whatever comes next.
            signal.set_wakeup_fd(write.fileno())
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)
            try:
                while not self._is_stopping:
                    self._work_while_connected(read)
            finally:
                signal.set_wakeup_fd(-1)
                for errand in self._errands:
                    self._end(errand.child)

    def _stop(self, *_: object) -> None:
        self._is_stopping = True

    def _work_while_connected(self, wakeup: socket.socket) -> None:
        try:
            with self._connect() as connection:
                connection.execute(task_queue.LISTEN)
                log.info("waiting for tasks")
                try:
                    while not self._is_stopping:
                        self._look(connection)
                        self._wait(connection, wakeup)
                finally:
                    self._end_tasks(connection)
        except psycopg.Error as error:
            log.warning("the worker waits for the database: %s", error)
            # Without it the children can finish nothing. Others take over, or this worker once it is back.
            self._end_tasks(None)
            if not self._is_stopping:
                wait([wakeup], _PAUSE_SECONDS)

    def _look(self, connection: psycopg.Connection[Any]) -> None:
        """One look at everything: what has ended, what still holds, what can begin."""
        for place in self._places:
            if place.claim and place.child and place.child.has_ended:
                if place.child.has_failed:
                    log.error("the task of upload %s has failed and is tried again", place.claim.version_id)
                    task_queue.put_off(connection, place.claim.claim)
                place.claim = place.child = None
        busy = [place for place in self._places if place.claim]
        if busy:
            held = task_queue.keep(connection, [place.claim.claim for place in busy if place.claim])
            for place in busy:
                if place.claim and place.claim.claim not in held:
                    self._end(place.child)
                    place.claim = place.child = None
        for place in self._places:
            if place.claim is None and (claim := task_queue.take(connection, takes_large=place.takes_large)):
                place.claim, place.child = claim, Child(self._run_task, claim)
        if time.monotonic() >= self._alive_at:
            beat(connection)
            self._alive_at = time.monotonic() + _ALIVE_SECONDS
        for errand in self._errands:
            errand.look(connection)
        if self._beat_file:
            self._beat_file.touch()

    def _wait(self, connection: psycopg.Connection[Any], wakeup: socket.socket) -> None:
        running = [place.child.sentinel for place in self._places if place.child]
        seconds = _BEAT_SECONDS if running else _LOOK_SECONDS
        now = time.monotonic()
        until = min(now + seconds, *(errand.look_at for errand in self._errands))
        while True:
            errands = {errand.child.sentinel: errand for errand in self._errands if errand.child}
            ready = wait([connection.fileno(), wakeup, *running, *errands], max(0.0, until - time.monotonic()))
            for sentinel in errands.keys() & ready:
                errands[sentinel].reap()
            # The end of an errand is no reason to look for tasks.
            if not ready or set(ready) - errands.keys():
                break
        if connection.fileno() in ready:
            for _ in connection.notifies(timeout=0):
                pass

    def _end_tasks(self, connection: psycopg.Connection[Any] | None) -> None:
        claims = [place.claim.claim for place in self._places if place.claim]
        for place in self._places:
            self._end(place.child)
            place.claim = place.child = None
        if claims and connection is not None and not connection.broken:
            task_queue.give_back(connection, claims)

    def _end(self, child: Child | None) -> None:
        if child is not None:
            child.end()
