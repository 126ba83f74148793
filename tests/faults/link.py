"""A cable between the service and a part around it: TCP connections that can be refused, held up, cut or answered."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Final

from infra.local.ports import free_port

_CHUNK: Final = 16 * 1024


class Mode(Enum):
    """What the cable does."""

    WHOLE = "whole"
    AWAY = "away"
    SILENT = "silent"
    ERRORS = "errors"
    SLOW = "slow"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class State:
    """`amount` is the pause before each 16 KiB in seconds (SLOW), or the bytes of an answer before its end (CUT)."""

    mode: Mode = Mode.WHOLE
    amount: float = 0


class Link:
    """A port of this machine that leads to another one. Faults also end the connections that there are."""

    def __init__(self, target: int) -> None:
        self.port, self._target = free_port(), target
        self._state = State()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listen()

    @contextmanager
    def broken(self, mode: Mode, amount: float = 0) -> Iterator[None]:
        """The cable with a fault, until the end of the block."""
        self._state = State(mode, amount)
        if mode is Mode.AWAY:
            self._stop_listening()
        self._end_connections()
        try:
            yield
        finally:
            self._state = State()
            self._end_connections()
            if self._listener is None:
                self._listen()

    def close(self) -> None:
        self._stop_listening()
        self._end_connections()

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            # A thread that waits in accept would keep the port open.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _end_connections(self) -> None:
        with self._lock:
            ended, self._open = self._open, set()
        for end in ended:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        state = self._state
        with caller, self._noted(caller):
            if state.mode is Mode.SILENT:
                with contextlib.suppress(OSError):
                    while caller.recv(_CHUNK):
                        pass
            elif state.mode is Mode.ERRORS:
                with contextlib.suppress(OSError):
                    caller.recv(_CHUNK)
                    caller.sendall(
                        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
            else:
                with (
                    contextlib.suppress(OSError),
                    socket.create_connection(("127.0.0.1", self._target)) as callee,
                    self._noted(callee),
                ):
                    there = threading.Thread(target=_pump, args=(caller, callee, State()), daemon=True)
                    there.start()
                    _pump(callee, caller, state)
                    there.join(60)

    @contextmanager
    def _noted(self, end: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(end)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(end)


def _pump(source: socket.socket, target: socket.socket, state: State) -> None:
    """Pass on what comes, until one side ends."""
    passed = 0
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            if state.mode is Mode.SLOW:
                time.sleep(state.amount)
            if state.mode is Mode.CUT and passed + len(chunk) > state.amount:
                target.sendall(chunk[: max(0, int(state.amount) - passed)])
                break
            target.sendall(chunk)
            passed += len(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
