"""An ETag is for one body: what changes the body, be it a row or a setting, changes the ETag too."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.parts.service import Client, Service, running
from tests.parts.tracked import make_noted
from tests.parts.waiting import wait_until


@pytest.mark.parametrize(
    ("setting", "value", "route"),
    [("DSS_PAGINATION_SIZE", "5", "table-data"), ("DSS_TABLE_STRUCTURE_NAMES", "flask", "table-structure")],
)
def test_a_setting_that_changes_the_body_changes_the_etag(
    service: Service, tmp_path_factory: pytest.TempPathFactory, setting: str, value: str, route: str
) -> None:
    schema = f"etag.{setting.lower()}"
    path = make_noted(service, schema, 12).replace("L1", "L0").replace("table-data", route)
    service.execute(f'ALTER TABLE "{schema}"."L0" ADD COLUMN at timestamp')
    before = service.client().get(path)

    with running(
        service.database_url, tmp_path_factory.mktemp("web"), DSS_WEB_WORKERS="1", **{setting: value}
    ) as changed:
        after = changed.client().get(path, headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert after.content != before.content
    assert after.headers["ETag"] != before.headers["ETag"]


# The key of the advisory lock that holds a request up.
GATE: Final = 4711


def test_a_body_is_of_the_state_that_its_etag_names(service: Service, client: Client) -> None:
    """A row changes after the request has read the table's version, and before COPY reads the rows."""
    path = make_noted(service, "etag.between", 1) + "?id.gte=1"
    unchanged = client.get(path)
    service.execute(
        # Immutable, so Postgres calls it while it plans: the EXPLAIN of the filter, between the two, waits at the gate.
        f"""CREATE FUNCTION "etag.between".gate() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
            IF current_query() LIKE '%EXPLAIN%' THEN
                PERFORM pg_advisory_lock_shared({GATE});
                PERFORM pg_advisory_unlock_shared({GATE});
            END IF;
            RETURN true;
        END $$""",
        """CREATE OR REPLACE VIEW "etag.between"."L1" AS
            SELECT id, name, number FROM "etag.between"."L0" WHERE "etag.between".gate()""",
    )

    with service.connect() as gate, ThreadPoolExecutor() as pool:
        gate.execute("SELECT pg_advisory_lock(%s)", [GATE])
        requested = pool.submit(client.get, path)
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_until(lambda: service.ask(waiting), "no request has come to the gate")
        service.execute("""UPDATE "etag.between"."L0" SET name = 'changed'""")
        gate.execute("SELECT pg_advisory_unlock(%s)", [GATE])
        response = requested.result()

    assert response.headers["ETag"] == unchanged.headers["ETag"]
    assert response.content == unchanged.content
