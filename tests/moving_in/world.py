"""The Flask service beside ours, and the command that imports it."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY, web_environment
from tests.moving_in.former_service import make_database, make_storage


@dataclass(frozen=True)
class World:
    """Both databases and storages."""

    theirs: str
    ours: str
    their_storage: str
    our_storage: str

    @property
    def environment(self) -> dict[str, str]:
        return web_environment(self.ours, self.our_storage) | {
            "DSS_FLASK_DATABASE_URL": self.theirs,
            "DSS_FLASK_BUCKET_URL": self.their_storage,
        }

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=self.environment | settings,
            capture_output=True,
            text=True,
            check=False,
        )

    def import_it(self, *options: str) -> dict[str, dict[str, Any]]:
        """Run the import; for each step what it said of each thing, by their names."""
        finished = self.run("manage.py", "import_flask_service", "--json", *options)
        assert finished.returncode == 0, finished.stderr
        document = json.loads(finished.stdout)
        return {step["step"]: {thing["name"]: thing for thing in step["things"]} for step in document["steps"]}


@contextmanager
def new_world(server: Postgres, template: str, folder: Path) -> Iterator[World]:
    """A Flask service with its rows, and a migrated and declared service of ours without any."""
    names = [f"test_{uuid.uuid4().hex}" for _ in range(2)]
    server.create_database(names[0])
    server.create_database(names[1], template=template)
    (folder / "ours").mkdir()
    make_database(server.url(names[0]))
    theirs = make_storage(folder / "theirs")
    world = World(server.url(names[0]), server.url(names[1]), theirs, (folder / "ours").as_uri())
    declared = world.run("-m", "dss_assets", "declare")
    assert declared.returncode == 0, declared.stderr
    try:
        yield world
    finally:
        for name in names:
            server.drop_database(name)


@contextmanager
def adopted_world(server: Postgres, folder: Path) -> Iterator[World]:
    """A Flask service whose database and storage are to be ours."""
    name = f"test_{uuid.uuid4().hex}"
    server.create_database(name)
    make_database(server.url(name))
    storage = make_storage(folder / "storage")
    try:
        yield World("", server.url(name), "", storage)
    finally:
        server.drop_database(name)


def outcomes(step: dict[str, Any]) -> dict[str, str]:
    """What was done with each thing."""
    return {name: thing["what"] for name, thing in step.items()}


def remarks(step: dict[str, Any], name: str) -> str:
    return " ".join(step[name]["remarks"])
