"""The copied table takes the place of the old one: what people have made of that is kept, and its readers go on."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from dss_assets.dataflow import RequestRefused
from tests.delivery.copying import Deliveries

NEW = "SELECT id, 'new ' || id AS name FROM generate_series(1, 2) AS id"
NEW_ROWS = [(1, "new 1"), (2, "new 2")]


@pytest.fixture
def delivered(deliveries: Deliveries) -> Deliveries:
    """A table that is in the datasets database, and another one here that waits to take its place."""
    deliveries.deliver()
    deliveries.make(NEW)
    deliveries.load("b")
    return deliveries


@pytest.fixture
def roles(delivered: Deliveries) -> object:
    """Two readers, and the owner of tables."""
    names = ("reader", "other_reader", "owner of tables")
    delivered.do_there(*(f'DROP ROLE IF EXISTS "{name}"' for name in names))
    delivered.do_there(*(f'CREATE ROLE "{name}"' for name in names))
    yield
    delivered.do_there(*(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"' for name in names))


def grants(delivered: Deliveries) -> list[object]:
    return delivered.there(
        "SELECT pg_get_userbyid(relowner), relacl::text, (SELECT array_agg(attname || attacl::text ORDER BY attname)"
        " FROM pg_attribute WHERE attrelid = entry.oid AND attacl IS NOT NULL), obj_description(oid, 'pg_class'),"
        " col_description(oid, 2) FROM pg_class AS entry WHERE oid = 'hmrc.exporters'::regclass"
    )


def test_owner_grants_and_comments_stay(delivered: Deliveries, roles: object) -> None:
    delivered.do_there(
        'ALTER TABLE hmrc.exporters OWNER TO "owner of tables"',
        "GRANT SELECT ON hmrc.exporters TO reader WITH GRANT OPTION",
        "GRANT SELECT (id) ON hmrc.exporters TO other_reader",
        "GRANT INSERT, DELETE ON hmrc.exporters TO PUBLIC",
        "COMMENT ON TABLE hmrc.exporters IS 'what it''s about'",
        "COMMENT ON COLUMN hmrc.exporters.name IS 'its \"name\"'",
    )
    before = grants(delivered)

    delivered.deliver()

    assert delivered.there() == NEW_ROWS
    assert grants(delivered) == before


def test_a_table_gets_no_grants_that_the_one_before_it_had_not(delivered: Deliveries, roles: object) -> None:
    delivered.do_there("ALTER DEFAULT PRIVILEGES IN SCHEMA hmrc GRANT SELECT ON TABLES TO reader, PUBLIC")

    delivered.deliver()

    assert delivered.there() == NEW_ROWS
    assert delivered.there("SELECT has_table_privilege('reader', 'hmrc.exporters', 'SELECT')") == [(False,)]


def test_indexes_are_made_again_under_their_names(delivered: Deliveries) -> None:
    delivered.do_there(
        "CREATE UNIQUE INDEX by_id ON hmrc.exporters (id) INCLUDE (name)",
        'CREATE INDEX "by USING name" ON hmrc.exporters USING hash (lower(name)) WHERE id > 1',
    )
    before = delivered.there("SELECT indexdef FROM pg_indexes WHERE schemaname = 'hmrc' ORDER BY 1")

    delivered.deliver()

    assert delivered.there() == NEW_ROWS
    assert delivered.there("SELECT indexdef FROM pg_indexes WHERE schemaname = 'hmrc' ORDER BY 1") == before
    assert len(before) == 2


def test_an_index_over_a_column_that_is_gone_goes_with_it(delivered: Deliveries) -> None:
    delivered.do_there("CREATE INDEX by_id ON hmrc.exporters (id)", "CREATE INDEX by_name ON hmrc.exporters (name)")
    delivered.make("SELECT 1 AS id, 2 AS amount")

    delivered.deliver()

    assert delivered.there() == [(1, 2)]
    assert delivered.there("SELECT indexname FROM pg_indexes WHERE schemaname = 'hmrc'") == [("by_id",)]


@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW public.names AS SELECT name FROM hmrc.exporters",
        "ALTER TABLE hmrc.exporters ADD PRIMARY KEY (id)",
        "ALTER TABLE hmrc.exporters ENABLE ROW LEVEL SECURITY",
        "CREATE STATISTICS hmrc.both ON id, name FROM hmrc.exporters",
    ],
)
def test_what_holds_on_to_the_table_stays(delivered: Deliveries, made: str) -> None:
    delivered.do_there(made)
    before = delivered.there("SELECT 'hmrc.exporters'::regclass::oid")

    delivered.deliver()

    assert delivered.there() == NEW_ROWS
    assert delivered.there("SELECT 'hmrc.exporters'::regclass::oid") == before
    assert delivered.tables_there() == {"exporters"}


def test_a_view_that_other_columns_would_break_is_named(delivered: Deliveries) -> None:
    delivered.do_there("CREATE VIEW public.names AS SELECT name FROM hmrc.exporters")
    delivered.make("SELECT 1 AS id, 2 AS amount")

    with pytest.raises(RequestRefused, match="since rule _RETURN on view names depends on it"):
        delivered.deliver()

    assert len(delivered.there()) == 3
    assert delivered.run()["is_stopped"]


def test_a_view_in_the_place_of_the_table_is_left_alone(delivered: Deliveries) -> None:
    delivered.do_there("DROP TABLE hmrc.exporters", "CREATE VIEW hmrc.exporters AS SELECT 1 AS theirs")

    with pytest.raises(RequestRefused, match="no ordinary table"):
        delivered.deliver()

    assert delivered.there() == [(1,)]


def test_readers_of_the_old_table_keep_nobody_waiting(delivered: Deliveries) -> None:
    with ExitStack() as beside, psycopg.connect(delivered.datasets_url) as reader:
        assert len(reader.execute("SELECT * FROM hmrc.exporters").fetchall()) == 3
        run = beside.enter_context(delivered.delivering())
        delivered.wait_for(delivered.datasets_url, "relation")
        with psycopg.connect(delivered.datasets_url, options="-c statement_timeout=10s") as other:
            # It waits behind us for as long as our one attempt takes, and comes before the next one.
            assert len(other.execute("SELECT * FROM hmrc.exporters").fetchall()) == 3
        assert not run.done()
        assert len(reader.execute("SELECT * FROM hmrc.exporters").fetchall()) == 3
        reader.rollback()
        assert run.result()

    assert delivered.there() == NEW_ROWS


def test_a_reader_whose_snapshot_is_older_does_not_find_the_table_empty(delivered: Deliveries) -> None:
    with psycopg.connect(delivered.datasets_url) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT 1")

        delivered.deliver()

        assert reader.execute("SELECT * FROM hmrc.exporters ORDER BY 1").fetchall() == NEW_ROWS


def test_a_grant_that_is_given_while_the_rows_are_copied_stays(delivered: Deliveries, roles: object) -> None:
    delivered.make_gated()
    with delivered.delivering_up_to_the_gate() as run:
        delivered.do_there("GRANT SELECT ON hmrc.exporters TO reader", "CREATE INDEX late ON hmrc.exporters (id)")
    assert run.result()

    assert delivered.there("SELECT has_table_privilege('reader', 'hmrc.exporters', 'SELECT')") == [(True,)]
    assert delivered.there("SELECT indexname FROM pg_indexes WHERE schemaname = 'hmrc'") == [("late",)]


def test_datasets_of_an_organisation_do_not_wait_for_each_other(deliveries: Deliveries) -> None:
    deliveries.make_gated()
    deliveries.connection.execute('CREATE SCHEMA "hmrc.importers"; CREATE TABLE "hmrc.importers"."L1" (id integer)')
    deliveries.load("b", "hmrc.importers")
    with ThreadPoolExecutor(1) as worker, deliveries.delivering_up_to_the_gate() as run:
        other = worker.submit(lambda: deliveries.connected().deliver(deliveries.connection, "hmrc.importers", "L1"))
        assert other.result(timeout=20)
        assert deliveries.tables_there() == {"importers"}
    assert run.result()
