"""Real parts that a test may take away and give back: a Postgres, an S3 server."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.ports import free_port, wait_for_port
from infra.local.postgres import Keeping, Postgres
from infra.local.process import Process
from tests.conftest import migrate
from tests.parts.thrown_away import postgres_folder


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    """A Postgres that the test may stop, with a migrated database `dss`."""
    with postgres_folder() as folder:
        server = Postgres(folder / "postgres", port=free_port(), keeping=Keeping.THROWN_AWAY)
        try:
            server.start()
            server.create_database("dss")
            migrate(server.url("dss"))
            yield server
        finally:
            server.remove()


class OwnS3:
    """An S3 server that the test may stop, with the bucket `bucket`, kept in a folder meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.process = Process(
            "s3",
            [sys.executable, "-m", "infra.local.s3", folder / "s3", "--bucket", "bucket", "--port", str(self.port)],
            folder / "s3.log",
            {**os.environ},
        )

    @property
    def settings(self) -> dict[str, str]:
        """What the web app needs to reach it."""
        return {
            "S3_BUCKET_URL": "s3://bucket/prefix",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "AWS_REGION": "us-east-1",
        }

    def start(self) -> None:
        self.process.start()
        wait_for_port(self.process, self.port)

    def stop(self) -> None:
        self.process.stop(timeout_seconds=5)
