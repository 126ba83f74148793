"""The database of the Flask service becomes ours, and its own tables lie beside ours as they were."""

from pathlib import Path

import pytest

from dss_assets.database import Database
from dss_assets.datasets import EXPORTERS
from dss_assets.errors import NotAsDeclared
from dss_assets.loading import Tables, create_or_bring_along
from infra.local.postgres import Postgres
from tests.moving_in.former_service import CURRENT, GRANTS, select
from tests.moving_in.world import adopted_world, outcomes

OLD = "table_schema NOT IN ('pg_catalog', 'information_schema')"
ASIDE = "(table_schema LIKE 'flask %' OR table_schema IN ('admin', 'ops') OR table_name = 'alembic_version')"


def contents(url: str, where: str) -> dict[str, object]:
    """What each table holds, by the name that it has in the Flask service. Its schema may be aside."""
    found: dict[str, object] = {}
    tables = select(
        url,
        "SELECT table_schema, table_name, format('%I.%I', table_schema, table_name) FROM information_schema.tables"
        f" WHERE {where} AND table_type = 'BASE TABLE'",
    )
    for schema, table, name in tables:
        sums = select(url, f"SELECT count(*), sum(hashtext(entry::text)) FROM {name} AS entry")
        found[f"{str(schema).removeprefix('flask ')}.{table}"] = sums
    return found


def test_a_database_is_adopted_in_place_and_given_back(postgres_server: Postgres, tmp_path: Path) -> None:
    with adopted_world(postgres_server, tmp_path) as world:
        before = contents(world.ours, OLD)

        unready = world.run("manage.py", "migrate")
        assert unready.returncode == 1
        assert "import_flask_service --in-place" in unready.stderr

        planned = world.import_it("--in-place")
        assert contents(world.ours, OLD) == before

        done = world.import_it("--in-place", "--apply")
        assert outcomes(planned["Tables of datasets"]) == outcomes(done["Tables of datasets"])
        assert set(outcomes(done["Tables of datasets"]).values()) == {"new", "not brought"}
        assert "Values are not" not in str(done["Tables of datasets"])
        assert "where it had" not in str(done["Tables of datasets"])
        # What it had is there as it was, under the names that the page for operators tells.
        assert contents(world.ours, ASIDE) == before
        # Files that lie where ours are kept are read once for their digests, and not copied.
        assert select(
            world.ours, "SELECT digest <> '' FROM operations.datafile_registry WHERE file_name = 'exporters1602.zip'"
        ) == [(True,)]
        assert select(world.ours, 'SELECT count(*)::int FROM "dbt.grants"."L0"') == [(GRANTS,)]
        assert select(
            world.ours, 'SELECT relkind::text FROM pg_class WHERE oid = to_regclass(\'"hmrc.exporters"."L1"\')'
        ) == [("v",)]

        # Its web app reads on beside ours, where it is told where its own tables are.
        reading_on = (
            f"{world.ours}{'&' if '?' in world.ours else '?'}options=-csearch_path%3D%22flask%5C%20public%22,public"
        )
        assert select(reading_on, "SELECT key FROM hawk_users WHERE id = 'short'") == [("secret",)]
        assert select(reading_on, 'SELECT count(*)::int FROM "hmrc.exporters"."L1"') == [(60,)]

        back = world.run("manage.py", "import_flask_service", "--back")
        assert back.returncode == 0, back.stderr
        assert "flask hmrc.exporters → hmrc.exporters" in back.stdout
        assert contents(world.ours, f"{OLD} AND table_schema NOT LIKE 'dss %'").items() >= before.items()

        again = world.import_it("--in-place", "--apply")
        assert set(outcomes(again["Tables of datasets"]).values()) == {"as before", "not brought"}
        assert set(outcomes(again["API clients"]).values()) == {"as before", "not brought"}
        assert select(world.ours, f"SELECT state FROM pipeline_data_file WHERE id = '{CURRENT}'") == [("completed",)]


def test_a_load_says_what_to_do_where_it_meets_the_former_tables(
    postgres_server: Postgres, migrated_template: str, database_url: str
) -> None:
    with Database(database_url).connect("test") as connection:
        connection.execute('CREATE SCHEMA "hmrc.exporters"')
        connection.execute('CREATE TABLE "hmrc.exporters"."L1" (id integer PRIMARY KEY)')

        with pytest.raises(NotAsDeclared, match="import_flask_service --in-place"), connection.transaction():
            create_or_bring_along(connection, Tables(EXPORTERS))


def test_another_database_is_not_taken_for_one_of_the_flask_service(
    postgres_server: Postgres, tmp_path: Path, database_url: str
) -> None:
    with adopted_world(postgres_server, tmp_path) as world:
        refused = world.run("manage.py", "import_flask_service", DSS_FLASK_DATABASE_URL=database_url)

        assert refused.returncode == 1
        assert "not the database of the Flask service" in refused.stderr
