"""Routes that a dataset declares: served, documented and withdrawn while the web app runs."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from dss_assets.catalogue import record_datasets
from dss_assets.database import Database
from dss_assets.dataset import Dataset
from dss_assets.datasets import BACI, DATASETS
from dss_web.api.known_routes import READ_AGAIN_SECONDS, READ_EVERY_SECONDS, KnownRoutes, routes_of
from dss_web.api.routes import ROUTES, served
from dss_web.shared.routes import Casing, Route, RowSelection
from infra.local.postgres import Postgres
from tests.declarations.schools_list import SCHOOLS
from tests.parts.service import Service, running
from tests.parts.stoppable import own_postgres
from tests.parts.waiting import wait_until

PATH = "/api/v1/get-schools/"


@pytest.fixture(scope="module")
def declaring(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app of two processes over two tables, before anything is declared."""
    postgres_server.create_database("declaring", template=migrated_template)
    with running(postgres_server.url("declaring"), tmp_path_factory.mktemp("web")) as service:
        service.execute(
            f'CREATE SCHEMA "{SCHOOLS.schema}"',
            f'CREATE TABLE "{SCHOOLS.schema}"."L1" (id bigint PRIMARY KEY, data_source_row_id bigint, name text,'
            " number_of_pupils int)",
            f'INSERT INTO "{SCHOOLS.schema}"."L1" VALUES (1, 1, \'Hill Top\', 271)',
            f'CREATE SCHEMA "{BACI.schema}"',
            f'CREATE TABLE "{BACI.schema}"."L1" (id bigint PRIMARY KEY, data_source_row_id bigint, trade_value text)',
        )
        yield service


def declare(service: Service, *datasets: Dataset) -> None:
    """What each release does before its web app starts, and the code server when it has loaded the declarations."""
    with Database(service.database_url).connect("test") as connection:
        record_datasets(connection, datasets)
    # A process that has just read them does so again for an unknown path only after this time.
    time.sleep(READ_AGAIN_SECONDS)


def statuses(service: Service, path: str) -> set[int]:
    """What the processes answer: eight connections mostly reach both of them."""
    return {service.client().get(path).status_code for _ in range(8)}


def until(service: Service, path: str, status: int) -> None:
    wait_until(lambda: statuses(service, path) == {status}, f"{path} answers {status}", seconds=READ_EVERY_SECONDS + 5)


def test_a_route_is_served_once_it_is_declared_and_until_it_is_withdrawn(declaring: Service) -> None:
    assert statuses(declaring, PATH) == {404}
    assert statuses(declaring, "/api/v1/get-dit-baci-data/") == {200}, "clients know it from before declarations"

    declare(declaring, SCHOOLS)
    until(declaring, PATH, 200)
    assert declaring.client().get(f"{PATH}?orientation=records").json() == {
        "results": [{"name": "Hill Top", "numberOfPupils": 271}],
        "next": None,
    }
    assert declaring.add_client("of-schools", "list_schools").get(PATH).status_code == 200
    assert declaring.add_client("of-others", "list_dit_baci").get(PATH).status_code == 403
    assert statuses(declaring, PATH.removesuffix("/")) == {200}
    assert statuses(declaring, "/api/v1/get-dit-baci-data/") == {200}, "of its dataset nothing has been written yet"

    declare(declaring, BACI)
    until(declaring, PATH, 404)
    assert statuses(declaring, "/api/v1/get-dit-baci-data/") == {200}

    declare(declaring, replace(BACI, routes=()))
    until(declaring, "/api/v1/get-dit-baci-data/", 404)


def test_the_documentation_has_the_routes_that_are_declared(declaring: Service) -> None:
    def documented() -> dict[str, dict[str, str]]:
        paths: dict[str, dict[str, dict[str, str]]] = requests.get(
            f"{declaring.url}/api/docs/openapi.json", timeout=30
        ).json()["paths"]
        return {path: item["get"] for path, item in paths.items() if "get" in item}

    declare(declaring, SCHOOLS)
    until(declaring, PATH, 200)
    assert documented()[PATH]["operationId"] == "list_schools"
    assert [one["name"] for one in documented()[PATH]["parameters"]][:2] == ["orientation", "next-id"]  # type: ignore[index]

    declare(declaring)
    assert PATH not in documented()


def test_while_the_database_is_away_nothing_is_said_not_to_be_there(tmp_path: Path) -> None:
    with own_postgres() as postgres, running(postgres.url("dss"), tmp_path) as service:
        postgres.stop()

        for path in ("/api/v1/get-trees/", "/api/v1/get-dit-baci-data/"):
            answer = service.client().get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), path


def test_the_routes_that_clients_have_always_known_are_the_declared_ones() -> None:
    declared = [served(dataset.schema, route) for dataset in DATASETS for route in dataset.routes]

    assert set(ROUTES) <= set(declared)


def test_a_route_of_a_newer_release_is_left_out_and_the_others_are_served() -> None:
    route = Route(path="get-trees/", scope="list_trees", table="L1", casing=Casing.CAMEL, hidden=("id",))
    newer = [
        {**route.as_json(), "rows": "by_height"},
        {**route.as_json(), "path": "GET/{it}"},
        {"path": "get-more-trees/"},
    ]

    routes = routes_of([("org.trees", [*newer, {**route.as_json(), "more": 1}], None)])

    assert [one for one in routes if one.table.schema == "org.trees"] == [served("org.trees", route)]


@pytest.mark.parametrize("rows", RowSelection)
def test_a_route_is_read_as_it_was_written(rows: RowSelection) -> None:
    route = Route(path="get-trees/raw/", scope="list_trees", table="L0", hidden=("a", "b"), rows=rows)

    assert Route.from_json(route.as_json()) == route


def test_routes_are_read_no_more_often_than_is_asked_for() -> None:
    seconds, reads = [0.0], []
    known = KnownRoutes(lambda: reads.append(seconds[0]) or [], clock=lambda: seconds[0])  # type: ignore[func-returns-value]

    answers = []
    for seconds[0], at_most in ((0.0, 10), (0.5, 10), (0.5, 1), (1.5, 1), (2.0, 10), (11.5, 10)):
        answers.append(known.refresh(at_most))

    assert reads == [0.0, 1.5, 11.5]
    assert answers == [True, False, False, True, False, True]
