"""One running web app for the tests of the contract; each makes tables of its own."""

from collections.abc import Iterator

import pytest

from dss_web.api.routes import ROUTES
from infra.local.postgres import Postgres
from tests.parts.service import Client, Service, running


@pytest.fixture(scope="session")
def service(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    postgres_server.create_database("contract", template=migrated_template)
    with running(postgres_server.url("contract"), tmp_path_factory.mktemp("web")) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Client:
    """A client that may read everything."""
    return service.client()


@pytest.fixture(scope="session")
def declared_tables(service: Service) -> None:
    """The tables over which routes are declared: two of them with rows, the others empty."""
    service.execute(
        'CREATE SCHEMA "ons.postcode_directory"',
        'CREATE TABLE "ons.postcode_directory"."L0" (id int PRIMARY KEY, pcd text, imd text, datafile_created text)',
        'CREATE VIEW "ons.postcode_directory"."L1" AS SELECT id, id AS data_source_row_id, pcd, imd,'
        ' \'2020-02\'::text AS publication_date FROM "ons.postcode_directory"."L0"',
        "INSERT INTO \"ons.postcode_directory\".\"L0\" SELECT g, 'AB1 ' || g, '1' FROM generate_series(1, 25) g",
        'CREATE SCHEMA "dit.reference_postcodes"',
        """CREATE TABLE "dit.reference_postcodes"."L1" (id int PRIMARY KEY, data_source_row_id int, postcode text,
            local_authority_district_code text, local_enterprise_partnership_lep1_code text,
            date_of_introduction date)""",
        """INSERT INTO "dit.reference_postcodes"."L1" VALUES
            (1, 1, 'AB10 1AA', 'S12000033', 'S99999999', '2011-09-01'), (2, 2, 'B1  1AA', 'E1', 'E2', NULL)""",
    )
    for route in ROUTES:
        service.execute(
            f'CREATE SCHEMA IF NOT EXISTS "{route.table.schema}"',
            f'CREATE TABLE IF NOT EXISTS "{route.table.schema}"."{route.table.name}"'
            " (id int PRIMARY KEY, data_source_row_id int, in_two_words text)",
        )
